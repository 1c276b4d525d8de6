package io.modelwatch.producers.source.runtime;

import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SourceException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Text Generation Inference and Text Embeddings Inference: {@code GET /info}. {@code model_sha} is the Hub's commit, null
 * where the weights were local; {@code sha} is the server's own.
 */
final class HuggingFaceInfo {

    private static final String PATH = "/info";

    private HuggingFaceInfo() {}

    static Served read(Runtime runtime, Asking asking) throws SourceException, InterruptedException {
        Asking.Answer answer = asking.get(PATH);
        JsonNode info = answer.root();
        String id = Json.text(info, "model_id");
        if (id == null) {
            throw asking.wrong(PATH, "no 'model_id'");
        }
        Map<String, Object> model = new HashMap<>();
        String dtype = Json.text(info, "model_dtype");
        if (dtype != null) {
            model.put("dtype", dtype);
        }
        JsonNode length = info.path(runtime == Runtime.TGI ? "max_total_tokens" : "max_input_length");
        if (length.isIntegralNumber()) {
            model.put("context_length", length.longValue());
        }
        Map<String, Object> server = new HashMap<>();
        String version = Json.text(info, "version");
        if (version != null) {
            server.put("runtime_version", version);
        }
        return new Served(
                List.of(new Served.Model("primary", id, Json.text(info, "model_sha"), id, model)),
                server,
                answer.evidence());
    }
}
