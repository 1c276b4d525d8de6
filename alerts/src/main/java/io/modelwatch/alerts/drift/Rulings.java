package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.policy.Decision;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.avro.DriftState;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the policies say of each change of a deployment that is a drift. The others are not asked about. */
final class Rulings {

    private final Map<String, Decision> byChange = new HashMap<>();
    private final boolean acceptsBaseline;
    private final @Nullable Instant nextBoundary;

    private Rulings(boolean acceptsBaseline, @Nullable Instant nextBoundary) {
        this.acceptsBaseline = acceptsBaseline;
        this.nextBoundary = nextBoundary;
    }

    static Rulings of(DriftState state, List<Judgement> judgements, Instant now, DriftConfig config) {
        Rulings rulings =
                new Rulings(config.acceptsBaseline(), config.policies().nextBoundary(now));
        for (Judgement judgement : judgements) {
            if (judgement.live() && !judgement.approved()) {
                rulings.byChange.put(id(judgement), config.decide(state, judgement, now));
            }
        }
        return rulings;
    }

    /** Returns whether a change has a part in alerts at all. */
    boolean counts(Judgement judgement) {
        Decision decision = byChange.get(id(judgement));
        return decision == null ? !(acceptsBaseline && judgement.tracked().getBaseline()) : decision.raises();
    }

    /** Returns what is said of a change; empty where it is no drift. */
    Optional<Decision> of(String change) {
        return Optional.ofNullable(byChange.get(change));
    }

    /** Returns what is said of a change that is a drift. */
    Decision of(Judgement judgement) {
        return of(id(judgement)).orElseThrow();
    }

    /**
     * Returns when time alone may next change what is raised: a grace ends, or a policy comes into force or goes out of
     * it.
     */
    Optional<Instant> next(Instant now) {
        Optional<Instant> grace = byChange.values().stream()
                .filter(Decision::raises)
                .map(Decision::opensAt)
                .filter(end -> end.isAfter(now))
                .min(Comparator.naturalOrder());
        if (byChange.isEmpty() || nextBoundary == null) {
            return grace;
        }
        return grace.filter(end -> end.isBefore(nextBoundary)).or(() -> Optional.of(nextBoundary));
    }

    private static String id(Judgement judgement) {
        return judgement.tracked().getChange().getId();
    }
}
