package io.modelwatch.producers.source.oci;

import io.modelwatch.producers.registry.Manifest;
import io.modelwatch.producers.registry.Manifest.Layer;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An artifact's word for the model that it holds, in the two forms there are: Docker's and CNCF's ModelPack. */
final class OciModel {

    private static final String DOCKER_CONFIG = "application/vnd.docker.ai.model.config.";
    private static final String MODELPACK = "application/vnd.cncf.model.manifest.v1+json";
    private static final String MODELPACK_CONFIG = "application/vnd.cncf.model.config.v1+json";

    /** As many as of a repository of the Hub. */
    private static final int MAX_FILES = 500;

    private OciModel() {}

    /** Returns whether it is a model: registries hold images of programs too. */
    static boolean holds(Manifest manifest) {
        String config = manifest.config() == null ? "" : manifest.config().mediaType();
        return config.startsWith(DOCKER_CONFIG)
                || config.equals(MODELPACK_CONFIG)
                || MODELPACK.equals(manifest.artifactType());
    }

    /** @param config the configuration's document */
    static ModelReading reading(String id, Manifest manifest, JsonNode config, Evidence evidence) {
        Map<String, Object> attributes = new HashMap<>();
        TreeSet<String> files = new TreeSet<>();
        TreeSet<String> licenses = new TreeSet<>();
        TreeSet<String> templates = new TreeSet<>();
        for (Layer layer : manifest.layers()) {
            String type = layer.mediaType();
            if (type.endsWith(".license")) {
                licenses.add("LicenseRef-" + layer.digest().replace(':', '-'));
            } else if (type.contains("chat.template")) {
                templates.add(layer.digest());
            } else {
                String path = layer.path() == null ? kind(type) : layer.path();
                files.add(path + "@" + layer.digest());
            }
        }
        attributes.put("files", files.stream().limit(MAX_FILES).toList());
        if (files.size() > MAX_FILES) {
            attributes.put("files_truncated", true);
        }
        if (!templates.isEmpty()) {
            attributes.put("chat_template", String.join(",", templates));
        }
        JsonNode descriptor = config.path("descriptor");
        JsonNode inner = config.path("config");
        text(descriptor, "family", "family", attributes);
        text(descriptor, "version", "version", attributes);
        for (String field : List.of("format", "architecture", "paramSize", "parameters", "precision", "quantization")) {
            text(inner, field, field.equals("paramSize") ? "parameters" : field, attributes);
        }
        for (String field : List.of("architecture", "quantization", "parameter_count")) {
            text(inner.path("gguf"), field, field.equals("parameter_count") ? "parameters" : field, attributes);
        }
        // What a configuration names goes before the text of a licence, which has no name.
        List<String> named = Json.texts(descriptor, "licenses");
        return new ModelReading(
                ModelFacts.newBuilder()
                        .setId(id)
                        .setRevision(manifest.digest())
                        .setAuthor(Json.text(descriptor, "vendor"))
                        .setParents(List.of())
                        .setLicense(license(named.isEmpty() ? new ArrayList<>(licenses) : named))
                        .setDatasets(List.of())
                        .setAttributes(attributes)
                        .build(),
                // createdAt is when somebody packed it: a tag can be pointed back to what was packed before.
                null,
                evidence);
    }

    private static @Nullable String license(List<String> licenses) {
        return licenses.isEmpty() ? null : String.join(",", new TreeSet<>(licenses));
    }

    private static String kind(String mediaType) {
        return mediaType.replaceFirst("^application/vnd\\.(docker\\.ai|cncf\\.model)\\.", "");
    }

    private static void text(JsonNode from, String field, String name, Map<String, Object> into) {
        String text = Json.text(from, field);
        if (text != null) {
            into.put(name, text);
        }
    }
}
