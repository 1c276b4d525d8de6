package io.modelwatch.alerts.policy;

import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a policy sets; null is what it leaves to others.
 *
 * @param severity how much the change matters
 * @param grace how long after the change became known an alert waits
 * @param ignore true where the change raises nothing
 * @param acceptBaseline whether the change raises nothing where it is part of a first sighting
 * @param routes names of the ways on which the alert goes out
 * @param nextStep what to do about it
 */
record Effects(
        @Nullable Levels severity,
        @Nullable Grace grace,
        @Nullable Boolean ignore,
        @Nullable Boolean acceptBaseline,
        @Nullable List<String> routes,
        @Nullable Template nextStep) {

    /**
     * Severities by verdict.
     *
     * @param otherwise for every verdict that has none of its own
     */
    record Levels(Severity otherwise, Map<Verdict, Severity> own) {

        Severity of(Verdict verdict) {
            return own.getOrDefault(verdict, otherwise);
        }
    }

    /**
     * How long an alert waits: a span, or until a time that an expression says.
     *
     * @param span null where there is an expression
     * @param until null where there is a span
     */
    record Grace(@Nullable Duration span, @Nullable Expression until) {}
}
