package io.modelwatch.producers.source.vertex;

import io.modelwatch.producers.source.Place;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import io.modelwatch.producers.source.Weights;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a project of Vertex AI.
 *
 * @param project id of the project
 * @param locations regions whose endpoints are read; each is a scope
 * @param baseUrl address in place of each region's own, or null
 * @param token where an OAuth token of Google is kept
 * @param deployments what an endpoint is called in the company, by its id or display name
 * @param models package URLs by the names or display names that Vertex has for models
 * @param countries ISO 3166 code of each region's country
 * @param place whose the endpoints are
 */
public record VertexConfig(
        String project,
        List<String> locations,
        @Nullable String baseUrl,
        Token token,
        Map<String, String> deployments,
        Map<String, String> models,
        Map<String, String> countries,
        Place place) {

    /** Legal keys; where each runs is said by its region. */
    public static final Set<String> KEYS = Set.of(
            "project",
            "locations",
            "baseUrl",
            "tokenEnv",
            "tokenFile",
            "deployments",
            Weights.KNOWN,
            "countries",
            "deploymentType",
            "vendor",
            "owner",
            "requestsPerSecond");

    /** Checks the names. */
    public VertexConfig {
        locations = List.copyOf(locations);
        deployments = Place.deployments("deployments", deployments);
        models = Map.copyOf(models);
        countries = Map.copyOf(countries);
        if (!project.matches("[a-z0-9:.-]{1,100}")) {
            throw new IllegalArgumentException("project: the id or number of a project, for example acme-prod");
        }
        if (locations.isEmpty() || !locations.stream().allMatch(one -> one.matches("[a-z]+(-[a-z]+\\d+)?"))) {
            throw new IllegalArgumentException("locations: one or more regions, for example [europe-west4]");
        }
        if (!new TreeSet<>(locations).containsAll(countries.keySet())) {
            throw new IllegalArgumentException("countries: by region, of those in locations only");
        }
        countries.values().forEach(country -> {
            var checked = new Place("api", null, null, null, null, country);
        });
    }

    /** Reads the settings. */
    public static VertexConfig of(Settings settings) {
        return new VertexConfig(
                settings.required("project"),
                settings.texts("locations"),
                settings.text("baseUrl") == null ? null : settings.url("baseUrl", ""),
                settings.token("GOOGLE_ACCESS_TOKEN"),
                settings.map("deployments"),
                Weights.known(settings),
                settings.map("countries"),
                Place.of(settings, new Place("api", null, null, "gcp", null, null)));
    }

    String address(String location) {
        return baseUrl != null ? baseUrl : "https://" + location + "-aiplatform.googleapis.com";
    }

    String deployment(String location, String id, @Nullable String displayName) {
        String named = displayName == null ? null : deployments.get(displayName);
        return deployments.getOrDefault(id, named == null ? project + "/" + location + "/" + id : named);
    }

    /** Returns the place of the endpoints of a region. */
    Place place(String location) {
        return new Place(
                place.type(), place.vendor(), place.owner(), place.provider(), location, countries.get(location));
    }
}
