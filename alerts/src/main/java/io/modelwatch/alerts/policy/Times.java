package io.modelwatch.alerts.policy;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Times and spans as vendors and people write them. */
final class Times {

    /** Epoch seconds from this on would lie in the year 5138: a number so large counts milliseconds. */
    private static final long MILLISECONDS = 100_000_000_000L;

    private static final Pattern SPAN = Pattern.compile("\\d{1,9}[SMHD]");

    private Times() {}

    /** Returns the time that a value says: RFC 3339, a date (its start in UTC), epoch seconds or milliseconds; else null. */
    static @Nullable Instant read(Object value) {
        try {
            if (value instanceof Long number) {
                return Math.abs(number) < MILLISECONDS ? Instant.ofEpochSecond(number) : Instant.ofEpochMilli(number);
            }
            if (value instanceof Instant instant) {
                return instant;
            }
            if (value instanceof String text) {
                return text.length() == 10
                        ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                        : OffsetDateTime.parse(text).toInstant();
            }
        } catch (DateTimeException e) {
            // No time.
        }
        return null;
    }

    /** Returns a span such as {@code 30s}, {@code 10m}, {@code 6h} or {@code 1d}; null for anything else. */
    static @Nullable Duration span(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        if (!SPAN.matcher(upper).matches()) {
            return null;
        }
        return Duration.parse(upper.endsWith("D") ? "P" + upper : "PT" + upper);
    }
}
