package io.modelwatch.bench.memory;

import io.modelwatch.alerts.drift.DriftTopology;
import io.modelwatch.app.role.Role;
import io.modelwatch.bench.load.ObservationLoad;
import io.modelwatch.bench.load.Probes;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.OpenAlerts;
import io.modelwatch.bench.measure.RoleProcess;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Allows;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.streams.changes.ChangesTopology;
import io.modelwatch.streams.lineage.LineageTopology;
import io.modelwatch.streams.mbom.MbomTopology;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.common.Node;

/** The roles {@code streams} and {@code alerts}, which come to know more and more. */
final class MemoryBench {

    private static final Duration PATIENCE = Duration.ofHours(1);
    private static final int PAGE = 1000;
    private static final Instant APPROVED = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant SEEN = Instant.parse("2026-02-01T00:00:00Z");
    private static final Instant SWAPPED = Instant.parse("2026-03-01T00:00:00Z");

    /** Of which nothing is approved. */
    private static final String SWAPPED_TO = "pkg:generic/nobody-approved/model-";

    private static final List<Role> ROLES = List.of(Role.STREAMS, Role.ALERTS);

    /**
     * What to come to, each in rising order.
     *
     * @param models numbers of models
     * @param deployments numbers of deployments, once all models are known
     * @param alerts numbers of open alerts, of those deployments
     */
    record Plan(List<Integer> models, List<Integer> deployments, List<Integer> alerts) {}

    private final Bed bed;
    private final KafkaConnection kafka;
    private final Path launcher;
    private final Plan plan;
    private final Consumer<String> progress;
    private final List<Point> points = new ArrayList<>();
    private final Map<String, RoleProcess> processes = new LinkedHashMap<>();
    private int models;
    private int deployments;
    private int alerts;

    MemoryBench(Bed bed, Path launcher, Plan plan, Consumer<String> progress) {
        this.bed = bed;
        this.kafka = bed.kafka();
        this.launcher = launcher;
        this.plan = plan;
        this.progress = progress;
    }

    List<Point> run() throws Exception {
        try (Admin admin = Admin.create(kafka.clientProperties());
                Publisher publisher = new Publisher(kafka, bed.serdes(), "bench", InstantSource.system())) {
            for (Role role : ROLES) {
                String name = role.title();
                processes.put(
                        name, new RoleProcess(launcher, name, bed.stateDir().resolve(name), bed, "sources: []\n", ""));
            }
            RoleProcess.start(processes.values());
            approve(publisher);
            note(Point.Kind.nothing, admin);
            for (int target : plan.models()) {
                publish(publisher, models, target, i -> ObservationLoad.model(i, 0, SEEN));
                models = target;
                note(Point.Kind.models, admin);
            }
            for (int target : plan.deployments()) {
                publish(
                        publisher,
                        deployments,
                        target,
                        i -> Probes.observation(i, ObservationLoad.subject(i % models), SEEN));
                deployments = target;
                note(Point.Kind.deployments, admin);
            }
            for (int target : plan.alerts()) {
                publish(publisher, alerts, target, i -> Probes.observation(i, SWAPPED_TO + i % 50, SWAPPED));
                alerts = target;
                note(Point.Kind.alerts, admin);
            }
            return List.copyOf(points);
        } finally {
            processes.values().forEach(RoleProcess::close);
        }
    }

    /** What runs at first is approved. */
    private static void approve(Publisher publisher) {
        publisher.publishProcurement(List.of(ProcurementEvent.newBuilder()
                .setId("bench-approval")
                .setType(ProcurementType.APPROVAL)
                .setIssuedAt(APPROVED)
                .setModel("pkg:huggingface/*")
                .setAllows(Allows.newBuilder().build())
                .setCorrelationId("bench-approval")
                .build()));
    }

    private void publish(Publisher publisher, int from, int to, IntFunction<Observation> observation) {
        for (int first = from; first < to; first += PAGE) {
            List<Observation> page = new ArrayList<>(PAGE);
            for (int i = first; i < Math.min(to, first + PAGE); i++) {
                page.add(observation.apply(i));
            }
            publisher.publish(page);
        }
    }

    /** Waits until all of it is known, and looks at the processes. */
    private void note(Point.Kind what, Admin admin) throws Exception {
        Settled.await(kafka, admin, ChangesTopology.NAME, List.of(Topics.OBSERVATIONS), PATIENCE);
        Settled.await(kafka, admin, LineageTopology.NAME, Settled.lineageInputs(), PATIENCE);
        Settled.await(kafka, admin, MbomTopology.NAME, Settled.mbomInputs(), PATIENCE);
        // Subscriptions of deployments bring ancestries, and those MBOMs.
        Settled.await(kafka, admin, LineageTopology.NAME, Settled.lineageInputs(), PATIENCE);
        Settled.await(kafka, admin, MbomTopology.NAME, Settled.mbomInputs(), PATIENCE);
        Settled.await(kafka, admin, DriftTopology.NAME, Settled.driftInputs(), PATIENCE);
        int open = OpenAlerts.read(bed).size();
        if (open != alerts) {
            throw new BenchException(
                    "%,d alerts are open where %,d are right: there is no figure".formatted(open, alerts));
        }
        Map<String, Footprint> footprints = new LinkedHashMap<>();
        for (Map.Entry<String, RoleProcess> process : processes.entrySet()) {
            footprints.put(process.getKey(), Footprint.of(process.getValue()));
        }
        Point point = new Point(what, models, deployments, alerts, footprints, topics(admin));
        points.add(point);
        progress.accept("%,d models, %,d deployments, %,d open alerts: heap of streams %,d MiB, of alerts %,d MiB"
                .formatted(
                        models,
                        deployments,
                        alerts,
                        point.of(Role.STREAMS.title()).heap() >> 20,
                        point.of(Role.ALERTS.title()).heap() >> 20));
    }

    private static long topics(Admin admin) throws ExecutionException, InterruptedException {
        List<Integer> brokers =
                admin.describeCluster().nodes().get().stream().map(Node::id).toList();
        return admin.describeLogDirs(brokers).allDescriptions().get().values().stream()
                .flatMap(dirs -> dirs.values().stream())
                .map(LogDirDescription::replicaInfos)
                .flatMap(replicas -> replicas.values().stream())
                .mapToLong(ReplicaInfo::size)
                .sum();
    }
}
