package io.modelwatch.producers;

import io.modelwatch.producers.shared.PollersDatabase;
import io.modelwatch.schemas.Ids;
import java.time.Duration;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.quartz.CronScheduleBuilder;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobKey;
import org.quartz.ObjectAlreadyExistsException;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.quartz.impl.DirectSchedulerFactory;
import org.quartz.impl.SchedulerRepository;
import org.quartz.impl.matchers.GroupMatcher;
import org.quartz.simpl.RAMJobStore;
import org.quartz.spi.JobFactory;
import org.quartz.spi.JobStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Quartz as it runs here: a job a source, and one that ticks, in memory or in a database that several instances share.
 *
 * <p>Missed sweeps are made up for by one, at once; missed ticks are not. A sweep that was under way where an instance died
 * is made again by another. What is in the database stays as it is when a further instance starts; the first one of all
 * sweeps every source at once.
 */
final class SweepScheduler implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(SweepScheduler.class);

    private static final String SOURCES = "sources";
    private static final String HINTS = "hints";
    private static final JobKey TICKS = JobKey.jobKey("ticks", "clock");

    /** Words for a source that pushes: there is no job behind them. */
    private static final String UNPOLLED = "unpolled";

    /** Sources of one configuration do not all start in the same instant. */
    private static final Duration MAX_JITTER = Duration.ofSeconds(5);

    /** How often the database is asked for what other instances put there. */
    private static final Duration IDLE = Duration.ofSeconds(2);

    private static final long RETRY_MILLIS = 5_000;

    private final List<SourceConfig> sources;
    private final Set<String> unpolled;
    private final @Nullable Duration tickEvery;
    private final Scheduler scheduler;
    private final VirtualThreadPool threads;
    private final @Nullable PollersDatabase shared;

    /**
     * Makes a scheduler that does nothing yet.
     *
     * @param unpolled names of the sources that push: other instances hear that this one has them, and nothing is swept
     * @param tickEvery null for no ticks
     * @param shared where the jobs are shared, or null to keep them in memory
     */
    SweepScheduler(
            List<SourceConfig> sources,
            Set<String> unpolled,
            @Nullable Duration tickEvery,
            SweepJob.Sweeps sweeps,
            Runnable tick,
            @Nullable PollersDatabase shared) {
        this.sources = List.copyOf(sources);
        this.unpolled = Set.copyOf(unpolled);
        this.tickEvery = tickEvery;
        this.shared = shared;
        // One a job: ticks must not wait for sweeps, whose number at a time is bounded elsewhere.
        this.threads = new VirtualThreadPool(sources.size() + 1);
        String name = "pollers-" + UUID.randomUUID();
        JobStore store = shared == null ? new RAMJobStore() : shared.jobStore();
        try {
            DirectSchedulerFactory.getInstance()
                    .createScheduler(
                            name,
                            shared == null ? name : shared.instance(),
                            threads,
                            store,
                            null,
                            0,
                            IDLE.toMillis(),
                            RETRY_MILLIS);
            scheduler = SchedulerRepository.getInstance().lookup(name);
            JobFactory jobs = (bundle, from) ->
                    bundle.getJobDetail().getKey().equals(TICKS) ? new TickJob(tick) : new SweepJob(sweeps);
            scheduler.setJobFactory(jobs);
        } catch (SchedulerException e) {
            throw new IllegalStateException("the scheduler does not start", e);
        }
    }

    /**
     * Puts the jobs where they are not yet, takes away those that no instance is configured for, and returns the names of
     * the sources that are new.
     */
    Set<String> enter() {
        Map<JobKey, JobDetail> jobs = new LinkedHashMap<>();
        Map<JobKey, Trigger> triggers = new LinkedHashMap<>();
        for (SourceConfig source : sources) {
            JobKey key = JobKey.jobKey(source.name(), SOURCES);
            jobs.put(key, job(SweepJob.class, key, words(source), true));
            triggers.put(key, trigger(source));
        }
        if (tickEvery != null) {
            jobs.put(TICKS, job(TickJob.class, TICKS, tickEvery.toString(), false));
            triggers.put(TICKS, ticks(tickEvery));
        }
        Set<String> created = new HashSet<>();
        if (shared == null) {
            try {
                for (Map.Entry<JobKey, JobDetail> one : jobs.entrySet()) {
                    put(one.getValue(), triggers.get(one.getKey()));
                }
            } catch (SchedulerException e) {
                throw new IllegalStateException("the scheduler does not start", e);
            }
            sources.forEach(source -> created.add(source.name()));
            return created;
        }
        Map<JobKey, String> words = new LinkedHashMap<>();
        unpolled.forEach(source -> words.put(JobKey.jobKey(source, SOURCES), UNPOLLED));
        jobs.forEach((key, job) -> words.put(key, job.getDescription()));
        shared.enter(words, first -> {
            for (Map.Entry<JobKey, JobDetail> one : jobs.entrySet()) {
                JobDetail before = scheduler.getJobDetail(one.getKey());
                if (before == null) {
                    created.add(one.getKey().getName());
                }
                if (first || before == null || !one.getValue().getDescription().equals(before.getDescription())) {
                    put(one.getValue(), triggers.get(one.getKey()));
                }
            }
            for (JobKey key : scheduler.getJobKeys(GroupMatcher.anyJobGroup())) {
                if (!shared.configured(key) && scheduler.deleteJob(key)) {
                    LOGGER.atInfo().addKeyValue("job", key).log("No instance is configured for this any more");
                }
            }
        });
        return created;
    }

    private void put(JobDetail job, @Nullable Trigger trigger) throws SchedulerException {
        if (trigger == null) {
            throw new IllegalStateException("no trigger of " + job.getKey());
        }
        scheduler.addJob(job, true);
        if (scheduler.checkExists(trigger.getKey())) {
            scheduler.rescheduleJob(trigger.getKey(), trigger);
        } else {
            scheduler.scheduleJob(trigger);
        }
    }

    /** From now on jobs run. */
    void start() {
        try {
            scheduler.start();
        } catch (SchedulerException e) {
            throw new IllegalStateException("the scheduler does not start", e);
        }
    }

    /**
     * Has a source swept soon. Any number of hints before a sweep begins make one sweep, whichever instance they come to.
     *
     * @throws IllegalStateException if no more sweeps are taken
     */
    void hintAt(String source) {
        try {
            putHint(scheduler, JobKey.jobKey(source, SOURCES));
        } catch (SchedulerException e) {
            throw new IllegalStateException("the scheduler takes no more sweeps", e);
        }
    }

    static void putHint(Scheduler scheduler, JobKey job) throws SchedulerException {
        try {
            var at = scheduler.scheduleJob(TriggerBuilder.newTrigger()
                    .withIdentity(hint(job.getName()))
                    .forJob(job)
                    .withSchedule(SimpleScheduleBuilder.simpleSchedule().withMisfireHandlingInstructionFireNow())
                    .build());
            LOGGER.atTrace().addKeyValue("job", job).addKeyValue("at", at).log("Hinted");
        } catch (ObjectAlreadyExistsException e) {
            LOGGER.atTrace().addKeyValue("job", job).log("Hinted already");
        }
    }

    /** Returns whether any instance has entered a source, one that pushes too. */
    static boolean configured(PollersDatabase shared, String source) {
        return shared.configured(JobKey.jobKey(source, SOURCES));
    }

    static TriggerKey hint(String source) {
        return TriggerKey.triggerKey(source, HINTS);
    }

    private static JobDetail job(Class<? extends Job> type, JobKey key, String words, boolean recover) {
        return JobBuilder.newJob(type)
                .withIdentity(key)
                .withDescription(words)
                .storeDurably()
                .requestRecovery(recover)
                .build();
    }

    /** Two instances that are configured alike say the same. */
    private static String words(SourceConfig source) {
        return Ids.digest(
                source.type(),
                String.valueOf(source.every()),
                String.valueOf(source.cron()),
                Integer.toString(source.removalSweeps()),
                Integer.toString(source.shrinkHold()),
                String.valueOf(source.blindAfter()),
                String.valueOf(source.staleAfter()),
                ordered(source.settings()).toString());
    }

    private static Object ordered(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, Object> sorted = new TreeMap<>();
                map.forEach((key, one) -> sorted.put(String.valueOf(key), ordered(one)));
                yield sorted;
            }
            case List<?> list -> list.stream().map(SweepScheduler::ordered).toList();
            default -> value;
        };
    }

    private static Trigger trigger(SourceConfig config) {
        TriggerKey key = TriggerKey.triggerKey(config.name(), SOURCES);
        JobKey job = JobKey.jobKey(config.name(), SOURCES);
        Duration every = config.every();
        if (every == null) {
            return TriggerBuilder.newTrigger()
                    .withIdentity(key)
                    .forJob(job)
                    .withSchedule(CronScheduleBuilder.cronSchedule(config.cron())
                            .inTimeZone(TimeZone.getTimeZone("UTC"))
                            .withMisfireHandlingInstructionFireAndProceed())
                    .build();
        }
        long jitter = Math.min(MAX_JITTER.toMillis(), every.toMillis() / 10);
        return TriggerBuilder.newTrigger()
                .withIdentity(key)
                .forJob(job)
                .startAt(new Date(
                        System.currentTimeMillis() + ThreadLocalRandom.current().nextLong(jitter + 1)))
                .withSchedule(SimpleScheduleBuilder.simpleSchedule()
                        .withIntervalInMilliseconds(every.toMillis())
                        .repeatForever()
                        .withMisfireHandlingInstructionNowWithRemainingCount())
                .build();
    }

    private static Trigger ticks(Duration every) {
        return TriggerBuilder.newTrigger()
                .withIdentity(TriggerKey.triggerKey(TICKS.getName(), TICKS.getGroup()))
                .forJob(TICKS)
                .startNow()
                .withPriority(Trigger.DEFAULT_PRIORITY + 1)
                .withSchedule(SimpleScheduleBuilder.simpleSchedule()
                        .withIntervalInMilliseconds(every.toMillis())
                        .repeatForever()
                        .withMisfireHandlingInstructionNextWithRemainingCount())
                .build();
    }

    /** Interrupts what runs and waits for it. */
    @Override
    public void close() {
        try {
            scheduler.standby();
            // Before the scheduler, which would wait for the sweeps without interrupting them.
            threads.shutdown(true);
            scheduler.shutdown(true);
        } catch (SchedulerException e) {
            LOGGER.atWarn().setCause(e).log("The scheduler does not stop");
        }
    }
}
