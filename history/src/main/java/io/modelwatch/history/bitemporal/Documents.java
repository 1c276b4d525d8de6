package io.modelwatch.history.bitemporal;

import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON objects as they stand in rows: as text, where null stands for nothing. */
final class Documents {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Documents() {}

    static @Nullable ObjectNode object(@Nullable String document) {
        return document == null ? null : (ObjectNode) JSON.readTree(document);
    }

    static JsonNode tree(String document) {
        return JSON.readTree(document);
    }

    /** Returns an attribute as JSON text, or null where it or all of it is absent. */
    static @Nullable String text(@Nullable String document, String name) {
        ObjectNode object = object(document);
        return object == null ? null : text(object.get(name));
    }

    static @Nullable String text(@Nullable JsonNode value) {
        return value == null ? null : value.toString();
    }

    /** Sets one attribute of what is there, or removes it; of nothing it makes nothing. */
    static UnaryOperator<@Nullable String> put(String name, @Nullable JsonNode value) {
        return document -> {
            ObjectNode object = object(document);
            if (object == null || Objects.equals(text(object.get(name)), text(value))) {
                return document;
            }
            if (value == null) {
                object.remove(name);
            } else {
                object.set(name, value);
            }
            return object.toString();
        };
    }

    /** @param apart names of attributes that make no difference */
    static boolean alike(@Nullable ObjectNode one, @Nullable ObjectNode other, Set<String> apart) {
        if (one == null || other == null) {
            return one == null && other == null;
        }
        ObjectNode left = one.deepCopy();
        ObjectNode right = other.deepCopy();
        left.remove(apart);
        right.remove(apart);
        return left.size() == right.size()
                && left.properties().stream()
                        .allMatch(field -> Objects.equals(text(field.getValue()), text(right.get(field.getKey()))));
    }
}
