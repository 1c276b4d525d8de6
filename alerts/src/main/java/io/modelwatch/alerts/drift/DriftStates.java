package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.verdict.Judge;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.alerts.verdict.Values;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.KnownAncestor;
import io.modelwatch.schemas.avro.KnownModel;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.RunningComponent;
import io.modelwatch.schemas.avro.TrackedChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is kept of a deployment: how a revision of its MBOM goes in, and which alerts leave again. */
final class DriftStates {

    /** Nearest ancestors kept a model that runs, for policies over the lineage. */
    private static final int ANCESTORS = 32;

    private static final String MODELS = "models.";
    private static final String HOSTING = "hosting";

    private DriftStates() {}

    /** Returns the state of a deployment that was never seen. */
    static DriftState empty(String deployment) {
        return DriftState.newBuilder().setDeployment(deployment).build();
    }

    /**
     * Takes a revision in. One that was seen already changes nothing.
     *
     * @param past what is known of a model that ran before, null for nothing
     */
    static void learn(DriftState state, Mbom mbom, Function<String, @Nullable KnownModel> past) {
        if (mbom.getRevision() <= state.getRevision()) {
            return;
        }
        state.setRevision(mbom.getRevision());
        state.setType(mbom.getType());
        state.setVendor(mbom.getVendor());
        state.setOwner(mbom.getOwner());
        state.setComponents(
                mbom.getComponents().stream().map(DriftStates::running).toList());
        Map<String, KnownModel> models = new HashMap<>(state.getModels());
        // Ancestors are for policies alone, and those look at what runs.
        models.replaceAll((id, known) -> known.getAncestors().isEmpty()
                ? known
                : KnownModel.newBuilder(known).setAncestors(List.of()).build());
        for (Component component : mbom.getComponents()) {
            models.put(component.getModel(), known(component));
        }
        state.setModels(models);

        List<TrackedChange> changes = new ArrayList<>(state.getChanges());
        if (mbom.getRemoved()) {
            // What is gone runs nowhere: the removals of its components say so, and of its hosting nothing does.
            Instant gone = mbom.getChanges().stream()
                    .map(ProvenanceChange::getEffectiveAt)
                    .max(Comparator.naturalOrder())
                    .orElse(mbom.getAt());
            changes.stream()
                    .filter(tracked -> tracked.getChange().getField().equals(HOSTING) && tracked.getEndedAt() == null)
                    .forEach(tracked -> tracked.setEndedAt(gone));
        }
        Set<String> seen = changes.stream()
                .map(tracked -> tracked.getChange().getId())
                .collect(Collectors.toCollection(HashSet::new));
        for (ProvenanceChange change : mbom.getChanges()) {
            // Late ones are on record elsewhere; they move no state and raise nothing.
            if (!change.getLate() && seen.add(change.getId())) {
                TrackedChange tracked = TrackedChange.newBuilder()
                        .setChange(change)
                        .setBaseline(mbom.getRevision() == 1 && change.getKind() == ChangeKind.COMPONENT_ADDED)
                        .setConcerned(concerned(change, mbom))
                        .setHosting(mbom.getHosting())
                        .build();
                changes.add(tracked);
                for (String model : tracked.getConcerned()) {
                    KnownModel known = models.containsKey(model) ? null : past.apply(model);
                    if (known != null) {
                        models.put(model, known);
                    }
                }
                known(state, change.getObservedAt());
            }
        }
        known(state, mbom.getAt());
        changes.sort(Judge.ORDER);
        state.setChanges(changes);
        last(state);
    }

    private static void known(DriftState state, Instant at) {
        Instant before = state.getKnownAt();
        state.setKnownAt(before != null && before.isAfter(at) ? before : at);
    }

    /** Notes the last of all changes, for when it has gone into the past. */
    private static void last(DriftState state) {
        if (state.getChanges().isEmpty()) {
            return;
        }
        ProvenanceChange newest = state.getChanges().getLast().getChange();
        if (comesAfterLast(state, newest)) {
            state.setLastEffectiveAt(newest.getEffectiveAt());
            state.setLastChange(newest.getId());
        }
    }

    /** Returns whether a change comes after the last one that was noted, in {@link Judge#ORDER}; any does where none was. */
    static boolean comesAfterLast(DriftState state, ProvenanceChange change) {
        Instant lastEffectiveAt = state.getLastEffectiveAt();
        String last = state.getLastChange();
        if (lastEffectiveAt == null || last == null) {
            return true;
        }
        int order = change.getEffectiveAt().compareTo(lastEffectiveAt);
        return order > 0 || (order == 0 && change.getId().compareTo(last) > 0);
    }

    /**
     * Drops alerts that are closed and can open no more: what is no longer live never is again.
     *
     * @param judgements of its changes
     */
    static void forgetAlerts(DriftState state, List<Judgement> judgements) {
        Set<String> live = judgements.stream()
                .filter(Judgement::live)
                .map(judgement ->
                        Alerts.id(state.getDeployment(), judgement.tracked().getChange()))
                .collect(Collectors.toSet());
        List<Alert> needed = new ArrayList<>(state.getAlerts());
        needed.removeIf(alert -> alert.getState() == AlertState.CLOSED && !live.contains(alert.getId()));
        state.setAlerts(needed);
        Map<String, List<String>> accepted = new HashMap<>(state.getAccepted());
        accepted.keySet().retainAll(needed.stream().map(Alert::getId).collect(Collectors.toSet()));
        state.setAccepted(accepted);
    }

    private static KnownModel known(Component component) {
        return KnownModel.newBuilder()
                .setLicense(component.getLicense())
                .setOrigins(component.getOrigins())
                .setAncestors(component.getAncestry().stream()
                        .limit(ANCESTORS)
                        .map(ancestor -> KnownAncestor.newBuilder()
                                .setId(ancestor.getId())
                                .setRelation(ancestor.getRelation())
                                .setDepth(ancestor.getDepth())
                                .setLicense(ancestor.getLicense())
                                .build())
                        .toList())
                .build();
    }

    private static RunningComponent running(Component component) {
        return RunningComponent.newBuilder()
                .setRole(component.getRole())
                .setModel(component.getModel())
                .setRevision(component.getRevision())
                .setRequested(component.getRequested())
                .setServed(component.getServed())
                .setServedModel(component.getServedModel())
                .build();
    }

    /**
     * The incoming model, the outgoing one where nothing comes in; for hosting, every model; for what a page names, the models that
     * it names now and did not before. Where another answers than was
     * asked for, it is the one that comes in: an approval of what was asked for says nothing of it.
     */
    private static List<String> concerned(ProvenanceChange change, Mbom mbom) {
        String field = change.getField();
        if (change.getKind() == ChangeKind.MENTIONS_CHANGED) {
            return Values.added(change).stream()
                    .filter(name -> name.startsWith("pkg:"))
                    .toList();
        }
        if (!field.startsWith(MODELS)) {
            return mbom.getComponents().stream()
                    .map(Component::getModel)
                    .distinct()
                    .toList();
        }
        int end = field.indexOf('.', MODELS.length());
        if (field.substring(end + 1).equals("id")) {
            String model = Values.text(change.getAfter() == null ? change.getBefore() : change.getAfter());
            return model == null ? List.of() : List.of(model);
        }
        String role = field.substring(MODELS.length(), end);
        boolean served = field.substring(end + 1).equals("served");
        return mbom.getComponents().stream()
                .filter(component -> component.getRole().equals(role))
                .map(component -> served && component.getServedModel() != null
                        ? component.getServedModel()
                        : component.getModel())
                .toList();
    }
}
