package io.modelwatch.alerts.verdict;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The values of changes, which are JSON text. */
public final class Values {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Values() {}

    /** Returns the text that a JSON string holds, anything else as it is; null for nothing. */
    public static @Nullable String text(@Nullable String json) {
        if (json == null) {
            return null;
        }
        try {
            JsonNode node = JSON.readTree(json);
            return node.isString() ? node.stringValue() : json;
        } catch (JacksonException e) {
            return json;
        }
    }
}
