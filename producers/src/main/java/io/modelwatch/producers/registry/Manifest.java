package io.modelwatch.producers.registry;

import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SourceException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a tag stands for: a configuration and layers, each by the digest of its content (OCI image manifest, and Docker's
 * schema 2, which has the same form).
 *
 * @param digest of the manifest's own bytes, as they came
 * @param artifactType what the whole is, or null
 * @param config the configuration, or null where there is none
 * @param layers in the order given
 */
public record Manifest(
        String digest,
        @Nullable String artifactType,
        @Nullable Layer config,
        List<Layer> layers) {

    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");

    /** More than any model has that is kept a layer a file. */
    private static final int MAX_LAYERS = 2000;

    /**
     * One part.
     *
     * @param mediaType what it is
     * @param digest of its content
     * @param size in bytes, or -1 where it is not said
     * @param path the file that it is, or null where it is not said
     */
    public record Layer(
            String mediaType,
            String digest,
            long size,
            @Nullable String path) {}

    /** Copies the list. */
    public Manifest {
        layers = List.copyOf(layers);
    }

    /**
     * Reads a manifest.
     *
     * @param where for errors
     * @throws SourceException if it is none, or has a part without type or digest: half a model must not pass for one
     */
    public static Manifest of(Json.Document document, String where) throws SourceException {
        JsonNode root = document.root();
        JsonNode listed = root.path("layers");
        if (!listed.isArray()) {
            throw new SourceException("no 'layers' in the manifest of " + where
                    + (root.path("manifests").isArray() ? ": it is an index of several, of which none is chosen" : ""));
        }
        if (listed.size() > MAX_LAYERS) {
            throw new SourceException("more than " + MAX_LAYERS + " layers in the manifest of " + where);
        }
        List<Layer> layers = new ArrayList<>();
        for (JsonNode one : listed) {
            layers.add(layer(one, where));
        }
        JsonNode config = root.path("config");
        return new Manifest(
                "sha256:" + document.fetched().sha256(),
                Json.text(root, "artifactType"),
                config.isObject() ? layer(config, where) : null,
                layers);
    }

    private static Layer layer(JsonNode node, String where) throws SourceException {
        String type = Json.text(node, "mediaType");
        String digest = Json.text(node, "digest");
        if (type == null || digest == null || !DIGEST.matcher(digest).matches()) {
            throw new SourceException("a layer without 'mediaType' or a usable 'digest' in the manifest of " + where);
        }
        JsonNode size = node.path("size");
        String path = Json.text(node.path("annotations"), "org.cncf.model.filepath");
        return new Layer(
                type, digest, size.canConvertToLong() && size.isIntegralNumber() ? size.longValue() : -1, path);
    }
}
