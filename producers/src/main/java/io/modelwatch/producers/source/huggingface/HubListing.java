package io.modelwatch.producers.source.huggingface;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Addresses;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SourceException;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The Hub's addresses, and turning the pages of its listing, the model that was changed last first. */
final class HubListing {

    private static final Pattern NEXT = Pattern.compile("<([^>]{1,8192})>\\s*;\\s*rel=\"?next\"?");

    private static final List<String> EXPAND = List.of(
            "author",
            "sha",
            "lastModified",
            "tags",
            "gated",
            "cardData",
            "baseModels",
            "safetensors",
            "gguf",
            "config",
            "disabled",
            "private",
            "pipeline_tag",
            "library_name");

    private final HuggingFaceConfig config;
    private final HttpFetcher http;
    private final Map<String, String> headers;
    private final URI first;
    private final Set<URI> visited = new HashSet<>();
    private @Nullable URI uri;

    HubListing(HuggingFaceConfig config, HttpFetcher http, Map<String, String> headers, String scope) {
        this.config = config;
        this.http = http;
        this.headers = headers;
        this.first = first(scope);
        this.uri = first;
    }

    /** Returns where the next page is, or null after the last one. */
    @Nullable
    URI next() {
        return uri;
    }

    /** Reads the next page. */
    Json.Document turn() throws SourceException, InterruptedException {
        URI here = uri;
        if (here == null) {
            throw new IllegalStateException("after the last page");
        }
        if (!visited.add(here)) {
            throw new SourceException("the listing goes in a circle at " + FetchException.place(here));
        }
        Json.Document document = Json.get(http, here, headers);
        if (!document.root().isArray()) {
            throw new SourceException("no list of models from " + FetchException.place(here));
        }
        uri = next(document);
        return document;
    }

    /** Returns where one model is told of as in the listing. */
    static URI one(HuggingFaceConfig config, String id) {
        return URI.create(address(config, id) + "?" + expand());
    }

    /** Returns where one model's files are told of. */
    static URI files(HuggingFaceConfig config, String id) {
        return URI.create(address(config, id) + "?blobs=true");
    }

    private static String address(HuggingFaceConfig config, String id) {
        return config.baseUrl() + "/api/models/" + Addresses.encode(id).replace("%2F", "/");
    }

    private URI first(String scope) {
        StringBuilder query = new StringBuilder();
        if (scope.startsWith("author:")) {
            query.append("author=")
                    .append(Addresses.encode(scope.substring("author:".length())))
                    .append('&');
        } else if (scope.startsWith("base:")) {
            query.append("filter=")
                    .append(Addresses.encode("base_model:" + scope.substring("base:".length())))
                    .append('&');
        }
        query.append("sort=lastModified&direction=-1&limit=").append(config.pageSize());
        return URI.create(config.baseUrl() + "/api/models?" + query + "&" + expand());
    }

    private static String expand() {
        return String.join(
                "&", EXPAND.stream().map(field -> "expand%5B%5D=" + field).toList());
    }

    private @Nullable URI next(Json.Document document) throws SourceException {
        for (String link : document.fetched().headers().allValues("Link")) {
            Matcher matcher = NEXT.matcher(link);
            if (matcher.find()) {
                URI next;
                try {
                    next = document.fetched().uri().resolve(matcher.group(1));
                } catch (IllegalArgumentException e) {
                    throw new SourceException("a next page with no usable address", e);
                }
                // The token goes with every request: never to a place that a header names.
                if (!HttpFetcher.sameOrigin(first, next)) {
                    throw new SourceException("a next page on another host, " + next.getHost() + ": not followed");
                }
                return next;
            }
        }
        return null;
    }
}
