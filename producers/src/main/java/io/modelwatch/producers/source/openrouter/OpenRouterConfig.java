package io.modelwatch.producers.source.openrouter;

import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import java.util.List;
import java.util.Set;

/**
 * Settings of a source of OpenRouter's endpoints.
 *
 * @param models models whose endpoints are watched, {@code author/slug}
 * @param baseUrl scheme, host and path prefix of the API
 * @param token where the token is kept; none is needed
 */
public record OpenRouterConfig(List<String> models, String baseUrl, Token token) {

    /** Legal keys. */
    public static final Set<String> KEYS = Set.of("models", "baseUrl", "tokenEnv", "tokenFile", "requestsPerSecond");

    /** One request a model and sweep: more than this is a catalogue, which the descriptor reads in one. */
    private static final int MAX_MODELS = 200;

    /** Checks the names of the models. */
    public OpenRouterConfig {
        models = List.copyOf(models);
        if (models.isEmpty() || models.size() > MAX_MODELS) {
            throw new IllegalArgumentException("models: name 1 to " + MAX_MODELS + " models, for example z-ai/glm-5.3");
        }
        for (String model : models) {
            if (!model.matches("[A-Za-z0-9~][A-Za-z0-9._~-]*/[A-Za-z0-9][A-Za-z0-9._:-]*")) {
                throw new IllegalArgumentException("models: author/slug as OpenRouter lists it, not " + model);
            }
        }
    }

    /** Reads the settings. */
    public static OpenRouterConfig of(Settings settings) {
        return new OpenRouterConfig(
                settings.texts("models"),
                settings.url("baseUrl", "https://openrouter.ai"),
                settings.token("OPENROUTER_API_KEY"));
    }
}
