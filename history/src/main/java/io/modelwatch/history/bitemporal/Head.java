package io.modelwatch.history.bitemporal;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far the timelines of a deployment have come. Facts are told in the order in which their observations came in, which
 * the timestamps of records keep; of one moment revisions go before late facts, and those by their id. A fact from before
 * the last has the timelines made anew: the rows are the same in whatever order topics are read.
 *
 * <p>A fact is known from its own time of becoming known on, but never from before what was known already: what was
 * answered as known at some time stays the answer.
 *
 * @param revision the last revision
 * @param revised when that came in: never before the one in front of it
 * @param arrived when the last fact of all came in
 * @param late id of the last fact where it is a late one, else empty
 * @param known when the last fact of all became known
 */
record Head(long revision, Instant revised, Instant arrived, String late, Instant known) {

    static final Head NONE = new Head(0, Instant.MIN, Instant.MIN, "", Instant.MIN);

    Instant known(Bill bill) {
        return later(bill.at(), known);
    }

    Instant known(LateFact fact) {
        return later(fact.known(), known);
    }

    /** Returns whether a revision comes after all that there is. */
    boolean precedes(Bill bill) {
        int order = arrived(bill).compareTo(arrived);
        return bill.revision() > revision && (order > 0 || (order == 0 && late.isEmpty()));
    }

    /** Returns whether a late fact comes after all that there is. */
    boolean precedes(LateFact fact) {
        int order = fact.arrived().compareTo(arrived);
        return order > 0 || (order == 0 && fact.id().compareTo(late) > 0);
    }

    Head after(Bill bill) {
        return new Head(bill.revision(), arrived(bill), arrived(bill), "", known(bill));
    }

    Head after(LateFact fact) {
        return new Head(revision, revised, fact.arrived(), fact.id(), known(fact));
    }

    /** Returns whether a revision comes before a late fact; one of them at most is null. */
    boolean isFirst(@Nullable Bill bill, @Nullable LateFact fact) {
        return fact == null || (bill != null && !fact.arrived().isBefore(arrived(bill)));
    }

    private Instant arrived(Bill bill) {
        return later(bill.arrived(), revised);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isBefore(other) ? other : one;
    }
}
