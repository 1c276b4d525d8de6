package io.modelwatch.bench.lineage;

import io.modelwatch.app.role.RoleTopology;
import io.modelwatch.app.role.StreamsRunner;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.bench.measure.Sample;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.streams.lineage.LineageConfig;
import io.modelwatch.streams.lineage.LineageTopology;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;

/** Models without children change, one after the other, in a graph of some size: what does one cost? */
final class LineageLeafBench {

    private static final Duration START_PATIENCE = Duration.ofMinutes(1);
    private static final Duration LOAD_PATIENCE = Duration.ofMinutes(30);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int WARM_UP = 50;

    /** Mean pause between changes, in milliseconds: they come at no particular moment of a commit interval. */
    private static final int PAUSE = 30;

    /**
     * What was seen in one graph.
     *
     * @param models its size
     * @param load seconds until it was settled
     * @param millis from just before the send until a reader of what is committed has the ancestry, a change each
     * @param written records written for one change: changes, messages, records and changelogs
     */
    record Result(int models, double load, Sample millis, double written) {}

    private LineageLeafBench() {}

    static Result run(Bed bed, int models, int changes, long seed, Consumer<String> progress) throws Exception {
        HubGenerator hub = HubGenerator.hub(models, seed);
        try (Admin admin = Admin.create(bed.kafka().clientProperties());
                FactsWriter writer = new FactsWriter(bed);
                StreamsRunner runner = RoleTopology.LINEAGE.start(
                        LineageTopology.build(bed.kafka().topics(), bed.serdes(), LineageConfig.shipped()),
                        bed.kafka(),
                        bed.stateDir())) {
            if (!runner.awaitRunning(START_PATIENCE)) {
                throw new BenchException("the lineage topology does not start");
            }
            long begin = System.nanoTime();
            for (int model : hub.order()) {
                writer.model(hub.id(model), hub.parents(model), hub.license(model), ChangeKind.APPEARED);
            }
            writer.flush();
            long end = Settled.await(bed.kafka(), admin, LineageTopology.NAME, Settled.lineageInputs(), LOAD_PATIENCE);
            double load = (end - begin) / 1e9;
            progress.accept("%,d models settled after %.1f s".formatted(models, load));
            return changed(bed, hub, changes, seed, load, admin, writer);
        }
    }

    private static Result changed(
            Bed bed, HubGenerator hub, int changes, long seed, double load, Admin admin, FactsWriter writer)
            throws Exception {
        Random random = new Random(seed);
        List<Integer> leaves = new ArrayList<>();
        while (leaves.size() < WARM_UP + changes) {
            int model = random.nextInt(hub.size());
            if (!hub.isParent(model) && hub.parentNumbers(model).length > 0 && hub.parentNumbers(model)[0] != model) {
                leaves.add(model);
            }
        }
        Map<TopicPartition, Long> written = Map.of();
        double[] millis = new double[changes];
        try (KafkaConsumer<byte[], byte[]> consumer = Committed.consumer(bed.kafka())) {
            List<TopicPartition> partitions = Settled.partitions(bed.kafka(), List.of(Topics.LINEAGE));
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            partitions.forEach(consumer::position);
            for (int i = 0; i < leaves.size(); i++) {
                if (i == WARM_UP) {
                    written = ends(bed, admin);
                }
                LockSupport.parkNanos((long) (random.nextDouble() * 2e6 * PAUSE));
                double one = change(bed, hub, leaves.get(i), "license-" + i, consumer, writer);
                if (i >= WARM_UP) {
                    millis[i - WARM_UP] = one;
                }
            }
        }
        Settled.await(bed.kafka(), admin, LineageTopology.NAME, Settled.lineageInputs(), PATIENCE);
        double each = Committed.count(bed.kafka(), written) / (double) changes;
        return new Result(hub.size(), load, new Sample(millis), each);
    }

    /** Returns milliseconds. */
    private static double change(
            Bed bed,
            HubGenerator hub,
            int leaf,
            String license,
            KafkaConsumer<byte[], byte[]> consumer,
            FactsWriter writer) {
        String id = hub.id(leaf);
        Deserializer<Lineage> decoder = bed.serdes().of(Topics.LINEAGE).deserializer();
        long begin = System.nanoTime();
        writer.model(id, hub.parents(leaf), license, ChangeKind.LICENSE_CHANGED);
        writer.flush();
        while (System.nanoTime() - begin < PATIENCE.toNanos()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                if (new String(record.key(), StandardCharsets.UTF_8).equals(id)) {
                    long now = System.nanoTime();
                    Lineage lineage = decoder.deserialize(record.topic(), record.value());
                    if (license.equals(lineage.getLicense())
                            && !lineage.getAncestry().isEmpty()) {
                        return (now - begin) / 1e6;
                    }
                }
            }
        }
        throw new BenchException("no ancestry of " + id + " with its new licence within " + PATIENCE + ": no figure");
    }

    /** Returns the ends of everything that the topology writes: topics of the catalogue and changelogs. */
    private static Map<TopicPartition, Long> ends(Bed bed, Admin admin)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, Long> ends = new HashMap<>(Settled.ends(
                bed.kafka(),
                admin,
                List.of(Topics.LINEAGE, Topics.CHANGES, Topics.LINEAGE_SUBSCRIPTIONS, Topics.LINEAGE_ADVERTISEMENTS)));
        String group = StreamsRunner.applicationId(bed.kafka().topics(), LineageTopology.NAME);
        List<String> changelogs = admin.listTopics().names().get().stream()
                .filter(topic -> topic.startsWith(group))
                .toList();
        List<TopicPartition> partitions = new ArrayList<>();
        for (TopicDescription topic :
                admin.describeTopics(changelogs).allTopicNames().get().values()) {
            topic.partitions().forEach(one -> partitions.add(new TopicPartition(topic.name(), one.partition())));
        }
        ends.putAll(Settled.ends(admin, partitions));
        return ends;
    }
}
