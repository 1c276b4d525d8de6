package io.modelwatch.producers.source.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.modelwatch.producers.source.Place;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.Token;
import io.modelwatch.producers.source.Weights;
import java.io.File;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a cluster.
 *
 * @param cluster first part of the names of its deployments
 * @param namespaces the only ones that are looked at; empty for all
 * @param access how the cluster is reached
 * @param deployments names of deployments by {@code namespace/kind/name}
 * @param images kinds of model servers by image, without tag; a {@code *} at the end stands for the rest
 * @param models package URLs of what arguments name in words that mean nothing elsewhere
 * @param watch whether the cluster tells of changes between two sweeps
 * @param place whose the deployments are and where the cluster runs
 */
public record KubernetesConfig(
        String cluster,
        List<String> namespaces,
        Access access,
        Map<String, String> deployments,
        Map<String, String> images,
        Map<String, String> models,
        boolean watch,
        Place place) {

    /** Legal keys. */
    public static final Set<String> KEYS = keys();

    private static final int TIMEOUT_MILLIS = 30_000;

    /** With the pause that doubles from 100 ms, an outage of less than a second is bridged; the next sweep does the rest. */
    private static final int RETRIES = 3;

    /**
     * How a cluster is reached.
     *
     * @param apiServer address; null for what the kubeconfig says, or the cluster that modelwatch itself runs in
     * @param caFile certificates of the API server, or null
     * @param kubeconfig path, or null for {@code KUBECONFIG} or {@code ~/.kube/config}
     * @param context of the kubeconfig, or null for its current one
     * @param token where a token is kept that goes before what the kubeconfig has
     */
    record Access(
            @Nullable String apiServer,
            @Nullable String caFile,
            @Nullable String kubeconfig,
            @Nullable String context,
            Token token) {}

    /** Checks the names. */
    public KubernetesConfig {
        namespaces = List.copyOf(namespaces);
        deployments = Map.copyOf(deployments);
        images = Map.copyOf(images);
        models = Map.copyOf(models);
        var unused = Place.deployment(cluster);
        deployments.values().forEach(name -> {
            var checked = Place.deployment(name);
        });
        if (!namespaces.stream().allMatch(name -> name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"))) {
            throw new IllegalArgumentException("namespaces: a list of names of namespaces, for example [claims]");
        }
        images.forEach((image, runtime) -> {
            if (!Images.KINDS.contains(runtime)) {
                throw new IllegalArgumentException(
                        "images: '" + image + "' must be one of " + String.join(", ", new TreeSet<>(Images.KINDS)));
            }
        });
    }

    /** Reads the settings. */
    public static KubernetesConfig of(Settings settings) {
        String cluster = settings.text("cluster");
        String apiServer = settings.text("apiServer") == null ? null : settings.url("apiServer", "");
        return new KubernetesConfig(
                cluster == null ? "kubernetes" : cluster,
                settings.texts("namespaces"),
                new Access(
                        apiServer,
                        settings.text("caFile"),
                        settings.text("kubeconfig"),
                        settings.text("context"),
                        settings.token(null)),
                settings.map("deployments"),
                settings.map("images"),
                Weights.known(settings),
                settings.flag("watch", true),
                Place.of(settings, Place.UNKNOWN));
    }

    /**
     * Returns a client; whoever asks closes it. Made anew for each sweep, since tokens of service accounts are short-lived.
     *
     * @throws SourceException if what the settings name cannot be read
     */
    KubernetesClient client() throws SourceException {
        String token = access.token.read(System::getenv);
        Config found;
        try {
            if (access.apiServer != null) {
                found = Config.empty();
                found.setMasterUrl(access.apiServer);
            } else if (access.kubeconfig != null) {
                found = Config.fromKubeconfig(access.context, new File(access.kubeconfig));
            } else {
                found = Config.autoConfigure(access.context);
            }
        } catch (KubernetesClientException | IllegalArgumentException e) {
            throw new SourceException(
                    "the kubeconfig "
                            + (access.kubeconfig == null ? "" : access.kubeconfig + " ")
                            + "cannot be read, or does not have the context: give kubeconfig and context, or apiServer",
                    e);
        }
        ConfigBuilder config = new ConfigBuilder(found)
                .withConnectionTimeout(TIMEOUT_MILLIS / 3)
                .withRequestTimeout(TIMEOUT_MILLIS)
                .withRequestRetryBackoffLimit(RETRIES);
        if (token != null) {
            config.withOauthToken(token);
        }
        if (access.caFile != null) {
            config.withCaCertFile(access.caFile);
        }
        return new KubernetesClientBuilder().withConfig(config.build()).build();
    }

    String deployment(String namespace, String kind, String name) {
        String path = namespace + "/" + kind + "/" + name;
        return deployments.getOrDefault(path, cluster + "/" + path);
    }

    private static Set<String> keys() {
        Set<String> all = new TreeSet<>(Place.KEYS);
        all.addAll(List.of(
                "cluster",
                "namespaces",
                "apiServer",
                "caFile",
                "kubeconfig",
                "context",
                "tokenEnv",
                "tokenFile",
                "deployments",
                "images",
                Weights.KNOWN,
                "watch",
                "requestsPerSecond"));
        return Set.copyOf(all);
    }
}
