package io.modelwatch.producers.source.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.modelwatch.producers.source.Roles;
import io.modelwatch.producers.source.Weights;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The facts about one workload that runs a model server. */
final class WorkloadFacts {

    private static final int MAX_LIST = 200;

    private final KubernetesConfig config;
    private final Workload workload;
    private final String deployment;
    private final Roles roles = new Roles();
    private final List<DeployedModel> models = new ArrayList<>();
    private final TreeSet<String> unresolved = new TreeSet<>();
    private final TreeSet<String> unpinned = new TreeSet<>();
    private final TreeSet<String> runtimes = new TreeSet<>();
    private final TreeSet<String> images = new TreeSet<>();
    private final TreeSet<String> arguments = new TreeSet<>();
    private final TreeSet<String> environment = new TreeSet<>();

    private WorkloadFacts(KubernetesConfig config, Workload workload) {
        this.config = config;
        this.workload = workload;
        this.deployment = config.deployment(workload.namespace(), workload.kind(), workload.name());
    }

    /** Returns whether one of its containers is a model server, or KServe made it. */
    static boolean serves(KubernetesConfig config, Workload workload) {
        return workload.kind().equals("inferenceservice")
                || workload.containers().stream().anyMatch(container -> kind(config, container) != null);
    }

    /** @param digests images that run */
    static DeploymentFacts of(KubernetesConfig config, Workload workload, Set<String> digests) {
        return new WorkloadFacts(config, workload).facts(digests);
    }

    private DeploymentFacts facts(Set<String> digests) {
        boolean service = workload.kind().equals("inferenceservice");
        for (Container container : workload.containers()) {
            String kind = kind(config, container);
            if (kind == null && !service) {
                continue;
            }
            if (kind != null) {
                runtimes.add(kind);
            }
            if (container.getImage() != null) {
                images.add(container.getImage());
            }
            Map<String, String> variables = variables(container);
            ServerArguments said = ServerArguments.of(given(container), variables);
            arguments.addAll(said.told());
            model(said);
        }
        if (models.isEmpty() && workload.storage() != null) {
            add(workload.storage(), null, workload.name());
        }
        Map<String, Object> attributes = new HashMap<>(workload.attributes());
        attributes.put("cluster", config.cluster());
        attributes.put("namespace", workload.namespace());
        attributes.put("workload", workload.kind() + "/" + workload.name());
        if (models.isEmpty()) {
            unresolved.add(
                    "no argument and no variable names a model: ask the server itself, by a source of type runtime");
        }
        list(attributes, "runtime", runtimes);
        list(attributes, "image", images);
        list(attributes, "running", digests);
        list(attributes, "arguments", arguments);
        list(attributes, "environment", environment);
        list(attributes, "unresolved", unresolved);
        list(attributes, "unpinned", unpinned);
        return config.place()
                .facts(deployment)
                .setModels(models)
                .setAttributes(attributes)
                .build();
    }

    private void model(ServerArguments said) {
        // KServe mounts what storageUri names under a path, and that path is what the server is told.
        boolean mounted = workload.storage() != null
                && (said.model() == null || said.model().startsWith("/mnt/"));
        String words = mounted ? workload.storage() : said.model();
        if (words != null) {
            add(
                    words,
                    said.revision(),
                    said.names().isEmpty() ? null : said.names().getFirst());
        }
        for (ServerArguments.Adapter adapter : said.adapters()) {
            Weights weights = Weights.of(adapter.words(), deployment, config.models());
            if (weights != null) {
                models.add(DeployedModel.newBuilder()
                        .setId(weights.id())
                        .setRevision(weights.revision())
                        .setRole(roles.of(adapter.name()))
                        .setRequested(adapter.name())
                        .build());
            }
        }
    }

    private void add(String words, @Nullable String revision, @Nullable String requested) {
        Weights weights = Weights.of(words, deployment, config.models());
        if (weights == null) {
            return;
        }
        String role = roles.of("primary");
        String pinned = revision == null ? weights.revision() : revision;
        models.add(DeployedModel.newBuilder()
                .setId(weights.id())
                .setRevision(pinned)
                .setRole(role)
                .setRequested(requested == null ? words(words) : requested)
                .build());
        if (!weights.resolved()) {
            unresolved.add(role + " (" + words(words) + ")");
        } else if (pinned == null) {
            // Each start of a pod takes whatever the hub has then.
            unpinned.add(role);
        }
    }

    private static String words(String words) {
        return Weights.withoutAccount(words);
    }

    private Map<String, String> variables(Container container) {
        Map<String, String> values = new HashMap<>();
        for (EnvVar variable : container.getEnv()) {
            environment.add(variable.getName());
            if (variable.getValue() != null) {
                values.put(variable.getName(), variable.getValue());
            }
        }
        return values;
    }

    private static @Nullable String kind(KubernetesConfig config, Container container) {
        String image = container.getImage() == null ? "" : container.getImage();
        return Images.kind(image, ServerArguments.words(given(container)), config.images());
    }

    private static List<String> given(Container container) {
        List<String> words = new ArrayList<>(container.getCommand());
        words.addAll(container.getArgs());
        return words;
    }

    private static void list(Map<String, Object> attributes, String name, Set<String> list) {
        if (!list.isEmpty()) {
            attributes.put(name, list.stream().sorted().limit(MAX_LIST).toList());
        }
    }
}
