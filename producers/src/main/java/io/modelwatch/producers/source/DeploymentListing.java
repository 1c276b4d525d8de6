package io.modelwatch.producers.source;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The list of deployments that a cloud's management API has, read page by page by the holder of a token.
 *
 * @param http what it reads with
 * @param token where the token is kept
 * @param field the list in each page
 * @param mayLack whether an answer lacks the list where it is empty, as those of Google do
 */
public record DeploymentListing(HttpFetcher http, Token token, String field, boolean mayLack) {

    private static final int MAX_PAGES = 50;

    /** What is made of one entry. */
    @FunctionalInterface
    public interface Reads {
        /** Returns null where the entry cannot be used. */
        @Nullable
        Reading of(JsonNode entry, Json.Document document);
    }

    /** Where the list goes on. */
    @FunctionalInterface
    public interface Next {
        /** Returns null after the last page. */
        @Nullable
        URI after(URI here, JsonNode root) throws SourceException;
    }

    /**
     * Reads it to its end.
     *
     * @param first address of the first page
     * @return null if everything was seen, else what was left out and why
     * @throws SourceException if there is no token, or a page cannot be read
     */
    public @Nullable String sweep(URI first, Reads reads, Next next, Pages pages)
            throws SourceException, InterruptedException {
        Map<String, String> headers = token.authorization(null);
        if (headers.isEmpty()) {
            throw new SourceException("not asked: " + FetchException.place(first)
                    + " lists deployments to holders of a token only; " + token.todo());
        }
        URI uri = first;
        int leftOut = 0;
        int seen = 0;
        for (int page = 1; page <= MAX_PAGES; page++) {
            Json.Document document = read(uri, headers);
            JsonNode list = document.root().path(field);
            boolean lacks = mayLack && list.isMissingNode() && document.root().isObject();
            if (!list.isArray() && !lacks) {
                throw new SourceException("no list '" + field + "' in the JSON from " + FetchException.place(uri));
            }
            List<Reading> readings = new ArrayList<>();
            for (JsonNode one : list) {
                Reading reading = reads.of(one, document);
                if (reading == null) {
                    leftOut++;
                } else {
                    readings.add(reading);
                }
            }
            seen += list.size();
            URI after = next.after(uri, document.root());
            if (!readings.isEmpty()) {
                pages.page(readings, after == null ? null : after.toString());
            }
            if (after == null) {
                return leftOut > 0
                        ? leftOut + " of " + seen + " deployments without a name or a model left out"
                        // As with every list: one that is empty is far more often broken than right.
                        : seen == 0 ? "the list is empty" : null;
            }
            uri = after;
        }
        return "stopped after " + MAX_PAGES + " pages";
    }

    private Json.Document read(URI uri, Map<String, String> headers) throws SourceException, InterruptedException {
        try {
            return Json.get(http, uri, headers);
        } catch (SourceException e) {
            throw token.explain(e, true);
        }
    }
}
