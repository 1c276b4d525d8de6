package io.modelwatch.producers.source.runtime;

import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SourceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * Triton: {@code POST /v2/repository/index}. The index and not {@code /config} is asked, which goes on telling of the
 * version before after a hot switch. What is ready is served; of one model several versions can be.
 */
final class TritonIndex {

    private static final String PATH = "/v2/repository/index";

    private TritonIndex() {}

    static Served read(Runtime runtime, Asking asking) throws SourceException, InterruptedException {
        Asking.Answer answer = asking.post(PATH, Map.of());
        if (!answer.root().isArray()) {
            throw asking.wrong(PATH, "no list");
        }
        Map<String, TreeSet<String>> ready = new TreeMap<>();
        TreeSet<String> moving = new TreeSet<>();
        for (JsonNode one : answer.root()) {
            String name = Json.text(one, "name");
            if (name == null) {
                throw asking.wrong(PATH, "an entry without 'name'");
            }
            switch (one.path("state").asString("")) {
                // A server without versions of its own leaves it out.
                case "READY" ->
                    ready.computeIfAbsent(name, n -> new TreeSet<>(TritonIndex::byNumber))
                            .add(one.path("version").asString("1"));
                case "LOADING", "UNLOADING" -> moving.add(name);
                // UNAVAILABLE, or nothing at all for what was never loaded.
                default -> {}
            }
        }
        List<Served.Model> models = new ArrayList<>();
        ready.forEach((name, versions) ->
                models.add(new Served.Model(name, name, String.join(",", versions), name, Map.of())));
        moving.removeAll(ready.keySet());
        // Between unloading one version and loading the next nothing is ready: that is no removal.
        return new Served(
                models,
                Map.of(),
                answer.evidence(),
                moving.isEmpty() ? null : "being loaded or unloaded: " + String.join(", ", moving));
    }

    private static int byNumber(String a, String b) {
        return a.length() != b.length() ? Integer.compare(a.length(), b.length()) : a.compareTo(b);
    }
}
