package io.modelwatch.producers.source.huggingface;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far the listing of a scope has been read.
 *
 * @param through everything that the Hub changed up to here is known, by the Hub's clock or, where ours was behind it,
 *     by ours
 * @param wholeAt start of the last pass over everything, by our clock
 */
record Mark(Instant through, Instant wholeAt) {

    /** Returns what {@link #toString} wrote, or null where that is none: everything is read then. */
    static @Nullable Mark parse(@Nullable String text) {
        int space = text == null ? -1 : text.indexOf(' ');
        if (text == null || space < 0) {
            return null;
        }
        try {
            return new Mark(Instant.parse(text.substring(0, space)), Instant.parse(text.substring(space + 1)));
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** A clock that was set back must not put off the next whole pass. */
    boolean wholeIsDue(Instant now, Duration fullEvery) {
        return now.isBefore(wholeAt) || !now.isBefore(wholeAt.plus(fullEvery));
    }

    @Override
    public String toString() {
        return through + " " + wholeAt;
    }
}
