package io.modelwatch.app.demo;

import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** The time of the replay: it stands still until it is moved, and never goes back. Thread-safe. */
final class ReplayClock implements InstantSource {

    private volatile Instant now;

    ReplayClock(Instant start) {
        this.now = start;
    }

    @Override
    public Instant instant() {
        return now;
    }

    /** Returns the day, in UTC, that it is. */
    LocalDate day() {
        return now.atZone(ZoneOffset.UTC).toLocalDate();
    }

    /** @throws IllegalArgumentException if that is in the past */
    synchronized void moveTo(Instant time) {
        if (time.isBefore(now)) {
            throw new IllegalArgumentException("the replay's clock is at " + now + " and cannot go back to " + time);
        }
        now = time;
    }
}
