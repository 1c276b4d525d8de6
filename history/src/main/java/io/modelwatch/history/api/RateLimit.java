package io.modelwatch.history.api;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** So many requests a second for each client, twice as many at once: a bucket of tokens that fills steadily. */
final class RateLimit {
    /** Clients that are remembered; who was quiet longest is forgotten, and begins with a full bucket. */
    private static final int CLIENTS = 10_000;

    private final int perSecond;
    private final LongSupplier nanos;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > CLIENTS;
        }
    };

    /** @param perSecond requests a second; 0 for any */
    RateLimit(int perSecond) {
        this(perSecond, System::nanoTime);
    }

    RateLimit(int perSecond, LongSupplier nanos) {
        this.perSecond = perSecond;
        this.nanos = nanos;
    }

    /** @param left requests that may be made at {@code at} nanoseconds */
    private record Bucket(double left, long at) {}

    int perSecond() {
        return perSecond;
    }

    /** Returns zero if the client may make a request now, else how long until it may. */
    synchronized Duration take(String client) {
        if (perSecond == 0) {
            return Duration.ZERO;
        }
        long now = nanos.getAsLong();
        Bucket bucket = buckets.get(client);
        double left = bucket == null
                ? 2.0 * perSecond
                : Math.min(2.0 * perSecond, bucket.left() + (now - bucket.at()) / 1e9 * perSecond);
        boolean may = left >= 1;
        buckets.put(client, new Bucket(may ? left - 1 : left, now));
        return may ? Duration.ZERO : Duration.ofNanos((long) Math.ceil((1 - left) / perSecond * 1e9));
    }
}
