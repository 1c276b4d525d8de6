package io.modelwatch.history.bitemporal;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What one key was like from a time on.
 *
 * @param from start, part of it
 * @param until end, no part of it; null where it holds on
 * @param known since when we take it to be so
 * @param document what it was like as JSON text, or null: there was nothing
 * @param cause id of the change behind it, or null
 * @param stored the row that holds it, or null where it is new
 */
record Span(
        Instant from,
        @Nullable Instant until,
        Instant known,
        @Nullable String document,
        @Nullable String cause,
        @Nullable String stored) {

    /** Returns whether it holds at some time in [from, until). */
    boolean meets(Instant from, @Nullable Instant until) {
        return (until == null || this.from.isBefore(until)) && (this.until == null || this.until.isAfter(from));
    }

    /** Returns the part of it in [from, until), as a row that is still to be written. */
    Span within(Instant from, @Nullable Instant until) {
        Instant start = this.from.isBefore(from) ? from : this.from;
        Instant end = until == null || (this.until != null && this.until.isBefore(until)) ? this.until : until;
        return new Span(start, end, known, document, cause, null);
    }
}
