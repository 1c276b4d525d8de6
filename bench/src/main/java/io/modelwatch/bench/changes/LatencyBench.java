package io.modelwatch.bench.changes;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.drift.DriftTopology;
import io.modelwatch.app.role.RoleTopology;
import io.modelwatch.app.role.StreamsRunner;
import io.modelwatch.bench.load.ObservationLoad;
import io.modelwatch.bench.load.Probes;
import io.modelwatch.bench.load.SteadyLoad;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.streams.OriginTable;
import io.modelwatch.streams.changes.ChangesTopology;
import io.modelwatch.streams.lineage.LineageConfig;
import io.modelwatch.streams.lineage.LineageTopology;
import io.modelwatch.streams.mbom.MbomTopology;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.Topology;

/** The three topologies, a background of observations, and probes that are timed to their alerts. */
final class LatencyBench {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Bed bed;
    private final Plan plan;
    private final Map<String, Probe> probes = new ConcurrentHashMap<>();
    private volatile boolean over;

    /**
     * What to do.
     *
     * @param probes counted probes
     * @param warmUp probes before them that are not counted
     * @param interval mean time between probes in milliseconds
     * @param background observations per second
     * @param subjects models in the background
     * @param seed of everything that is random
     */
    record Plan(int probes, int warmUp, int interval, int background, int subjects, long seed) {}

    /**
     * What was seen.
     *
     * @param millis time of each counted probe, in milliseconds
     * @param stages the same, by the stage where it went
     * @param background observations per second that were really published
     */
    record Result(List<Double> millis, Map<String, List<Double>> stages, double background) {}

    /** Times of one deployment; all but {@code sentAt} and {@code stages} are nanoseconds of this JVM's clock. */
    private static final class Probe {
        final long sent;
        final long sentAt;
        volatile long published;
        volatile long seen;
        volatile long seenAt;
        volatile int alerts;
        volatile Map<String, Long> stages = Map.of();

        Probe(long sent, long sentAt) {
            this.sent = sent;
            this.sentAt = sentAt;
        }
    }

    LatencyBench(Bed bed, Plan plan) {
        this.bed = bed;
        this.plan = plan;
    }

    Result run(Consumer<String> progress) throws Exception {
        KafkaConnection kafka = bed.kafka();
        List<StreamsRunner> runners = new ArrayList<>();
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("bench-", 0).daemon().factory())) {
            runners.add(start(RoleTopology.CHANGES, ChangesTopology.build(kafka.topics(), bed.serdes())));
            runners.add(start(
                    RoleTopology.LINEAGE,
                    LineageTopology.build(kafka.topics(), bed.serdes(), LineageConfig.shipped())));
            runners.add(
                    start(RoleTopology.MBOM, MbomTopology.build(kafka.topics(), bed.serdes(), OriginTable.shipped())));
            runners.add(
                    start(RoleTopology.DRIFT, DriftTopology.build(kafka.topics(), bed.serdes(), DriftConfig.DEFAULT)));
            for (StreamsRunner runner : runners) {
                if (!runner.awaitRunning(PATIENCE)) {
                    throw new BenchException("the topologies do not start");
                }
            }
            Future<Integer> reader = threads.submit(this::readAlerts);
            SteadyLoad load =
                    new SteadyLoad(kafka, bed.serdes(), plan.subjects(), plan.background(), plan.seed(), () -> {});
            Future<Double> background = threads.submit(load);
            try {
                probe(reader, background, progress);
            } finally {
                load.stop();
                over = true;
            }
            return result(join(background), join(reader));
        } finally {
            over = true;
            runners.forEach(StreamsRunner::close);
        }
    }

    private StreamsRunner start(RoleTopology one, Topology topology) {
        return one.start(topology, bed.kafka(), bed.stateDir());
    }

    private static <T> T join(Future<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new BenchException("the benchmark's own reader or writer failed: " + e.getCause());
        }
    }

    private void probe(Future<?> reader, Future<?> background, Consumer<String> progress) throws InterruptedException {
        Random random = new Random(plan.seed());
        int all = plan.warmUp() + plan.probes();
        try (Publisher publisher = new Publisher(bed.kafka(), bed.serdes(), "bench-probe", InstantSource.system())) {
            long next = System.nanoTime();
            for (int i = 0; i < all; i++) {
                // From a half to one and a half of the interval: never in step with the commits.
                next += (long) ((0.5 + random.nextDouble()) * plan.interval() * 1e6);
                while (System.nanoTime() < next) {
                    LockSupport.parkNanos(next - System.nanoTime());
                }
                if (reader.isDone() || background.isDone()) {
                    break;
                }
                String deployment = Probes.deployment(i);
                Observation observation =
                        Probes.observation(i, ObservationLoad.subject(random.nextInt(plan.subjects())), Instant.now());
                Probe probe = new Probe(System.nanoTime(), System.currentTimeMillis());
                probes.put(deployment, probe);
                publisher.publish(List.of(observation));
                probe.published = System.nanoTime();
                if ((i + 1) % 100 == 0) {
                    progress.accept("%,d of %,d probes sent, %,d answered".formatted(i + 1, all, answered()));
                }
            }
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (answered() < all && !reader.isDone() && !background.isDone() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private long answered() {
        return probes.values().stream().filter(probe -> probe.alerts > 0).count();
    }

    /** Returns how many alerts came; what is read before {@code over} is timed as it arrives. */
    private Integer readAlerts() {
        int count = 0;
        Deserializer<Alert> decoder = bed.serdes().of(Topics.ALERTS).deserializer();
        String topic = bed.kafka().topics().name(Topics.ALERTS);
        try (KafkaConsumer<byte[], byte[]> consumer = Committed.consumer(bed.kafka())) {
            consumer.assign(IntStream.range(0, Topics.PARTITIONS)
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList());
            while (!over) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    long now = System.nanoTime();
                    Probe probe = probes.get(
                            decoder.deserialize(topic, record.value()).getDeployment());
                    count++;
                    if (probe != null) {
                        probe.seen = now;
                        probe.seenAt = System.currentTimeMillis();
                        probe.stages = PathHeader.read(record.headers());
                        probe.alerts = probe.alerts + 1;
                    }
                }
            }
        }
        return count;
    }

    private Result result(double background, int alerts) {
        int all = plan.warmUp() + plan.probes();
        List<String> wrong = IntStream.range(0, all)
                .mapToObj(Probes::deployment)
                .filter(deployment -> probes.get(deployment) == null || probes.get(deployment).alerts != 1)
                .toList();
        if (!wrong.isEmpty() || alerts != all) {
            throw new BenchException("%d of %d probes have not exactly one alert (%s …), %d alerts in all: no figure"
                    .formatted(wrong.size(), all, wrong.isEmpty() ? "" : wrong.getFirst(), alerts));
        }
        List<Double> millis = new ArrayList<>();
        Map<String, List<Double>> stages = new LinkedHashMap<>();
        for (int i = plan.warmUp(); i < all; i++) {
            Probe probe = probes.get(Probes.deployment(i));
            if (probe == null) {
                continue;
            }
            millis.add((probe.seen - probe.sent) / 1e6);
            add(stages, "send and commit (overlaps the next)", (probe.published - probe.sent) / 1e6);
            long before = probe.sentAt;
            String from = "send";
            for (Map.Entry<String, Long> stage : probe.stages.entrySet()) {
                if (!stage.getKey().equals("poll")) {
                    add(stages, from + " → " + stage.getKey(), stage.getValue() - before);
                    before = stage.getValue();
                    from = stage.getKey();
                }
            }
            add(stages, from + " → reader", probe.seenAt - before);
        }
        return new Result(millis, stages, background);
    }

    private static void add(Map<String, List<Double>> stages, String stage, double millis) {
        stages.computeIfAbsent(stage, unused -> new ArrayList<>()).add(millis);
    }
}
