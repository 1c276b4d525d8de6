package io.modelwatch.app.cli;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The bills of the deployments that recorded changes are about. */
final class RecordedBills {
    /** Bills kept for the changes that follow: those of one sighting come together. */
    private static final int KEPT = 100;

    private final Function<JsonNode, @Nullable JsonNode> source;

    private RecordedBills(Function<JsonNode, @Nullable JsonNode> source) {
        this.source = source;
    }

    /** Asks the API for each bill as it was known when the change had become known. */
    static RecordedBills of(ApiClient client) {
        Map<String, JsonNode> kept = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, JsonNode> eldest) {
                return size() > KEPT;
            }
        };
        return new RecordedBills(verdict -> {
            String path = "/v1/mboms/" + ApiClient.encode(Text.at(verdict, "deployment"));
            String at = Text.at(verdict, "observedAt");
            try {
                return kept.computeIfAbsent(path + " " + at, key -> client.get(path, Map.of("asOf", at)));
            } catch (ApiClient.NotFound e) {
                return null;
            }
        });
    }

    /** Reads bills from a file, one a deployment; null knows none. */
    static RecordedBills of(@Nullable String file) {
        Map<String, JsonNode> bills = new HashMap<>();
        if (file != null) {
            JsonLines.read(file, (number, bill) -> bills.put(Text.at(bill, "deployment"), bill));
        }
        return new RecordedBills(verdict -> bills.get(Text.at(verdict, "deployment")));
    }

    /** Returns the bill that belongs to a recorded change, null where none is known. */
    @Nullable
    JsonNode of(JsonNode verdict) {
        return source.apply(verdict);
    }
}
