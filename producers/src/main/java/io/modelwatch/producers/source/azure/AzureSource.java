package io.modelwatch.producers.source.azure;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Place;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The deployments of an account, as Azure's management API tells them. The model's version is its revision: Azure moves it by
 * itself where the deployment lets it.
 */
public final class AzureSource implements Source {

    private static final String VERSION = "2025-06-01";
    private static final int MAX_PAGES = 50;

    private final AzureConfig config;
    private final HttpFetcher http;

    /** @param http what it reads with */
    public AzureSource(AzureConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
    }

    @Override
    public List<String> scopes() {
        return List.of("");
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        String token = config.token().read(System::getenv);
        if (token == null) {
            throw new SourceException("not asked: Azure lists its deployments to holders of a token only; "
                    + config.token().todo());
        }
        Map<String, String> headers = Map.of("Authorization", "Bearer " + token);
        URI uri = first();
        int leftOut = 0;
        int seen = 0;
        for (int page = 1; page <= MAX_PAGES; page++) {
            Json.Document document;
            try {
                document = Json.get(http, uri, headers);
            } catch (SourceException e) {
                throw config.token().explain(e, true);
            }
            JsonNode list = document.root().path("value");
            if (!list.isArray()) {
                throw new SourceException("no list 'value' in the JSON from " + FetchException.place(uri));
            }
            List<Reading> readings = new ArrayList<>();
            for (JsonNode one : list) {
                Reading reading = reading(one, document);
                if (reading == null) {
                    leftOut++;
                } else {
                    readings.add(reading);
                }
            }
            seen += list.size();
            String next = Json.text(document.root(), "nextLink");
            if (!readings.isEmpty()) {
                pages.page(readings, next);
            }
            if (next == null) {
                return leftOut > 0
                        ? leftOut + " of " + seen + " deployments without a name or a model left out"
                        // As with every list: one that is empty is far more often broken than right.
                        : seen == 0 ? "the list is empty" : null;
            }
            uri = link(uri, next);
        }
        return "stopped after " + MAX_PAGES + " pages";
    }

    private URI first() {
        return URI.create(config.baseUrl() + "/subscriptions/" + config.subscription() + "/resourceGroups/"
                + config.resourceGroup() + "/providers/Microsoft.CognitiveServices/accounts/" + config.account()
                + "/deployments?api-version=" + VERSION);
    }

    /** The token goes with every request: never to a place that an answer names. */
    private static URI link(URI from, String next) throws SourceException {
        try {
            URI link = from.resolve(next);
            if (HttpFetcher.sameOrigin(from, link)) {
                return link;
            }
            throw new SourceException("a next page on another host, " + link.getHost() + ": not followed");
        } catch (IllegalArgumentException e) {
            throw new SourceException("a next page with no usable address, from " + FetchException.place(from), e);
        }
    }

    private @Nullable Reading reading(JsonNode one, Json.Document document) {
        String name = Json.text(one, "name");
        JsonNode properties = one.path("properties");
        JsonNode model = properties.path("model");
        String format = Json.text(model, "format");
        String called = Json.text(model, "name");
        String id = format == null || called == null ? null : ModelIds.of("generic", "azure/" + format + "." + called);
        if (name == null || id == null) {
            return null;
        }
        DeployedModel primary = DeployedModel.newBuilder()
                .setId(id)
                .setRevision(Json.text(model, "version"))
                .setRole("primary")
                .setRequested(name)
                .build();
        Map<String, Object> attributes = new HashMap<>();
        put(attributes, "version_upgrade", Json.text(properties, "versionUpgradeOption"));
        put(attributes, "sku", Json.text(one.path("sku"), "name"));
        // Who changed it is somebody's name; whether a person did, or Azure, is what matters.
        put(attributes, "last_modified_by", Json.text(one.path("systemData"), "lastModifiedByType"));
        try {
            DeploymentFacts facts = config.place()
                    .facts(Place.deployment(config.deployment(name)))
                    .setModels(List.of(primary))
                    .setAttributes(attributes)
                    .build();
            return new DeploymentReading(facts, time(one.path("systemData")), document.evidence(), Confidence.DECLARED);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void put(Map<String, Object> attributes, String name, @Nullable String value) {
        if (value != null) {
            attributes.put(name, value);
        }
    }

    private static @Nullable Instant time(JsonNode systemData) {
        String text = Json.text(systemData, "lastModifiedAt");
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
