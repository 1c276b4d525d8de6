package io.modelwatch.producers.source;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What a source makes of posted word that something changed. It is a hint to look now, never the truth: nothing in it
 * becomes an observation. Thread-safe.
 */
public interface Hints {

    /**
     * Returns whether whoever sent a body knows the secret. How long that takes tells nothing of it.
     *
     * @param headers gives the value of a header, or null
     * @param now by our clock
     * @throws SourceException if there is no secret to hold the proof against: nobody is admitted then
     */
    boolean admits(UnaryOperator<@Nullable String> headers, byte[] body, Instant now) throws SourceException;

    /** Returns whether a body whose sender has been admitted is worth a look; one that is not understood is. */
    boolean matters(byte[] body);

    /** Reads the secret now, so that it can be rotated. */
    static String secret(Token token) throws SourceException {
        String secret = token.read(System::getenv);
        if (secret == null) {
            throw new SourceException("no secret is set for hints; " + token.todo());
        }
        return secret;
    }

    /** Compares texts in a time that tells nothing of either. */
    static boolean equal(String one, String other) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] first = sha.digest(one.getBytes(StandardCharsets.UTF_8));
            return MessageDigest.isEqual(first, sha.digest(other.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Returns the HMAC-SHA256 of something. */
    static byte[] hmac(String secret, byte[] text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
