package io.modelwatch.bench.soak;

import java.util.List;

/**
 * One probe.
 *
 * @param sent just before it was sent, in nanoseconds of this JVM's clock
 * @param seen when a reader had its alert
 */
record ProbeTime(long sent, long seen) {

    /** So long after a kill its effects are looked for. */
    static final long AFTER_KILL_NANOS = 60_000_000_000L;

    /** Returns the time from observation to alert. */
    double millis() {
        return (seen - sent) / 1e6;
    }

    /** Returns whether it was under way at a kill, or was sent in the minute after it. */
    boolean isAfter(Kill kill) {
        return kill.at() <= seen && sent - kill.at() <= AFTER_KILL_NANOS;
    }

    /** Returns whether it was after none. */
    boolean isQuiet(List<Kill> kills) {
        return kills.stream().noneMatch(this::isAfter);
    }
}
