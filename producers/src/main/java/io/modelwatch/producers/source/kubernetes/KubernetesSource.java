package io.modelwatch.producers.source.kubernetes;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.WatchingSource;
import io.modelwatch.producers.source.kubernetes.ClusterReader.Listed;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Evidence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A cluster: services of KServe, and Deployments, StatefulSets, DaemonSets, Jobs, CronJobs and lone Pods that run a model server. */
public final class KubernetesSource implements WatchingSource {

    /** A rollout touches an object many times within seconds. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private static final int CHUNK = 500;

    private final KubernetesConfig config;
    private final Duration pause;
    private @Nullable Runnable hint;

    /** By namespace; one watch lives from sweep to sweep. */
    private final Map<String, ClusterWatch> watches = new LinkedHashMap<>();

    /** Reads with a client of its own. */
    public KubernetesSource(KubernetesConfig config) {
        this(config, PAUSE);
    }

    /** @param pause between a change that the cluster tells of and the sweep that is asked for */
    KubernetesSource(KubernetesConfig config, Duration pause) {
        this.config = config;
        this.pause = pause;
    }

    @Override
    public List<String> scopes() {
        return config.namespaces().isEmpty() ? List.of("") : config.namespaces();
    }

    @Override
    public synchronized void watch(Runnable hint) {
        this.hint = config.watch() ? hint : null;
    }

    @Override
    public synchronized void unwatch() {
        hint = null;
        watches.values().forEach(ClusterWatch::close);
        watches.clear();
    }

    @Override
    public @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        Sweep sweep;
        try (KubernetesClient client = config.client()) {
            sweep = new Sweep(client, scope);
            sweep.list();
        }
        List<Reading> readings = sweep.readings();
        for (int from = 0; from < readings.size(); from += CHUNK) {
            int to = Math.min(readings.size(), from + CHUNK);
            pages.page(readings.subList(from, to), to == readings.size() ? null : Integer.toString(to));
        }
        renew(scope, sweep);
        return sweep.reader.left();
    }

    /** Opens the watch where there is none, from where the lists ended. */
    private synchronized void renew(String scope, Sweep sweep) throws SourceException {
        Runnable asks = hint;
        ClusterWatch open = watches.get(scope);
        if (open != null && (asks == null || open.ended())) {
            open.close();
            watches.remove(scope);
            open = null;
        }
        if (asks == null) {
            return;
        }
        if (open == null) {
            open = new ClusterWatch(config.client(), pause, asks);
            watches.put(scope, open);
            sweep.watch(open);
        }
        sweep.tellSeen(open);
    }

    /** One pass over one scope. */
    private final class Sweep {
        private final KubernetesClient client;
        private final String namespace;
        private final ClusterReader reader;
        private final List<Workload> workloads = new ArrayList<>();
        private final List<HasMetadata> seen = new ArrayList<>();
        private final Map<Class<?>, String> versions = new LinkedHashMap<>();
        private final Map<String, String> made = new LinkedHashMap<>();
        private Pods pods = new Pods(List.of(), Map.of());

        Sweep(KubernetesClient client, String namespace) {
            this.client = client;
            this.namespace = namespace;
            this.reader = new ClusterReader(String.valueOf(client.getMasterUrl()));
        }

        void list() throws SourceException, InterruptedException {
            Resources on = new Resources(client, namespace);
            // A cluster without KServe knows no such resource: that is no failure.
            Listed<GenericKubernetesResource> services =
                    reader.list("inferenceservices.serving.kserve.io", true, on.services(), one -> true);
            take(
                    GenericKubernetesResource.class,
                    services,
                    one -> InferenceServices.workload(one, client.getKubernetesSerialization()));
            take(
                    Deployment.class,
                    reader.list("deployments.apps", false, on.deployments(), KubernetesSource.this::matters),
                    KubernetesSource::workload);
            take(
                    StatefulSet.class,
                    reader.list("statefulsets.apps", false, on.statefulSets(), KubernetesSource.this::matters),
                    KubernetesSource::workload);
            take(
                    DaemonSet.class,
                    reader.list("daemonsets.apps", false, on.daemonSets(), KubernetesSource.this::matters),
                    KubernetesSource::workload);
            take(
                    CronJob.class,
                    reader.list("cronjobs.batch", false, on.cronJobs(), KubernetesSource.this::matters),
                    KubernetesSource::workload);
            take(Job.class, reader.list("jobs.batch", false, on.jobs(), this::listed), KubernetesSource::workload);
            Listed<Pod> listed = reader.list("pods", false, on.pods(), KubernetesSource.this::matters);
            if (listed != null) {
                pods = new Pods(listed.items(), made);
                workloads.addAll(pods.alone());
            }
            if (versions.isEmpty() && listed == null) {
                throw new SourceException("nothing can be listed at " + client.getMasterUrl() + ": " + reader.left());
            }
        }

        /** Takes note of who made a job, and returns whether it is told of by itself. */
        private boolean listed(Job job) {
            String maker = Workload.maker(job);
            if (maker != null) {
                made.put(workload(job).key(), maker);
            }
            return matters(job);
        }

        private <T extends HasMetadata> void take(
                Class<T> type, @Nullable Listed<T> listed, Function<T, Workload> workload) {
            if (listed != null) {
                listed.items().forEach(one -> workloads.add(workload.apply(one)));
                seen.addAll(listed.items());
                versions.put(type, listed.resourceVersion() == null ? "" : listed.resourceVersion());
            }
        }

        List<Reading> readings() {
            Map<String, Reading> readings = new LinkedHashMap<>();
            Evidence evidence = Evidence.newBuilder()
                    .setUrl(client.getMasterUrl().toString())
                    .setMethod("kubernetes-api")
                    .build();
            for (Workload workload : workloads) {
                Reading reading = new DeploymentReading(
                        WorkloadFacts.of(config, workload, pods.digests(workload)),
                        null,
                        evidence,
                        Confidence.OBSERVED);
                if (readings.putIfAbsent(reading.subject(), reading) != null) {
                    reader.leave("two workloads are the deployment " + reading.subject()
                            + ": give each a name of its own in deployments");
                }
            }
            return List.copyOf(readings.values());
        }

        /** What decides what matters knows nothing of this sweep, which the watch outlives. */
        void watch(ClusterWatch watch) {
            Resources on = new Resources(watch.client(), namespace);
            versions.forEach((type, version) -> {
                if (type == Deployment.class) {
                    watch.add(on.deployments(), version, KubernetesSource.this::matters);
                } else if (type == StatefulSet.class) {
                    watch.add(on.statefulSets(), version, KubernetesSource.this::matters);
                } else if (type == DaemonSet.class) {
                    watch.add(on.daemonSets(), version, KubernetesSource.this::matters);
                } else if (type == CronJob.class) {
                    watch.add(on.cronJobs(), version, KubernetesSource.this::matters);
                } else if (type == Job.class) {
                    watch.add(on.jobs(), version, KubernetesSource.this::matters);
                } else {
                    watch.add(on.services(), version, one -> true);
                }
            });
        }

        void tellSeen(ClusterWatch watch) {
            seen.forEach(watch::seen);
        }
    }

    /** What KServe makes is told of with the service that it belongs to, a job that a CronJob made with that. */
    private boolean matters(HasMetadata object) {
        boolean ofService = Workload.service(object) != null;
        return object instanceof Pod pod
                ? ofService || WorkloadFacts.serves(config, Workload.of("pod", pod, pod.getSpec()))
                : !ofService
                        && !(object instanceof Job job && (Workload.maker(job) != null || Workload.ended(job)))
                        && WorkloadFacts.serves(config, workload(object));
    }

    private static Workload workload(HasMetadata object) {
        return switch (object) {
            case Deployment one ->
                Workload.of("deployment", one, one.getSpec().getTemplate().getSpec());
            case StatefulSet one ->
                Workload.of("statefulset", one, one.getSpec().getTemplate().getSpec());
            case DaemonSet one ->
                Workload.of("daemonset", one, one.getSpec().getTemplate().getSpec());
            case Job one -> Workload.of("job", one, one.getSpec().getTemplate().getSpec());
            case CronJob one ->
                Workload.of(
                        "cronjob",
                        one,
                        one.getSpec().getJobTemplate().getSpec().getTemplate().getSpec());
            default -> throw new IllegalArgumentException(object.getKind());
        };
    }
}
