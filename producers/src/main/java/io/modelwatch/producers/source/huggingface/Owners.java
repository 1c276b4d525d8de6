package io.modelwatch.producers.source.huggingface;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Addresses;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SourceException;
import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who the watched authors are: a name that was given up can be taken by somebody else, whose id is another. Only of
 * authors that have a scope of their own, which keeps it at one request each.
 */
final class Owners {

    /** The Hub knows nobody of that name, or a mirror does not serve this (200: with a page for people). */
    private static final Set<Integer> NOBODY = Set.of(200, 400, 401, 403, 404, 405, 410, 501);

    private final HuggingFaceConfig config;
    private final HttpFetcher http;
    private final Map<String, String> idByAuthor = new HashMap<>();
    private final Map<String, Instant> askedAt = new HashMap<>();

    Owners(HuggingFaceConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
    }

    /**
     * Reads whom it does not know yet, or asked for last before the time for everything came again. All of them at once: a
     * model must not be told of with its owner in one scope and without in another.
     */
    void read(Map<String, String> headers, Instant now) throws SourceException, InterruptedException {
        for (String scope : config.scopes()) {
            if (scope.startsWith("author:")) {
                String author = scope.substring("author:".length());
                Instant at = askedAt.get(author);
                if (at == null || now.isBefore(at) || !now.isBefore(at.plus(config.fullEvery()))) {
                    ask(author, headers);
                    askedAt.put(author, now);
                }
            }
        }
    }

    /** Returns the id of an author's owner, or null where it is not known. */
    @Nullable
    String of(@Nullable String author) {
        return author == null ? null : idByAuthor.get(author);
    }

    private void ask(String author, Map<String, String> headers) throws SourceException, InterruptedException {
        for (String kind : List.of("organizations", "users")) {
            try {
                URI uri = URI.create(config.baseUrl() + "/api/" + kind + "/" + Addresses.encode(author) + "/overview");
                String id = Json.text(Json.get(http, uri, headers).root(), "_id");
                if (id != null) {
                    idByAuthor.put(author, id);
                    break;
                }
            } catch (SourceException e) {
                int status = e.getCause() instanceof FetchException f ? f.status() : 0;
                boolean known = idByAuthor.containsKey(author);
                // What was known stands until somebody else is named: the Hub answers 404 to a busy minute too.
                if (!known && !NOBODY.contains(status)) {
                    throw e;
                }
            }
        }
    }
}
