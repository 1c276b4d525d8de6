package io.modelwatch.streams.telemetry;

import java.time.Duration;

/**
 * How long and how much the telemetry topology remembers.
 *
 * @param length how long what was seen counts after it was last seen
 * @param maxRoutes routes that are kept a deployment; more are left out, and the observation says so
 */
public record TelemetryWindow(Duration length, int maxRoutes) {

    /** A week, so that what runs at week-ends only does not come and go. */
    public static final TelemetryWindow DEFAULT = new TelemetryWindow(Duration.ofDays(7), 64);

    /** Times of last sight are this many times finer than the window: a busy route writes no oftener. */
    private static final int GRAINS = 168;

    /** Validates. */
    public TelemetryWindow {
        if (length.compareTo(Duration.ofMinutes(10)) < 0 || length.compareTo(Duration.ofDays(90)) > 0) {
            throw new IllegalArgumentException("the window must be from 10m to 90d");
        }
        if (maxRoutes < 1 || maxRoutes > 1000) {
            throw new IllegalArgumentException("routes must be from 1 to 1000 a deployment");
        }
    }

    /** Returns how exact times of last sight are: an hour for a week. */
    Duration grain() {
        return length.dividedBy(GRAINS);
    }
}
