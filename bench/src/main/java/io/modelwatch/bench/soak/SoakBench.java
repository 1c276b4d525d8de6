package io.modelwatch.bench.soak;

import io.modelwatch.app.role.Role;
import io.modelwatch.bench.load.CountingVendors;
import io.modelwatch.bench.load.ObservationLoad;
import io.modelwatch.bench.load.Probes;
import io.modelwatch.bench.load.SteadyLoad;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.history.reconcile.Account;
import io.modelwatch.history.reconcile.Reconciliation;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** Every role in a process of its own, under a steady load, one killed from time to time; then everything is counted. */
final class SoakBench {

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final Duration SAMPLE_EVERY = Duration.ofSeconds(10);
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int VENDORS = 20;
    private static final int POLL_SECONDS = 60;

    /**
     * What to do.
     *
     * @param warmUp time under load before that
     * @param length time under load that counts
     * @param rate observations a second
     * @param killEvery time between two kills
     * @param probeEvery mean time between two probes
     * @param subjects models
     * @param seed of all that is random
     * @param out CSV file for the samples of memory; the picture goes beside it
     */
    record Plan(
            Duration warmUp,
            Duration length,
            int rate,
            Duration killEvery,
            Duration probeEvery,
            int subjects,
            long seed,
            Path out) {

        /** Returns the file of the picture. */
        Path picture() {
            return sibling(".svg");
        }

        /** Returns the directory for logs that are kept. */
        Path logs() {
            return sibling("-logs");
        }

        private Path sibling(String end) {
            String name = String.valueOf(out.getFileName());
            return out.resolveSibling((name.endsWith(".csv") ? name.substring(0, name.length() - 4) : name) + end);
        }
    }

    private final Bed bed;
    private final KafkaConnection kafka;
    private final Path launcher;
    private final Plan plan;
    private final Consumer<String> progress;
    private final List<Long> sent = new ArrayList<>();
    private final List<Kill> kills = new ArrayList<>();

    /** The last minute of which something was said. */
    private long told;

    SoakBench(Bed bed, Path launcher, Plan plan, Consumer<String> progress) {
        this.bed = bed;
        this.kafka = bed.kafka();
        this.launcher = launcher;
        this.plan = plan;
        this.progress = progress;
    }

    SoakResult run() throws Exception {
        AlertReader alerts = new AlertReader(bed);
        try (CountingVendors vendors = new CountingVendors(VENDORS);
                Fleet fleet = new Fleet(launcher, bed, vendors.sources(POLL_SECONDS), progress);
                ExecutorService threads = Executors.newThreadPerTaskExecutor(
                        Thread.ofPlatform().name("bench-", 0).daemon().factory())) {
            fleet.start();
            Future<Long> reader = threads.submit(alerts);
            SteadyLoad load =
                    new SteadyLoad(kafka, bed.serdes(), plan.subjects(), plan.rate(), plan.seed(), this::awaitFirst);
            Future<Double> background = threads.submit(load);
            try {
                return run(fleet, alerts, reader, load, background);
            } finally {
                load.stop();
                alerts.stop();
            }
        }
    }

    private SoakResult run(
            Fleet fleet, AlertReader alerts, Future<Long> reader, SteadyLoad load, Future<Double> background)
            throws Exception {
        load.awaitSteady(background);
        progress.accept("%,d models are known; under load for %s, after a warm-up of %s"
                .formatted(plan.subjects(), words(plan.length()), words(plan.warmUp())));
        long begin = System.nanoTime() + plan.warmUp().toNanos();
        try (ScheduledExecutorService sampling = Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("bench-memory").daemon().factory());
                MemoryWatch memory = new MemoryWatch(bed, fleet, load::published, begin, plan.out())) {
            Future<?> samples = sampling.scheduleAtFixedRate(
                    () -> sample(memory), plan.warmUp().toMillis(), SAMPLE_EVERY.toMillis(), TimeUnit.MILLISECONDS);
            drive(begin, fleet, memory, alerts, background);
            load.stop();
            double rate = join(background);
            if (samples.isDone()) {
                join(samples);
            }
            sampling.shutdown();
            Files.writeString(plan.picture(), picture(memory, begin));
            awaitAlerts(fleet, alerts);
            List<Account> accounts = reconcile(fleet);
            long committed = changes();
            alerts.stop();
            join(reader);
            SoakResult result = result(begin, rate, load, committed, alerts, fleet, accounts, memory);
            if (result.lost() + result.duplicated() > 0) {
                fleet.keepLogs(plan.logs());
            }
            return result;
        }
    }

    /** What is seen for the first time takes more than what is unchanged: it is no part of the steady load. */
    private void awaitFirst() {
        Settled.awaitKnown(kafka, PATIENCE);
    }

    private void drive(long begin, Fleet fleet, MemoryWatch memory, AlertReader alerts, Future<?> background)
            throws IOException, InterruptedException {
        Random random = new Random(plan.seed());
        Random roles = new Random(plan.seed());
        long end = begin + plan.length().toNanos();
        long nextProbe = System.nanoTime();
        long nextKill = begin + plan.killEvery().toNanos();
        long nextLook = nextProbe;
        Kill pending = null;
        try (Publisher publisher = new Publisher(kafka, bed.serdes(), "bench-probe", InstantSource.system())) {
            for (long now = nextProbe; now < end; now = System.nanoTime()) {
                if (background.isDone()) {
                    throw new BenchException("the load has ended too soon");
                }
                if (now >= nextProbe) {
                    probe(publisher, random);
                    // From a half to one and a half of the interval: never in step with the commits.
                    nextProbe += (long)
                            ((0.5 + random.nextDouble()) * plan.probeEvery().toNanos());
                }
                if (now >= nextKill) {
                    Role role = Role.values()[roles.nextInt(Role.values().length)];
                    pending = kill(fleet, memory, role, begin);
                    nextKill += plan.killEvery().toNanos();
                } else if (now >= nextLook) {
                    fleet.keepUp();
                    pending = lookAt(pending, fleet);
                    nextLook = now + SECOND_NANOS / 2;
                    tell(now, begin, alerts);
                }
                LockSupport.parkNanos(LOOK.toNanos());
            }
        }
    }

    private void probe(Publisher publisher, Random random) {
        int number = sent.size();
        String model = ObservationLoad.subject(random.nextInt(plan.subjects()));
        sent.add(System.nanoTime());
        publisher.publish(List.of(Probes.observation(number, model, Instant.now())));
    }

    private Kill kill(Fleet fleet, MemoryWatch memory, Role role, long begin) throws IOException, InterruptedException {
        Kill kill = new Kill(role, System.nanoTime(), OptionalDouble.empty());
        fleet.kill(role);
        kills.add(kill);
        memory.event("kill " + role.title());
        progress.accept("%.1f min: kill -9 of %s, started again".formatted(minutes(kill.at(), begin), role.title()));
        return kill;
    }

    /** Notes when what was killed is up again. */
    private @Nullable Kill lookAt(@Nullable Kill pending, Fleet fleet) throws IOException {
        if (pending == null || !fleet.isUp(pending.role())) {
            return pending;
        }
        double seconds = (System.nanoTime() - pending.at()) / 1e9;
        kills.set(kills.size() - 1, new Kill(pending.role(), pending.at(), OptionalDouble.of(seconds)));
        return null;
    }

    private void tell(long now, long begin, AlertReader alerts) {
        long minute = (now - begin) / (60 * SECOND_NANOS);
        if (minute > told) {
            told = minute;
            progress.accept(
                    "minute %d: %,d probes sent, %,d without alert".formatted(minute, sent.size(), unanswered(alerts)));
        }
    }

    private int unanswered(AlertReader alerts) {
        int unanswered = 0;
        for (int i = 0; i < sent.size(); i++) {
            unanswered += alerts.firstOf(Probes.deployment(i)) == null ? 1 : 0;
        }
        return unanswered;
    }

    private void awaitAlerts(Fleet fleet, AlertReader alerts) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (unanswered(alerts) > 0 && System.nanoTime() < deadline) {
            fleet.keepUp();
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
        progress.accept("the load has ended; %,d probes without alert".formatted(unanswered(alerts)));
    }

    private List<Account> reconcile(Fleet fleet) throws Exception {
        fleet.keepUp();
        List<Account> accounts;
        try {
            accounts = Reconciliation.run(
                    kafka, bed.serdes(), bed.database(), PATIENCE, step -> progress.accept("counting: " + step));
        } catch (IllegalStateException e) {
            fleet.keepLogs(plan.logs());
            throw new BenchException(e.getMessage() + " (logs: " + plan.logs() + ")");
        }
        accounts.stream().filter(one -> !one.isBalanced()).forEach(one -> progress.accept("NOT BALANCED: " + one));
        return accounts;
    }

    /** Returns how many committed changes come of the load, probes and polls left out. */
    private long changes() {
        LongAdder count = new LongAdder();
        Deserializer<Change> decoder = bed.serdes().of(Topics.CHANGES).deserializer();
        String topic = kafka.topics().name(Topics.CHANGES);
        Committed.each(kafka, Settled.partitions(kafka, List.of(Topics.CHANGES)), record -> {
            if (decoder.deserialize(topic, record.value()).getSource().equals(ObservationLoad.SOURCE)) {
                count.increment();
            }
        });
        return count.sum();
    }

    private SoakResult result(
            long begin,
            double rate,
            SteadyLoad load,
            long committed,
            AlertReader alerts,
            Fleet fleet,
            List<Account> accounts,
            MemoryWatch memory) {
        List<ProbeTime> probes = new ArrayList<>();
        int unanswered = 0;
        int manifold = 0;
        for (int i = 0; i < sent.size(); i++) {
            String deployment = Probes.deployment(i);
            Long seen = alerts.firstOf(deployment);
            if (seen == null) {
                unanswered++;
            } else if (sent.get(i) >= begin) {
                probes.add(new ProbeTime(sent.get(i), seen));
            }
            manifold += Math.max(0, alerts.alertsOf(deployment) - 1);
        }
        return new SoakResult(
                begin,
                rate,
                load.published(),
                probes,
                unanswered,
                manifold,
                load.changes(),
                committed,
                kills,
                fleet.ended(),
                accounts,
                memory.mebibytes());
    }

    private String picture(MemoryWatch memory, long begin) {
        return new LineChart(
                        "Memory of each process under %,d observations/s, a kill every %s"
                                .formatted(plan.rate(), words(plan.killEvery())),
                        "minutes",
                        "MiB (proportional set size)")
                .svg(
                        memory.minutes(),
                        memory.mebibytes(),
                        kills.stream()
                                .map(kill -> new LineChart.Mark(
                                        minutes(kill.at(), begin),
                                        "kill " + kill.role().title()))
                                .toList());
    }

    private static String words(Duration time) {
        return time.toString().substring(2).toLowerCase(Locale.ROOT);
    }

    private static double minutes(long at, long begin) {
        return (at - begin) / 60e9;
    }

    private static void sample(MemoryWatch memory) {
        try {
            memory.sample();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T join(Future<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new BenchException("the benchmark's own reader or writer failed: " + e.getCause());
        }
    }
}
