package io.modelwatch.producers.source.ollamaregistry;

import io.modelwatch.producers.source.Settings;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Settings of an Ollama registry.
 *
 * @param models names with their tags, as {@code ollama pull} takes them; without a tag it is {@code latest}
 * @param details whether each model's configuration is read too, for its family and quantisation
 * @param baseUrl where the registry is
 */
public record OllamaRegistryConfig(List<String> models, boolean details, String baseUrl) {

    /** Legal keys. */
    public static final Set<String> KEYS = Set.of("models", "details", "baseUrl", "requestsPerSecond");

    private static final Pattern NAME = Pattern.compile(
            "([a-z0-9][A-Za-z0-9._-]{0,95}/)?[a-z0-9][A-Za-z0-9._-]{0,95}(:[A-Za-z0-9][A-Za-z0-9._-]{0,127})?");
    private static final int MAX_MODELS = 2000;

    /** Checks the names. */
    public OllamaRegistryConfig {
        models = models.stream().map(OllamaRegistryConfig::whole).distinct().toList();
        if (models.isEmpty()
                || models.size() > MAX_MODELS
                || !models.stream().allMatch(m -> NAME.matcher(m).matches())) {
            throw new IllegalArgumentException("models: a list of 1 to " + MAX_MODELS
                    + " names with tags, for example [\"deepseek-r1:8b\", \"somebody/model:latest\"], not " + models);
        }
    }

    /** Reads the settings. */
    public static OllamaRegistryConfig of(Settings settings) {
        return new OllamaRegistryConfig(
                settings.texts("models"),
                settings.flag("details", true),
                settings.url("baseUrl", "https://registry.ollama.ai"));
    }

    /** Returns a name with owner and tag, of which Ollama lets both be left out. */
    private static String whole(String name) {
        String tagged = name.contains(":") ? name : name + ":latest";
        return tagged.contains("/") ? tagged : "library/" + tagged;
    }
}
