package io.modelwatch.alerts.drift;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Has what is new committed at once, and leaves a backlog to the interval of the topology: who waits for an alert waits for
 * the end of its transaction, while a backlog is done sooner the fewer of these ends there are.
 */
final class SoonCommitted {

    /** What is older waits already, so that some more milliseconds are nothing to it. */
    private static final Duration NEW = Duration.ofSeconds(1);

    /** Between two commits of what is new. */
    private static final Duration INTERVAL = Duration.ofMillis(20);

    private final LongSupplier wallClock;
    private boolean waiting;

    /** @param wallClock epoch milliseconds */
    SoonCommitted(ProcessorContext<?, ?> context, LongSupplier wallClock) {
        this.wallClock = wallClock;
        context.schedule(INTERVAL, PunctuationType.WALL_CLOCK_TIME, now -> {
            if (waiting) {
                waiting = false;
                context.commit();
            }
        });
    }

    /** Notes that a record was taken up. */
    void saw(Record<?, ?> record) {
        waiting |= wallClock.getAsLong() - record.timestamp() < NEW.toMillis();
    }
}
