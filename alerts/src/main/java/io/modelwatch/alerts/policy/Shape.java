package io.modelwatch.alerts.policy;

import com.google.common.collect.ImmutableSet;
import com.google.errorprone.annotations.Immutable;
import dev.cel.common.types.CelType;
import dev.cel.common.types.StructType;
import dev.cel.common.values.StructValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A structured value of the policy language: its name, its fields with their types and meanings, and how each is read from a
 * fact. Types, values and the reference page come from here, so they cannot disagree.
 *
 * @param <T> the fact
 */
final class Shape<T> {

    /**
     * One field.
     *
     * @param meaning what it is, in words
     * @param value reads it; never null
     */
    record Field<T>(String name, CelType type, String meaning, Function<T, Object> value) {}

    private final String name;
    private final Map<String, Field<T>> fields = new LinkedHashMap<>();
    private @Nullable StructType type;

    Shape(String name) {
        this.name = name;
    }

    Shape<T> with(String field, CelType type, String meaning, Function<T, Object> value) {
        fields.put(field, new Field<>(field, type, meaning, value));
        return this;
    }

    String name() {
        return name;
    }

    Iterable<Field<T>> fields() {
        return fields.values();
    }

    /** Returns its type, by which expressions are checked: a field that it does not have is an error at start. */
    @SuppressWarnings("Immutable") // The fields are never changed once the shapes are made.
    StructType type() {
        if (type == null) {
            type = StructType.create(
                    name,
                    ImmutableSet.copyOf(fields.keySet()),
                    field -> Optional.ofNullable(fields.get(field)).map(Field::type));
        }
        return type;
    }

    /** Returns a fact as a value of this shape. Fields are read when an expression asks for them. */
    Object of(T fact) {
        return new Fact<>(this, fact);
    }

    @Immutable
    @SuppressWarnings("Immutable") // Facts are not changed while policies look at them.
    private static final class Fact<T> extends StructValue<String, Object> {

        private final Shape<T> shape;
        private final T fact;

        private Fact(Shape<T> shape, T fact) {
            this.shape = shape;
            this.fact = fact;
        }

        @Override
        public Object value() {
            return this;
        }

        @Override
        public boolean isZeroValue() {
            return false;
        }

        @Override
        public CelType celType() {
            return shape.type();
        }

        @Override
        public Object select(String field) {
            return find(field).orElseThrow(() -> new IllegalArgumentException("no field " + field));
        }

        @Override
        public Optional<Object> find(String field) {
            Field<T> found = shape.fields.get(field);
            return found == null ? Optional.empty() : Optional.of(found.value().apply(fact));
        }
    }
}
