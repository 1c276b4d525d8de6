package io.modelwatch.history.bitemporal;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A change of a deployment that was told after a later one: it moves no state, and says how it was before.
 *
 * @param id id of the change
 * @param arrived when its observation came in
 * @param known when it became known by its own word
 * @param effective since when it held, until the next that is known of the field
 * @param value the field's value, or null: it was absent
 * @param document of the change in the contract's form
 */
record LateFact(
        String id,
        Instant arrived,
        Instant known,
        Instant effective,
        String field,
        String source,
        @Nullable JsonNode value,
        JsonNode document) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * Reads a change in the contract's form.
     *
     * @param arrived when its observation came in, or null where that was not kept
     * @return null where it is about no field
     */
    static @Nullable LateFact read(String document, @Nullable Instant arrived) {
        JsonNode change = JSON.readTree(document);
        if (!change.path("field").isString()) {
            return null;
        }
        Instant known = Instant.parse(change.path("observedAt").asString(""));
        return new LateFact(
                change.path("id").asString(""),
                arrived == null ? known : arrived,
                known,
                Instant.parse(change.path("effectiveAt").asString("")),
                change.path("field").asString(""),
                change.path("source").asString(""),
                change.get("after"),
                change);
    }
}
