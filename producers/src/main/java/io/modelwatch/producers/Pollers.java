package io.modelwatch.producers;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.publish.Published;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.WatchingSource;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.avro.SourceHealth;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quartz.CronScheduleBuilder;
import org.quartz.JobBuilder;
import org.quartz.JobDataMap;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.DirectSchedulerFactory;
import org.quartz.impl.SchedulerRepository;
import org.quartz.simpl.RAMJobStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The pollers role: sweeps every source on its schedule and ticks. */
public final class Pollers implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Pollers.class);

    /** Sweeps at a time, over all sources. */
    private static final int MAX_SWEEPS = 16;

    /** Sources of one configuration do not all start in the same instant. */
    private static final Duration MAX_JITTER = Duration.ofSeconds(5);

    private final Map<String, Sweeper> runners = new LinkedHashMap<>();
    private final List<WatchingSource> watching = new ArrayList<>();
    private final HttpFetcher http;
    private final Publisher publisher;
    private final InstantSource clock;
    private @Nullable Scheduler scheduler;
    private @Nullable VirtualThreadPool sweeps;
    private @Nullable ScheduledExecutorService ticker;

    private Pollers(HttpFetcher http, Publisher publisher, InstantSource clock) {
        this.http = http;
        this.publisher = publisher;
        this.clock = clock;
    }

    /**
     * Starts polling.
     *
     * @param clock gives all times in observations, sweeps and ticks; a replay brings its own
     * @param tickEvery time between two ticks; null or zero for {@link #tick()} alone
     * @param scheduled whether sources are swept on their schedules; false for {@link #pollNow} alone
     * @throws IllegalArgumentException if two sources have one name
     */
    public static Pollers start(
            List<SourceConfig> sources,
            KafkaConnection kafka,
            AvroSerdes serdes,
            InstantSource clock,
            @Nullable Duration tickEvery,
            boolean scheduled) {
        // A stable id lets a restart end at once what a killed process left open.
        Publisher publisher =
                new Publisher(kafka, serdes, kafka.topics().prefix() + "-pollers", InstantSource.system());
        return start(
                sources,
                (config, http) -> config.open(http, clock),
                publisher,
                sources.isEmpty() ? Map::of : publisher::cursors,
                HttpLimits.defaults(),
                clock,
                tickEvery,
                scheduled);
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
            Supplier<Map<String, byte[]>> cursorsOf,
            HttpLimits limits,
            InstantSource clock,
            @Nullable Duration tickEvery,
            boolean scheduled) {
        HttpFetcher http = new HttpFetcher(limits, InstantSource.system());
        Pollers pollers = new Pollers(http, publisher, clock);
        try {
            Map<String, byte[]> cursors = cursorsOf.get();
            pollers.forget(cursors.keySet(), sources);
            for (SourceConfig config : sources) {
                Supplier<@Nullable Instant> next = () -> scheduled ? Schedule.next(config, clock.instant()) : null;
                Sweeper runner;
                if (config.family().tellsProcurement()) {
                    runner = new ProcurementRunner(
                            config, config.openProcurement(http, clock), publisher, clock, next, cursors);
                } else if (config.family().tellsDisclosures()) {
                    runner = new DisclosureRunner(
                            config, config.openDisclosures(http, clock), publisher, clock, next, cursors);
                } else {
                    Source source = opens.apply(config, http);
                    runner = new SweepRunner(config, source, publisher, clock, next, cursors);
                    if (scheduled && source instanceof WatchingSource watching) {
                        pollers.watching.add(watching);
                        watching.watch(() -> pollers.hint(config.name()));
                    }
                }
                if (pollers.runners.put(config.name(), runner) != null) {
                    throw new IllegalArgumentException("two sources have the name " + config.name());
                }
            }
            for (Sweeper runner : pollers.runners.values()) {
                runner.tellStarting();
            }
            if (scheduled) {
                pollers.schedule(sources);
            }
            if (tickEvery != null && !tickEvery.isZero()) {
                pollers.startTicking(tickEvery);
            }
            return pollers;
        } catch (RuntimeException e) {
            pollers.close();
            throw e;
        }
    }

    /** A source that was taken out of the configuration is not blind, it is gone. */
    private void forget(Set<String> cursors, List<SourceConfig> sources) {
        Set<String> gone = new TreeSet<>(cursors);
        // Those of a source's parts have a separator; they are kept, for a source that comes back.
        gone.removeIf(cursor -> cursor.contains("|"));
        sources.forEach(source -> gone.remove(source.name()));
        if (!gone.isEmpty()) {
            publisher.forgetSources(gone);
            LOGGER.atInfo().addKeyValue("sources", gone).log("Forgot sources that are not configured any more");
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
        return runner(source).run();
    }

    /**
     * Has a source swept soon, because somebody says that something changed there. Any number of hints before a sweep
     * begins make one sweep.
     *
     * @throws IllegalArgumentException if there is no such source
     * @throws IllegalStateException if nothing is swept on a schedule here
     */
    public void hint(String source) {
        Sweeper runner = runner(source);
        if (scheduler == null) {
            throw new IllegalStateException("nothing is swept on a schedule here");
        }
        if (runner.hint()) {
            try {
                scheduler.triggerJob(JobKey.jobKey(source));
            } catch (SchedulerException e) {
                throw new IllegalStateException("the scheduler takes no more sweeps", e);
            }
        }
    }

    private Sweeper runner(String source) {
        Sweeper runner = runners.get(source);
        if (runner == null) {
            throw new IllegalArgumentException("no source '" + source + "'; there are " + runners.keySet());
        }
        return runner;
    }

    /** Sends the clock's time to every partition of {@code ticks}. */
    public Published tick() {
        return publisher.tick(Instant.ofEpochMilli(clock.millis()));
    }

    /** Returns the names of the sources, in the order given. */
    public List<String> sources() {
        return List.copyOf(runners.keySet());
    }

    /**
     * Returns what was last told of a source's health since the start, or null if nothing was yet.
     *
     * @throws IllegalArgumentException if there is no such source
     */
    public @Nullable SourceHealth health(String source) {
        return runner(source).told();
    }

    private void startTicking(Duration every) {
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("ticks").factory());
        ticker = executor;
        var unused = executor.scheduleAtFixedRate(
                () -> {
                    try {
                        var published = tick();
                        LOGGER.atTrace()
                                .addKeyValue(
                                        "partitions", published.lastOffsets().size())
                                .log("Ticked");
                    } catch (RuntimeException e) {
                        // An exception would end the executor's work for good.
                        LOGGER.atWarn()
                                .addKeyValue("error", e.getMessage())
                                .log("Tick not published; the next one will be");
                    }
                },
                0,
                every.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void schedule(List<SourceConfig> sources) {
        String name = "pollers-" + UUID.randomUUID();
        try {
            VirtualThreadPool pool = new VirtualThreadPool(Math.clamp(sources.size(), 1, MAX_SWEEPS));
            sweeps = pool;
            DirectSchedulerFactory.getInstance().createScheduler(name, name, pool, new RAMJobStore());
            Scheduler created = SchedulerRepository.getInstance().lookup(name);
            scheduler = created;
            for (SourceConfig config : sources) {
                JobDataMap data = new JobDataMap();
                data.put(SweepJob.RUNNER, runners.get(config.name()));
                created.scheduleJob(
                        JobBuilder.newJob(SweepJob.class)
                                .withIdentity(config.name())
                                .usingJobData(data)
                                .build(),
                        trigger(config));
            }
            created.start();
        } catch (SchedulerException e) {
            throw new IllegalStateException("the scheduler does not start", e);
        }
    }

    private static Trigger trigger(SourceConfig config) {
        Duration every = config.every();
        if (every == null) {
            return TriggerBuilder.newTrigger()
                    .withIdentity(config.name())
                    // Several missed sweeps are made up for by one.
                    .withSchedule(CronScheduleBuilder.cronSchedule(config.cron())
                            .inTimeZone(TimeZone.getTimeZone("UTC"))
                            .withMisfireHandlingInstructionFireAndProceed())
                    .build();
        }
        long jitter = Math.min(MAX_JITTER.toMillis(), every.toMillis() / 10);
        return TriggerBuilder.newTrigger()
                .withIdentity(config.name())
                .startAt(new Date(
                        System.currentTimeMillis() + ThreadLocalRandom.current().nextLong(jitter + 1)))
                .withSchedule(SimpleScheduleBuilder.simpleSchedule()
                        .withIntervalInMilliseconds(every.toMillis())
                        .repeatForever()
                        .withMisfireHandlingInstructionNextWithRemainingCount())
                .build();
    }

    /** Stops ticking and sweeping. A sweep under way is cut, has no marker and is made again after the next start. */
    @Override
    public void close() {
        runners.values().forEach(Sweeper::stop);
        if (ticker != null) {
            ticker.shutdownNow();
        }
        if (sweeps != null) {
            // Before the scheduler, which would wait for the sweeps without interrupting them.
            sweeps.shutdown(true);
        }
        if (scheduler != null) {
            try {
                scheduler.shutdown(true);
            } catch (SchedulerException e) {
                LOGGER.atWarn().setCause(e).log("The scheduler does not stop");
            }
        }
        watching.forEach(WatchingSource::unwatch);
        http.close();
        publisher.close();
    }
}
