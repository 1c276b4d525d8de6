package io.modelwatch.producers.source.runtime;

import io.modelwatch.producers.source.Place;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import io.modelwatch.producers.source.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a source that asks model servers.
 *
 * @param endpoints the servers; each is a deployment
 * @param models package URLs of what a server names in words that mean nothing elsewhere, such as a path
 */
public record RuntimeConfig(List<Endpoint> endpoints, Map<String, String> models) {

    private static final Set<String> ENDPOINT_KEYS = with(Place.KEYS, "url", "runtime", "tokenEnv", "tokenFile");

    /** Legal keys. */
    public static final Set<String> KEYS =
            with(Place.KEYS, "endpoints", "runtime", Weights.KNOWN, "tokenEnv", "tokenFile", "requestsPerSecond");

    /** Each is a handful of requests and a scope of its own. */
    private static final int MAX_ENDPOINTS = 1000;

    /**
     * One server.
     *
     * @param deployment name of the deployment
     * @param url its address
     * @param runtime its kind, or null where that is to be recognised
     * @param place whose it is and where it runs
     * @param token where the key is kept that it wants, if it does
     */
    record Endpoint(String deployment, String url, @Nullable Runtime runtime, Place place, Token token) {

        /** Checks the name. */
        Endpoint {
            deployment = Place.deployment(deployment);
        }
    }

    /** Checks that there is something to ask. */
    public RuntimeConfig {
        endpoints = List.copyOf(endpoints);
        models = Map.copyOf(models);
        if (endpoints.isEmpty() || endpoints.size() > MAX_ENDPOINTS) {
            throw new IllegalArgumentException(
                    "endpoints: a map of 1 to " + MAX_ENDPOINTS
                            + " deployments, each with its address, for example claims-llm: {url: \"http://vllm.claims:8000\"}");
        }
    }

    /** Reads the settings. */
    public static RuntimeConfig of(Settings settings) {
        Place all = Place.of(settings, Place.UNKNOWN);
        Runtime runtime = runtime(settings, null);
        Token token = settings.token(null);
        List<Endpoint> endpoints = new ArrayList<>();
        settings.each("endpoints", ENDPOINT_KEYS).forEach((deployment, own) -> {
            boolean ownToken = own.text("tokenEnv") != null || own.text("tokenFile") != null;
            // Where no address is given, an empty one makes the complaint that names what is wanted.
            endpoints.add(new Endpoint(
                    deployment,
                    own.url("url", ""),
                    runtime(own, runtime),
                    Place.of(own, all),
                    ownToken ? own.token(null) : token));
        });
        return new RuntimeConfig(endpoints, Weights.known(settings));
    }

    private static @Nullable Runtime runtime(Settings settings, @Nullable Runtime otherwise) {
        String title = settings.text("runtime");
        return title == null ? otherwise : Runtime.of(title);
    }

    private static Set<String> with(Set<String> keys, String... more) {
        Set<String> all = new TreeSet<>(keys);
        all.addAll(List.of(more));
        return Set.copyOf(all);
    }
}
