package io.modelwatch.producers.source.kubernetes;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Tells model servers by their image or by their command. */
final class Images {

    static final Set<String> KINDS = Set.of("vllm", "tgi", "tei", "triton", "ollama", "llama.cpp", "sglang");

    /** A part of the repository's path, whole: mirrors put other hosts and prefixes before it. */
    private static final Map<String, Pattern> BY_IMAGE = Map.of(
            "vllm", Pattern.compile("(.*/)?(vllm-openai|vllm)(-[a-z0-9.-]+)?(/.*)?"),
            "tgi", Pattern.compile("(.*/)?text-generation-inference(/.*)?"),
            "tei", Pattern.compile("(.*/)?text-embeddings-inference(/.*)?"),
            "triton", Pattern.compile("(.*/)?tritonserver(/.*)?"),
            "ollama", Pattern.compile("(.*/)?ollama/ollama|(.*/)?ollama"),
            "llama.cpp", Pattern.compile("(.*/)?(llama\\.cpp|llama-cpp|llama-server)(/.*)?"),
            "sglang", Pattern.compile("(.*/)?sglang(/.*)?"));

    private static final Map<String, String> BY_COMMAND = Map.of(
            "vllm", "vllm",
            "vllm.entrypoints.openai.api_server", "vllm",
            "text-generation-launcher", "tgi",
            "text-embeddings-router", "tei",
            "tritonserver", "triton",
            "ollama", "ollama",
            "llama-server", "llama.cpp",
            "sglang.launch_server", "sglang");

    private Images() {}

    /**
     * Returns the kind of a server, or null if it is none that is known.
     *
     * @param image reference, with or without tag and digest
     * @param words command and arguments
     * @param own kinds by image, from the settings; they go before everything
     */
    static @Nullable String kind(String image, List<String> words, Map<String, String> own) {
        String repository = repository(image);
        for (Map.Entry<String, String> one : own.entrySet()) {
            String pattern = one.getKey();
            boolean matches = pattern.endsWith("*")
                    ? repository.startsWith(pattern.substring(0, pattern.length() - 1))
                    : repository.equals(pattern);
            if (matches) {
                return one.getValue();
            }
        }
        for (Map.Entry<String, Pattern> one : BY_IMAGE.entrySet()) {
            if (one.getValue().matcher(repository).matches()) {
                return one.getKey();
            }
        }
        for (String word : words) {
            String kind = BY_COMMAND.get(word.substring(word.lastIndexOf('/') + 1));
            if (kind != null) {
                return kind;
            }
        }
        return null;
    }

    /** Returns a reference without tag and digest. */
    static String repository(String image) {
        String bare = image.replaceFirst("@.*$", "");
        int colon = bare.lastIndexOf(':');
        // A colon before the last slash belongs to a port.
        return colon > bare.lastIndexOf('/') ? bare.substring(0, colon) : bare;
    }

    /** Returns the digest of an image that runs ({@code docker-pullable://repo@sha256:…}), or null if it has none. */
    static @Nullable String digest(@Nullable String imageId) {
        int at = imageId == null ? -1 : imageId.lastIndexOf("sha256:");
        String digest = imageId == null || at < 0 ? "" : imageId.substring(at);
        return digest.matches("sha256:[0-9a-f]{64}") ? digest : null;
    }
}
