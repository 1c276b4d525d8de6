package io.modelwatch.producers;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.publish.CursorReader;
import io.modelwatch.producers.publish.LostException;
import io.modelwatch.producers.publish.Published;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.shared.Ownership;
import io.modelwatch.producers.shared.PollersDatabase;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.WatchingSource;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.avro.SourceHealth;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pollers role: sweeps every source on its schedule and ticks. Several instances share the sources through a database;
 * without one, there may be one instance only.
 */
public final class Pollers implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Pollers.class);

    /** Sweeps at a time, over all sources. */
    private static final int MAX_SWEEPS = 16;

    /** How long something may be held here of a source that another instance has taken, before the next sweep or hint. */
    private static final Duration HELD_IN_VAIN = Duration.ofSeconds(30);

    private final Map<String, Poller> pollers = new LinkedHashMap<>();
    private final Semaphore hands = new Semaphore(MAX_SWEEPS);
    private final InstantSource clock;
    private final Ownership ownership;
    private final HttpFetcher http;
    private final Publisher publisher;
    private final Deque<AutoCloseable> closeables = new ArrayDeque<>();
    private final AtomicLong lookedAt = new AtomicLong(System.nanoTime());
    private @Nullable SweepScheduler scheduler;
    private boolean scheduled;

    private Pollers(HttpFetcher http, Publisher publisher, Ownership ownership, InstantSource clock) {
        this.http = http;
        this.publisher = publisher;
        this.ownership = ownership;
        this.clock = clock;
        closeables.push(publisher);
        closeables.push(http);
    }

    /**
     * Starts polling.
     *
     * @param clock gives all times in observations, sweeps and ticks; a replay brings its own
     * @param tickEvery time between two ticks; null or zero for {@link #tick()} alone
     * @param scheduled whether sources are swept on their schedules; false for {@link #pollNow} alone
     * @param unpolled sources that nobody polls, since they push, as they are before anything is heard of them
     * @param shared where sources are shared with other instances, or null where there are none; closed with the pollers
     * @throws IllegalArgumentException if two sources have one name
     */
    public static Pollers start(
            List<SourceConfig> sources,
            KafkaConnection kafka,
            AvroSerdes serdes,
            InstantSource clock,
            @Nullable Duration tickEvery,
            boolean scheduled,
            List<SourceHealth> unpolled,
            @Nullable PollersDatabase shared) {
        Ownership ownership = shared == null ? Ownership.ALONE : shared;
        // Stable ids let a restart end at once what a killed process left open.
        String id = kafka.topics().prefix() + "-pollers";
        String own = shared == null ? id : id + "/" + shared.instance();
        Publishers publishers = Publishers.each(source -> new Publisher(
                kafka, serdes, id + "-" + source, InstantSource.system(), () -> requireOwned(ownership, source)));
        Publisher common = new Publisher(kafka, serdes, own, InstantSource.system());
        CursorReader cursors = new CursorReader(kafka);
        Pollers pollers =
                new Pollers(new HttpFetcher(HttpLimits.defaults(), InstantSource.system()), common, ownership, clock);
        pollers.closeables.push(cursors);
        pollers.closeables.push(publishers);
        if (shared != null) {
            pollers.closeables.push(shared);
        }
        return pollers.begin(
                sources,
                (config, http) -> config.open(http, clock),
                publishers,
                sources.isEmpty() && unpolled.isEmpty() ? Map::of : cursors::read,
                tickEvery == null || tickEvery.isZero() ? null : tickEvery,
                scheduled,
                unpolled,
                shared);
    }

    private static void requireOwned(Ownership ownership, String source) {
        if (!ownership.owns(source)) {
            throw new LostException("another instance has taken " + source);
        }
    }

    /**
     * Starts pollers that sweep and tick when they are told to and remember nothing from before: for a replay.
     *
     * @param publisher closed with the pollers
     * @param limits bounds of every read
     */
    public static Pollers byHand(
            List<SourceConfig> sources, Publisher publisher, HttpLimits limits, InstantSource clock) {
        return start(
                sources, (config, http) -> config.open(http, clock), publisher, Map::of, limits, clock, null, false);
    }

    /** @param opens makes the source of a configuration that observes */
    static Pollers start(
            List<SourceConfig> sources,
            BiFunction<SourceConfig, HttpFetcher, Source> opens,
            Publisher publisher,
            Supplier<Map<String, byte[]>> cursors,
            HttpLimits limits,
            InstantSource clock,
            @Nullable Duration tickEvery,
            boolean scheduled) {
        return new Pollers(new HttpFetcher(limits, InstantSource.system()), publisher, Ownership.ALONE, clock)
                .begin(sources, opens, Publishers.one(publisher), cursors, tickEvery, scheduled, List.of(), null);
    }

    private Pollers begin(
            List<SourceConfig> sources,
            BiFunction<SourceConfig, HttpFetcher, Source> opens,
            Publishers publishers,
            Supplier<Map<String, byte[]>> cursors,
            @Nullable Duration tickEvery,
            boolean scheduled,
            List<SourceHealth> unpolled,
            @Nullable PollersDatabase shared) {
        this.scheduled = scheduled;
        try {
            Map<String, byte[]> before = cursors.get();
            for (SourceConfig config : sources) {
                Poller poller = new Poller(
                        config,
                        ownership,
                        publishers,
                        ownership.shared() ? cursors : () -> before,
                        (own, from) -> sweeper(config, opens, own, from));
                if (pollers.put(config.name(), poller) != null) {
                    throw new IllegalArgumentException("two sources have the name " + config.name());
                }
            }
            Set<String> created = pollers.keySet();
            if (scheduled || tickEvery != null) {
                SweepScheduler made = new SweepScheduler(
                        scheduled ? sources : List.of(),
                        unpolled.stream().map(SourceHealth::getSource).collect(Collectors.toSet()),
                        tickEvery,
                        this::sweep,
                        this::tickQuietly,
                        shared);
                scheduler = made;
                Set<String> put = made.enter();
                created = scheduled ? put : created;
            }
            forget(before.keySet(), unpolled, shared);
            tell(unpolled.stream()
                    .filter(one -> !before.containsKey(one.getSource()))
                    .toList());
            for (SourceConfig config : sources) {
                if (created.contains(config.name())) {
                    tellStarting(config, before);
                }
            }
            if (scheduler != null) {
                scheduler.start();
            }
            return this;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private Sweeper sweeper(
            SourceConfig config,
            BiFunction<SourceConfig, HttpFetcher, Source> opens,
            Publisher own,
            Map<String, byte[]> from) {
        Supplier<@Nullable Instant> next = next(config);
        if (config.family().tellsProcurement()) {
            return new ProcurementRunner(config, config.openProcurement(http, clock), own, clock, next, from);
        }
        if (config.family().tellsDisclosures()) {
            return new DisclosureRunner(config, config.openDisclosures(http, clock), own, clock, next, from);
        }
        Source source = opens.apply(config, http);
        if (scheduled && source instanceof WatchingSource watching) {
            // A cluster may tell of much where nothing is swept any more.
            watching.watch(() -> {
                letGo();
                hint(config.name());
            });
        }
        return new SweepRunner(config, source, own, clock, next, from);
    }

    private Supplier<@Nullable Instant> next(SourceConfig config) {
        return () -> scheduled ? Schedule.next(config, clock.instant()) : null;
    }

    /** A source that was taken out of the configuration is not blind, it is gone. */
    private void forget(Set<String> cursors, List<SourceHealth> unpolled, @Nullable PollersDatabase shared) {
        Set<String> gone = new TreeSet<>(cursors);
        // Those of a source's parts have a separator; they are kept, for a source that comes back.
        gone.removeIf(cursor -> cursor.contains("|"));
        gone.removeAll(pollers.keySet());
        unpolled.forEach(one -> gone.remove(one.getSource()));
        gone.removeIf(source -> shared != null && SweepScheduler.configured(shared, source));
        if (!gone.isEmpty()) {
            var forgotten = publisher.forgetSources(gone);
            LOGGER.atInfo()
                    .addKeyValue("sources", gone)
                    .addKeyValue("partitions", forgotten.lastOffsets().size())
                    .log("Forgot sources that are not configured any more");
        }
    }

    /** Says that a source is being started, unless more is known from before. */
    private void tellStarting(SourceConfig config, Map<String, byte[]> cursors) {
        Health health = new Health(config, next(config));
        health.restore(cursors.get(config.name()));
        SourceHealth starting = health.starting(Instant.ofEpochMilli(clock.millis()));
        tell(starting == null ? List.of() : List.of(starting));
    }

    private void tell(List<SourceHealth> all) {
        for (SourceHealth health : all) {
            var told = publisher.publishHealth(health, Map.of());
            LOGGER.atDebug()
                    .addKeyValue("source", health.getSource())
                    .addKeyValue("partitions", told.lastOffsets().size())
                    .log("Starting");
        }
    }

    private SweepReport sweep(String source) throws InterruptedException {
        letGo();
        hands.acquire();
        try {
            return pollNow(source);
        } finally {
            hands.release();
        }
    }

    /** Lets go of what other instances have taken. */
    private void letGo() {
        long now = System.nanoTime();
        long before = lookedAt.get();
        if (!ownership.shared() || now - before < HELD_IN_VAIN.toNanos() || !lookedAt.compareAndSet(before, now)) {
            return;
        }
        Set<String> held = pollers.entrySet().stream()
                .filter(one -> one.getValue().holds())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        for (String lost : ownership.lost(held)) {
            Poller poller = pollers.get(lost);
            if (poller != null) {
                poller.letGo();
            }
        }
    }

    /**
     * Sweeps a source now, by the code that its schedule runs, and waits for the end. The outcome is in the report: a
     * source that cannot be read is no exception.
     *
     * @throws IllegalArgumentException if there is no such source
     * @throws io.modelwatch.producers.publish.PublishException if Kafka takes nothing: the next sweep says it all again
     * @throws InterruptedException if the thread is interrupted, or the pollers are closed meanwhile
     */
    public SweepReport pollNow(String source) throws InterruptedException {
        return known(source).run();
    }

    /**
     * Has a source swept soon, because somebody says that something changed there. Any number of hints before a sweep
     * begins make one sweep.
     *
     * @throws IllegalArgumentException if there is no such source
     * @throws IllegalStateException if nothing is swept on a schedule here
     */
    public void hint(String source) {
        known(source);
        if (scheduler == null || !scheduled) {
            throw new IllegalStateException("nothing is swept on a schedule here");
        }
        scheduler.hintAt(source);
    }

    private Poller known(String source) {
        Poller poller = pollers.get(source);
        if (poller == null) {
            throw new IllegalArgumentException("no source '" + source + "'; there are " + pollers.keySet());
        }
        return poller;
    }

    /** Sends the clock's time to every partition of {@code ticks}. */
    public Published tick() {
        return publisher.tick(Instant.ofEpochMilli(clock.millis()));
    }

    private void tickQuietly() {
        var published = tick();
        LOGGER.atTrace()
                .addKeyValue("partitions", published.lastOffsets().size())
                .log("Ticked");
    }

    /** Returns the names of the sources, in the order given. */
    public List<String> sources() {
        return List.copyOf(pollers.keySet());
    }

    /**
     * Returns what was last told of a source's health from here, or null if nothing was, as where another instance sweeps
     * it.
     *
     * @throws IllegalArgumentException if there is no such source
     */
    public @Nullable SourceHealth health(String source) {
        return known(source).told();
    }

    /**
     * Returns whether a source is not swept here, as far as is known: another instance may do it.
     *
     * @throws IllegalArgumentException if there is no such source
     */
    public boolean elsewhere(String source) {
        return ownership.shared() && !known(source).holds();
    }

    /** Stops ticking and sweeping. A sweep under way is cut, has no marker and is made again after the next start. */
    @Override
    public void close() {
        pollers.values().forEach(Poller::stop);
        if (scheduler != null) {
            scheduler.close();
        }
        pollers.values().forEach(Poller::drop);
        for (AutoCloseable part : closeables) {
            try {
                part.close();
            } catch (Exception e) {
                LOGGER.atWarn()
                        .setCause(e)
                        .addKeyValue("part", part.getClass().getSimpleName())
                        .log("did not stop cleanly");
            }
        }
        closeables.clear();
    }
}
