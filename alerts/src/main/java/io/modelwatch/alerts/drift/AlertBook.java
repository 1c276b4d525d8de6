package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.NearestProcurement;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What judgements make of a deployment's alerts: one alert a cause, told of only when something about it changed. */
final class AlertBook {

    /** Everything of one cause in one deployment is one alert. */
    private static final String SCOPE = "provenance";

    private AlertBook() {}

    /**
     * Brings a deployment's alerts up to date.
     *
     * @param state holds the alerts; they are replaced
     * @return the alerts that changed, each as it is now
     */
    static List<Alert> update(DriftState state, List<Judgement> judgements, DriftConfig config, Instant now) {
        Map<String, List<Judgement>> byCause = new LinkedHashMap<>();
        for (Judgement judgement : judgements) {
            boolean accepted = config.baseline() == DriftConfig.Baseline.ACCEPT
                    && judgement.tracked().getBaseline();
            if (!accepted && !judgement.tracked().getChange().getLate()) {
                byCause.computeIfAbsent(cause(judgement.tracked().getChange()), unused -> new ArrayList<>())
                        .add(judgement);
            }
        }
        Map<String, Alert> alerts = new LinkedHashMap<>();
        state.getAlerts().forEach(alert -> alerts.put(alert.getCause(), alert));
        List<Alert> changed = new ArrayList<>();
        byCause.forEach((cause, group) -> {
            Alert before = alerts.get(cause);
            Alert after = alert(state, cause, group, before, config, now);
            if (after != null && !after.equals(before)) {
                alerts.put(cause, after);
                changed.add(after);
            }
        });
        state.setAlerts(new ArrayList<>(alerts.values()));
        return changed;
    }

    /** The change that led to it, else the observation: both changes of a first sighting have one cause. */
    static String cause(ProvenanceChange change) {
        return change.getCause() == null ? change.getCorrelationId() : change.getCause();
    }

    private static @Nullable Alert alert(
            DriftState state,
            String cause,
            List<Judgement> group,
            @Nullable Alert before,
            DriftConfig config,
            Instant now) {
        List<Judgement> drifting = group.stream()
                .filter(one -> one.live() && !one.approved())
                .filter(one ->
                        !now.isBefore(one.tracked().getChange().getObservedAt().plus(config.grace())))
                .toList();
        if (drifting.isEmpty()) {
            return before == null || before.getState() == AlertState.CLOSED ? before : closed(before, group, now);
        }
        Judgement worst = drifting.getFirst();
        Severity severity = Severity.UNKNOWN;
        for (Judgement one : drifting) {
            Severity its = DefaultPolicy.severity(one.tracked().getChange().getKind(), one.verdict());
            if (its.ordinal() > severity.ordinal()) {
                severity = its;
                worst = one;
            }
        }
        Alert after = Alert.newBuilder()
                .setId(Ids.alert(state.getDeployment(), cause, SCOPE))
                .setDeployment(state.getDeployment())
                .setVendor(state.getVendor())
                .setOwner(state.getOwner())
                .setKinds(kinds(group))
                .setVerdict(worst.verdict())
                .setSeverity(severity)
                .setState(AlertState.OPEN)
                .setOpenedAt(now)
                .setUpdatedAt(now)
                .setChanges(judged(group))
                .setNearestProcurement(
                        worst.nearest() == null
                                ? null
                                : new NearestProcurement(worst.nearest(), String.valueOf(worst.whyNot())))
                .setPolicy(DefaultPolicy.NAME)
                .setPolicyVersion(DefaultPolicy.VERSION)
                .setCause(cause)
                .setNextStep(nextStep(worst.verdict()))
                .setCorrelationId(worst.tracked().getChange().getCorrelationId())
                .setMbomRevision(state.getRevision())
                .build();
        if (before == null) {
            return after;
        }
        boolean reopened = before.getState() == AlertState.CLOSED;
        after.setOpenedAt(before.getOpenedAt());
        after.setReopened(before.getReopened() + (reopened ? 1 : 0));
        if (!reopened) {
            after.setState(before.getState());
        }
        // The revision and the time of judging move on by themselves; that alone is no news.
        Alert same = Alert.newBuilder(after)
                .setUpdatedAt(before.getUpdatedAt())
                .setMbomRevision(before.getMbomRevision())
                .build();
        return same.equals(before) ? before : after;
    }

    private static Alert closed(Alert before, List<Judgement> group, Instant now) {
        boolean approvedLate = false;
        boolean reverted = false;
        boolean superseded = false;
        Verdict verdict = Verdict.APPROVED;
        for (Judgement one : group) {
            if (one.live()) {
                approvedLate |= one.verdict() == Verdict.APPROVED_LATE;
            } else {
                reverted |= one.reverted();
                superseded |= !one.reverted();
            }
        }
        if (approvedLate) {
            verdict = Verdict.APPROVED_LATE;
        }
        boolean approved = group.stream().anyMatch(Judgement::live);
        String reason = approved
                ? approvedLate ? "approved_late" : "approved"
                : reverted && !superseded ? "reverted" : "superseded";
        return Alert.newBuilder(before)
                .setState(AlertState.CLOSED)
                .setVerdict(approved ? verdict : before.getVerdict())
                .setChanges(judged(group))
                .setKinds(kinds(group))
                .setUpdatedAt(now)
                .setClosedAt(now)
                .setCloseReason(reason)
                .setNearestProcurement(approved ? null : before.getNearestProcurement())
                .setNextStep(null)
                .build();
    }

    private static List<ChangeKind> kinds(List<Judgement> group) {
        return group.stream()
                .map(one -> one.tracked().getChange().getKind())
                .distinct()
                .sorted()
                .toList();
    }

    private static List<JudgedChange> judged(List<Judgement> group) {
        List<JudgedChange> judged = new ArrayList<>();
        for (Judgement one : group) {
            judged.add(JudgedChange.newBuilder()
                    .setChange(one.tracked().getChange())
                    .setVerdict(one.verdict())
                    .setLive(one.live())
                    .setBy(one.by())
                    .build());
        }
        return judged;
    }

    private static String nextStep(Verdict verdict) {
        return switch (verdict) {
            case EXPIRED -> "Renew the approval, or take the change back.";
            case REVOKED -> "The approval was taken back: take the change back, or have it approved anew.";
            case EXHAUSTED -> "The one-time ticket is used up: open another, or take the change back.";
            default -> "Find out who made the change; have it approved, or take it back.";
        };
    }
}
