package io.modelwatch.bench.drift;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.drift.DriftTopology;
import io.modelwatch.app.role.RoleTopology;
import io.modelwatch.app.role.StreamsRunner;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.bench.measure.OpenAlerts;
import io.modelwatch.bench.measure.ProcessMemory;
import io.modelwatch.bench.measure.Sample;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Allows;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.Tick;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Changes of many deployments against many papers, then single changes, then one paper that concerns everything. */
final class DriftBench {

    /** An approval of everything, and its revocation. */
    private static final String BLANKET = "paper-blanket";

    private static final int WARM_UP = 50;
    /** Between two probes, on average. */
    private static final double PAUSE_MILLIS = 50;

    private static final Duration START_PATIENCE = Duration.ofMinutes(2);
    private static final Duration LOAD_PATIENCE = Duration.ofMinutes(50);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /**
     * What came out.
     *
     * @param seconds from the start of the topology until every change had its verdict
     * @param cpu seconds of CPU that the topology's threads took for it: what a shared machine leaves comparable
     * @param peer seconds of the statement in PostgreSQL
     * @param peakKiB peak memory of this process, 0 where it cannot be read
     * @param alerts open alerts after that
     * @param millis from the send of a single change until its alert was read
     * @param revocation what one revocation took that concerns everything
     * @param revocationPeer seconds of the statement in PostgreSQL after the same
     */
    record Result(
            double seconds,
            double cpu,
            double peer,
            long peakKiB,
            long alerts,
            Sample millis,
            Revocation revocation,
            double revocationPeer) {}

    /**
     * Seconds from the send of a revocation.
     *
     * @param alerts until the last alert was read
     * @param verdicts until every change, also those that are over, was judged again
     */
    record Revocation(double alerts, double verdicts) {}

    private final Bed bed;
    private final DriftWorld world;
    private final int probes;
    private final long seed;
    private final Consumer<String> progress;
    private final KafkaProducer<String, byte[]> producer;
    private final AtomicReference<@Nullable Exception> failed = new AtomicReference<>();

    DriftBench(Bed bed, DriftWorld world, int probes, long seed, Consumer<String> progress) {
        this.bed = bed;
        this.world = world;
        this.probes = probes;
        this.seed = seed;
        this.progress = progress;
        Properties settings = bed.kafka().clientProperties();
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        this.producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }

    Result run() throws Exception {
        try (producer;
                Admin admin = Admin.create(bed.kafka().clientProperties())) {
            write();
            DriftPeer peer = new DriftPeer(bed.database());
            peer.load(world);
            double peerSeconds = peer.judge(world.now());
            progress.accept("PostgreSQL has judged after %.1f s".formatted(peerSeconds));
            AtomicLong peak = new AtomicLong();
            try (ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
                            Thread.ofPlatform().daemon().factory());
                    StreamsRunner runner = RoleTopology.DRIFT.start(
                            DriftTopology.build(bed.kafka().topics(), bed.serdes(), DriftConfig.DEFAULT),
                            bed.kafka(),
                            bed.stateDir())) {
                if (!runner.awaitRunning(START_PATIENCE)) {
                    throw new BenchException("the drift topology does not start");
                }
                watch.scheduleAtFixedRate(
                        () -> peak.accumulateAndGet(
                                ProcessMemory.kibibytes(ProcessHandle.current()).orElse(0), Math::max),
                        0,
                        200,
                        TimeUnit.MILLISECONDS);
                long begin = System.nanoTime();
                long end = settle(admin, LOAD_PATIENCE, new Countdown("records are not judged yet", progress));
                double seconds = (end - begin) / 1e9;
                double cpu = cpuSeconds();
                progress.accept("judged after %.1f s; held against PostgreSQL".formatted(seconds));
                long alerts = check(peer.answers(world.changes()));
                Sample millis = probe();
                settle(admin, PATIENCE, left -> {});
                progress.accept("%,d single changes have their alerts".formatted(probes));
                Revocation revocation = revoke(admin);
                watch.shutdownNow();
                double revocationPeer = peer.judge(world.now());
                return new Result(seconds, cpu, peerSeconds, peak.get(), alerts, millis, revocation, revocationPeer);
            }
        }
    }

    private static double cpuSeconds() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return LongStream.of(threads.getAllThreadIds())
                        .mapToObj(threads::getThreadInfo)
                        .filter(thread ->
                                thread != null && thread.getThreadName().contains("-StreamThread-"))
                        .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
                        .sum()
                / 1e9;
    }

    private long settle(Admin admin, Duration limit, LongConsumer left) throws Exception {
        return Settled.await(bed.kafka(), admin, DriftTopology.NAME, Settled.driftInputs(), limit, left);
    }

    /** Says from time to time how much is left. */
    private static final class Countdown implements LongConsumer {
        private static final long EVERY_NANOS = 10_000_000_000L;

        private final String what;
        private final Consumer<String> progress;
        private long saidAt = System.nanoTime();

        Countdown(String what, Consumer<String> progress) {
            this.what = what;
            this.progress = progress;
        }

        @Override
        public void accept(long left) {
            long now = System.nanoTime();
            if (now - saidAt >= EVERY_NANOS) {
                saidAt = now;
                progress.accept("%,d %s".formatted(left, what));
            }
        }
    }

    private void write() {
        Serializer<Mbom> mboms = bed.serdes().of(Topics.MBOMS).serializer();
        for (int i = 0; i < world.events(); i++) {
            DriftWorld.events(world.paper(i)).forEach(this::send);
        }
        tick(world.now());
        for (int i = 0; i < world.changes(); i++) {
            Mbom mbom = world.mbom(world.swap(i));
            send(Topics.MBOMS, null, mbom.getDeployment(), mbom, mboms);
            if (i > 0 && i % 100_000 == 0) {
                progress.accept("%,d changes are written".formatted(i));
            }
        }
        flush();
        progress.accept("%,d changes of %,d deployments and %,d papers are on their topics"
                .formatted(world.changes(), world.deployments(), world.events()));
    }

    private void send(ProcurementEvent event) {
        send(
                Topics.PROCUREMENT_EVENTS,
                null,
                event.getId(),
                event,
                bed.serdes().of(Topics.PROCUREMENT_EVENTS).serializer());
    }

    private void tick(Instant at) {
        for (int partition = 0; partition < Topics.TICKS.partitions(); partition++) {
            send(
                    Topics.TICKS,
                    partition,
                    "tick",
                    new Tick(at),
                    bed.serdes().of(Topics.TICKS).serializer());
        }
    }

    private <V extends SpecificRecord> void send(
            Topic<V> topic, @Nullable Integer partition, String key, V value, Serializer<V> serializer) {
        String name = bed.kafka().topics().name(topic);
        producer.send(
                new ProducerRecord<>(name, partition, key, serializer.serialize(name, value)), (metadata, error) -> {
                    if (error != null) {
                        failed.compareAndSet(null, error);
                    }
                });
    }

    private void flush() {
        producer.flush();
        Exception error = failed.get();
        if (error != null) {
            throw new BenchException("the benchmark's own records were not taken: " + error);
        }
    }

    /**
     * Holds what the topology says against what PostgreSQL says: the verdict of every change with the paper behind it, and
     * an alert for each live one that is not approved.
     *
     * @return how many alerts are open
     */
    private long check(DriftAnswers right) {
        DriftAnswers said = new DriftAnswers(world.changes());
        Deserializer<ChangeVerdict> verdicts = bed.serdes().of(Topics.VERDICTS).deserializer();
        Committed.each(bed.kafka(), Settled.partitions(bed.kafka(), List.of(Topics.VERDICTS)), record -> {
            JudgedChange judged =
                    verdicts.deserialize(record.topic(), record.value()).getJudged();
            said.put(judged.getChange().getId(), judged.getVerdict(), judged.getBy(), judged.getLive());
        });
        if (said.said() != world.changes()) {
            throw new BenchException(
                    "%,d of %,d changes have a verdict: no figure".formatted(said.said(), world.changes()));
        }
        List<String> wrong = said.wrong(right);
        if (!wrong.isEmpty()) {
            throw new BenchException("wrong verdicts, among them %s: no figure".formatted(wrong));
        }
        int open = OpenAlerts.read(bed).size();
        if (open != right.drifts()) {
            throw new BenchException("%,d open alerts where %,d are right: no figure".formatted(open, right.drifts()));
        }
        return open;
    }

    /** Single deployments that nobody approved, at random moments. */
    private Sample probe() {
        Random random = new Random(seed);
        double[] millis = new double[probes];
        Serializer<Mbom> mboms = bed.serdes().of(Topics.MBOMS).serializer();
        try (KafkaConsumer<byte[], byte[]> consumer = atTheEnd()) {
            for (int i = -WARM_UP; i < probes; i++) {
                LockSupport.parkNanos((long) (random.nextDouble() * 2e6 * PAUSE_MILLIS));
                // Of a deployment and a vendor that no paper names.
                String probe = "probe-" + (i + WARM_UP);
                DriftWorld.Swap next = new DriftWorld.Swap(
                        probe,
                        "service/" + probe,
                        "nobody",
                        1,
                        null,
                        "pkg:bench/nobody/m",
                        "nobody",
                        "US",
                        world.now());
                long begin = System.nanoTime();
                send(Topics.MBOMS, null, next.deployment(), world.mbom(next), mboms);
                flush();
                awaitAlertOf(next, consumer, begin);
                if (i >= 0) {
                    millis[i] = (System.nanoTime() - begin) / 1e6;
                }
            }
        }
        return new Sample(millis);
    }

    private void awaitAlertOf(DriftWorld.Swap swap, KafkaConsumer<byte[], byte[]> consumer, long begin) {
        Deserializer<Alert> alerts = bed.serdes().of(Topics.ALERTS).deserializer();
        while (System.nanoTime() - begin < PATIENCE.toNanos()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                Alert alert = alerts.deserialize(record.topic(), record.value());
                if (alert.getCause().equals(swap.id()) && alert.getState() == AlertState.OPEN) {
                    return;
                }
            }
        }
        throw new BenchException("no alert of " + swap.id() + " within " + PATIENCE + ": no figure");
    }

    /** One approval closes every alert; its revocation opens all of them again. */
    private Revocation revoke(Admin admin) throws Exception {
        int before = OpenAlerts.read(bed).size();
        send(ProcurementEvent.newBuilder()
                .setId(BLANKET)
                .setType(ProcurementType.APPROVAL)
                .setIssuedAt(world.now())
                .setModel("pkg:bench/*")
                .setAllows(Allows.newBuilder().build())
                .setCorrelationId(BLANKET)
                .build());
        flush();
        settle(admin, LOAD_PATIENCE, new Countdown("records are left of the approval of everything", progress));
        if (!OpenAlerts.read(bed).isEmpty()) {
            throw new BenchException("alerts are open although everything is approved: no figure");
        }
        progress.accept("%,d alerts are closed by one approval".formatted(before));
        // Those that are approved otherwise stay so: what is counted is what loses its approval.
        Set<String> reopened = new HashSet<>();
        try (KafkaConsumer<byte[], byte[]> consumer = atTheEnd()) {
            Deserializer<Alert> alerts = bed.serdes().of(Topics.ALERTS).deserializer();
            long begin = System.nanoTime();
            send(DriftWorld.revocation(BLANKET, world.now()));
            flush();
            while (reopened.size() < before) {
                if (System.nanoTime() - begin > PATIENCE.toNanos()) {
                    throw new BenchException("after %s only %,d of %,d alerts are open again"
                            .formatted(PATIENCE, reopened.size(), before));
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    if (alerts.deserialize(record.topic(), record.value()).getState() == AlertState.OPEN) {
                        reopened.add(new String(record.key(), StandardCharsets.UTF_8));
                    }
                }
            }
            double opened = (System.nanoTime() - begin) / 1e9;
            progress.accept("they are open again after %.1f s".formatted(opened));
            long end = settle(admin, LOAD_PATIENCE, new Countdown("records are left of its revocation", progress));
            return new Revocation(opened, (end - begin) / 1e9);
        }
    }

    private KafkaConsumer<byte[], byte[]> atTheEnd() {
        KafkaConsumer<byte[], byte[]> consumer = Committed.consumer(bed.kafka());
        List<TopicPartition> partitions = Settled.partitions(bed.kafka(), List.of(Topics.ALERTS));
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        return consumer;
    }
}
