package io.modelwatch.alerts;

import io.modelwatch.alerts.policy.Decision;
import io.modelwatch.alerts.policy.PolicySet;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.avro.DriftState;
import java.time.Duration;
import java.time.Instant;

/**
 * How the drift topology judges.
 *
 * @param baseline does a first sighting of a deployment count as drift, where no policy says it?
 * @param grace how long after a change became known an approval may come before an alert opens, where no policy says it
 * @param policies what a drift raises
 */
public record DriftConfig(Baseline baseline, Duration grace, PolicySet policies) {

    /** What a first sighting counts for. */
    public enum Baseline {
        DRIFT,
        ACCEPT
    }

    /** The design's defaults: a first sighting is drift, there is no grace, and the shipped policies hold. */
    public static final DriftConfig DEFAULT = new DriftConfig(Baseline.DRIFT, Duration.ZERO);

    /** Refuses a negative grace. */
    public DriftConfig {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("policies.grace: " + grace + " is negative; for example PT24H");
        }
    }

    /** With the shipped policies. */
    public DriftConfig(Baseline baseline, Duration grace) {
        this(baseline, grace, PolicySet.shipped());
    }

    /** Weighs one change that is a drift, at a time. */
    public Decision decide(DriftState state, Judgement judgement, Instant now) {
        return policies.decide(state, judgement, now, grace, acceptsBaseline());
    }

    /** Returns whether a first sighting raises nothing where no policy says otherwise. */
    public boolean acceptsBaseline() {
        return baseline == Baseline.ACCEPT;
    }
}
