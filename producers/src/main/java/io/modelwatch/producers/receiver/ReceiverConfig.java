package io.modelwatch.producers.receiver;

import io.modelwatch.producers.source.Place;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import io.modelwatch.producers.source.Weights;
import io.modelwatch.schemas.ReservedSources;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One way in for bills of another system.
 *
 * @param name last part of its path, {@code /v1/receivers/<name>}, and the source of its observations
 * @param token where the token is kept that senders must know; one without a place admits everybody
 * @param cluster first part of the names of its deployments
 * @param deployments names of deployments by {@code namespace/kind/name}
 * @param models package URLs of what bills name in words that mean nothing elsewhere
 * @param place whose the deployments are and where they run
 */
public record ReceiverConfig(
        String name,
        Token token,
        String cluster,
        Map<String, String> deployments,
        Map<String, String> models,
        Place place) {

    /** The only kind: the webhook of k8s-aibom. */
    public static final String TYPE = "k8s-aibom";

    /** Legal keys. */
    public static final Set<String> KEYS = keys();

    /** Checks the names. */
    public ReceiverConfig {
        deployments = Map.copyOf(deployments);
        models = Map.copyOf(models);
        if (!name.matches("[a-z0-9][a-z0-9-]{0,63}") || ReservedSources.contains(name)) {
            throw new IllegalArgumentException(
                    "receiver name '" + name + "': lower-case letters, digits and '-' only, at most 64");
        }
        var unused = Place.deployment(cluster);
        deployments.values().forEach(one -> {
            var checked = Place.deployment(one);
        });
    }

    /**
     * Reads one receiver of the configuration file.
     *
     * @throws IllegalArgumentException if something is unknown or illegal; it names the key and the legal form
     */
    public static ReceiverConfig fromMap(Map<String, Object> map) {
        String where = "receiver " + map.getOrDefault("name", "(without name)");
        Settings values = new Settings(where, map, KEYS);
        if (!values.required("type").equals(TYPE)) {
            throw new IllegalArgumentException(where + ": 'type' must be " + TYPE);
        }
        String cluster = values.text("cluster");
        try {
            return new ReceiverConfig(
                    values.required("name"),
                    values.token(null),
                    cluster == null ? "kubernetes" : cluster,
                    values.map("deployments"),
                    Weights.known(values),
                    Place.of(values, Place.UNKNOWN));
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            throw new IllegalArgumentException(message.startsWith("receiver ") ? message : where + ": " + message, e);
        }
    }

    /** Returns whether senders must know a token. */
    public boolean isGuarded() {
        return token.env() != null || token.file() != null;
    }

    String deployment(String namespace, String kind, String workload) {
        String path = namespace + "/" + kind + "/" + workload;
        return deployments.getOrDefault(path, cluster + "/" + path);
    }

    private static Set<String> keys() {
        Set<String> all = new TreeSet<>(Place.KEYS);
        all.addAll(List.of("name", "type", "tokenEnv", "tokenFile", "cluster", "deployments", Weights.KNOWN));
        return Set.copyOf(all);
    }
}
