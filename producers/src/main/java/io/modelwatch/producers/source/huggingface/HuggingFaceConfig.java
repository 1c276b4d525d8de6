package io.modelwatch.producers.source.huggingface;

import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Settings of a Hugging Face source.
 *
 * @param scopes {@code author:X}, {@code base:ORG/NAME}, {@code family:ORG/NAME} for derivatives at any depth, and {@code all} for the whole Hub
 * @param details whether each model's files are read too (one request a model and revision)
 * @param maxDetails models whose files are read in one sweep; the others follow in the next ones
 * @param baseUrl where the Hub is
 * @param token where the token is kept; public models need none
 * @param pageSize models a page, at most 1000
 * @param maxPages pages a sweep, after which it is partial
 * @param maxMembers members of a family whose derivatives are asked for in one sweep
 * @param fullEvery time between two passes over everything; those in between read what changed
 * @param overlap how far a pass over what changed reaches back behind the one before
 */
public record HuggingFaceConfig(
        List<String> scopes,
        boolean details,
        int maxDetails,
        String baseUrl,
        Token token,
        int pageSize,
        int maxPages,
        int maxMembers,
        Duration fullEvery,
        Duration overlap) {

    /** Legal keys. */
    public static final Set<String> KEYS = Set.of(
            "scopes",
            "details",
            "maxDetails",
            "baseUrl",
            "tokenEnv",
            "tokenFile",
            "pageSize",
            "maxPages",
            "maxMembers",
            "fullEvery",
            "overlap",
            "webhookSecretEnv",
            "webhookSecretFile",
            "requestsPerSecond");

    private static final Pattern SCOPE = Pattern.compile(
            "all|author:[A-Za-z0-9._-]{1,96}|(?:base|family):[A-Za-z0-9._-]{1,96}(/[A-Za-z0-9._-]{1,96})?");

    /** Checks the scopes. */
    public HuggingFaceConfig {
        scopes = List.copyOf(scopes);
        if (scopes.isEmpty() || !scopes.stream().allMatch(s -> SCOPE.matcher(s).matches())) {
            throw new IllegalArgumentException(
                    "scopes: a list of author:NAME, base:ORG/NAME, family:ORG/NAME and all, for example [\"author:Qwen\"], not "
                            + scopes);
        }
    }

    /** Reads the settings. */
    public static HuggingFaceConfig of(Settings settings) {
        return new HuggingFaceConfig(
                settings.texts("scopes"),
                settings.flag("details", false),
                settings.number("maxDetails", 200, 1, 100_000),
                settings.url("baseUrl", "https://huggingface.co"),
                settings.token("HF_TOKEN"),
                settings.number("pageSize", 1000, 1, 1000),
                settings.number("maxPages", 20, 1, 10_000),
                settings.number("maxMembers", 500, 1, 100_000),
                settings.duration("fullEvery", Duration.ofHours(6)),
                settings.duration("overlap", Duration.ofMinutes(10)));
    }
}
