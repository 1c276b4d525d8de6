package io.modelwatch.producers.http;

import java.net.URI;
import java.net.http.HttpRequest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Bodies with a validator, for the answer that nothing changed. Thread-safe. */
final class KeptBodies {

    /** Both numbers bound memory (16 MiB). */
    static final int BODIES = 16;

    private static final int BODY_BYTES = 1 << 20;

    private static final String ETAG = "ETag";
    private static final String LAST_MODIFIED = "Last-Modified";

    private final Map<String, Fetched> kept = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Fetched> eldest) {
            return size() > BODIES;
        }
    });

    /** Returns what was answered before, or null. */
    @Nullable
    Fetched before(URI uri, Map<String, String> headers) {
        return kept.get(key(uri, headers));
    }

    /** Has a request ask for a body only if it is another than one that was kept. */
    static void ask(HttpRequest.Builder request, Fetched before) {
        before.headers().firstValue(ETAG).ifPresent(value -> request.setHeader("If-None-Match", value));
        before.headers().firstValue(LAST_MODIFIED).ifPresent(value -> request.setHeader("If-Modified-Since", value));
    }

    /** Keeps an answer if it has a validator and is small enough. */
    void keep(URI uri, Map<String, String> headers, Fetched answer) {
        boolean validator = answer.headers().firstValue(ETAG).isPresent()
                || answer.headers().firstValue(LAST_MODIFIED).isPresent();
        if (validator && answer.body().length <= BODY_BYTES) {
            kept.put(key(uri, headers), answer);
        }
    }

    /** What one account may see is no answer for another. */
    private static String key(URI uri, Map<String, String> headers) {
        return uri + "#" + headers.hashCode();
    }
}
