package io.modelwatch.producers.source.jsonlist;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
    private final ListedModel mapping;

    /** @param http what it reads with */
    public JsonListSource(JsonListConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
        this.mapping = new ListedModel(config.descriptor());
    }

    @Override
    public List<String> scopes() {
        return List.of("");
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        // The whole list is gathered first: where an id comes twice, the last word must win in every sweep.
        Map<String, Reading> readings = new LinkedHashMap<>();
        try {
            return gather(readings);
        } finally {
            // What was read before a page failed stands; the sweep is partial then.
            List<Reading> all = new ArrayList<>(readings.values());
            for (int from = 0; from < all.size(); from += CHUNK) {
                int to = Math.min(all.size(), from + CHUNK);
                pages.page(all.subList(from, to), to == all.size() ? null : Integer.toString(to));
            }
        }
    }

    private @Nullable String gather(Map<String, Reading> readings) throws SourceException, InterruptedException {
        Descriptor descriptor = config.descriptor();
        Map<String, String> headers = new LinkedHashMap<>(descriptor.headers());
        String token = config.token().read(System::getenv);
        if (token != null) {
            headers.put(descriptor.authHeader(), descriptor.authPrefix() + token);
        }
        String left = null;
        String cursor = null;
        for (int page = 1; page <= config.maxPages(); page++) {
            URI uri = address(cursor);
            Json.Document document = Json.get(http, uri, headers);
            JsonNode items = at(document.root(), descriptor.items());
            if (!items.isArray()) {
                throw new SourceException(
                        "no list at '" + descriptor.items() + "' in the JSON from " + FetchException.place(uri));
            }
            int before = readings.size();
            for (JsonNode item : items) {
                Reading reading = mapping.reading(item, document.evidence());
                if (reading == null) {
                    left = "an entry without a usable '" + descriptor.id() + "' was left out";
                } else {
                    String id = reading.facts().getId();
                    readings.remove(id);
                    readings.put(id, reading);
                }
            }
            JsonNode more = descriptor.moreField() == null ? null : at(document.root(), descriptor.moreField());
            JsonNode next = at(document.root(), descriptor.pageField());
            boolean last = descriptor.paging().equals("none")
                    || (more != null && !more.asBoolean(false))
                    || !next.isString()
                    || next.stringValue().isEmpty();
            // Some vendors hand out a token on their last page: a page that brings nothing new is the end.
            if (last || readings.size() == before) {
                // A vendor that lists nothing is far more often broken than gone: nothing may count as removed by it.
                return readings.isEmpty() && left == null ? "the list is empty" : left;
            }
            cursor = next.stringValue();
        }
        return "stopped after " + config.maxPages() + " pages (maxPages)";
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
