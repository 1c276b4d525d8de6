package io.modelwatch.producers.source.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What pods say of the workloads that they belong to: which images really run. */
final class Pods {

    private final Map<String, TreeSet<String>> digests = new HashMap<>();
    private final List<Workload> alone = new ArrayList<>();

    /**
     * Takes in what was listed.
     *
     * @param made what made the workloads that are told of with their maker, by the key of each
     */
    Pods(List<Pod> pods, Map<String, String> made) {
        for (Pod pod : pods) {
            String owner = owner(pod);
            owner = owner == null ? null : made.getOrDefault(owner, owner);
            if (owner == null) {
                Workload workload = Workload.of("pod", pod, pod.getSpec());
                alone.add(workload);
                owner = workload.key();
            }
            gather(pod, digests.computeIfAbsent(owner, key -> new TreeSet<>()));
        }
    }

    /** Returns the digests of the images that run now. */
    Set<String> digests(Workload workload) {
        return digests.getOrDefault(workload.key(), new TreeSet<>());
    }

    /** Returns pods that nothing made and nothing will make again. */
    List<Workload> alone() {
        return List.copyOf(alone);
    }

    private static void gather(Pod pod, Set<String> into) {
        if (pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null) {
            return;
        }
        for (ContainerStatus status : pod.getStatus().getContainerStatuses()) {
            // One that waits or has ended executes nothing, whatever image it was given.
            boolean runs = status.getState() != null && status.getState().getRunning() != null;
            String digest = runs ? Images.digest(status.getImageID()) : null;
            if (digest != null) {
                into.add(status.getName() + "@" + digest);
            }
        }
    }

    /** Returns {@code namespace/kind/name} of what made a pod, or null where nothing did. */
    private static @Nullable String owner(Pod pod) {
        String namespace = pod.getMetadata().getNamespace();
        String service = Workload.service(pod);
        if (service != null) {
            return namespace + "/inferenceservice/" + service;
        }
        List<OwnerReference> owners = pod.getMetadata().getOwnerReferences();
        for (OwnerReference owner : owners == null ? List.<OwnerReference>of() : owners) {
            if (Boolean.TRUE.equals(owner.getController())) {
                if (!owner.getKind().equals("ReplicaSet")) {
                    return namespace + "/" + owner.getKind().toLowerCase(Locale.ROOT) + "/" + owner.getName();
                }
                // A Deployment names its ReplicaSets after itself and the hash of their template.
                Map<String, String> labels = pod.getMetadata().getLabels();
                String hash = labels == null ? null : labels.get("pod-template-hash");
                String name = owner.getName();
                return namespace + "/deployment/"
                        + (hash != null && name.endsWith("-" + hash)
                                ? name.substring(0, name.length() - hash.length() - 1)
                                : name);
            }
        }
        return null;
    }
}
