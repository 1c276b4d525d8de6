package io.modelwatch.producers;

import io.modelwatch.producers.publish.LostException;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.shared.Ownership;
import io.modelwatch.schemas.avro.SourceHealth;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One source at this instance: takes it over from whoever swept it last, sweeps it, one pass at a time, and lets it go.
 *
 * <p>Taking over goes in this order: the source is claimed; who writes under its transactional id is fenced, and what that
 * one left open is ended; the claim is looked at again, since a third may have come in between; then the cursors are read.
 * Whoever paused in the middle of a sweep thus either sees that the source is another's or is fenced by that other one.
 */
final class Poller {

    private final SourceConfig config;
    private final Ownership ownership;
    private final Publishers publishers;
    private final Supplier<Map<String, byte[]>> cursors;
    private final BiFunction<Publisher, Map<String, byte[]>, Sweeper> opens;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean stopping;
    private volatile @Nullable Sweeper sweeper;

    /**
     * @param cursors read when the source is taken over
     * @param opens makes what sweeps the source, from where it was
     */
    Poller(
            SourceConfig config,
            Ownership ownership,
            Publishers publishers,
            Supplier<Map<String, byte[]>> cursors,
            BiFunction<Publisher, Map<String, byte[]>, Sweeper> opens) {
        this.config = config;
        this.ownership = ownership;
        this.publishers = publishers;
        this.cursors = cursors;
        this.opens = opens;
    }

    /**
     * Makes one pass; one that is under way is waited for.
     *
     * @throws LostException if another instance has the source by now
     * @throws io.modelwatch.producers.publish.PublishException if what was read is not on the topics: the next pass says
     *     it again
     * @throws InterruptedException if the thread is interrupted, or the pollers are being stopped
     */
    SweepReport run() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            return taken().run();
        } catch (LostException e) {
            drop();
            throw e;
        } finally {
            publishers.rest(config.name());
            lock.unlock();
        }
    }

    private Sweeper taken() {
        Publisher publisher = publishers.of(config.name());
        Sweeper held = sweeper;
        if (held != null && ownership.owns(config.name())) {
            return held;
        }
        drop();
        ownership.claim(config.name());
        if (ownership.shared()) {
            publisher.renew();
        }
        Sweeper taken = opens.apply(publisher, cursors.get());
        sweeper = taken;
        if (stopping) {
            taken.stop();
        }
        return taken;
    }

    /** Whether something of the source is held here. */
    boolean holds() {
        return sweeper != null;
    }

    /** Returns what was last told of the source's health from here, or null. */
    @Nullable
    SourceHealth told() {
        Sweeper held = sweeper;
        return held == null ? null : held.told();
    }

    /** Lets go of what is held of the source, unless it is being swept. */
    void letGo() {
        if (lock.tryLock()) {
            try {
                drop();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Lets go of the source in any case; nothing may be sweeping it, other than who calls. */
    void drop() {
        Sweeper held = sweeper;
        sweeper = null;
        if (held != null) {
            held.close();
        }
    }

    /** From now on an error is taken for a sign of the stop. */
    void stop() {
        stopping = true;
        Sweeper held = sweeper;
        if (held != null) {
            held.stop();
        }
    }
}
