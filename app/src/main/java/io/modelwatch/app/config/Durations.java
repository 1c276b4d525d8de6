package io.modelwatch.app.config;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.Locale;

/** Spans of time as people write them. */
public final class Durations {

    private Durations() {}

    /**
     * Reads {@code 30s}, {@code 10m}, {@code 6h}, {@code 1d} or an ISO 8601 duration.
     *
     * @throws IllegalArgumentException if it is none of them, or negative
     */
    public static Duration parse(String text) {
        String upper = text.strip().toUpperCase(Locale.ROOT);
        try {
            Duration duration =
                    Duration.parse(upper.startsWith("P") ? upper : upper.endsWith("D") ? "P" + upper : "PT" + upper);
            if (!duration.isNegative()) {
                return duration;
            }
        } catch (DateTimeException e) {
            // Told below.
        }
        throw new IllegalArgumentException("'" + text + "' is no span of time such as 30s, 10m, 6h or 1d");
    }
}
