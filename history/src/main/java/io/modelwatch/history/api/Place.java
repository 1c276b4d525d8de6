package io.modelwatch.history.api;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** In which order the items of a list stand, and from where its next page goes on. */
enum Place {
    /** The number under which a row was recorded, which grows in the order of commits (see the migration). */
    NUMBER("listed.key", "key > ?"),
    NAME("listed.key", "key > ?"),
    /** When a belief came to be known, of what, and since when it was so: columns, so that an index has the order. */
    BELIEF("listed.known, listed.name, listed.since", "(known, name, since) > (?, ?, ?)");

    /** The key of a belief in SQL: microseconds are what PostgreSQL tells apart. */
    static final String BELIEF_KEY =
            "(extract(epoch from known) * 1000000)::bigint || ' ' || (extract(epoch from since)"
                    + " * 1000000)::bigint || ' ' || model";

    private static final Pattern BELIEF_FORM = Pattern.compile("(-?\\d{1,18}) (-?\\d{1,18}) (.+)", Pattern.DOTALL);

    private final String order;
    private final String after;

    Place(String order, String after) {
        this.order = order;
        this.after = after;
    }

    /** With its table: {@code key} alone would be the text that is selected, and 10 would come before 9. */
    String order() {
        return order;
    }

    /** Returns a SQL condition: what comes after the place of a cursor, whose {@link #values} it takes. */
    String after() {
        return after;
    }

    /** @throws Problem if it is no cursor of this list */
    List<Object> values(String list, String cursor) {
        return switch (this) {
            case NUMBER -> List.of(Cursor.number(list, cursor));
            case NAME -> List.of(Cursor.key(list, cursor));
            case BELIEF -> {
                Matcher parts = BELIEF_FORM.matcher(Cursor.key(list, cursor));
                if (!parts.matches()) {
                    throw Cursor.foreign(list);
                }
                yield List.of(time(parts.group(1)), parts.group(3), time(parts.group(2)));
            }
        };
    }

    private static Instant time(String micros) {
        return Instant.EPOCH.plus(Long.parseLong(micros), ChronoUnit.MICROS);
    }
}
