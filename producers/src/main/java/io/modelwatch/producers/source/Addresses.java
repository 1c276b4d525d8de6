package io.modelwatch.producers.source;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Addresses of APIs. */
public final class Addresses {

    private Addresses() {}

    /** Returns a text as a part of a path or a query. */
    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * Returns the address of the next page that an answer names. The token goes with every request: never to another place.
     *
     * @param from where the answer was read
     * @param said what it says, absolute or relative
     * @throws SourceException if it is no address, or one of another host
     */
    public static URI next(URI from, String said) throws SourceException {
        try {
            URI next = from.resolve(said);
            if (HttpFetcher.sameOrigin(from, next)) {
                return next;
            }
            throw new SourceException("a next page on another host, " + next.getHost() + ": not followed");
        } catch (IllegalArgumentException e) {
            throw new SourceException("a next page with no usable address, from " + FetchException.place(from), e);
        }
    }
}
