package io.modelwatch.producers.source;

import java.time.Instant;
import java.util.function.UnaryOperator;
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
}
