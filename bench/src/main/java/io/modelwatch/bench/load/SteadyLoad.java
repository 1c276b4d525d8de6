package io.modelwatch.bench.load;

import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.avro.Observation;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Observations of models until it is stopped: the first sweep as fast as it can be written, what follows at a rate. Two of
 * a hundred are not unchanged. Sweeps have no markers.
 */
public final class SteadyLoad implements Callable<Double> {

    /** Share that is not unchanged. */
    private static final double CHANGED = 0.02;

    /** Transactions in a second. */
    private static final int PAGES_PER_SECOND = 20;

    /** Observations in a transaction of the first sweep. */
    private static final int FIRST_PAGE = 1000;

    private final KafkaConnection kafka;
    private final AvroSerdes serdes;
    private final ObservationLoad load;
    private final int rate;
    private final Runnable afterFirst;
    private final int size;
    private final List<Observation> page;
    private long count;
    private volatile long begin;
    private volatile long offered;
    private volatile long published;
    private volatile long changes;
    private volatile boolean paused;
    private volatile boolean over;

    /**
     * @param subjects models
     * @param rate observations a second
     * @param seed of what changes
     * @param afterFirst called when the first sweep is written; the rate begins when it returns
     */
    public SteadyLoad(
            KafkaConnection kafka, AvroSerdes serdes, int subjects, int rate, long seed, Runnable afterFirst) {
        this.kafka = kafka;
        this.serdes = serdes;
        this.load = new ObservationLoad(subjects, Math.max(2, Integer.MAX_VALUE / subjects) * subjects, CHANGED, seed);
        this.rate = rate;
        this.afterFirst = afterFirst;
        this.size = Math.max(1, rate / PAGES_PER_SECOND);
        this.page = new ArrayList<>(Math.max(size, FIRST_PAGE));
    }

    /**
     * Writes.
     *
     * @return observations a second that were really written, after the first sweep
     */
    @Override
    public Double call() {
        try (Publisher publisher = new Publisher(kafka, serdes, "bench-background", InstantSource.system())) {
            load.generateCounted((observation, so) -> add(publisher, observation, so), marker -> {});
        } catch (Over e) {
            return begin == 0 ? 0 : offered * 1e9 / (System.nanoTime() - begin);
        }
        throw new BenchException("the background has run dry");
    }

    /**
     * Waits until the first sweep is done with and the rate begins.
     *
     * @param running what this returned when it was started
     * @throws BenchException if it failed
     */
    public void awaitSteady(Future<?> running) {
        while (begin == 0) {
            if (running.isDone()) {
                throw new BenchException("the load failed: "
                        + (running.state() == Future.State.FAILED ? running.exceptionNow() : running.state()));
            }
            LockSupport.parkNanos(10_000_000);
        }
    }

    /** Has it write nothing, or go on at its rate. */
    public void pause(boolean pause) {
        paused = pause;
    }

    /** Has it end, once its page is written. */
    public void stop() {
        over = true;
    }

    /** Returns how many observations were written and committed. */
    public long published() {
        return published;
    }

    /** Returns how many changes those imply. */
    public long changes() {
        return changes;
    }

    private void add(Publisher publisher, Observation observation, long changesSoFar) {
        page.add(observation);
        count++;
        boolean first = count <= load.subjects();
        if (page.size() < (first ? FIRST_PAGE : size) && count != load.subjects()) {
            return;
        }
        publisher.publish(page);
        published = count;
        changes = changesSoFar;
        int written = page.size();
        page.clear();
        if (count < load.subjects()) {
            if (over) {
                throw new Over();
            }
            return;
        }
        if (begin == 0) {
            afterFirst.run();
            begin = System.nanoTime();
        } else {
            offered += written;
        }
        long idle = System.nanoTime();
        while (paused && !over) {
            LockSupport.parkNanos(1_000_000);
        }
        // What was not offered meanwhile is not made up for.
        begin = begin + System.nanoTime() - idle;
        while (!over && System.nanoTime() - begin < offered * 1_000_000_000L / rate) {
            LockSupport.parkNanos(1_000_000);
        }
        if (over) {
            throw new Over();
        }
    }

    /** Ends the generator from within. */
    private static final class Over extends RuntimeException {
        private static final long serialVersionUID = 1;

        Over() {
            super("over", null, false, false);
        }
    }
}
