package io.modelwatch.alerts.blindness;

import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * That nothing is seen of a source: a pure function of what was last told of its health.
 *
 * @param since the last moment of which is known that it saw something, or the first of which is known that it did not
 * @param until from this time on it has lasted longer than the source's limit
 * @param why in words, without secrets
 */
record Blindness(Instant since, Instant until, String why) {

    /**
     * Returns what there is to say of a source if nothing more is heard of it. It is blind from {@link #until} on.
     *
     * @return empty where the source has no limit
     */
    static Optional<Blindness> of(SourceHealth health) {
        Duration limit = Duration.ofMillis(health.getBlindAfterMs());
        if (limit.isZero()) {
            return Optional.empty();
        }
        boolean seeing = seeing(health);
        Instant since = seeing ? health.getAt() : health.getSince();
        return Optional.of(new Blindness(since, since.plus(limit), seeing ? unswept(health) : unread(health)));
    }

    /** Returns whether a source saw anything when it was last swept. */
    static boolean seeing(SourceHealth health) {
        return health.getState() == SourceState.SEEING || health.getState() == SourceState.PARTIAL;
    }

    /** Returns whether a source that saw something was to be swept again, and as much time as that has gone by once more. */
    static boolean overdue(SourceHealth health, Instant now) {
        Instant due = health.getNextSweepAt();
        return seeing(health) && due != null && !now.isBefore(due.plus(Duration.between(health.getAt(), due)));
    }

    boolean holds(Instant now) {
        return !now.isBefore(until);
    }

    /** Returns whether it is no poller's: spans come by themselves. */
    private static boolean pushes(SourceHealth health) {
        return health.getSource().equals(ReservedSources.TELEMETRY);
    }

    private static String unread(SourceHealth health) {
        if (health.getError() == null && pushes(health)) {
            return "no span has come since it was configured";
        }
        return health.getError() == null ? "no sweep has ended since it was configured" : health.getError();
    }

    private static String unswept(SourceHealth health) {
        if (pushes(health)) {
            return "no span has come since " + health.getAt();
        }
        return "not swept since " + health.getAt()
                + (health.getNextSweepAt() == null ? "" : ", though it was due at " + health.getNextSweepAt());
    }
}
