package io.modelwatch.producers.source.huggingface;

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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Lists models of the Hugging Face Hub by author or by declared base model. */
public final class HuggingFaceSource implements Source {

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
            "disabled",
            "private",
            "pipeline_tag",
            "library_name");

    private final HuggingFaceConfig config;
    private final HttpFetcher http;

    /** Files of a revision never change: a model's details are read again only when its revision moved. */
    private final Map<String, Files> filesById = new HashMap<>();

    private record Files(String revision, JsonNode siblings) {}

    /** @param http what it reads with */
    public HuggingFaceSource(HuggingFaceConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
    }

    @Override
    public List<String> scopes() {
        return config.scopes();
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        String token = config.token().read(System::getenv);
        Map<String, String> headers = token == null ? Map.of() : Map.of("Authorization", "Bearer " + token);
        URI first = first(scope);
        URI uri = first;
        Set<String> seen = new HashSet<>();
        Set<URI> visited = new HashSet<>();
        String left = null;
        for (int page = 1; uri != null; page++) {
            if (page > config.maxPages()) {
                return "stopped after " + config.maxPages() + " pages (maxPages)";
            }
            if (!visited.add(uri)) {
                throw new SourceException("the listing goes in a circle at " + FetchException.place(uri));
            }
            Json.Document document = Json.get(http, uri, headers);
            if (!document.root().isArray()) {
                throw new SourceException("no list of models from " + FetchException.place(uri));
            }
            List<Reading> readings = new ArrayList<>();
            for (JsonNode model : document.root()) {
                String id = HubModel.id(model);
                if (id == null) {
                    left = "an entry without a usable id was left out";
                } else if (seen.add(id)) {
                    // A model that moves up while we page comes twice; the first word is the newest.
                    JsonNode siblings = null;
                    if (config.details()) {
                        try {
                            siblings = siblings(id, model, headers);
                        } catch (SourceException e) {
                            left = e.getMessage();
                        }
                    }
                    if (config.details() && siblings == null) {
                        continue; // Facts without the files would read as "files gone".
                    }
                    readings.add(HubModel.reading(id, model, siblings, document.evidence()));
                }
            }
            uri = next(document, first);
            pages.page(readings, uri == null ? null : uri.toString());
        }
        return left;
    }

    private URI first(String scope) {
        StringBuilder query = new StringBuilder();
        if (scope.startsWith("author:")) {
            query.append("author=").append(encode(scope.substring("author:".length())));
        } else {
            query.append("filter=").append(encode("base_model:" + scope.substring("base:".length())));
        }
        query.append("&sort=lastModified&direction=-1&limit=").append(config.pageSize());
        EXPAND.forEach(field -> query.append("&expand%5B%5D=").append(field));
        return URI.create(config.baseUrl() + "/api/models?" + query);
    }

    private static @Nullable URI next(Json.Document document, URI first) throws SourceException {
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

    private @Nullable JsonNode siblings(String id, JsonNode listed, Map<String, String> headers)
            throws SourceException, InterruptedException {
        String revision = Json.text(listed, "sha");
        Files known = filesById.get(id);
        if (known != null && known.revision.equals(revision)) {
            return known.siblings;
        }
        URI uri = URI.create(config.baseUrl() + "/api/models/" + encode(id).replace("%2F", "/") + "?blobs=true");
        JsonNode root = Json.get(http, uri, headers).root();
        JsonNode siblings = root.path("siblings");
        String read = Json.text(root, "sha");
        if (!siblings.isArray() || read == null) {
            throw new SourceException("no files in the details from " + FetchException.place(uri));
        }
        if (revision != null && !revision.equals(read)) {
            throw new SourceException(id + " moved between listing and details");
        }
        filesById.put(id, new Files(read, siblings));
        return siblings;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
