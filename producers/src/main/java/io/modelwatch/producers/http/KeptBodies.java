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
    private static final int BODIES = 16;

    private static final int BODY_BYTES = 1 << 20;

    private record Kept(@Nullable String etag, @Nullable String lastModified, Fetched answer) {}

    private final Map<String, Kept> kept = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
            return size() > BODIES;
        }
    });

    /** Has a request ask for a body only if it is another than the one that is kept. */
    void ask(HttpRequest.Builder request, URI uri, Map<String, String> headers) {
        Kept before = kept.get(key(uri, headers));
        if (before != null && before.etag != null) {
            request.setHeader("If-None-Match", before.etag);
        }
        if (before != null && before.lastModified != null) {
            request.setHeader("If-Modified-Since", before.lastModified);
        }
    }

    /** Returns what was answered before, or null. */
    @Nullable
    Fetched before(URI uri, Map<String, String> headers) {
        Kept before = kept.get(key(uri, headers));
        return before == null ? null : before.answer;
    }

    /** Keeps an answer if it has a validator and is small enough. */
    void keep(URI uri, Map<String, String> headers, Fetched answer) {
        String etag = answer.headers().firstValue("ETag").orElse(null);
        String lastModified = answer.headers().firstValue("Last-Modified").orElse(null);
        if ((etag != null || lastModified != null) && answer.body().length <= BODY_BYTES) {
            kept.put(key(uri, headers), new Kept(etag, lastModified, answer));
        }
    }

    /** What one account may see is no answer for another. */
    private static String key(URI uri, Map<String, String> headers) {
        return uri + "#" + headers.hashCode();
    }
}
