package io.modelwatch.bench.lineage;

import com.sun.management.OperatingSystemMXBean;
import io.modelwatch.app.role.RoleTopology;
import io.modelwatch.app.role.StreamsRunner;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.streams.OriginTable;
import io.modelwatch.streams.lineage.LineageConfig;
import io.modelwatch.streams.lineage.LineageTopology;
import io.modelwatch.streams.mbom.MbomTopology;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.Topology;

/** The licence of a root with many derivatives changes: how long until everything that rests upon it is out. */
final class LineageRootBench {

    static final String MODELWATCH = "modelwatch";
    static final String POSTGRESQL = "PostgreSQL";
    static final String POSTGRESQL_READ = "PostgreSQL, read";
    static final String MEMORY = "in memory";

    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private static final Duration START_PATIENCE = Duration.ofMinutes(1);
    private static final Duration LOAD_PATIENCE = Duration.ofMinutes(10);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /**
     * What to do.
     *
     * @param levels number of derivatives by depth, in proportion
     * @param warmUp changes before those that count: the compiler of this JVM and the planner of PostgreSQL learn from them
     * @param runs changes that count, of each system
     */
    record Plan(int derivatives, int deployments, List<Integer> levels, int warmUp, int runs, long seed) {}

    /**
     * One change through one system.
     *
     * @param processor seconds of processor time that this process took meanwhile, its broker included; of PostgreSQL it
     *     tells nothing
     * @param records ancestries and documents that came out
     */
    record Run(String system, int run, double seconds, double processor, long records) {}

    private final Bed bed;
    private final Plan plan;
    private final HubGenerator family;
    private final Map<String, String> deployments = new LinkedHashMap<>();
    private final Closure closure = new Closure();

    LineageRootBench(Bed bed, Plan plan) {
        this.bed = bed;
        this.plan = plan;
        this.family = HubGenerator.family(plan.derivatives(), plan.levels(), plan.seed());
        for (int i = 0; i < plan.deployments(); i++) {
            int model = 1 + (int) ((long) i * plan.derivatives() / plan.deployments());
            deployments.put("service/bench-%05d".formatted(i), family.id(model));
        }
    }

    List<Run> run(Consumer<String> progress) throws Exception {
        List<Run> runs = new ArrayList<>();
        PostgresPeer peer = new PostgresPeer(bed.database());
        peer.load(family, deployments);
        try (Admin admin = Admin.create(bed.kafka().clientProperties());
                FactsWriter writer = new FactsWriter(bed);
                StreamsRunner lineage = start(
                        RoleTopology.LINEAGE,
                        LineageTopology.build(bed.kafka().topics(), bed.serdes(), LineageConfig.shipped()));
                StreamsRunner mbom = start(
                        RoleTopology.MBOM,
                        MbomTopology.build(bed.kafka().topics(), bed.serdes(), OriginTable.shipped()))) {
            if (!lineage.awaitRunning(START_PATIENCE) || !mbom.awaitRunning(START_PATIENCE)) {
                throw new BenchException("the topologies do not start");
            }
            for (int model : family.order()) {
                writer.model(family.id(model), family.parents(model), family.license(model), ChangeKind.APPEARED);
                closure.tell(family.id(model), family.parents(model), family.license(model));
            }
            deployments.forEach(writer::deployment);
            writer.flush();
            settle(admin, LOAD_PATIENCE);
            progress.accept("%,d derivatives and %,d deployments are settled"
                    .formatted(plan.derivatives(), plan.deployments()));
            for (int run = 1 - plan.warmUp(); run <= plan.runs(); run++) {
                String license = "license-" + (run + plan.warmUp());
                closure.tell(family.id(0), List.of(), license);
                List<Run> all = new ArrayList<>();
                all.add(modelwatch(run, license, admin, writer));
                all.addAll(postgresql(run, license, peer));
                all.add(memory(run));
                for (Run one : all) {
                    progress.accept("%s: %s, %.2f s%s"
                            .formatted(
                                    run <= 0 ? "warm-up" : "run " + run,
                                    one.system(),
                                    one.seconds(),
                                    one.processor() == 0 ? "" : " (processor time %.2f s)".formatted(one.processor())));
                }
                if (run > 0) {
                    runs.addAll(all);
                } else {
                    // The tables are full now.
                    peer.analyze();
                }
            }
        }
        return runs;
    }

    private StreamsRunner start(RoleTopology one, Topology topology) {
        return one.start(topology, bed.kafka(), bed.stateDir());
    }

    private void settle(Admin admin, Duration limit) throws ExecutionException, InterruptedException {
        Settled.await(bed.kafka(), admin, LineageTopology.NAME, Settled.lineageInputs(), limit);
        Settled.await(bed.kafka(), admin, MbomTopology.NAME, Settled.mbomInputs(), limit);
    }

    /** From just before the send until a reader of what is committed has all of it. */
    private Run modelwatch(int run, String license, Admin admin, FactsWriter writer) throws Exception {
        List<Topic<?>> topics = List.of(Topics.LINEAGE, Topics.MBOMS);
        Map<TopicPartition, Long> from = Settled.ends(bed.kafka(), admin, topics);
        String lineage = bed.kafka().topics().name(Topics.LINEAGE);
        long ancestries = 0;
        long documents = 0;
        double seconds;
        double processor;
        try (KafkaConsumer<byte[], byte[]> consumer = Committed.consumer(bed.kafka())) {
            consumer.assign(from.keySet());
            from.forEach(consumer::seek);
            consumer.poll(Duration.ofMillis(100));
            long used = SYSTEM.getProcessCpuTime();
            long begin = System.nanoTime();
            writer.model(family.id(0), List.of(), license, ChangeKind.LICENSE_CHANGED);
            writer.flush();
            while (ancestries < family.size() || documents < deployments.size()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    if (record.topic().equals(lineage)) {
                        ancestries++;
                    } else {
                        documents++;
                    }
                }
                if (System.nanoTime() - begin > PATIENCE.toNanos()) {
                    throw new BenchException("after %s only %,d of %,d ancestries and %,d of %,d documents are out"
                            .formatted(PATIENCE, ancestries, family.size(), documents, deployments.size()));
                }
            }
            seconds = (System.nanoTime() - begin) / 1e9;
            processor = (SYSTEM.getProcessCpuTime() - used) / 1e9;
        }
        settle(admin, PATIENCE);
        long written = Committed.count(bed.kafka(), from);
        if (written != family.size() + deployments.size()) {
            // More than one record a model: what was counted above need not be the last word.
            throw new BenchException("%,d records where %,d are right: no figure"
                    .formatted(written, family.size() + deployments.size()));
        }
        LineageLoadBench.check(bed, closure.fingerprints());
        checkDocuments(license);
        return new Run(MODELWATCH, run, seconds, processor, written);
    }

    private void checkDocuments(String license) {
        Map<String, Boolean> right = new HashMap<>();
        Deserializer<Mbom> decoder = bed.serdes().of(Topics.MBOMS).deserializer();
        String root = family.id(0);
        Committed.each(bed.kafka(), Settled.partitions(bed.kafka(), List.of(Topics.MBOMS)), record -> {
            Mbom mbom = decoder.deserialize(record.topic(), record.value());
            right.put(
                    mbom.getDeployment(),
                    mbom.getComponents().getFirst().getAncestry().stream()
                            .anyMatch(one -> one.getId().equals(root) && license.equals(one.getLicense())));
        });
        if (right.size() != deployments.size() || right.containsValue(false)) {
            throw new BenchException("%,d of %,d documents name the new licence: no figure"
                    .formatted(right.values().stream().filter(one -> one).count(), deployments.size()));
        }
    }

    private List<Run> postgresql(int run, String license, PostgresPeer peer) throws SQLException {
        PostgresPeer.Times seconds = peer.change(family.id(0), license);
        Map<String, Long> expected = closure.fingerprints();
        expected.remove(family.id(0));
        int documents = peer.documents(family.id(0), license);
        if (!peer.fingerprints().equals(expected) || documents != deployments.size()) {
            throw new BenchException("PostgreSQL's ancestries are others, or its documents: no figure");
        }
        int records = expected.size() + documents;
        return List.of(
                new Run(POSTGRESQL, run, seconds.recomputed(), 0, records),
                new Run(POSTGRESQL_READ, run, seconds.read(), 0, records));
    }

    /** All of it again, from the edges; nothing is written. */
    private Run memory(int run) {
        long used = SYSTEM.getProcessCpuTime();
        long begin = System.nanoTime();
        Map<String, Long> all = closure.fingerprints();
        double seconds = (System.nanoTime() - begin) / 1e9;
        return new Run(MEMORY, run, seconds, (SYSTEM.getProcessCpuTime() - used) / 1e9, all.size());
    }
}
