package io.modelwatch.alerts;

import java.time.Duration;

/**
 * Settings of the drift topology.
 *
 * @param baseline whether the first sighting of a deployment counts as drift
 * @param grace how long after a change became known its alert waits for an approval; zero or more
 */
public record DriftConfig(Baseline baseline, Duration grace) {

    /** What the first sighting of a deployment is. */
    public enum Baseline {
        /** A change like any other: what runs without approval is drift from the start. */
        DRIFT,
        /** Taken as given: only what changes afterwards is drift. */
        ACCEPT
    }

    public DriftConfig {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("drift grace " + grace + ": must be zero or more, for example PT1H");
        }
    }

    /** Returns the defaults: first sightings count, no grace. */
    public static DriftConfig defaults() {
        return new DriftConfig(Baseline.DRIFT, Duration.ZERO);
    }
}
