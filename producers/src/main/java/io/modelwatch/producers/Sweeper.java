package io.modelwatch.producers;

import io.modelwatch.producers.publish.LostException;
import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.publish.Published;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes passes over one source and tells its health after each. Used by one thread at a time. */
abstract class Sweeper {

    private static final Logger LOGGER = LoggerFactory.getLogger(Sweeper.class);

    final SourceConfig config;
    final Publisher publisher;
    private final InstantSource clock;
    private final Health health;
    private volatile boolean stopping;
    private volatile @Nullable SourceHealth told;

    Sweeper(
            SourceConfig config,
            Publisher publisher,
            InstantSource clock,
            Supplier<@Nullable Instant> nextSweep,
            Map<String, byte[]> cursors) {
        this.config = config;
        this.publisher = publisher;
        this.clock = clock;
        this.health = new Health(config, nextSweep);
        health.restore(cursors.get(config.name()));
    }

    /** Makes one pass. */
    abstract SweepReport sweep(Instant started) throws InterruptedException;

    /**
     * Makes one pass.
     *
     * @throws LostException if another instance has the source by now
     * @throws PublishException if what was read is not on the topics: the next pass says it again
     * @throws InterruptedException if the thread is interrupted, or the pollers are being stopped
     */
    final SweepReport run() throws InterruptedException {
        Instant started = now();
        try {
            return sweep(started);
        } catch (LostException e) {
            throw e;
        } catch (PublishException e) {
            if (stopping || Thread.currentThread().isInterrupted()) {
                throw e;
            }
            String error = "read, but not published: " + e.getMessage();
            try {
                var told = tellHealth(started, SweepOutcome.FAILED, true, false, 0, Health.shorten(error), null);
                LOGGER.atDebug()
                        .addKeyValue("source", config.name())
                        .addKeyValue("partitions", told.lastOffsets().size())
                        .log("Told that nothing was published");
            } catch (PublishException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /** From now on an error is taken for a sign of the stop: it is published as nobody's failure. */
    final void stop() {
        stopping = true;
    }

    /** Lets go of what is held of the source. */
    void close() {}

    final boolean stopping() {
        return stopping;
    }

    /**
     * @param blind whether nothing was seen, which a partial sweep may have as well
     * @param changed whether it saw something else than the sweep before
     */
    final Published tellHealth(
            Instant started,
            SweepOutcome outcome,
            boolean blind,
            boolean changed,
            long subjects,
            @Nullable String error,
            @Nullable String scope) {
        SourceHealth after = health.after(started, now(), outcome, blind, changed, subjects, error, scope);
        told = after;
        return publisher.publishHealth(after, Map.of(config.name(), health.cursor()));
    }

    /** Returns what was last told of the source's health from here, or null. */
    final @Nullable SourceHealth told() {
        return told;
    }

    /** Returns what takes its announcements, with what was told before. */
    final Announcements announcements(Map<String, byte[]> cursors) {
        String key = cursorKey("told");
        return new Announcements(publisher, key, cursors.get(key));
    }

    /** Returns the key of a cursor of this source beside that of its health. */
    final String cursorKey(String part) {
        return config.name() + "|" + part;
    }

    /** Times travel as milliseconds: a finer started would come back earlier or later than it was. */
    final Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }
}
