package io.modelwatch.producers.source.jsonlist;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Addresses;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.avro.ModelFacts;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A vendor's list of models. */
public final class JsonListSource implements Source {

    /** Observations a transaction. */
    private static final int CHUNK = 500;

    private final JsonListConfig config;
    private final HttpFetcher http;
    private final Caller caller;
    private final ListedModel mapping;

    /** @param http what it reads with */
    public JsonListSource(JsonListConfig config, HttpFetcher http) {
        this(config, http, new TokenCaller(config));
    }

    /**
     * @param http what it reads with
     * @param caller proves who asks, where that takes more than a token
     */
    public JsonListSource(JsonListConfig config, HttpFetcher http, Caller caller) {
        this.config = config;
        this.http = http;
        this.caller = caller;
        this.mapping = new ListedModel(config.descriptor(), config.namespace());
    }

    @Override
    public List<String> scopes() {
        return List.of("");
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        Sweep sweep = new Sweep();
        try {
            String left = sweep.gather();
            sweep.handOn(pages);
            return left;
        } catch (SourceException e) {
            // What was read before a page failed stands; the sweep is partial then.
            sweep.handOn(pages);
            throw e;
        }
    }

    /** One pass over the list. */
    private final class Sweep {

        /** The whole list is gathered first: an id may come twice, and one transaction must not say two things of it. */
        private final Map<String, ModelReading> readings = new LinkedHashMap<>();

        private int entries;
        private int leftOut;
        private @Nullable String whyLeftOut;

        void handOn(Pages pages) {
            List<ModelReading> all = new ArrayList<>(readings.values());
            for (int from = 0; from < all.size(); from += CHUNK) {
                int to = Math.min(all.size(), from + CHUNK);
                pages.page(all.subList(from, to), to == all.size() ? null : Integer.toString(to));
            }
        }

        @Nullable
        String gather() throws SourceException, InterruptedException {
            URI uri = address(null);
            for (int page = 1; page <= config.maxPages(); page++) {
                Json.Document document;
                Map<String, String> headers = caller.headers(uri);
                try {
                    document = Json.get(http, uri, headers);
                } catch (SourceException e) {
                    throw caller.explain(e);
                }
                boolean news = take(document, uri);
                String next = next(document.root(), uri);
                // Some vendors hand out a token on their last page: a page that brings nothing new is the end.
                if (next == null || (!news && config.descriptor().moreField() == null)) {
                    return outcome();
                }
                if (!news) {
                    throw new SourceException("a page without a new model, though '"
                            + config.descriptor().moreField() + "' says that there is more, from "
                            + FetchException.place(uri));
                }
                uri = config.descriptor().paging().equals(Descriptor.NEXT_LINK)
                        ? Addresses.next(uri, next)
                        : address(next);
            }
            return "stopped after " + config.maxPages() + " pages (maxPages)";
        }

        /** Returns whether the page had a model that was not known yet. */
        private boolean take(Json.Document document, URI uri) throws SourceException {
            JsonNode items = at(document.root(), config.descriptor().items());
            if (!items.isArray()) {
                throw new SourceException("no list at '" + config.descriptor().items() + "' in the JSON from "
                        + FetchException.place(uri) + ": if the vendor renamed it, adapt the descriptor");
            }
            int before = readings.size();
            for (JsonNode item : items) {
                entries++;
                try {
                    ModelReading reading = mapping.reading(item, document.evidence());
                    readings.merge(reading.facts().getId(), reading, JsonListSource::oneOf);
                } catch (SourceException e) {
                    leftOut++;
                    whyLeftOut = e.getMessage();
                }
            }
            return readings.size() > before;
        }

        private @Nullable String outcome() throws SourceException {
            if (readings.isEmpty() && entries > 0) {
                throw new SourceException("none of the " + entries + " entries can be used: " + whyLeftOut
                        + "; if the vendor renamed a field, adapt the descriptor");
            }
            if (leftOut > 0) {
                return leftOut + " of " + entries + " entries left out: " + whyLeftOut;
            }
            // A vendor that lists nothing is far more often broken than gone: nothing may count as removed by it.
            return entries == 0 ? "the list is empty" : null;
        }
    }

    /** Of two rows with one id (Mistral has some) the same must win whatever their order, and that it did is told. */
    private static ModelReading oneOf(ModelReading a, ModelReading b) {
        String first = Canonical.json(Canonical.fields(a.facts()));
        String second = Canonical.json(Canonical.fields(b.facts()));
        if (first.equals(second)) {
            return a;
        }
        ModelReading winner = first.compareTo(second) > 0 ? a : b;
        Map<String, Object> attributes = new HashMap<>(winner.facts().getAttributes());
        attributes.put("listed_twice", true);
        return new ModelReading(
                ModelFacts.newBuilder(winner.facts()).setAttributes(attributes).build(),
                winner.effectiveAt(),
                winner.evidence());
    }

    /** Returns where the list goes on, or null at its end; where that cannot be told, the list may be cut. */
    private @Nullable String next(JsonNode root, URI uri) throws SourceException {
        Descriptor descriptor = config.descriptor();
        if (descriptor.paging().equals("none")) {
            return null;
        }
        if (descriptor.moreField() != null) {
            JsonNode more = at(root, descriptor.moreField());
            if (!more.isBoolean()) {
                throw new SourceException("no '" + descriptor.moreField() + "' in the JSON from "
                        + FetchException.place(uri) + ": the list may be cut");
            }
            if (!more.booleanValue()) {
                return null;
            }
        }
        JsonNode next = at(root, descriptor.pageField());
        String cursor = next.isString() || next.isIntegralNumber() ? next.asString() : "";
        boolean end = next.isMissingNode() || next.isNull() || (next.isString() && cursor.isEmpty());
        if (cursor.isEmpty() && (!end || descriptor.moreField() != null)) {
            throw new SourceException("no usable '" + descriptor.pageField() + "' in the JSON from "
                    + FetchException.place(uri) + ": the list may be cut");
        }
        return cursor.isEmpty() ? null : cursor;
    }

    private URI address(@Nullable String cursor) {
        Map<String, String> query = new TreeMap<>(config.descriptor().query());
        if (cursor != null) {
            query.put(config.descriptor().pageParam(), cursor);
        }
        StringBuilder text = new StringBuilder();
        query.forEach((name, value) -> text.append(text.isEmpty() ? '?' : '&')
                .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return URI.create(config.url() + text);
    }

    private static JsonNode at(JsonNode root, String path) {
        JsonNode node = root;
        for (String step : path.isEmpty() ? new String[0] : path.split("\\.", -1)) {
            node = node.path(step);
        }
        return node;
    }
}
