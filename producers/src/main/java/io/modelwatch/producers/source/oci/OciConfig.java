package io.modelwatch.producers.source.oci;

import io.modelwatch.producers.registry.Login;
import io.modelwatch.producers.source.Settings;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Settings of an OCI registry.
 *
 * @param repositories with a tag, or without for all their tags
 * @param baseUrl where the registry is, without {@code /v2}
 * @param login who asks
 * @param maxTags tags a repository, after which the sweep is partial
 */
public record OciConfig(List<String> repositories, String baseUrl, Login login, int maxTags) {

    /** Legal keys. */
    public static final Set<String> KEYS =
            Set.of("repositories", "baseUrl", "user", "tokenEnv", "tokenFile", "maxTags", "requestsPerSecond");

    /** As the distribution specification has it, bounded. */
    private static final Pattern REPOSITORY =
            Pattern.compile("[a-z0-9][a-z0-9._/-]{0,254}(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?");

    /** Checks the names. */
    public OciConfig {
        repositories = List.copyOf(repositories);
        if (repositories.isEmpty()
                || !repositories.stream()
                        .allMatch(r -> REPOSITORY.matcher(r).matches() && !r.contains("..") && !r.contains("//"))) {
            throw new IllegalArgumentException(
                    "repositories: a list such as [\"ai/smollm2\", \"ai/qwen3:8B-Q4_K_M\"], not " + repositories);
        }
    }

    /** Reads the settings. */
    public static OciConfig of(Settings settings) {
        return new OciConfig(
                settings.texts("repositories"),
                settings.url("baseUrl", "https://registry-1.docker.io"),
                new Login(settings.text("user"), settings.token(null)),
                settings.number("maxTags", 100, 1, 10_000));
    }
}
