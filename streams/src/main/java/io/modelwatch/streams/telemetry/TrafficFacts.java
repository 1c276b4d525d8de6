package io.modelwatch.streams.telemetry;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.ModelNames;
import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.ServedName;
import io.modelwatch.schemas.avro.ServedPlace;
import io.modelwatch.schemas.avro.Sighting;
import io.modelwatch.schemas.avro.TrafficRoute;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the routes of a deployment come to as facts: a pure function, whatever the order in which they were seen. */
final class TrafficFacts {

    /** Attributes of telemetry begin so. */
    private static final String ATTRIBUTE = "traffic.";

    private TrafficFacts() {}

    /**
     * Returns the facts.
     *
     * @param routes in the order of their keys
     * @param truncated whether something was left out
     */
    static DeploymentFacts of(String deployment, List<TrafficRoute> routes, boolean truncated) {
        List<DeployedModel> models = new ArrayList<>();
        Map<String, Object> attributes = new HashMap<>();
        Set<String> roles = new HashSet<>();
        for (TrafficRoute route : routes) {
            ServedName served = answering(route);
            String role = role(route, served);
            while (!roles.add(role)) {
                role += "'";
            }
            models.add(DeployedModel.newBuilder()
                    .setId(route.getModel())
                    .setRule(route.getModelRule())
                    .setRole(role)
                    .setRequested(route.getRequested())
                    .setServed(served == null ? null : served.getName())
                    .setServedModel(served == null ? null : served.getModel())
                    .setServedRule(served == null ? null : served.getRule())
                    .build());
            if (!route.getBackends().isEmpty()) {
                attributes.put(
                        ATTRIBUTE + "backends." + role.substring(ReservedSources.TRAFFIC_ROLE.length()),
                        route.getBackends());
            }
        }
        put(attributes, "providers", routes, route -> Stream.ofNullable(route.getProvider()));
        put(
                attributes,
                "operations",
                routes,
                route -> route.getOperations().stream().map(Sighting::getText));
        put(attributes, "fallbacks", routes, Sightings::fallbacks);
        if (truncated && !routes.isEmpty()) {
            attributes.put(ATTRIBUTE + "truncated", true);
        }
        return DeploymentFacts.newBuilder()
                .setId(deployment)
                .setModels(models)
                .setHosting(hosting(routes))
                .setAttributes(attributes)
                .build();
    }

    /**
     * The name that is told of a route: one that was not asked for before one that was, for it must not hide behind the usual
     * one; then the one that came last. So two that alternate are one change.
     */
    static @Nullable ServedName answering(TrafficRoute route) {
        return route.getServed().stream()
                .max(Comparator.comparing((ServedName one) -> ModelNames.rerouted(
                                route.getModel(), route.getRequested(), one.getName(), one.getModel()))
                        .thenComparing(ServedName::getFirstAt)
                        .thenComparing(ServedName::getName))
                .orElse(null);
    }

    /** A role is a part of a dotted path. */
    private static String role(TrafficRoute route, @Nullable ServedName served) {
        String asked = route.getRequested() != null ? route.getRequested() : served == null ? "?" : served.getName();
        String provider = route.getProvider() == null ? "" : route.getProvider() + "/";
        return ReservedSources.TRAFFIC_ROLE
                + (provider + asked).replace('.', '_').replace('#', '_');
    }

    private static void put(
            Map<String, Object> attributes,
            String name,
            List<TrafficRoute> routes,
            Function<TrafficRoute, Stream<String>> part) {
        List<String> values = new ArrayList<>(
                routes.stream().flatMap(part).distinct().sorted().toList());
        if (!values.isEmpty()) {
            attributes.put(ATTRIBUTE + name, values);
        }
    }

    private static List<Hosting> hosting(List<TrafficRoute> routes) {
        return routes.stream()
                .flatMap(route -> route.getPlaces().stream())
                .map(ServedPlace::getPlace)
                .distinct()
                .sorted(Comparator.comparing(TrafficFacts::text))
                .toList();
    }

    private static String text(Hosting place) {
        return Canonical.json(Stream.of(place.getProvider(), place.getRegion(), place.getCountry())
                .map(part -> Objects.requireNonNullElse(part, ""))
                .toList());
    }
}
