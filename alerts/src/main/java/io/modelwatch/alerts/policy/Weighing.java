package io.modelwatch.alerts.policy;

import io.modelwatch.alerts.policy.Effects.Grace;
import io.modelwatch.alerts.policy.Effects.Levels;
import io.modelwatch.schemas.avro.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks the policies one after the other. For each effect the first that sets it wins. One that cannot be evaluated counts
 * where it would raise more (a higher severity, a shorter grace, no ignoring, more routes) and nowhere else: an alert too
 * many says what is broken, an alert too few says nothing.
 */
final class Weighing {

    /** What holds where no policy sets a severity: enough to be looked at. */
    private static final Severity UNSET = Severity.MEDIUM;

    private static final String NOBODY = "none";
    private static final String BASELINE = "policies.baseline";

    /** Who sets one effect. */
    private static final class Slot<E> {

        private final Function<Effects, @Nullable E> effect;
        private @Nullable Policy set;
        /** Those before it that may or may not have set it. */
        private final List<Policy> doubtful = new ArrayList<>();

        private Slot(Function<Effects, @Nullable E> effect) {
            this.effect = effect;
        }

        private void offer(Policy policy, boolean failed) {
            if (set == null && effect.apply(policy.effects()) != null) {
                if (failed) {
                    doubtful.add(policy);
                } else {
                    set = policy;
                }
            }
        }

        private boolean isSet(E value) {
            return set != null && value.equals(effect.apply(set.effects()));
        }

        private boolean mayBe(E value) {
            return doubtful.stream().anyMatch(policy -> value.equals(effect.apply(policy.effects())));
        }
    }

    private final Subject subject;
    private final Map<String, Object> variables;
    private final List<String> failures = new ArrayList<>();
    private final List<String> logged = new ArrayList<>();
    private final Slot<Levels> severity = new Slot<>(Effects::severity);
    private final Slot<Grace> grace = new Slot<>(Effects::grace);
    private final Slot<Boolean> ignore = new Slot<>(Effects::ignore);
    private final Slot<Boolean> baseline = new Slot<>(Effects::acceptBaseline);
    private final Slot<List<String>> routes = new Slot<>(Effects::routes);
    private final Slot<Template> nextStep = new Slot<>(Effects::nextStep);

    Weighing(Subject subject, Map<String, Object> variables) {
        this.subject = subject;
        this.variables = variables;
    }

    /** Asks one policy; those of higher priority come first. */
    void ask(Policy policy) {
        boolean speaks = false;
        boolean failed = false;
        try {
            speaks = Boolean.TRUE.equals(policy.when().eval(variables));
        } catch (Expression.Failure e) {
            failed = true;
            if (policy.log()) {
                logged.add(policy.name() + " failed: " + e.getMessage());
            } else {
                fail(policy, e);
            }
        }
        if (policy.log()) {
            if (speaks) {
                logged.add(policy.name());
            }
        } else if (speaks || failed) {
            severity.offer(policy, failed);
            grace.offer(policy, failed);
            ignore.offer(policy, failed);
            baseline.offer(policy, failed);
            routes.offer(policy, failed);
            nextStep.offer(policy, failed);
        }
    }

    private void fail(Policy policy, Expression.Failure failure) {
        failures.add("policy " + policy.name() + " failed: " + failure.getMessage());
    }

    /**
     * Returns what came of it.
     *
     * @param defaultGrace where no policy sets a grace
     * @param acceptByDefault where no policy says whether a first sighting is a drift
     */
    Decision decide(Duration defaultGrace, boolean acceptByDefault) {
        Policy by = severity.set;
        Severity worst = by == null ? UNSET : level(by);
        for (Policy policy : severity.doubtful) {
            if (level(policy).compareTo(worst) > 0) {
                worst = level(policy);
                by = policy;
            }
        }
        String silencedBy = silencedBy(acceptByDefault);
        Instant opensAt = opensAt(defaultGrace);
        String step = step();
        return new Decision(
                worst,
                by == null ? NOBODY : by.name(),
                by == null ? "" : by.version(),
                silencedBy == null,
                silencedBy,
                opensAt,
                routes(),
                step,
                List.copyOf(logged),
                List.copyOf(failures));
    }

    private Severity level(Policy policy) {
        Levels levels = policy.effects().severity();
        return levels == null ? UNSET : levels.of(subject.judgement().verdict());
    }

    private @Nullable String silencedBy(boolean acceptByDefault) {
        Policy ignoring = ignore.set;
        if (ignoring != null && ignore.isSet(true) && !ignore.mayBe(false)) {
            return ignoring.name();
        }
        Policy accepting = baseline.set;
        boolean accepted = accepting == null ? acceptByDefault : baseline.isSet(true);
        if (!subject.tracked().getBaseline() || !accepted || baseline.mayBe(false)) {
            return null;
        }
        return accepting == null ? BASELINE : accepting.name();
    }

    private Instant opensAt(Duration defaultGrace) {
        Instant known = subject.change().getObservedAt();
        Instant opens = grace.set == null ? known.plus(defaultGrace) : end(grace.set, known);
        for (Policy policy : grace.doubtful) {
            Instant end = end(policy, known);
            opens = end.isBefore(opens) ? end : opens;
        }
        return opens;
    }

    private Instant end(Policy policy, Instant known) {
        Grace set = policy.effects().grace();
        if (set == null) {
            return known;
        }
        if (set.span() != null) {
            return known.plus(set.span());
        }
        Expression until = set.until();
        try {
            return until != null && until.eval(variables) instanceof Instant end && end.isAfter(known) ? end : known;
        } catch (Expression.Failure e) {
            fail(policy, e);
            return known;
        }
    }

    private @Nullable String step() {
        Policy policy = nextStep.set;
        Template template = policy == null ? null : policy.effects().nextStep();
        if (policy == null || template == null) {
            return null;
        }
        try {
            return template.fill(variables);
        } catch (Expression.Failure e) {
            fail(policy, e);
            return null;
        }
    }

    private List<String> routes() {
        TreeSet<String> names = new TreeSet<>();
        List<Policy> all = new ArrayList<>(routes.doubtful);
        if (routes.set != null) {
            all.add(routes.set);
        }
        for (Policy policy : all) {
            List<String> own = policy.effects().routes();
            if (own != null) {
                names.addAll(own);
            }
        }
        return List.copyOf(names);
    }
}
