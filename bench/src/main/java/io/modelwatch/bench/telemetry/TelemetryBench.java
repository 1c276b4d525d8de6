package io.modelwatch.bench.telemetry;

import io.modelwatch.app.config.Placement;
import io.modelwatch.app.role.StreamsRunner;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.bench.measure.TopologyRun;
import io.modelwatch.producers.telemetry.TrafficPublisher;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.streams.telemetry.TelemetryTopology;
import io.modelwatch.streams.telemetry.TelemetryWindow;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;

/** The telemetry topology and a pass-through over one input of traffic that is loaded once. */
final class TelemetryBench {

    static final String PASS_THROUGH = "pass-through";

    private static final Duration START_PATIENCE = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Bed bed;
    private final SpanLoad load;

    private TelemetryBench(Bed bed, SpanLoad load) {
        this.bed = bed;
        this.load = load;
    }

    /** Writes the input as the receiver does. */
    static TelemetryBench load(Bed bed, SpanLoad load, Consumer<String> progress) {
        long begin = System.nanoTime();
        try (TrafficPublisher publisher = new TrafficPublisher(bed.kafka(), bed.serdes(), InstantSource.system())) {
            load.generate(publisher::publish);
        }
        progress.accept("loaded %,d records of %,d spans in %.1f s"
                .formatted(load.records(), load.spans(), (System.nanoTime() - begin) / 1e9));
        return new TelemetryBench(bed, load);
    }

    /** Runs the pass-through topology: bytes in, the same bytes out. */
    TopologyRun passThrough(int run) throws Exception {
        String out = "modelwatch.bench-spans-pass-through-" + run + ".v1";
        try (Admin admin = Admin.create(bed.kafka().clientProperties())) {
            admin.createTopics(List.of(new NewTopic(out, Topics.PARTITIONS, (short) 1)))
                    .all()
                    .get();
            try {
                Topology topology = new Topology();
                topology.addSource(
                        "in",
                        Serdes.ByteArray().deserializer(),
                        Serdes.ByteArray().deserializer(),
                        bed.kafka().topics().name(Topics.TRAFFIC));
                topology.addSink(
                        "out",
                        out,
                        Serdes.ByteArray().serializer(),
                        Serdes.ByteArray().serializer(),
                        "in");
                return run(admin, run, PASS_THROUGH, topology, ends(admin, out), load.records());
            } finally {
                admin.deleteTopics(List.of(out)).all().get();
            }
        }
    }

    /** Runs the telemetry topology and counts its observations: one for each route, when it is seen for the first time. */
    TopologyRun telemetry(int run) throws Exception {
        try (Admin admin = Admin.create(bed.kafka().clientProperties())) {
            return run(
                    admin,
                    run,
                    TelemetryTopology.NAME,
                    TelemetryTopology.build(
                            bed.kafka().topics(),
                            bed.serdes(),
                            new TelemetryWindow(TelemetryWindow.DEFAULT.length(), load.routes())),
                    ends(admin, bed.kafka().topics().name(Topics.OBSERVATIONS)),
                    load.totalRoutes());
        }
    }

    /** Returns how many records a run of the topology wrote to the changelog of its routes: the writes of their store. */
    long routeWrites(int run) throws Exception {
        String changelog = StreamsRunner.applicationId(bed.kafka().topics(), name(TelemetryTopology.NAME, run))
                + "-routes-changelog";
        Map<TopicPartition, Long> from = new HashMap<>();
        for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
            from.put(new TopicPartition(changelog, partition), 0L);
        }
        return Committed.count(bed.kafka(), from);
    }

    /** @param out where the output begins, by partition */
    private TopologyRun run(
            Admin admin, int run, String topology, Topology built, Map<TopicPartition, Long> out, long expected)
            throws Exception {
        KafkaConnection kafka = bed.kafka();
        String name = name(topology, run);
        Map<TopicPartition, Long> goal = ends(admin, kafka.topics().name(Topics.TRAFFIC));
        double seconds;
        try (StreamsRunner runner = StreamsRunner.start(
                name,
                built,
                kafka,
                bed.stateDir(),
                Placement.ALONE,
                StreamsRunner.BULK_COMMIT_INTERVAL,
                null,
                Map.of())) {
            if (!runner.awaitRunning(START_PATIENCE)) {
                throw new BenchException(topology + " does not start");
            }
            long begin = System.nanoTime();
            awaitCommitted(admin, StreamsRunner.applicationId(kafka.topics(), name), goal);
            seconds = (System.nanoTime() - begin) / 1e9;
        }
        long written = Committed.count(kafka, out);
        if (written != expected) {
            throw new BenchException("%s wrote %,d records where %,d are right: there is no figure"
                    .formatted(topology, written, expected));
        }
        return new TopologyRun(run, topology, load.records(), seconds, written);
    }

    /** A group of its own for each run: it begins at the beginning, with no state. */
    private static String name(String topology, int run) {
        return "bench-spans-" + topology + "-" + run;
    }

    private static void awaitCommitted(Admin admin, String group, Map<TopicPartition, Long> goal)
            throws ExecutionException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get();
            boolean through = goal.entrySet().stream().allMatch(end -> {
                OffsetAndMetadata at = committed.get(end.getKey());
                return end.getValue() == 0 || (at != null && at.offset() >= end.getValue());
            });
            if (through) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new BenchException(group + " has not come to the end of its input in " + PATIENCE);
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private static Map<TopicPartition, Long> ends(Admin admin, String topic)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
            asked.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(asked).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }
}
