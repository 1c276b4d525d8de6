package io.modelwatch.producers.source.mlflow;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.mlflow.RegisteredModel.Version;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Lists an MLflow registry. Aliases are read where models are listed: the lists of versions leave them empty
 * (mlflow#9783, #9952, #16734). The versions of a model are read again only when it was updated.
 */
public final class MlflowSource implements Source {

    private static final String API = "/api/2.0/mlflow/";

    /** Versions that are looked at of each model, the newest: an alias that points to an older one tells its number alone. */
    private static final int VERSIONS = 200;

    private final MlflowConfig config;
    private final String registry;
    private final HttpFetcher http;
    private final Map<String, Versions> versionsByName = new HashMap<>();

    private record Versions(long updated, List<Version> newestFirst) {}

    /**
     * @param name the source's
     * @param http what it reads with
     */
    public MlflowSource(MlflowConfig config, String name, HttpFetcher http) {
        this.config = config;
        this.registry = config.registry() == null ? name : config.registry();
        this.http = http;
    }

    @Override
    public List<String> scopes() {
        return List.of("");
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        Map<String, String> headers = config.token().authorization(null);
        try {
            return new Sweep(headers, pages).run();
        } catch (SourceException e) {
            throw config.token().explain(e, !headers.isEmpty());
        }
    }

    /** One pass over the registry. */
    private final class Sweep {
        private final Map<String, String> headers;
        private final Pages pages;
        private final Set<String> seen = new HashSet<>();
        private @Nullable String left;

        Sweep(Map<String, String> headers, Pages pages) {
            this.headers = headers;
            this.pages = pages;
        }

        @Nullable
        String run() throws SourceException, InterruptedException {
            Set<String> tokens = new HashSet<>();
            String next = "";
            for (int page = 1; next != null; page++) {
                if (page > config.maxPages()) {
                    return "stopped after " + config.maxPages() + " pages of " + config.pageSize() + " (maxPages)";
                }
                URI uri = address(
                        "registered-models/search",
                        Map.of(
                                "max_results",
                                String.valueOf(config.pageSize()),
                                "filter",
                                config.filter() == null ? "" : config.filter(),
                                "page_token",
                                next));
                Json.Document document = Json.get(http, uri, headers);
                List<ModelReading> readings = new ArrayList<>();
                for (JsonNode model : list(document, "registered_models", uri)) {
                    take(model, document, readings);
                }
                next = Json.text(document.root(), "next_page_token");
                if (next != null && !tokens.add(next)) {
                    throw new SourceException("the listing goes in a circle at " + FetchException.place(uri));
                }
                pages.page(readings, next);
            }
            if (left == null) {
                versionsByName.keySet().retainAll(seen);
            }
            return left != null || !seen.isEmpty() ? left : "the registry has no model";
        }

        private void take(JsonNode model, Json.Document document, List<ModelReading> readings)
                throws SourceException, InterruptedException {
            String name = Json.text(model, "name");
            String id = name == null ? null : ModelIds.of("mlflow", registry + "/" + name.replace('/', '_'));
            if (name == null || id == null) {
                left = "an entry without a usable name was left out";
            } else if (seen.add(name)) {
                readings.add(RegisteredModel.reading(id, model, versions(name, model), document.evidence()));
            }
        }

        private List<Version> versions(String name, JsonNode model) throws SourceException, InterruptedException {
            long updated = model.path("last_updated_timestamp").asLong(-1);
            Versions known = versionsByName.get(name);
            if (known != null && updated >= 0 && known.updated() == updated) {
                return known.newestFirst();
            }
            String quote = name.contains("'") ? "\"" : "'";
            URI uri = address(
                    "model-versions/search",
                    Map.of(
                            "filter",
                            "name=" + quote + name + quote,
                            "order_by",
                            "version_number DESC",
                            "max_results",
                            String.valueOf(VERSIONS)));
            List<Version> versions = new ArrayList<>();
            for (JsonNode one : list(Json.get(http, uri, headers), "model_versions", uri)) {
                Version version = Version.of(one);
                if (version != null) {
                    versions.add(version);
                }
            }
            versions.sort(Comparator.comparingLong(Version::number).reversed());
            versionsByName.put(name, new Versions(updated, List.copyOf(versions)));
            return versions;
        }
    }

    /** MLflow leaves an empty list out of its answer; an answer with something else in it is another one. */
    private static JsonNode list(Json.Document document, String field, URI uri) throws SourceException {
        JsonNode root = document.root();
        JsonNode list = root.path(field);
        boolean empty = root.isObject()
                && list.isMissingNode()
                && root.propertyStream().allMatch(entry -> entry.getKey().equals("next_page_token"));
        if (!list.isArray() && !empty) {
            throw new SourceException("no list '" + field + "' in the JSON from " + FetchException.place(uri));
        }
        return list;
    }

    private URI address(String path, Map<String, String> query) {
        StringBuilder text = new StringBuilder();
        query.forEach((name, value) -> {
            if (!value.isEmpty()) {
                text.append(text.isEmpty() ? '?' : '&')
                        .append(name)
                        .append('=')
                        .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
            }
        });
        return URI.create(config.baseUrl() + API + path + text);
    }
}
