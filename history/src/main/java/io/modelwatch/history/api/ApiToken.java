package io.modelwatch.history.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A bearer token as the server knows it: by its digest alone.
 *
 * @param name who bears it, for example {@code soc}; appears in errors
 * @param role what its bearer may do
 * @param sha256 SHA-256 of the token, in hex
 * @param expires the moment from which it is not known any more, or null for never
 */
public record ApiToken(
        String name, ApiRole role, String sha256, @Nullable Instant expires) {

    /** A token that is shorter could be guessed. */
    public static final int LEAST = 20;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    /** @throws IllegalArgumentException if the name or the digest is not legal */
    public ApiToken {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("the name '" + name
                    + "' of a token must be lower-case letters, digits and '-', at most 63, for example soc");
        }
        if (!DIGEST.matcher(sha256).matches()) {
            throw new IllegalArgumentException("token " + name
                    + ": sha256 must be the digest of the token as 64 lower-case hex digits, as sha256sum prints it");
        }
    }

    /**
     * Returns what the server keeps of a token.
     *
     * @throws IllegalArgumentException if the token is too short
     */
    public static ApiToken of(String name, ApiRole role, String token, @Nullable Instant expires) {
        if (token.length() < LEAST) {
            throw new IllegalArgumentException("token " + name + ": must have at least " + LEAST
                    + " characters; 'openssl rand -hex 32' makes one");
        }
        return new ApiToken(name, role, HexFormat.of().formatHex(digest(token)), expires);
    }

    /** As above, of one that does not expire. */
    public static ApiToken of(String name, ApiRole role, String token) {
        return of(name, role, token, null);
    }

    boolean isExpired(Instant now) {
        return expires != null && !now.isBefore(expires);
    }

    /** Returns whether a digest is that of this token; takes as long whichever digits differ. */
    boolean is(byte[] digest) {
        return MessageDigest.isEqual(digest, HexFormat.of().parseHex(sha256));
    }

    static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
