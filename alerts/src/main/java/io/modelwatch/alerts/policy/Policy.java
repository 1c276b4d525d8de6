package io.modelwatch.alerts.policy;

import java.time.Instant;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * One policy, compiled.
 *
 * @param place where it stands
 * @param shipped whether it comes with modelwatch
 * @param description what it is for, in words; may be empty
 * @param log whether it only reports, and never acts
 * @param priority the higher goes first
 * @param from when it comes into force; null where it always was
 * @param until when it goes out of force; null where it never does
 * @param when whether it speaks of a change
 */
record Policy(
        String name,
        String version,
        Place place,
        boolean shipped,
        String description,
        boolean log,
        int priority,
        @Nullable Instant from,
        @Nullable Instant until,
        Expression when,
        Effects effects) {

    /** The order in which policies are asked: for each effect, the first that sets it wins. */
    static final Comparator<Policy> ORDER =
            Comparator.comparingInt(Policy::priority).reversed().thenComparing(Policy::name);

    /** The same rule as for procurement events. */
    boolean inForce(Instant at) {
        return (from == null || !from.isAfter(at)) && (until == null || at.isBefore(until));
    }
}
