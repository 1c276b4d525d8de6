package io.modelwatch.producers.source.ollamaregistry;

import io.modelwatch.producers.registry.Manifest;
import io.modelwatch.producers.registry.Manifest.Layer;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The registry's word for a tag, as facts. Only what a layer holds counts: a manifest that differs in size, order or
 * where a layer came from, with the same content, is the same model. So its digest is evidence and no fact.
 */
final class OllamaModel {

    private static final String LAYER = "application/vnd.ollama.image.";

    /** Attributes by what a layer holds; their names make a change of them one of the execution configuration. */
    private static final Map<String, String> BEHAVIOUR = Map.of(
            "template", "chat_template",
            "params", "generation_config",
            "system", "system_prompt",
            "messages", "preset_messages");

    private OllamaModel() {}

    /**
     * @param name owner, model and tag
     * @param config the configuration, or null where it was not read
     */
    static ModelReading reading(String name, Manifest manifest, @Nullable JsonNode config, Evidence evidence) {
        Map<String, TreeSet<String>> byKind = new TreeMap<>();
        for (Layer layer : manifest.layers()) {
            String type = layer.mediaType();
            String kind = type.startsWith(LAYER) ? type.substring(LAYER.length()) : type;
            byKind.computeIfAbsent(kind, k -> new TreeSet<>()).add(layer.digest());
        }
        Map<String, Object> attributes = new HashMap<>();
        List<String> files = new ArrayList<>();
        String revision = null;
        String license = null;
        for (Map.Entry<String, TreeSet<String>> entry : byKind.entrySet()) {
            String digests = String.join(",", entry.getValue());
            String behaviour = BEHAVIOUR.get(entry.getKey());
            if (entry.getKey().equals("model")) {
                revision = digests;
            } else if (entry.getKey().equals("license")) {
                license = license(entry.getValue());
            } else if (behaviour != null) {
                attributes.put(behaviour, digests);
            } else {
                // Adapters and projectors are weights too, and what is not known may be.
                files.add(entry.getKey() + "@" + digests);
            }
        }
        if (!files.isEmpty()) {
            attributes.put("files", files);
        }
        if (config != null) {
            text(config, "model_family", "family", attributes);
            text(config, "model_format", "format", attributes);
            text(config, "model_type", "size", attributes);
            text(config, "file_type", "quantization", attributes);
        }
        int slash = name.indexOf('/');
        return new ModelReading(
                ModelFacts.newBuilder()
                        .setId(String.valueOf(ModelIds.ollama(name)))
                        .setRevision(revision)
                        .setAuthor(name.startsWith("library/") ? null : name.substring(0, slash))
                        .setParents(List.of())
                        .setLicense(license)
                        .setDatasets(List.of())
                        .setAttributes(attributes)
                        .build(),
                null,
                evidence);
    }

    /**
     * The registry has the texts of licences and no names for them. SPDX' form for a licence of one's own says which text
     * it is, and claims nothing that we did not read.
     */
    private static String license(TreeSet<String> digests) {
        return String.join(
                ",",
                digests.stream()
                        .map(digest -> "LicenseRef-" + digest.replace(':', '-'))
                        .toList());
    }

    private static void text(JsonNode from, String field, String name, Map<String, Object> into) {
        String text = Json.text(from, field);
        if (text != null) {
            into.put(name, text);
        }
    }
}
