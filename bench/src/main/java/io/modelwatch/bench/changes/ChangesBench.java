package io.modelwatch.bench.changes;

import io.modelwatch.app.config.Placement;
import io.modelwatch.app.role.StreamsRunner;
import io.modelwatch.bench.load.ObservationLoad;
import io.modelwatch.bench.load.PageWriter;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.bench.measure.TopologyRun;
import io.modelwatch.producers.publish.Published;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.streams.changes.ChangesTopology;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;

/** Two topologies over one input that is loaded once. */
final class ChangesBench {

    static final String PASS_THROUGH = "pass-through";

    private static final Duration START_PATIENCE = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Bed bed;
    private final Published input;
    private final long records;
    private final long expected;

    private ChangesBench(Bed bed, Published input, long records, long expected) {
        this.bed = bed;
        this.input = input;
        this.records = records;
        this.expected = expected;
    }

    /** Writes the input as pollers do: with their headers, compression and transactions. */
    static ChangesBench load(Bed bed, ObservationLoad load, Consumer<String> progress) {
        try (Publisher publisher = new Publisher(bed.kafka(), bed.serdes(), "bench", InstantSource.system())) {
            PageWriter writer = new PageWriter(publisher, load.observations(), progress);
            long expected = load.generate(writer::add, writer::end);
            return new ChangesBench(bed, writer.published(), writer.records(), expected);
        }
    }

    /** Runs the pass-through topology: bytes in, the same bytes out. */
    TopologyRun passThrough(int run) throws Exception {
        // One a run: a name is not free at once when its topic is deleted.
        String out = "modelwatch.bench-pass-through-" + run + ".v1";
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
                        bed.kafka().topics().name(Topics.OBSERVATIONS));
                topology.addSink(
                        "out",
                        out,
                        Serdes.ByteArray().serializer(),
                        Serdes.ByteArray().serializer(),
                        "in");
                Map<TopicPartition, Long> empty = new HashMap<>();
                for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
                    empty.put(new TopicPartition(out, partition), 0L);
                }
                return run(admin, run, PASS_THROUGH, topology, empty, records);
            } finally {
                // A copy of the input: two or three of them would push the input out of the page cache.
                admin.deleteTopics(List.of(out)).all().get();
            }
        }
    }

    /** Runs the changes topology and counts what comes out. */
    TopologyRun changes(int run) throws Exception {
        try (Admin admin = Admin.create(bed.kafka().clientProperties())) {
            return run(
                    admin,
                    run,
                    ChangesTopology.NAME,
                    ChangesTopology.build(bed.kafka().topics(), bed.serdes()),
                    Settled.ends(bed.kafka(), admin, List.of(Topics.CHANGES)),
                    expected);
        }
    }

    /** @param out where the output begins, by partition */
    private TopologyRun run(
            Admin admin, int run, String topology, Topology built, Map<TopicPartition, Long> out, long expected)
            throws Exception {
        KafkaConnection kafka = bed.kafka();
        // A group of its own: it begins at the beginning, with no state.
        String name = "bench-" + topology + "-" + run;
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
            Committed.awaitRead(
                    admin, StreamsRunner.applicationId(kafka.topics(), name), input.lastOffsets(), PATIENCE);
            seconds = (System.nanoTime() - begin) / 1e9;
        }
        long written = Committed.count(kafka, out);
        if (written != expected) {
            throw new BenchException("%s wrote %,d records where %,d are right: there is no figure"
                    .formatted(topology, written, expected));
        }
        return new TopologyRun(run, topology, records, seconds, written);
    }
}
