package io.modelwatch.history.bitemporal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What one key was like, at each time, by what is known now. Its spans leave no gap after the first, and the last is
 * open. What is set takes the place of what was believed of those times; what was believed goes to the superseded
 * beliefs, with the time in which it was believed, and is never changed again.
 */
final class Timeline {

    /** A belief that ended: {@code span} was taken to be so from {@code span.known} until {@code until}. */
    record Superseded(Span span, Instant until) {}

    private final NavigableMap<Instant, Span> spans = new TreeMap<>();
    private final List<Superseded> superseded = new ArrayList<>();
    private final List<String> dead = new ArrayList<>();

    /** Takes in a row of the database. */
    void load(Span span) {
        spans.put(span.from(), span);
    }

    /** Returns what holds at a time, or null before the first. */
    @Nullable
    Span at(Instant time) {
        Map.Entry<Instant, Span> entry = spans.floorEntry(time);
        return entry == null ? null : entry.getValue();
    }

    /** Returns what holds from the last change on, or null where nothing was ever known. */
    @Nullable
    Span newest() {
        return spans.isEmpty() ? null : spans.lastEntry().getValue();
    }

    /** Returns what it is like from the last change on, or null where it is nothing. */
    @Nullable
    String newestDocument() {
        Span newest = newest();
        return newest == null ? null : newest.document();
    }

    /**
     * Sets what it is like in [from, until).
     *
     * @param until null for ever
     * @param known when that became known
     * @param change makes the new document of the old one; null stands for nothing on both sides
     */
    void set(
            Instant from,
            @Nullable Instant until,
            Instant known,
            @Nullable String cause,
            UnaryOperator<@Nullable String> change) {
        if (until != null && !from.isBefore(until)) {
            return;
        }
        Instant first = spans.isEmpty() ? null : spans.firstKey();
        if (first == null || from.isBefore(first)) {
            String document = change.apply(null);
            if (document != null) {
                Instant end = first == null || (until != null && until.isBefore(first)) ? until : first;
                put(new Span(from, end, known, document, cause, null));
                if (end != null && (first == null || end.isBefore(first))) {
                    put(new Span(end, first, known, null, cause, null));
                }
            }
        }
        for (Span span : List.copyOf(spans.values())) {
            // Not what has just been put in front.
            if ((first == null || !span.from().isBefore(first)) && span.meets(from, until) && first != null) {
                replace(span, from, until, known, cause, change.apply(span.document()));
            }
        }
    }

    /** Sets what it is like from a time on. */
    void set(Instant from, Instant known, @Nullable String cause, @Nullable String document) {
        set(from, null, known, cause, old -> document);
    }

    private void replace(
            Span span,
            Instant from,
            @Nullable Instant until,
            Instant known,
            @Nullable String cause,
            @Nullable String document) {
        if (Objects.equals(document, span.document())) {
            return;
        }
        spans.remove(span.from());
        if (span.stored() != null) {
            dead.add(span.stored());
        }
        Span hit = span.within(from, until);
        if (span.from().isBefore(hit.from())) {
            put(new Span(span.from(), hit.from(), span.known(), span.document(), span.cause(), null));
        }
        Instant end = hit.until();
        if (end != null && (span.until() == null || end.isBefore(span.until()))) {
            put(new Span(end, span.until(), span.known(), span.document(), span.cause(), null));
        }
        // What was put right in the moment in which it became known was never believed.
        if (span.known().isBefore(known)) {
            superseded.add(new Superseded(hit, known));
        }
        put(new Span(hit.from(), hit.until(), known, document, cause, null));
    }

    private void put(Span span) {
        spans.put(span.from(), span);
    }

    /** Returns the beliefs that ended since the rows were loaded. */
    List<Superseded> superseded() {
        return superseded;
    }

    /** Returns the rows that no longer hold. */
    List<String> dead() {
        return dead;
    }

    /** Returns what no row holds yet. */
    List<Span> fresh() {
        return spans.values().stream().filter(span -> span.stored() == null).toList();
    }

    /**
     * Returns the end of what holds at a time, as long as it stays alike: the time from which another is known.
     *
     * @param like what of a document counts
     * @return null where it holds on
     */
    @Nullable
    Instant endOfRun(Instant time, UnaryOperator<@Nullable String> like) {
        Span here = at(time);
        String value = like.apply(here == null ? null : here.document());
        for (Span later : spans.tailMap(time, false).values()) {
            if (!Objects.equals(like.apply(later.document()), value)) {
                return later.from();
            }
        }
        return null;
    }
}
