package io.modelwatch.bench.lineage;

import io.modelwatch.app.role.RoleTopology;
import io.modelwatch.app.role.StreamsRunner;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.bench.measure.ProcessMemory;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.streams.lineage.LineageConfig;
import io.modelwatch.streams.lineage.LineageTopology;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** A whole hub through the lineage topology, from nothing to a closure that is held against plain search. */
final class LineageLoadBench {

    private static final Duration START_PATIENCE = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int WRONG_SHOWN = 3;

    /**
     * What to load.
     *
     * @param edges a table of edges, or null for generated ones
     * @param events a table of events, or null for generated ones
     * @param models how many models are generated
     * @param generated how many events are generated
     * @param seed of what is generated
     */
    record Plan(@Nullable Path edges, @Nullable Path events, int models, int generated, long seed) {}

    /**
     * What was seen.
     *
     * @param records facts that went in
     * @param models records of lineage that stand in the end
     * @param seconds from the assignment of the tasks until nothing was under way
     * @param peakKiB the most that this process took meanwhile, or 0 where that cannot be told
     */
    record Result(long records, int models, double seconds, long peakKiB) {}

    private LineageLoadBench() {}

    static Result run(Bed bed, Plan plan, Consumer<String> progress) throws Exception {
        Closure closure = new Closure();
        long records = write(bed, plan, closure, progress);
        double seconds;
        AtomicLong peak = new AtomicLong();
        try (Admin admin = Admin.create(bed.kafka().clientProperties());
                ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().factory());
                StreamsRunner runner = RoleTopology.LINEAGE.start(
                        LineageTopology.build(bed.kafka().topics(), bed.serdes(), LineageConfig.shipped()),
                        bed.kafka(),
                        bed.stateDir())) {
            if (!runner.awaitRunning(START_PATIENCE)) {
                throw new BenchException("the lineage topology does not start");
            }
            long begin = System.nanoTime();
            watch.scheduleAtFixedRate(
                    () -> peak.accumulateAndGet(
                            ProcessMemory.kibibytes(ProcessHandle.current()).orElse(0), Math::max),
                    0,
                    200,
                    TimeUnit.MILLISECONDS);
            long end = Settled.await(bed.kafka(), admin, LineageTopology.NAME, Settled.lineageInputs(), PATIENCE);
            seconds = (end - begin) / 1e9;
            watch.shutdownNow();
        }
        progress.accept("settled after %.1f s; held against plain search".formatted(seconds));
        Map<String, Long> expected = closure.fingerprints();
        check(bed, expected);
        return new Result(records, expected.size(), seconds, peak.get());
    }

    private static long write(Bed bed, Plan plan, Closure closure, Consumer<String> progress) throws IOException {
        try (FactsWriter writer = new FactsWriter(bed)) {
            HubLoad.Listener listener = new HubLoad.Listener() {
                @Override
                public void model(String id, List<ParentRef> parents, @Nullable String license) {
                    writer.model(id, parents, license, ChangeKind.APPEARED);
                    closure.tell(id, parents, license);
                }

                @Override
                public void removed(String id) {
                    writer.removed(id);
                    closure.remove(id);
                }
            };
            HubGenerator hub = HubGenerator.hub(plan.models(), plan.seed());
            if (plan.edges() == null) {
                HubLoad.edges(hub, listener);
            } else {
                HubLoad.edges(plan.edges(), listener);
            }
            long standing = writer.written();
            if (plan.events() == null) {
                HubLoad.events(hub, plan.generated(), plan.seed(), listener);
            } else {
                HubLoad.events(plan.events(), listener);
            }
            writer.flush();
            progress.accept("%,d models with their parents and %,d events are on the topic facts"
                    .formatted(standing, writer.written() - standing));
            return writer.written();
        }
    }

    /** Holds the last record of each model against what is right. */
    static void check(Bed bed, Map<String, Long> expected) {
        Map<String, Long> found = new HashMap<>();
        Deserializer<Lineage> decoder = bed.serdes().of(Topics.LINEAGE).deserializer();
        String topic = bed.kafka().topics().name(Topics.LINEAGE);
        Committed.each(bed.kafka(), Settled.partitions(bed.kafka(), List.of(Topics.LINEAGE)), record -> {
            String model = new String(record.key(), StandardCharsets.UTF_8);
            if (record.value() == null) {
                found.remove(model);
            } else {
                found.put(model, Fingerprint.of(decoder.deserialize(topic, record.value())));
            }
        });
        if (!found.equals(expected)) {
            List<String> wrong = expected.entrySet().stream()
                    .filter(one -> !one.getValue().equals(found.get(one.getKey())))
                    .map(Map.Entry::getKey)
                    .limit(WRONG_SHOWN)
                    .toList();
            throw new BenchException(
                    "the ancestries are wrong (%,d records where %,d are right; wrong are %s …): no figure"
                            .formatted(found.size(), expected.size(), wrong));
        }
    }
}
