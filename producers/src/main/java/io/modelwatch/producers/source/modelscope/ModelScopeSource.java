package io.modelwatch.producers.source.modelscope;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Lists models of ModelScope by owner. Its API has no commit in a list: the time of the last change is the revision. It
 * shows the first 3,000 of a list and no more (client code of ModelScope; no recording was to be had).
 */
public final class ModelScopeSource implements Source {

    private static final int WINDOW = 3000;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,96}/[A-Za-z0-9._-]{1,96}");

    private final ModelScopeConfig config;
    private final HttpFetcher http;

    /** @param http what it reads with */
    public ModelScopeSource(ModelScopeConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
    }

    @Override
    public List<String> scopes() {
        return config.scopes();
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        Map<String, String> headers = config.token().authorization(null);
        try {
            return sweep(scope.substring("owner:".length()), headers, pages);
        } catch (SourceException e) {
            throw config.token().explain(e, !headers.isEmpty());
        }
    }

    private @Nullable String sweep(String owner, Map<String, String> headers, Pages pages)
            throws SourceException, InterruptedException {
        Set<String> seen = new HashSet<>();
        String left = null;
        long total = 0;
        int entries = 0;
        for (int page = 1; page * config.pageSize() <= WINDOW; page++) {
            URI uri = URI.create(config.baseUrl() + "/openapi/v1/models?owner=" + owner
                    + "&sort=last_modified&page_number=" + page + "&page_size=" + config.pageSize());
            Json.Document document = Json.get(http, uri, headers);
            JsonNode data = document.root().path("data");
            JsonNode models = data.path("models");
            // It answers 200 to what it refuses, too.
            if (!document.root().path("success").asBoolean(true) || !models.isArray()) {
                throw new SourceException("no list 'data.models' in the JSON from " + FetchException.place(uri));
            }
            if (!data.path("total_count").isIntegralNumber()) {
                throw new SourceException("no 'data.total_count' in the JSON from " + FetchException.place(uri)
                        + ": the list may be cut");
            }
            total = data.path("total_count").asLong();
            List<ModelReading> readings = new ArrayList<>();
            for (JsonNode model : models) {
                entries++;
                String id = id(model);
                if (id == null) {
                    left = "an entry without a usable id was left out";
                } else if (seen.add(id)) {
                    readings.add(reading(id, model, document.evidence()));
                }
            }
            boolean last = models.isEmpty() || (long) page * config.pageSize() >= total;
            if (!readings.isEmpty()) {
                pages.page(readings, last ? null : String.valueOf(page + 1));
            }
            if (last) {
                break;
            }
        }
        if (total > WINDOW) {
            return "the first " + WINDOW + " of " + total + " models: its API shows no more";
        }
        if (left == null && entries < total) {
            return "the list broke off after " + entries + " of " + total + " models";
        }
        if (left == null && total == 0) {
            return "lists no model: is the name right?";
        }
        return left;
    }

    private static @Nullable String id(JsonNode model) {
        String id = Json.text(model, "id");
        return id != null && ID.matcher(id).matches() ? id : null;
    }

    private static ModelReading reading(String id, JsonNode model, Evidence evidence) {
        Instant modified = time(model.path("last_modified"));
        Map<String, Object> attributes = new HashMap<>();
        for (String list : List.of("tasks", "tags")) {
            TreeSet<String> texts = new TreeSet<>(Json.texts(model, list));
            if (!texts.isEmpty()) {
                attributes.put(list, new ArrayList<>(texts));
            }
        }
        return new ModelReading(
                ModelFacts.newBuilder()
                        .setId(String.valueOf(ModelIds.of("modelscope", id)))
                        .setRevision(modified == null ? null : modified.toString())
                        .setAuthor(id.substring(0, id.indexOf('/')))
                        .setParents(List.of())
                        .setLicense(Json.text(model, "license"))
                        .setDatasets(List.of())
                        .setAttributes(attributes)
                        .build(),
                modified,
                evidence);
    }

    /** RFC 3339, or epoch seconds as in the older API. */
    private static @Nullable Instant time(JsonNode node) {
        try {
            if (node.isIntegralNumber()) {
                return Instant.ofEpochSecond(node.asLong());
            }
            return node.isString()
                    ? Instant.ofEpochMilli(Instant.parse(node.stringValue()).toEpochMilli())
                    : null;
        } catch (DateTimeException | ArithmeticException e) {
            return null;
        }
    }
}
