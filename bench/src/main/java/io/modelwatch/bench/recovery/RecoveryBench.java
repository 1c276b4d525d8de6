package io.modelwatch.bench.recovery;

import io.modelwatch.bench.load.ObservationLoad;
import io.modelwatch.bench.load.SteadyLoad;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.RoleProcess;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Observation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.utils.Utils;

/** Two instances with their state, of which one is killed again and again. */
final class RecoveryBench {

    private static final Duration LOAD_PATIENCE = Duration.ofHours(1);
    private static final Duration PATIENCE = Duration.ofMinutes(20);
    private static final Duration UNDER_LOAD = Duration.ofSeconds(5);
    private static final Duration LOOK = Duration.ofMillis(5);

    /**
     * What to do.
     *
     * @param models of which there is state
     * @param times kills of each kind
     * @param standbys numbers of copies of each store
     * @param comebacks what becomes of the killed
     * @param background observations a second, from some seconds before a kill
     * @param settle time for the copies, before each kill
     * @param seed of the background
     */
    record Plan(
            int models,
            int times,
            List<Integer> standbys,
            Set<Comeback> comebacks,
            int background,
            Duration settle,
            long seed) {}

    private final Bed bed;
    private final KafkaConnection kafka;
    private final Path launcher;
    private final Plan plan;
    private final Consumer<String> progress;
    private int probed;

    RecoveryBench(Bed bed, Path launcher, Plan plan, Consumer<String> progress) {
        this.bed = bed;
        this.kafka = bed.kafka();
        this.launcher = launcher;
        this.plan = plan;
        this.progress = progress;
    }

    List<Recovered> run() throws Exception {
        ProbeReader reader = new ProbeReader(bed);
        try (Admin admin = Admin.create(kafka.clientProperties());
                Pair pair = new Pair(launcher, bed, admin, progress);
                ExecutorService threads = Executors.newThreadPerTaskExecutor(
                        Thread.ofPlatform().name("bench-", 0).daemon().factory())) {
            pair.start(plan.standbys().getFirst());
            Future<?> reading = threads.submit(reader);
            SteadyLoad load = new SteadyLoad(
                    kafka,
                    bed.serdes(),
                    plan.models(),
                    plan.background(),
                    plan.seed(),
                    () -> Settled.awaitKnown(kafka, LOAD_PATIENCE));
            Future<?> loading = threads.submit(load);
            try (Publisher publisher = new Publisher(kafka, bed.serdes(), "bench-probe", InstantSource.system())) {
                load.awaitSteady(loading);
                progress.accept("%,d models are known".formatted(plan.models()));
                return kills(pair, publisher, reader, load, List.of(reading, loading));
            } finally {
                load.stop();
                reader.stop();
            }
        }
    }

    private List<Recovered> kills(
            Pair pair, Publisher publisher, ProbeReader reader, SteadyLoad load, List<Future<?>> running)
            throws Exception {
        List<Recovered> all = new ArrayList<>();
        for (int i = 0; i < plan.standbys().size(); i++) {
            int standby = plan.standbys().get(i);
            if (i > 0) {
                pair.start(standby);
            }
            for (Comeback comeback : plan.comebacks()) {
                for (int number = 1; number <= plan.times(); number++) {
                    load.pause(true);
                    pair.awaitQuiet(plan.settle());
                    load.pause(false);
                    LockSupport.parkNanos(UNDER_LOAD.toNanos());
                    Recovered one = kill(pair, standby, comeback, number, publisher, reader, running);
                    progress.accept("%d copies, %s: its %d partitions after %.1f s, all lineage after %.1f s"
                            .formatted(standby, comeback.words(), one.partitions(), one.changes(), one.lineage()));
                    all.add(one);
                }
            }
        }
        return all;
    }

    private Recovered kill(
            Pair pair,
            int standby,
            Comeback comeback,
            int number,
            Publisher publisher,
            ProbeReader reader,
            List<Future<?>> running)
            throws Exception {
        RoleProcess victim = pair.get(number);
        Set<Integer> its = pair.partitions(victim);
        Map<Integer, Observation> probes = probes();
        probes.values().forEach(one -> reader.expect(one.getSubject()));
        long begin = System.nanoTime();
        victim.kill();
        if (comeback == Comeback.restart) {
            victim.launch();
        }
        publisher.publish(List.copyOf(probes.values()));
        double lineage = await(reader, Topics.LINEAGE, probes.values(), begin, running);
        List<Observation> lost = new ArrayList<>();
        List<Observation> others = new ArrayList<>();
        probes.forEach((partition, probe) -> (its.contains(partition) ? lost : others).add(probe));
        Recovered recovered = new Recovered(
                standby,
                comeback,
                number,
                its.size(),
                await(reader, Topics.CHANGES, lost, begin, running),
                lineage,
                await(reader, Topics.CHANGES, others, begin, running));
        if (comeback == Comeback.takeover) {
            victim.launch();
        }
        victim.awaitUp();
        return recovered;
    }

    /** Returns a model that nobody has seen for each partition. */
    private Map<Integer, Observation> probes() {
        Map<Integer, Observation> probes = new TreeMap<>();
        while (probes.size() < Topics.PARTITIONS) {
            Observation probe = ObservationLoad.model(plan.models() + probed++, 0, Instant.now());
            byte[] key = probe.getSubject().getBytes(StandardCharsets.UTF_8);
            // As producers choose it.
            probes.putIfAbsent(Utils.toPositive(Utils.murmur2(key)) % Topics.PARTITIONS, probe);
        }
        return probes;
    }

    /** Returns after how many seconds the last of some probes was seen on a topic. */
    private double await(
            ProbeReader reader, Topic<?> topic, Collection<Observation> probes, long begin, List<Future<?>> running) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long last = begin;
        for (Observation probe : probes) {
            Long seen = reader.seen(topic, probe.getSubject());
            while (seen == null) {
                if (System.nanoTime() > deadline || running.stream().anyMatch(Future::isDone)) {
                    throw new BenchException("no record of " + probe.getSubject() + " on " + topic.entity() + " in "
                            + PATIENCE + ", or the load has failed");
                }
                LockSupport.parkNanos(LOOK.toNanos());
                seen = reader.seen(topic, probe.getSubject());
            }
            last = Math.max(last, seen);
        }
        return (last - begin) / 1e9;
    }
}
