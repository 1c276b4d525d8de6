package io.modelwatch.producers.source.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that runs containers.
 *
 * @param kind lower case
 * @param name its name
 * @param containers of its pods, without those that end before they start
 * @param storage where KServe is told to load a model from, or null
 * @param attributes what only its kind has
 */
record Workload(
        String namespace,
        String kind,
        String name,
        List<Container> containers,
        @Nullable String storage,
        Map<String, Object> attributes) {

    /** On pods and on workloads that KServe makes: the service that they belong to. */
    static final String SERVICE = "serving.kserve.io/inferenceservice";

    /** Copies what is given. */
    Workload {
        containers = List.copyOf(containers);
        attributes = Map.copyOf(attributes);
    }

    static Workload of(String kind, HasMetadata object, @Nullable PodSpec spec) {
        return new Workload(
                object.getMetadata().getNamespace(),
                kind,
                object.getMetadata().getName(),
                spec == null ? List.of() : spec.getContainers(),
                null,
                Map.of());
    }

    /** Returns what pods are found by that belong to it. */
    String key() {
        return namespace + "/" + kind + "/" + name;
    }

    /** Returns whether a job has come to its end: it executes nothing any more. */
    static boolean ended(Job job) {
        return job.getStatus() != null
                && job.getStatus().getConditions() != null
                && job.getStatus().getConditions().stream()
                        .anyMatch(condition -> "True".equals(condition.getStatus())
                                && ("Complete".equals(condition.getType()) || "Failed".equals(condition.getType())));
    }

    /** Returns the key of the CronJob that made a job, or null where none did. */
    static @Nullable String maker(Job job) {
        for (OwnerReference owner : job.getMetadata().getOwnerReferences()) {
            if (Boolean.TRUE.equals(owner.getController()) && owner.getKind().equals("CronJob")) {
                return job.getMetadata().getNamespace() + "/cronjob/" + owner.getName();
            }
        }
        return null;
    }

    /** Returns the service of KServe that an object belongs to, or null. */
    static @Nullable String service(HasMetadata object) {
        Map<String, String> labels = object.getMetadata().getLabels();
        return labels == null ? null : labels.get(SERVICE);
    }
}
