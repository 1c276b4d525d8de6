package io.modelwatch.producers.source.litellm;

import io.modelwatch.producers.source.Place;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import io.modelwatch.producers.source.Weights;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Settings of a LiteLLM gateway.
 *
 * @param baseUrl where the gateway is
 * @param token where a key is kept that may read {@code /model/info}
 * @param prefix first part of the names of its deployments
 * @param routes deployments by route, for routes that have a name of their own in the company
 * @param fallbacks whether each route's fallbacks are asked for: one request a route
 * @param models package URLs by the gateway's words for a backend
 * @param place whose the routes are and where they run
 */
public record LiteLlmConfig(
        String baseUrl,
        Token token,
        String prefix,
        Map<String, String> routes,
        boolean fallbacks,
        Map<String, String> models,
        Place place) {

    /** Legal keys. */
    public static final Set<String> KEYS = keys();

    /** Checks the names. */
    public LiteLlmConfig {
        routes = Place.deployments("routes", routes);
        models = Map.copyOf(models);
        var unused = Place.deployment(prefix);
    }

    /** Reads the settings. */
    public static LiteLlmConfig of(Settings settings) {
        String prefix = settings.text("prefix");
        return new LiteLlmConfig(
                settings.url("baseUrl", "http://127.0.0.1:4000"),
                settings.token("LITELLM_API_KEY"),
                prefix == null ? "litellm" : prefix,
                settings.map("routes"),
                settings.flag("fallbacks", true),
                Weights.known(settings),
                Place.of(settings, new Place("api", null, null, null, null, null)));
    }

    String deployment(String route) {
        return routes.getOrDefault(route, prefix + "/" + route);
    }

    private static Set<String> keys() {
        Set<String> all = new TreeSet<>(Place.KEYS);
        all.addAll(List.of(
                "baseUrl",
                "tokenEnv",
                "tokenFile",
                "prefix",
                "routes",
                "fallbacks",
                Weights.KNOWN,
                "requestsPerSecond"));
        return Set.copyOf(all);
    }
}
