package io.modelwatch.alerts;

import java.time.Duration;

/**
 * How the drift topology judges.
 *
 * @param baseline does a first sighting of a deployment count as drift?
 * @param grace how long after a change became known an approval may come before an alert opens
 */
public record DriftConfig(Baseline baseline, Duration grace) {

    /** What a first sighting counts for. */
    public enum Baseline {
        DRIFT,
        ACCEPT
    }

    /** The design's defaults: a first sighting is drift, and there is no grace. */
    public static final DriftConfig DEFAULT = new DriftConfig(Baseline.DRIFT, Duration.ZERO);

    /** Refuses a negative grace. */
    public DriftConfig {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("policies.grace: " + grace + " is negative; for example PT24H");
        }
    }
}
