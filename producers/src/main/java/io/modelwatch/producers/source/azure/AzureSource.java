package io.modelwatch.producers.source.azure;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Addresses;
import io.modelwatch.producers.source.DeploymentListing;
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
        return new DeploymentListing(http, config.token(), "value", false)
                .sweep(
                        first(),
                        this::reading,
                        (here, root) -> {
                            String next = Json.text(root, "nextLink");
                            return next == null ? null : Addresses.next(here, next);
                        },
                        pages);
    }

    private URI first() {
        return URI.create(config.baseUrl() + "/subscriptions/" + config.subscription() + "/resourceGroups/"
                + config.resourceGroup() + "/providers/Microsoft.CognitiveServices/accounts/" + config.account()
                + "/deployments?api-version=" + VERSION);
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
