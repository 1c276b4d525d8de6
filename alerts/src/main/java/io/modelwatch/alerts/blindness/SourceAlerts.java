package io.modelwatch.alerts.blindness;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.policy.Decision;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.TrackedChange;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The life of the alert about a source, one a source: it opens when the source is blind, closes when it sees again, and
 * reopens with the next blindness. Nobody approves blindness, so it has no verdict.
 */
final class SourceAlerts {

    private static final String SCOPE = "blindness";
    private static final String RECOVERED = "recovered";
    private static final String CLOSED_BY_PERSON = "closed_by_person";

    private final DriftConfig config;

    /** @param config whose policies say how much it matters and whether anybody is told */
    SourceAlerts(DriftConfig config) {
        this.config = config;
    }

    /** Returns what stands where an alert names the deployment: {@code source:<name>}. */
    static String place(String source) {
        return "source:" + source;
    }

    /** Returns the alert as it is while a source is blind; what was there before if nothing is to be told. */
    @Nullable
    Alert blind(String source, Blindness blindness, @Nullable Alert before, Instant now) {
        JudgedChange change = change(source, blindness);
        if (before != null && before.getState() == AlertState.CLOSED && settled(before, blindness)) {
            return before;
        }
        boolean asleep = before != null && before.getState() == AlertState.SUPPRESSED;
        if (before != null
                && before.getState() != AlertState.CLOSED
                && !(asleep && !now.isBefore(orNow(before.getSuppressedUntil(), now)))) {
            // An error that is told in other words each time is no news.
            return before;
        }
        Decision decision = decide(source, change, now);
        if (!decision.raises() || now.isBefore(decision.opensAt())) {
            return before;
        }
        boolean reopens = before != null && before.getState() == AlertState.CLOSED;
        return Alert.newBuilder()
                .setId(Ids.alert(place(source), source, SCOPE))
                .setDeployment(place(source))
                .setKinds(List.of(ChangeKind.SOURCE_BLIND))
                .setVerdict(Verdict.UNKNOWN)
                .setSeverity(decision.severity())
                .setState(AlertState.OPEN)
                .setOpenedAt(before == null ? now : before.getOpenedAt())
                .setUpdatedAt(now)
                .setReopened(before == null ? 0 : before.getReopened() + (reopens ? 1 : 0))
                .setChanges(List.of(change))
                .setPolicy(decision.policy())
                .setPolicyVersion(decision.version())
                .setPolicyFailures(decision.failures())
                .setRoutes(decision.routes())
                .setCause(place(source))
                .setNextStep(
                        decision.nextStep() == null
                                ? "Make " + source + " readable again: " + blindness.why()
                                : decision.nextStep())
                .setCorrelationId(change.getChange().getCorrelationId())
                .build();
    }

    /** Returns the alert as it is once a source sees again, or is no source any more. */
    static Alert over(Alert before, boolean known, Instant now) {
        if (before.getState() == AlertState.CLOSED) {
            return before;
        }
        return closed(before, known ? RECOVERED : "source_removed", now).build();
    }

    /** Does what a person asks for; returns what was there before where that changes nothing. */
    static Alert act(Alert before, AlertAction action, Instant now) {
        if (before.getState() == AlertState.CLOSED) {
            return before;
        }
        Alert.Builder after = Alert.newBuilder(before);
        switch (action.getAction()) {
            case ACKNOWLEDGE -> after.setState(AlertState.ACKNOWLEDGED).setSuppressedUntil(null);
            case SUPPRESS -> {
                if (action.getUntil() == null || !action.getUntil().isAfter(now)) {
                    return before;
                }
                after.setState(AlertState.SUPPRESSED).setSuppressedUntil(action.getUntil());
            }
            case CLOSE -> after = closed(before, CLOSED_BY_PERSON, now);
            case UNKNOWN -> {
                return before;
            }
        }
        return after.setAuthor(action.getAuthor())
                .setReason(action.getReason())
                .setUpdatedAt(now)
                .build();
    }

    private static Alert.Builder closed(Alert before, String reason, Instant now) {
        List<JudgedChange> changes = before.getChanges().stream()
                .map(one -> JudgedChange.newBuilder(one).setLive(false).build())
                .toList();
        return Alert.newBuilder(before)
                .setState(AlertState.CLOSED)
                .setChanges(changes)
                .setClosedAt(now)
                .setUpdatedAt(now)
                .setCloseReason(reason)
                .setAuthor(null)
                .setReason(null)
                .setSuppressedUntil(null)
                .setNextStep(null);
    }

    /** A person settled this very blindness; the next one is another. */
    private static boolean settled(Alert closed, Blindness blindness) {
        return CLOSED_BY_PERSON.equals(closed.getCloseReason())
                && closed.getChanges().stream()
                        .anyMatch(one -> one.getChange().getEffectiveAt().equals(blindness.since()));
    }

    private static Instant orNow(@Nullable Instant time, Instant now) {
        return time == null ? now : time;
    }

    private static JudgedChange change(String source, Blindness blindness) {
        String id = Ids.digest(SCOPE, source, blindness.since().toString());
        ProvenanceChange change = ProvenanceChange.newBuilder()
                .setId(id)
                .setKind(ChangeKind.SOURCE_BLIND)
                .setField("sight")
                .setBefore(Canonical.json("seeing"))
                .setAfter(Canonical.json("blind: " + blindness.why()))
                .setEffectiveAt(blindness.since())
                .setObservedAt(blindness.until())
                .setCorrelationId(id)
                .setEvidence(Evidence.newBuilder().setMethod("health").build())
                .build();
        return JudgedChange.newBuilder()
                .setChange(change)
                .setVerdict(Verdict.UNKNOWN)
                .setLive(true)
                .build();
    }

    private Decision decide(String source, JudgedChange change, Instant now) {
        DriftState state = DriftState.newBuilder()
                .setDeployment(place(source))
                .setModels(Map.of())
                .build();
        TrackedChange tracked =
                TrackedChange.newBuilder().setChange(change.getChange()).build();
        // To policies it is a change that nobody approved; a grace of approvals is none of blindness.
        Judgement judgement =
                new Judgement(tracked, Verdict.UNAPPROVED, false, true, false, null, null, null, List.of());
        return config.policies().decide(state, judgement, now, Duration.ZERO, false);
    }
}
