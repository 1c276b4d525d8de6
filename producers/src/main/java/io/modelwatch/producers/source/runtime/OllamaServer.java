package io.modelwatch.producers.source.runtime;

import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.Weights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * An Ollama server: {@code GET /api/tags} is what it can serve, with the digest of each manifest, {@code POST /api/show}
 * what a file says of its base. What is in memory just now ({@code /api/ps}) comes and goes with every idle minute and is
 * not asked.
 */
final class OllamaServer {

    private static final String PATH = "/api/tags";

    /** Models whose file is asked about in one sweep: one request each. */
    private static final int MAX_SHOWN = 100;

    private OllamaServer() {}

    static Served read(Runtime runtime, Asking asking) throws SourceException, InterruptedException {
        Asking.Answer answer = asking.get(PATH);
        JsonNode listed = answer.root().path("models");
        if (!listed.isArray()) {
            throw asking.wrong(PATH, "no list 'models'");
        }
        List<Served.Model> models = new ArrayList<>();
        for (JsonNode one : listed) {
            String name = Json.text(one, "name");
            String digest = Json.text(one, "digest");
            if (name == null || digest == null) {
                throw asking.wrong(PATH, "an entry without 'name' or 'digest'");
            }
            Map<String, Object> attributes = new HashMap<>();
            JsonNode details = one.path("details");
            text(details, "quantization_level", "quantization", attributes);
            text(details, "parameter_size", "parameters", attributes);
            text(details, "family", "family", attributes);
            List<String> parents = models.size() < MAX_SHOWN ? parents(asking, name, details) : List.of();
            models.add(new Served.Model(
                    name, name, ModelIds.ollama(name), "sha256:" + digest, name, null, parents, attributes));
        }
        Map<String, Object> server = new HashMap<>();
        Asking.Answer version = asking.getIfThere("/api/version");
        if (version != null) {
            text(version.root(), "version", "runtime_version", server);
        }
        return new Served(models, server, answer.evidence());
    }

    /** The parents that a GGUF file names: {@code general.base_model.<n>.repo_url}. */
    private static List<String> parents(Asking asking, String name, JsonNode details)
            throws SourceException, InterruptedException {
        TreeSet<String> parents = new TreeSet<>();
        String parent = Json.text(details, "parent_model");
        String known = parent == null || parent.startsWith("/") ? null : ModelIds.ollama(parent);
        if (known != null) {
            parents.add(known);
        }
        JsonNode info = asking.post("/api/show", Map.of("model", name)).root().path("model_info");
        for (Map.Entry<String, JsonNode> entry : info.properties()) {
            if (entry.getKey().matches("general\\.base_model\\.\\d{1,3}\\.repo_url")
                    && entry.getValue().isString()) {
                Weights weights = Weights.of(entry.getValue().stringValue(), "", Map.of());
                if (weights != null && weights.resolved()) {
                    parents.add(weights.id());
                }
            }
        }
        return List.copyOf(parents);
    }

    private static void text(JsonNode from, String field, String name, Map<String, Object> into) {
        String text = Json.text(from, field);
        if (text != null) {
            into.put(name, text);
        }
    }
}
