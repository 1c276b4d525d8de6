package io.modelwatch.producers.ticket;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Times as other systems write them. */
final class Times {

    /** Jira: {@code 2026-03-01T10:00:00.000+0200}. */
    private static final DateTimeFormatter JIRA =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss[.SSS]XX", Locale.ROOT);

    /** ServiceNow, in UTC unless display values are asked for: {@code 2026-03-01 10:00:00}. */
    private static final DateTimeFormatter SERVICENOW = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

    private Times() {}

    /**
     * Returns a time in the contract's form. What is no time comes back as it is, so that whoever checks it can say so.
     *
     * @param end whether a day alone stands for its end; else for its beginning, both in UTC
     */
    static String rfc3339(String text, boolean end) {
        try {
            return instant(text, end).toString();
        } catch (DateTimeException | ArithmeticException e) {
            return text;
        }
    }

    private static Instant instant(String text, boolean end) {
        if (text.matches("\\d{4}-\\d{2}-\\d{2}")) {
            LocalDate day = LocalDate.parse(text);
            return (end ? day.plus(1, ChronoUnit.DAYS) : day).atStartOfDay().toInstant(ZoneOffset.UTC);
        }
        if (text.matches("\\d{12,14}")) {
            return Instant.ofEpochMilli(Long.parseLong(text));
        }
        if (text.indexOf(' ') > 0) {
            return LocalDateTime.parse(text, SERVICENOW).toInstant(ZoneOffset.UTC);
        }
        return text.matches(".*[+-]\\d{4}")
                ? OffsetDateTime.parse(text, JIRA).toInstant()
                : OffsetDateTime.parse(text).toInstant();
    }
}
