package io.modelwatch.app.demo;

import io.modelwatch.producers.SweepReport;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs the recorded days one after the other. Two runs must agree however threads are timed, so whatever could meet in
 * one topology from two topics is held apart by {@link Pipeline#settle}: a tick from what is handed in after it, one
 * batch from the next, and all of it from the evening's sweeps.
 */
final class Replay {

    static final LocalDate FIRST_DAY = LocalDate.parse("2025-05-05");
    static final LocalDate LAST_DAY = LocalDate.parse("2025-09-24");

    /** In the evening: what was recorded on a day must not be read before it was recorded. */
    static final LocalTime SWEEP_AT = LocalTime.of(22, 0);

    private final Pipeline pipeline;
    private final ReplayClock clock;
    private final Company company;
    private final Tally tally;

    Replay(Pipeline pipeline, ReplayClock clock, Company company, Tally tally) {
        this.pipeline = pipeline;
        this.clock = clock;
        this.company = company;
        this.tally = tally;
    }

    /** Returns the time at which a replay's clock starts. */
    static Instant start() {
        return FIRST_DAY.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** Replays one day. */
    void day(LocalDate day) throws InterruptedException {
        for (Company.Batch batch : company.on(day)) {
            tick(batch.at());
            pipeline.settle();
            pipeline.hand(batch);
            tally.handedIn(batch);
            pipeline.settle();
        }
        Instant evening = day.atTime(SWEEP_AT).toInstant(ZoneOffset.UTC);
        Instant before = clock.instant();
        tick(evening);
        if (company.boundaryBetween(before, evening)) {
            pipeline.settle();
        }
        sweep(day);
        pipeline.settle();
        tally.dayDone();
    }

    /** All sources at once: no two of them speak of one model. */
    private void sweep(LocalDate day) throws InterruptedException {
        List<Callable<SweepReport>> sweeps = new ArrayList<>();
        for (String source : pipeline.sources()) {
            sweeps.add(() -> pipeline.poll(source));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<SweepReport> sweep : threads.invokeAll(sweeps)) {
                tally.swept(day, sweep.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a sweep of " + day + " broke: " + e.getCause(), e);
        }
    }

    private void tick(Instant at) {
        clock.moveTo(at);
        pipeline.tick();
    }
}
