package io.modelwatch.producers.source.modelscope;

import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Settings of a ModelScope source.
 *
 * @param scopes {@code owner:X}
 * @param baseUrl where it is
 * @param token where the token is kept; public models need none
 * @param pageSize models a page, at most 50
 */
public record ModelScopeConfig(List<String> scopes, String baseUrl, Token token, int pageSize) {

    /** Legal keys. */
    public static final Set<String> KEYS =
            Set.of("scopes", "baseUrl", "tokenEnv", "tokenFile", "pageSize", "requestsPerSecond");

    private static final Pattern SCOPE = Pattern.compile("owner:[A-Za-z0-9._-]{1,96}");

    /** Checks the scopes. */
    public ModelScopeConfig {
        scopes = List.copyOf(scopes);
        if (scopes.isEmpty() || !scopes.stream().allMatch(s -> SCOPE.matcher(s).matches())) {
            throw new IllegalArgumentException(
                    "scopes: a list of owner:NAME, for example [\"owner:Qwen\"], not " + scopes);
        }
    }

    /** Reads the settings. */
    public static ModelScopeConfig of(Settings settings) {
        return new ModelScopeConfig(
                settings.texts("scopes"),
                settings.url("baseUrl", "https://modelscope.cn"),
                settings.token("MODELSCOPE_API_TOKEN"),
                settings.number("pageSize", 50, 1, 50));
    }
}
