package io.modelwatch.producers.source.vertex;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Addresses;
import io.modelwatch.producers.source.DeploymentListing;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Place;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.Roles;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Endpoints of Vertex AI, region by region, as
 * {@code GET /v1/projects/P/locations/L/endpoints} documents them
 * (https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints): which models are deployed behind each,
 * in which version, and how the traffic is split. A split that moves is another model that answers.
 */
public final class VertexSource implements Source {

    private static final int PAGE_SIZE = 100;

    private final VertexConfig config;
    private final HttpFetcher http;

    /** @param http what it reads with */
    public VertexSource(VertexConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
    }

    @Override
    public List<String> scopes() {
        return config.locations();
    }

    @Override
    public @Nullable String sweep(String location, Pages pages) throws SourceException, InterruptedException {
        String list = config.address(location) + "/v1/projects/" + config.project() + "/locations/" + location
                + "/endpoints?pageSize=" + PAGE_SIZE;
        return new DeploymentListing(http, config.token(), "endpoints", true)
                .sweep(
                        URI.create(list),
                        (one, document) -> reading(location, one, document),
                        (here, root) -> {
                            String token = Json.text(root, "nextPageToken");
                            return token == null ? null : URI.create(list + "&pageToken=" + Addresses.encode(token));
                        },
                        pages);
    }

    private @Nullable Reading reading(String location, JsonNode endpoint, Json.Document document) {
        String name = last(Json.text(endpoint, "name"));
        if (name == null) {
            return null;
        }
        String displayName = Json.text(endpoint, "displayName");
        String deployment = config.deployment(location, name, displayName);
        List<DeployedModel> models = models(location, endpoint);
        if (models == null) {
            return null;
        }
        Map<String, Object> attributes = new HashMap<>();
        if (displayName != null) {
            attributes.put("display_name", displayName);
        }
        try {
            DeploymentFacts facts = config.place(location)
                    .facts(Place.deployment(deployment))
                    .setModels(models)
                    .setAttributes(attributes)
                    .build();
            return new DeploymentReading(
                    facts, time(Json.text(endpoint, "updateTime")), document.evidence(), Confidence.DECLARED);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private record Deployed(String id, JsonNode model, double share) {}

    /** The one that most of the traffic goes to first; null where one cannot be told. */
    private @Nullable List<DeployedModel> models(String location, JsonNode endpoint) {
        JsonNode split = endpoint.path("trafficSplit");
        List<Deployed> all = new ArrayList<>();
        for (JsonNode one : endpoint.path("deployedModels")) {
            String id = Json.text(one, "id");
            if (id == null) {
                return null;
            }
            all.add(new Deployed(id, one, split.path(id).asDouble(0) / 100));
        }
        all.sort(Comparator.comparingDouble(Deployed::share).reversed().thenComparing(Deployed::id));
        Roles roles = new Roles();
        List<DeployedModel> models = new ArrayList<>();
        for (Deployed one : all) {
            String resource = Json.text(one.model(), "model");
            String model = model(location, resource, Json.text(one.model(), "displayName"));
            if (model == null) {
                return null;
            }
            models.add(DeployedModel.newBuilder()
                    .setId(model)
                    .setRevision(Json.text(one.model(), "modelVersionId"))
                    .setRole(roles.of("primary"))
                    .setRequested(Json.text(endpoint, "displayName"))
                    .setWeight(all.size() == 1 ? null : one.share())
                    .build());
        }
        return models;
    }

    private @Nullable String model(String location, @Nullable String resource, @Nullable String displayName) {
        String known = resource == null ? null : config.models().get(resource);
        known = known == null && displayName != null ? config.models().get(displayName) : known;
        String name = last(resource);
        if (known != null || name == null) {
            return known;
        }
        // projects/P/locations/L/models/M, or publishers/google/models/M
        boolean published = String.valueOf(resource).matches("(?:.*/)?publishers/[^/]+/models/.+");
        return ModelIds.of("generic", "vertex/" + (published ? name : config.project() + "/" + location + "/" + name));
    }

    /** Returns the last part of a resource's name, without a version. */
    private static @Nullable String last(@Nullable String resource) {
        return resource == null
                ? null
                : resource.substring(resource.lastIndexOf('/') + 1).replaceFirst("@.*$", "");
    }

    private static @Nullable Instant time(@Nullable String text) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
