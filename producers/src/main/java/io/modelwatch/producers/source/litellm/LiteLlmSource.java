package io.modelwatch.producers.source.litellm;

import io.modelwatch.producers.http.FetchException;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Addresses;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Place;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.Roles;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.Weights;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Hosting;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The routes of a LiteLLM gateway: each is a deployment, and what stands behind it are its models. */
public final class LiteLlmSource implements Source {

    private static final String PATH = "/model/info";

    /** A gateway of more routes is not read to its end. */
    private static final int MAX_ROUTES = 2000;

    private final LiteLlmConfig config;
    private final HttpFetcher http;

    /** @param http what it reads with */
    public LiteLlmSource(LiteLlmConfig config, HttpFetcher http) {
        this.config = config;
        this.http = http;
    }

    @Override
    public List<String> scopes() {
        return List.of("");
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        Map<String, String> headers = config.token().authorization(null);
        Json.Document document = get(PATH, headers);
        JsonNode data = document.root().path("data");
        if (!data.isArray()) {
            throw new SourceException("no list 'data' in the JSON from " + place(PATH));
        }
        Map<String, List<Backend>> routes = new LinkedHashMap<>();
        int leftOut = 0;
        for (JsonNode row : data) {
            Backend backend = Backend.of(row);
            if (backend == null) {
                leftOut++;
            } else {
                routes.computeIfAbsent(backend.route(), r -> new ArrayList<>()).add(backend);
            }
        }
        if (routes.isEmpty()) {
            if (leftOut > 0) {
                throw new SourceException("none of the " + leftOut
                        + " rows has 'model_name' and 'litellm_params.model', from " + place(PATH));
            }
            return "the list is empty: is the key allowed to see any model?";
        }
        List<Reading> readings = new ArrayList<>();
        String left = leftOut == 0 ? null : leftOut + " rows without 'model_name' or 'litellm_params.model' left out";
        for (String route : routes.keySet()) {
            if (readings.size() == MAX_ROUTES) {
                left = "stopped after " + MAX_ROUTES + " routes";
                break;
            }
            List<String> fallbacks = config.fallbacks() ? fallbacks(route, headers) : List.of();
            DeploymentFacts facts = facts(route, routes, fallbacks);
            if (facts == null) {
                left = "route left out, its deployment or a backend can have no such name: " + quoted(route);
            } else {
                readings.add(new DeploymentReading(facts, null, document.evidence(), Confidence.DECLARED));
            }
        }
        pages.page(readings, null);
        return left;
    }

    private @Nullable DeploymentFacts facts(String route, Map<String, List<Backend>> routes, List<String> fallbacks) {
        String deployment = config.deployment(route);
        Roles roles = new Roles();
        List<DeployedModel> models = new ArrayList<>();
        Set<Hosting> hosting = new LinkedHashSet<>();
        TreeSet<String> unresolved = new TreeSet<>();
        TreeSet<String> backends = new TreeSet<>();
        List<String> asked = new ArrayList<>(List.of(route));
        asked.addAll(fallbacks);
        for (int i = 0; i < asked.size(); i++) {
            Set<String> seen = new LinkedHashSet<>();
            for (Backend backend : routes.getOrDefault(asked.get(i), List.of())) {
                Weights weights = backend.weights(deployment, config.models());
                if (weights == null) {
                    return null;
                }
                hosting.add(new Hosting(backend.provider(), backend.region(), null));
                if (backend.place() != null) {
                    backends.add(backend.place());
                }
                // Several keys or regions of one model are one model.
                if (seen.add(weights.id())) {
                    String role = roles.of(i == 0 ? "primary" : "fallback");
                    models.add(DeployedModel.newBuilder()
                            .setId(weights.id())
                            .setRevision(weights.revision())
                            .setRole(role)
                            .setRequested(asked.get(i))
                            .setWeight(backend.weight())
                            .build());
                    if (!weights.resolved()) {
                        unresolved.add(role + " (" + backend.words() + ")");
                    }
                }
            }
        }
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("gateway", "litellm");
        lists(attributes, Map.of("unresolved", unresolved, "backends", backends));
        if (!fallbacks.isEmpty()) {
            attributes.put("fallbacks", List.copyOf(fallbacks));
        }
        try {
            DeploymentFacts.Builder facts = config.place().facts(Place.deployment(deployment));
            // What the settings say of the place goes before the names of providers.
            return (facts.getHosting().isEmpty() ? facts.setHosting(List.copyOf(hosting)) : facts)
                    .setModels(models)
                    .setAttributes(attributes)
                    .build();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void lists(Map<String, Object> into, Map<String, TreeSet<String>> lists) {
        lists.forEach((name, list) -> {
            if (!list.isEmpty()) {
                into.put(name, List.copyOf(list));
            }
        });
    }

    /**
     * {@code GET /fallback/<route>} answers 404 where there are none. The page that lists all of them at once also holds
     * keys of the gateway's callbacks and is not read.
     */
    private List<String> fallbacks(String route, Map<String, String> headers)
            throws SourceException, InterruptedException {
        String path = "/fallback/" + Addresses.encode(route);
        try {
            return Json.texts(get(path, headers).root(), "fallback_models");
        } catch (SourceException e) {
            for (Throwable t = e; t != null; t = t.getCause()) {
                if (t instanceof FetchException f && f.status() == 404) {
                    return List.of();
                }
            }
            throw e;
        }
    }

    private Json.Document get(String path, Map<String, String> headers) throws SourceException, InterruptedException {
        try {
            return Json.get(http, URI.create(config.baseUrl() + path), headers);
        } catch (SourceException e) {
            throw config.token().explain(e, !headers.isEmpty());
        }
    }

    private String place(String path) {
        return FetchException.place(URI.create(config.baseUrl() + path));
    }

    private static String quoted(String route) {
        String fit = route.replaceAll("[^\\x20-\\x7e]", "?");
        return "'" + (fit.length() <= 100 ? fit : fit.substring(0, 100) + "...") + "'";
    }
}
