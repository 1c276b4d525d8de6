package io.modelwatch.producers.source.runtime;

import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SourceException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * vLLM and llama.cpp: {@code GET /v1/models}. vLLM makes {@code created} and {@code permission[].id} anew at each call,
 * so nothing of these is looked at. Neither tells a revision.
 */
final class OpenAiModels {

    private static final String PATH = "/v1/models";
    private static final String PRIMARY = "primary";

    private OpenAiModels() {}

    static Served read(Runtime runtime, Asking asking) throws SourceException, InterruptedException {
        Asking.Answer answer = asking.get(PATH);
        JsonNode data = answer.root().path("data");
        if (!data.isArray()) {
            throw asking.wrong(PATH, "no list 'data'");
        }
        Map<String, Object> attributes = new HashMap<>();
        version(runtime, asking, attributes);
        return new Served(
                runtime == Runtime.VLLM ? vllm(asking, data) : llamaCpp(asking, data), attributes, answer.evidence());
    }

    /** One base model under one name or more, and adapters over it, each with the name of its base as parent. */
    private static List<Served.Model> vllm(Asking asking, JsonNode data) throws SourceException {
        Map<String, List<String>> names = new LinkedHashMap<>();
        Map<String, JsonNode> bases = new LinkedHashMap<>();
        Map<String, String> roles = new HashMap<>();
        List<JsonNode> adapters = new ArrayList<>();
        for (JsonNode one : data) {
            String id = id(asking, one);
            if (Json.text(one, "parent") != null) {
                adapters.add(one);
                continue;
            }
            String root = root(one, id);
            names.computeIfAbsent(root, r -> new ArrayList<>()).add(id);
            bases.putIfAbsent(root, one);
        }
        List<Served.Model> models = new ArrayList<>();
        for (Map.Entry<String, JsonNode> base : bases.entrySet()) {
            List<String> all = names.getOrDefault(base.getKey(), List.of());
            String role = bases.size() == 1 ? PRIMARY : all.getFirst();
            all.forEach(name -> roles.put(name, role));
            Map<String, Object> attributes = new HashMap<>();
            JsonNode length = base.getValue().path("max_model_len");
            if (length.isIntegralNumber()) {
                attributes.put("context_length", length.longValue());
            }
            if (all.size() > 1) {
                attributes.put("names", all.stream().sorted().toList());
            }
            models.add(new Served.Model(role, base.getKey(), null, all.getFirst(), attributes));
        }
        for (JsonNode adapter : adapters) {
            String id = id(asking, adapter);
            String parent = roles.get(Json.text(adapter, "parent"));
            models.add(new Served.Model(id, root(adapter, id), null, null, id, parent, List.of(), Map.of()));
        }
        return models;
    }

    private static List<Served.Model> llamaCpp(Asking asking, JsonNode data) throws SourceException {
        List<Served.Model> models = new ArrayList<>();
        for (JsonNode one : data) {
            String id = id(asking, one);
            Map<String, Object> attributes = new HashMap<>();
            JsonNode meta = one.path("meta");
            number(meta, "n_params", "parameters", attributes);
            number(meta, "size", "bytes", attributes);
            number(meta, "n_ctx_train", "context_length", attributes);
            models.add(new Served.Model(data.size() == 1 ? PRIMARY : id, id, null, id, attributes));
        }
        return models;
    }

    private static void version(Runtime runtime, Asking asking, Map<String, Object> attributes)
            throws SourceException, InterruptedException {
        boolean vllm = runtime == Runtime.VLLM;
        // Older servers do not have it; llama.cpp can be started without.
        Asking.Answer answer = asking.getIfThere(vllm ? "/version" : "/props");
        String version = answer == null ? null : Json.text(answer.root(), vllm ? "version" : "build_info");
        if (version != null) {
            attributes.put("runtime_version", version);
        }
    }

    private static void number(JsonNode from, String field, String name, Map<String, Object> into) {
        if (from.path(field).isIntegralNumber()) {
            into.put(name, from.path(field).longValue());
        }
    }

    private static String id(Asking asking, JsonNode one) throws SourceException {
        @Nullable String id = Json.text(one, "id");
        if (id == null) {
            throw asking.wrong(PATH, "an entry without 'id'");
        }
        return id;
    }

    private static String root(JsonNode one, String id) {
        String root = Json.text(one, "root");
        return root == null ? id : root;
    }
}
