package io.modelwatch.alerts.verdict;

import io.modelwatch.schemas.avro.ProvenanceChange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The values of changes, which are JSON text. */
public final class Values {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Values() {}

    /** Returns the texts of a list in {@code after} that the one in {@code before} does not have, in their order. */
    public static List<String> added(ProvenanceChange change) {
        List<String> added = new ArrayList<>(texts(change.getAfter()));
        added.removeAll(texts(change.getBefore()));
        return added;
    }

    private static List<String> texts(@Nullable String json) {
        List<String> texts = new ArrayList<>();
        try {
            for (JsonNode one : json == null ? JSON.createArrayNode() : JSON.readTree(json)) {
                if (one.isString()) {
                    texts.add(one.stringValue());
                }
            }
        } catch (JacksonException e) {
            return List.of();
        }
        return texts;
    }

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
