package io.modelwatch.schemas;

import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ParentRef;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The canonical form of facts: sorted keys, nothing absent, one spelling of each number. Two observations say the same
 * if and only if their canonical texts are equal.
 */
public final class Canonical {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Canonical() {}

    /** Returns the compared fields of a model by dotted path; absent and empty ones are left out. */
    public static SortedMap<String, Object> fields(ModelFacts facts) {
        SortedMap<String, Object> fields = new TreeMap<>();
        put(fields, "revision", facts.getRevision());
        put(fields, "author", facts.getAuthor());
        put(fields, "ownerId", facts.getOwnerId());
        List<Map<String, Object>> parents = new ArrayList<>();
        for (ParentRef parent : facts.getParents()) {
            Map<String, Object> one = new TreeMap<>();
            one.put("id", parent.getId());
            one.put("relation", parent.getRelation());
            parents.add(one);
        }
        // The order in which a card lists parents or datasets means nothing.
        put(fields, "parents", sorted(parents));
        put(fields, "license", facts.getLicense());
        put(fields, "datasets", sorted(facts.getDatasets()));
        attributes(fields, facts.getAttributes());
        return fields;
    }

    /** Returns the compared fields of a deployment by dotted path; absent and empty ones are left out. */
    public static SortedMap<String, Object> fields(DeploymentFacts facts) {
        SortedMap<String, Object> fields = new TreeMap<>();
        put(fields, "type", facts.getType());
        put(fields, "vendor", facts.getVendor());
        put(fields, "owner", facts.getOwner());
        for (DeployedModel model : facts.getModels()) {
            String path = "models." + model.getRole() + ".";
            put(fields, path + "id", model.getId());
            put(fields, path + "revision", model.getRevision());
            put(fields, path + "requested", model.getRequested());
            put(fields, path + "served", model.getServed());
            put(fields, path + "weight", model.getWeight());
        }
        List<Map<String, Object>> hosting = new ArrayList<>();
        for (Hosting place : facts.getHosting()) {
            Map<String, Object> one = new TreeMap<>();
            putIn(one, "provider", place.getProvider());
            putIn(one, "region", place.getRegion());
            putIn(one, "country", place.getCountry());
            hosting.add(one);
        }
        put(fields, "hosting", sorted(hosting));
        attributes(fields, facts.getAttributes());
        return fields;
    }

    /** Returns the JSON text of a canonical value: what {@code before} and {@code after} of a change hold. */
    public static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("no JSON form: " + value.getClass(), e);
        }
    }

    private static void attributes(SortedMap<String, Object> fields, Map<String, Object> attributes) {
        attributes.forEach((name, value) -> put(fields, "attributes." + name, value));
    }

    private static void put(SortedMap<String, Object> fields, String path, @Nullable Object value) {
        if (value == null || (value instanceof Collection<?> many && many.isEmpty())) {
            return;
        }
        fields.put(path, number(value));
    }

    private static void putIn(Map<String, Object> map, String key, @Nullable Object value) {
        if (value != null) {
            map.put(key, value);
        }
    }

    /** 1, 1.0 and 1e0 are one number. */
    private static Object number(Object value) {
        if (value instanceof Long || value instanceof Integer) {
            return new BigDecimal(((Number) value).longValue());
        }
        if (value instanceof Double d && !d.isNaN() && !d.isInfinite()) {
            BigDecimal plain = BigDecimal.valueOf(d).stripTrailingZeros();
            return plain.scale() < 0 ? plain.setScale(0) : plain;
        }
        return value;
    }

    private static <T> List<T> sorted(List<T> values) {
        Map<String, T> byText = new TreeMap<>();
        values.forEach(value -> byText.put(json(value), value));
        return new ArrayList<>(new LinkedHashMap<>(byText).values());
    }
}
