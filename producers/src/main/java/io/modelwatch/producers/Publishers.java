package io.modelwatch.producers;

import io.modelwatch.producers.publish.Publisher;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The publishers of the sources. Each source writes under a transactional id of its own, so that who takes it over fences
 * who had it; of those that rest only a few keep their producer, with its thread, buffers and connections. Thread-safe.
 */
final class Publishers implements AutoCloseable {

    /** Producers that rest; some 200 KB and a thread each. */
    private static final int MAX_RESTING = 32;

    private final Function<String, Publisher> makes;
    private final Map<String, Publisher> all = new HashMap<>();
    private final Set<Publisher> resting = new LinkedHashSet<>();

    private Publishers(Function<String, Publisher> makes) {
        this.makes = makes;
    }

    /** @param makes makes the publisher of a source */
    static Publishers each(Function<String, Publisher> makes) {
        return new Publishers(makes);
    }

    /** Returns publishers that are one and the same, for who is alone and does one thing after the other. */
    static Publishers one(Publisher publisher) {
        return new Publishers(source -> publisher);
    }

    /** Returns the publisher of a source, in use until {@link #rest}. */
    synchronized Publisher of(String source) {
        Publisher publisher = all.computeIfAbsent(source, makes);
        resting.remove(publisher);
        return publisher;
    }

    /** A source's sweep is over. */
    void rest(String source) {
        Publisher eldest = null;
        synchronized (this) {
            Publisher publisher = all.get(source);
            if (publisher != null) {
                resting.add(publisher);
            }
            if (resting.size() > MAX_RESTING) {
                Iterator<Publisher> first = resting.iterator();
                eldest = first.next();
                first.remove();
            }
        }
        if (eldest != null) {
            eldest.close();
        }
    }

    @Override
    public synchronized void close() {
        Set.copyOf(all.values()).forEach(Publisher::close);
    }
}
