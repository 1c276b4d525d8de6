package io.modelwatch.app.config;

import io.modelwatch.history.api.ApiRole;
import io.modelwatch.history.api.ApiToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Date;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One of {@code api.tokens}. The file has a digest at most; a token itself comes from the environment, or from a file
 * that the environment names.
 *
 * @param name who bears it
 * @param role what its bearer may do
 * @param sha256 digest of the token, or null where the environment has the token
 * @param expires the moment from which it is not known any more, or null for never
 */
record TokenConfig(
        String name,
        ApiRole role,
        @Nullable String sha256,
        @Nullable Instant expires) {

    private static final Set<String> KEYS = Set.of("name", "role", "sha256", "expires");

    /** @throws IllegalArgumentException if a key is unknown or missing, or a value not legal */
    static TokenConfig fromMap(Map<String, Object> map) {
        map.keySet().stream().filter(key -> !KEYS.contains(key)).findFirst().ifPresent(key -> {
            throw new IllegalArgumentException("api.tokens: unknown key '" + key
                    + "'; legal are name, role, sha256, expires; the token itself comes from the" + " environment");
        });
        Object name = map.get("name");
        Object role = map.get("role");
        Object digest = map.get("sha256");
        if (!(name instanceof String named) || !(role instanceof String word)) {
            throw new IllegalArgumentException("api.tokens: each needs a name and a role");
        }
        ApiRole known = Arrays.stream(ApiRole.values())
                .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("api.tokens: the role of " + named + " must be one of "
                        + Arrays.stream(ApiRole.values())
                                .map(one -> one.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "))));
        String sha256 = digest == null ? null : digest.toString().toLowerCase(Locale.ROOT);
        // Says now what is wrong with the name or the digest.
        var checked = new ApiToken(named, known, sha256 == null ? "0".repeat(64) : sha256, null);
        return new TokenConfig(checked.name(), known, sha256, expires(named, map.get("expires")));
    }

    /** YAML has moments of its own, which its reader hands over as dates. */
    private static @Nullable Instant expires(String name, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        try {
            return value instanceof Date date ? date.toInstant() : Instant.parse(value.toString());
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "api.tokens: expires of " + name + " must be a moment like 2027-01-31T00:00:00Z", e);
        }
    }

    /**
     * Returns what the server keeps of the token.
     *
     * @throws ConfigException if there is no token, or two
     */
    ApiToken resolve(Function<String, @Nullable String> environment) {
        String variable = "MODELWATCH_API_TOKENS_" + name.replace('-', '_').toUpperCase(Locale.ROOT);
        String token = environment.apply(variable);
        String file = environment.apply(variable + "_FILE");
        if (token == null && file != null) {
            try {
                token = Files.readString(Path.of(file.strip())).strip();
            } catch (IOException e) {
                throw new ConfigException(variable + "_FILE: the file " + file.strip() + " cannot be read", e);
            }
        }
        if ((token == null) == (sha256 == null)) {
            throw new ConfigException(
                    "api.tokens: " + name + " needs a token: give its sha256 in the file, or the token" + " in "
                            + variable + " or " + variable + "_FILE, and not both");
        }
        try {
            return token == null
                    ? new ApiToken(name, role, String.valueOf(sha256), expires)
                    : ApiToken.of(name, role, token.strip(), expires);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(variable + ": " + e.getMessage(), e);
        }
    }
}
