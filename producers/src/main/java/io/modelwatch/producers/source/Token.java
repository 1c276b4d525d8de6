package io.modelwatch.producers.source;

import io.modelwatch.producers.http.FetchException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where a secret is kept: the name of an environment variable or a file. The value is read anew for each sweep, so that
 * it can be rotated, and appears nowhere.
 *
 * @param env environment variable, or null
 * @param file path, or null; asked first
 */
public record Token(@Nullable String env, @Nullable String file) {

    /**
     * Returns the secret, or null where none is set.
     *
     * @throws SourceException if the file cannot be read
     */
    public @Nullable String read(UnaryOperator<@Nullable String> environment) throws SourceException {
        if (file != null) {
            try {
                return clean(Files.readString(Path.of(file)), "tokenFile " + file);
            } catch (IOException e) {
                throw new SourceException("tokenFile " + file + " cannot be read", e);
            }
        }
        String value = env == null ? null : environment.apply(env);
        return value == null || value.isBlank() ? null : clean(value, "environment variable " + env);
    }

    /**
     * Returns the header that sends the secret; none where no secret is set.
     *
     * @param user account whose password or token it is, sent as basic authentication; null to send it alone, as a bearer's
     * @throws SourceException if the file cannot be read
     */
    public Map<String, String> authorization(@Nullable String user) throws SourceException {
        String token = read(System::getenv);
        if (token == null) {
            return Map.of();
        }
        byte[] both = (user + ":" + token).getBytes(StandardCharsets.UTF_8);
        return Map.of(
                "Authorization",
                user == null
                        ? "Bearer " + token
                        : "Basic " + Base64.getEncoder().encodeToString(both));
    }

    /**
     * Returns an error with what can be done about it, where a token could help.
     *
     * @param set whether a token was sent
     */
    public SourceException explain(SourceException error, boolean set) {
        boolean refused = error.getCause() instanceof FetchException f && (f.status() == 401 || f.status() == 403);
        if (!refused) {
            return error;
        }
        String todo = set ? "; the token in " + place() + " is not accepted" : "; no token is set: " + todo();
        return new SourceException(error.getMessage() + todo, error);
    }

    /** Returns what to do where a token is missing. */
    public String todo() {
        return file == null && env == null
                ? "name where it is kept in tokenEnv or tokenFile"
                : "put one into " + place();
    }

    private String place() {
        return file != null ? "the file " + file : "the environment variable " + env;
    }

    private static String clean(String value, String where) throws SourceException {
        String token = value.strip();
        if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new SourceException(where + " must hold one token: visible ASCII without spaces");
        }
        return token;
    }
}
