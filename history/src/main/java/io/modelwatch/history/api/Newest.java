package io.modelwatch.history.api;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The last number of each list, looked up once for all live streams: a thousand that wait cost as much as one. */
final class Newest {
    private final Queries queries;
    private final Duration each;
    private final Map<String, Last> lists = new ConcurrentHashMap<>();

    /** @param each time between two looks */
    Newest(Queries queries, Duration each) {
        this.queries = queries;
        this.each = each;
    }

    private static final class Last {
        private long number;
        private long nanos;
        private boolean known;
    }

    /** Returns the last number of a list, as it was at most a look ago. */
    long of(Listing listing) throws SQLException {
        Last last = lists.computeIfAbsent(listing.name(), unused -> new Last());
        synchronized (last) {
            long now = System.nanoTime();
            if (!last.known || now - last.nanos >= each.toNanos()) {
                last.number = ask(listing);
                last.nanos = now;
                last.known = true;
            }
            return last.number;
        }
    }

    /** Returns the last number of a list as it is now. */
    long ask(Listing listing) throws SQLException {
        return queries.list("select coalesce(max(key), 0) from " + listing.from(), List.of(), row -> row.getLong(1))
                .getFirst();
    }
}
