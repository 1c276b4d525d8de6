package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.policy.Decision;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.NearestProcurement;
import io.modelwatch.schemas.avro.ProcurementRef;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The life of alerts: one a deployment and cause, which opens, closes and reopens as its changes are judged. */
final class Alerts {

    /** Part of an alert's id: what else may be alerted on of one cause (routing, behaviour) gets a scope of its own. */
    private static final String SCOPE = "provenance";

    /** Procurement events that an alert names. */
    private static final int PROCUREMENT = 10;

    private static final String CLOSED_BY_PERSON = "closed_by_person";

    /** From harmless to worst. */
    private static final List<Verdict> WORSE = List.of(
            Verdict.UNKNOWN,
            Verdict.APPROVED,
            Verdict.APPROVED_LATE,
            Verdict.EXPIRED,
            Verdict.EXHAUSTED,
            Verdict.REVOKED,
            Verdict.UNAPPROVED);

    /** From harmless to worst. */
    static final Comparator<Verdict> WORSE_VERDICT = Comparator.comparingInt(WORSE::indexOf);

    /** From harmless to worst. */
    static final Comparator<JudgedChange> BY_VERDICT_OF_CHANGE =
            Comparator.comparing(JudgedChange::getVerdict, WORSE_VERDICT);

    private static final Comparator<Judgement> BY_VERDICT = Comparator.comparing(Judgement::verdict, WORSE_VERDICT);

    private Alerts() {}

    /**
     * An alert that changed visibly.
     *
     * @param before how it was, null where this is the first that is heard of it
     */
    record Update(Alert alert, @Nullable Alert before) {

        boolean created() {
            return before == null;
        }

        /** Returns the group that it belonged to and belongs to no longer, or null. */
        @Nullable
        String leftGroup() {
            return before == null
                            || before.getGroup() == null
                            || before.getGroup().equals(alert.getGroup())
                    ? null
                    : before.getGroup();
        }
    }

    /** Returns the id of the alert that a change belongs to. */
    static String id(String deployment, ProvenanceChange change) {
        return Ids.alert(deployment, cause(change), SCOPE);
    }

    /** Moves a deployment's alerts on and returns those that changed visibly, in the order of their changes. */
    static List<Update> advance(DriftState state, List<Judgement> judgements, Instant now, Rulings rulings) {
        Map<String, Alert> alerts = new LinkedHashMap<>();
        state.getAlerts().forEach(alert -> alerts.put(alert.getId(), alert));
        Map<String, List<Judgement>> groups = new LinkedHashMap<>();
        // An alert whose changes were all dropped has an empty group, so that it ends.
        state.getAlerts().forEach(alert -> groups.put(alert.getId(), new ArrayList<>()));
        Set<String> passedOver = new HashSet<>();
        for (Judgement judgement : judgements) {
            String alert = id(state.getDeployment(), judgement.tracked().getChange());
            if (rulings.counts(judgement)) {
                groups.computeIfAbsent(alert, id -> new ArrayList<>()).add(judgement);
            } else {
                passedOver.add(alert);
            }
        }
        List<Update> updates = new ArrayList<>();
        groups.forEach((id, group) -> {
            Alert before = alerts.get(id);
            Alert after = next(state, id, before, group, passedOver.contains(id), now, rulings);
            if (after != null && !after.equals(before)) {
                alerts.put(id, after);
                updates.add(new Update(after, before));
            }
        });
        state.setAlerts(new ArrayList<>(alerts.values()));
        return updates;
    }

    /**
     * Does with an alert what a person asks for.
     *
     * @return what became of it, or null where that changes nothing: a closed one stays closed
     */
    static @Nullable Update act(DriftState state, AlertAction action, Instant now) {
        List<Alert> alerts = new ArrayList<>(state.getAlerts());
        int at = IntStream.range(0, alerts.size())
                .filter(i -> alerts.get(i).getId().equals(action.getAlert()))
                .findFirst()
                .orElse(-1);
        if (at < 0 || alerts.get(at).getState() == AlertState.CLOSED) {
            return null;
        }
        Alert before = alerts.get(at);
        Alert after = Alert.newBuilder(before)
                .setAuthor(action.getAuthor())
                .setReason(action.getReason())
                .build();
        switch (action.getAction()) {
            case ACKNOWLEDGE -> {
                after.setState(AlertState.ACKNOWLEDGED);
                after.setSuppressedUntil(null);
            }
            case SUPPRESS -> {
                if (action.getUntil() == null || !action.getUntil().isAfter(now)) {
                    return null;
                }
                after.setState(AlertState.SUPPRESSED);
                after.setSuppressedUntil(action.getUntil());
            }
            case CLOSE -> {
                after.setState(AlertState.CLOSED);
                after.setSuppressedUntil(null);
                after.setClosedAt(now);
                after.setCloseReason(CLOSED_BY_PERSON);
                after.setNextStep(null);
                accept(state, before);
            }
            case UNKNOWN -> {
                return null;
            }
        }
        if (after.equals(before)) {
            return null;
        }
        after.setUpdatedAt(now);
        alerts.set(at, after);
        state.setAlerts(alerts);
        return new Update(after, before);
    }

    /** What a person has closed raises nothing any more, until it was approved and that is lost. */
    private static void accept(DriftState state, Alert alert) {
        Map<String, List<String>> accepted = new HashMap<>(state.getAccepted());
        accepted.put(
                alert.getId(),
                alert.getChanges().stream()
                        .filter(judged -> judged.getLive() && !Judgement.approved(judged.getVerdict()))
                        .map(judged -> judged.getChange().getId())
                        .toList());
        state.setAccepted(accepted);
    }

    /** Returns when the next suppression ends, if there is one. */
    static Optional<Instant> nextSuppressionEnd(DriftState state) {
        return state.getAlerts().stream()
                .filter(alert -> alert.getState() == AlertState.SUPPRESSED)
                .map(Alert::getSuppressedUntil)
                .flatMap(Stream::ofNullable)
                .min(Comparator.naturalOrder());
    }

    private static @Nullable Alert next(
            DriftState state,
            String id,
            @Nullable Alert before,
            List<Judgement> group,
            boolean passedOver,
            Instant now,
            Rulings rulings) {
        boolean open = before != null && before.getState() != AlertState.CLOSED;
        List<Judgement> live = group.stream().filter(Judgement::live).toList();
        List<Judgement> drifting =
                live.stream().filter(judgement -> !judgement.approved()).toList();
        // What a policy passes over for a while is a drift still, and stays settled.
        if (before != null && !open && !(drifting.isEmpty() && passedOver)) {
            drifting = withoutAccepted(state, id, drifting);
        }
        if (drifting.isEmpty()) {
            if (before == null || !open) {
                return before;
            }
            String reason = live.isEmpty() && passedOver ? "ignored" : closeReason(group, live);
            return closed(before, group, live, state, reason, now);
        }
        boolean due = drifting.stream()
                .anyMatch(judgement -> !now.isBefore(rulings.of(judgement).opensAt()));
        return open || due ? opened(state, id, before, group, drifting, rulings, now) : before;
    }

    /** Of a closed alert, the drifts that its closing did not settle. What is a drift no more is no longer settled. */
    private static List<Judgement> withoutAccepted(DriftState state, String id, List<Judgement> drifting) {
        List<String> settled = state.getAccepted().get(id);
        if (settled == null) {
            return drifting;
        }
        List<String> still = new ArrayList<>();
        List<Judgement> fresh = new ArrayList<>();
        for (Judgement judgement : drifting) {
            String change = judgement.tracked().getChange().getId();
            if (settled.contains(change)) {
                still.add(change);
            } else {
                fresh.add(judgement);
            }
        }
        Map<String, List<String>> accepted = new HashMap<>(state.getAccepted());
        if (still.isEmpty() || !fresh.isEmpty()) {
            accepted.remove(id);
        } else {
            accepted.put(id, still);
        }
        state.setAccepted(accepted);
        return fresh.isEmpty() ? fresh : drifting;
    }

    private static Alert opened(
            DriftState state,
            String id,
            @Nullable Alert before,
            List<Judgement> group,
            List<Judgement> drifting,
            Rulings rulings,
            Instant now) {
        List<Decision> decisions = drifting.stream().map(rulings::of).toList();
        // The first of the gravest, so that policy and next step are those of one change.
        Judgement gravest = drifting.stream()
                .max(Comparator.comparing(judgement -> rulings.of(judgement).severity()))
                .orElseThrow();
        Decision decision = rulings.of(gravest);
        Judgement worst = drifting.stream().max(BY_VERDICT).orElseThrow();
        ProvenanceChange first = group.getFirst().tracked().getChange();
        boolean reopens = before != null && before.getState() == AlertState.CLOSED;
        boolean wakes = before != null
                && before.getState() == AlertState.SUPPRESSED
                && (before.getSuppressedUntil() == null
                        || !before.getSuppressedUntil().isAfter(now));
        Alert handled = reopens || wakes ? null : before;
        Alert.Builder alert = Alert.newBuilder()
                .setId(id)
                .setDeployment(state.getDeployment())
                .setVendor(state.getVendor())
                .setOwner(state.getOwner())
                .setKinds(kinds(group))
                .setVerdict(worst.verdict())
                .setDisclosed(drifting.stream().allMatch(Judgement::disclosed))
                .setSeverity(decision.severity())
                .setState(handled == null ? AlertState.OPEN : handled.getState())
                .setAuthor(handled == null ? null : handled.getAuthor())
                .setReason(handled == null ? null : handled.getReason())
                .setSuppressedUntil(handled == null ? null : handled.getSuppressedUntil())
                .setOpenedAt(before == null ? now : before.getOpenedAt())
                .setUpdatedAt(before == null ? now : before.getUpdatedAt())
                .setReopened(before == null ? 0 : before.getReopened() + (reopens ? 1 : 0))
                .setChanges(judged(group))
                .setNearestProcurement(nearest(worst))
                .setProcurement(procurement(group))
                .setMbomRevision(before == null ? state.getRevision() : before.getMbomRevision())
                .setPolicy(decision.policy())
                .setPolicyVersion(decision.version())
                .setPolicyFailures(distinct(decisions, Decision::failures))
                .setRoutes(distinct(decisions, Decision::routes))
                .setCause(cause(first))
                .setNextStep(decision.nextStep() == null ? nextStep(worst) : decision.nextStep())
                .setCorrelationId(first.getCorrelationId());
        Alert after = alert.build();
        GroupCause common = GroupCause.of(after);
        after.setGroup(common == null ? null : common.id());
        if (before != null && !after.equals(before)) {
            // Only now: a later look that sees the same is no update.
            after.setUpdatedAt(now);
            after.setMbomRevision(state.getRevision());
        }
        return after;
    }

    private static Alert closed(
            Alert before, List<Judgement> group, List<Judgement> live, DriftState state, String reason, Instant now) {
        List<Judgement> deciding = live.isEmpty() ? group : live;
        Alert alert = copy(before);
        alert.setState(AlertState.CLOSED);
        alert.setClosedAt(now);
        alert.setUpdatedAt(now);
        alert.setMbomRevision(state.getRevision());
        alert.setCloseReason(reason);
        alert.setAuthor(null);
        alert.setReason(null);
        alert.setSuppressedUntil(null);
        alert.setNearestProcurement(null);
        alert.setNextStep(null);
        if (!group.isEmpty()) {
            alert.setKinds(kinds(group));
            alert.setChanges(judged(group));
            alert.setProcurement(procurement(group));
            alert.setVerdict(deciding.stream().max(BY_VERDICT).orElseThrow().verdict());
        }
        return alert;
    }

    /** A builder would copy all that is in it, too, and nothing here changes that. */
    private static Alert copy(Alert alert) {
        Alert copy = new Alert();
        alert.getSchema().getFields().forEach(field -> copy.put(field.pos(), alert.get(field.pos())));
        return copy;
    }

    private static String closeReason(List<Judgement> group, List<Judgement> live) {
        if (!live.isEmpty()) {
            return live.stream().anyMatch(judgement -> judgement.verdict() == Verdict.APPROVED_LATE)
                    ? "approved_late"
                    : "approved";
        }
        return !group.isEmpty() && group.stream().allMatch(Judgement::reverted) ? "reverted" : "superseded";
    }

    private static List<String> distinct(List<Decision> decisions, Function<Decision, List<String>> part) {
        return decisions.stream()
                .flatMap(decision -> part.apply(decision).stream())
                .distinct()
                .sorted()
                .toList();
    }

    private static String cause(ProvenanceChange change) {
        return change.getCause() == null ? change.getCorrelationId() : change.getCause();
    }

    private static List<ChangeKind> kinds(List<Judgement> group) {
        return group.stream()
                .map(judgement -> judgement.tracked().getChange().getKind())
                .distinct()
                .toList();
    }

    private static List<ProcurementRef> procurement(List<Judgement> group) {
        return group.stream()
                .flatMap(judgement -> judgement.procurement().stream())
                .distinct()
                .limit(PROCUREMENT)
                .toList();
    }

    private static List<JudgedChange> judged(List<Judgement> group) {
        return group.stream().map(Alerts::judged).toList();
    }

    /** Returns a judged change as alerts and verdicts carry it. */
    static JudgedChange judged(Judgement judgement) {
        return JudgedChange.newBuilder()
                .setChange(judgement.tracked().getChange())
                .setVerdict(judgement.verdict())
                .setLive(judgement.live())
                .setBy(judgement.by())
                .setDisclosed(judgement.disclosed())
                .build();
    }

    private static @Nullable NearestProcurement nearest(Judgement judgement) {
        String event = judgement.nearest();
        String whyNot = judgement.whyNot();
        return event == null || whyNot == null ? null : new NearestProcurement(event, whyNot);
    }

    private static String nextStep(Judgement judgement) {
        return switch (judgement.verdict()) {
            case EXPIRED -> "Renew " + judgement.by() + " or take the change back";
            case EXHAUSTED -> "Ask for a new one-time event: " + judgement.by() + " is used up";
            case REVOKED -> "Take the change back, or ask why " + judgement.by() + " was revoked";
            default -> "Ask the owner of the deployment for an approval, or take the change back";
        };
    }
}
