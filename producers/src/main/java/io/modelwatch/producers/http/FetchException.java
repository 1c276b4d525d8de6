package io.modelwatch.producers.http;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An address could not be read. The message says what and where, and holds no query and no credentials. */
public final class FetchException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final boolean retriable;
    private final transient @Nullable Duration retryAfter;

    FetchException(
            URI uri,
            String what,
            int status,
            boolean retriable,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(what + " from " + place(uri), cause);
        this.status = status;
        this.retriable = retriable;
        this.retryAfter = retryAfter;
    }

    /** Returns the HTTP status, or 0 where it is not a matter of status. */
    public int status() {
        return status;
    }

    boolean retriable() {
        return retriable;
    }

    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }

    /** Returns an address without user, query and fragment: fit for errors. */
    public static String place(URI uri) {
        return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()) + uri.getPath();
    }
}
