package io.modelwatch.producers.http;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An address could not be read. The message says what and where, and holds no query and no credentials. */
public final class FetchException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final boolean retriable;
    private final transient @Nullable Duration retryAfter;
    private final transient @Nullable HttpHeaders headers;

    FetchException(
            URI uri,
            String what,
            int status,
            boolean retriable,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        this(uri, what, status, retriable, retryAfter, cause, null);
    }

    /** Returns one that no second try helps. */
    static FetchException of(URI uri, String what, int status) {
        return new FetchException(uri, what, status, false, null, null);
    }

    /** @param headers of the answer, if there was one that says more */
    FetchException(
            URI uri,
            String what,
            int status,
            boolean retriable,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause,
            @Nullable HttpHeaders headers) {
        super(what + " from " + place(uri), cause);
        this.status = status;
        this.retriable = retriable;
        this.retryAfter = retryAfter;
        this.headers = headers;
    }

    /** Returns a header of the answer that was no use: where it leads ({@code Location}), how to be admitted. */
    public Optional<String> header(String name) {
        return headers == null ? Optional.empty() : headers.firstValue(name);
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
