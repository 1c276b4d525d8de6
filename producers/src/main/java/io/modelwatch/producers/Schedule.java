package io.modelwatch.producers;

import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;
import org.quartz.CronExpression;

/** When a source is swept next, and how long nothing may be seen of it. */
final class Schedule {

    /** One sweep may fail, and the next, and none of them is a reason to call anybody. */
    private static final int MISSED_SWEEPS = 3;

    /** A source that is swept every second is slower than that now and then. */
    private static final Duration MIN_BLIND_AFTER = Duration.ofMinutes(1);

    private Schedule() {}

    /** Returns when the sweep after a time is due, or null if none is. */
    static @Nullable Instant next(SourceConfig config, Instant now) {
        if (config.every() != null) {
            return now.plus(config.every());
        }
        try {
            CronExpression cron = new CronExpression(String.valueOf(config.cron()));
            cron.setTimeZone(TimeZone.getTimeZone("UTC"));
            Date next = cron.getNextValidTimeAfter(Date.from(now));
            return next == null ? null : next.toInstant();
        } catch (ParseException e) {
            throw new IllegalStateException("checked when it was read", e);
        }
    }

    /** Returns how long, from a time on, nothing may be seen of a source before it is said to be blind. */
    static Duration blindAfter(SourceConfig config, Instant now) {
        if (config.blindAfter() != null) {
            return config.blindAfter();
        }
        Instant end = now;
        for (int sweep = 0; sweep < MISSED_SWEEPS; sweep++) {
            Instant next = next(config, end);
            end = next == null ? end : next;
        }
        Duration three = Duration.between(now, end);
        return three.compareTo(MIN_BLIND_AFTER) < 0 ? MIN_BLIND_AFTER : three;
    }
}
