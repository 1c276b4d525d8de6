package io.modelwatch.producers.source.mlflow;

import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings of an MLflow registry.
 *
 * @param baseUrl where MLflow is, without {@code /api}
 * @param registry name of this registry among others, in the ids of its models; null for the source's name
 * @param filter which models, in MLflow's own words, or null for all
 * @param token where the token is kept, if one is needed
 * @param pageSize models a page
 * @param maxPages pages a sweep, after which it is partial
 */
public record MlflowConfig(
        String baseUrl, @Nullable String registry, @Nullable String filter, Token token, int pageSize, int maxPages) {

    /** Legal keys. */
    public static final Set<String> KEYS = Set.of(
            "baseUrl",
            "registry",
            "filter",
            "tokenEnv",
            "tokenFile",
            "pageSize",
            "maxPages",
            "webhookSecretEnv",
            "webhookSecretFile",
            "requestsPerSecond");

    /** Checks the name. */
    public MlflowConfig {
        if (registry != null && !registry.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
            throw new IllegalArgumentException(
                    "registry '" + registry + "': letters, digits, '.', '_' and '-' only, at most 100");
        }
    }

    /** Reads the settings. */
    public static MlflowConfig of(Settings settings) {
        // What has no default must be there; the address itself is checked as every other is.
        String given = settings.required("baseUrl");
        return new MlflowConfig(
                settings.url("baseUrl", given),
                settings.text("registry"),
                settings.text("filter"),
                settings.token("MLFLOW_TRACKING_TOKEN"),
                settings.number("pageSize", 100, 1, 1000),
                settings.number("maxPages", 100, 1, 10_000));
    }
}
