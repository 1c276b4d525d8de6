package io.modelwatch.streams.mbom;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.ModelNames;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.streams.ChangeKinds;
import io.modelwatch.streams.Merged;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The provenance changes of a deployment: its own, and those that come up from its models. */
final class Provenance {

    private static final String SERVED = ".served";

    private static final Set<ChangeKind> OF_DEPLOYMENT = Set.of(
            ChangeKind.COMPONENT_ADDED,
            ChangeKind.COMPONENT_REMOVED,
            ChangeKind.MODEL_SWAPPED,
            ChangeKind.REVISION_MOVED,
            ChangeKind.HOSTING_MOVED,
            ChangeKind.ROUTING_CHANGED,
            ChangeKind.UNDECLARED_MODEL,
            ChangeKind.MENTIONS_CHANGED);

    private static final Set<ChangeKind> OF_MODEL = Set.of(
            ChangeKind.LICENSE_CHANGED,
            ChangeKind.LINEAGE_REDECLARED,
            ChangeKind.LINEAGE_INFERRED,
            ChangeKind.DATASETS_CHANGED,
            ChangeKind.ACCESS_CHANGED,
            ChangeKind.NAMESPACE_TAKEN_OVER,
            ChangeKind.EXECUTION_CONFIGURATION_CHANGED,
            ChangeKind.RETIREMENT_DATED);

    private Provenance() {}

    /**
     * Returns what changed in a deployment's own facts.
     *
     * @param before merged facts before, null where it was not known or gone
     * @param after merged facts now, null where it is gone
     * @param facts the record that brought them, with its changes
     */
    static List<ProvenanceChange> ofDeployment(
            @Nullable DeploymentFacts before, @Nullable DeploymentFacts after, SubjectFacts facts) {
        SortedMap<String, Object> was = Merged.fields(before);
        SortedMap<String, Object> is = Merged.fields(after);
        List<ProvenanceChange> changes = new ArrayList<>();
        for (String field : union(was, is)) {
            Object from = was.get(field);
            Object to = is.get(field);
            ChangeKind kind = ChangeKinds.ofBill(field, from, to);
            boolean firstHosting = kind == ChangeKind.HOSTING_MOVED && (before == null || after == null);
            if (Objects.equals(from, to)
                    || !OF_DEPLOYMENT.contains(kind)
                    || firstHosting
                    || partOfSwap(field, was, is)
                    || (kind == ChangeKind.ROUTING_CHANGED && !routing(field, before, after))) {
                continue;
            }
            Change trigger = trigger(field, facts.getChanges());
            if (trigger != null) {
                boolean own = field.equals(trigger.getField());
                if (kind == ChangeKind.MENTIONS_CHANGED && !own) {
                    // What a page named when it was read first is no change of the page.
                    continue;
                }
                String id = own ? trigger.getId() : Ids.change(trigger.getCorrelationId(), field);
                changes.add(change(id, kind, field, from, to, trigger, own ? null : trigger.getId()));
            }
        }
        return changes;
    }

    /**
     * Returns what comes up from a model to a deployment that runs it.
     *
     * @param before what was known of the model
     * @param after what is known now, with the changes between
     */
    static List<ProvenanceChange> ofModel(
            DeploymentFacts deployment, String model, @Nullable SubjectFacts before, SubjectFacts after) {
        ModelFacts known = Merged.model(before);
        if (known == null) {
            // What was unresolved resolves: a new claim, but nothing about the model changed.
            return List.of();
        }
        ModelFacts now = Merged.model(after);
        List<ProvenanceChange> changes = new ArrayList<>();
        for (DeployedModel component : deployment.getModels()) {
            if (!component.getId().equals(model)) {
                continue;
            }
            String path = ChangeKinds.MODELS + component.getRole() + ".";
            if (now == null) {
                Change trigger = trigger("", after.getChanges());
                if (trigger != null) {
                    changes.add(up(deployment, component, ChangeKind.REMOVED, path + "id", model, null, trigger));
                }
                continue;
            }
            SortedMap<String, Object> was = Merged.fields(known);
            SortedMap<String, Object> is = Merged.fields(now);
            for (String field : union(was, is)) {
                Change trigger = trigger(field, after.getChanges());
                if (trigger == null || Objects.equals(was.get(field), is.get(field))) {
                    continue;
                }
                ChangeKind kind = ChangeKinds.ofModel(field, was.get(field), is.get(field));
                if (trigger.getKind() == ChangeKind.LINEAGE_INFERRED) {
                    kind = ChangeKind.LINEAGE_INFERRED;
                } else if (field.equals("revision") && component.getRevision() == null) {
                    // It follows the model's head, so the head's move is its own.
                    kind = ChangeKind.REVISION_MOVED;
                } else if (!OF_MODEL.contains(kind)) {
                    continue;
                }
                changes.add(up(deployment, component, kind, path + field, was.get(field), is.get(field), trigger));
            }
        }
        return changes;
    }

    /**
     * Returns what comes up from the ancestors of a model to a deployment that runs it.
     *
     * @param before the ancestry that was known, null where there was none
     * @param after the ancestry now
     */
    static List<ProvenanceChange> ofLineage(
            DeploymentFacts deployment, String model, @Nullable Lineage before, @Nullable Lineage after) {
        if (before == null || after == null || !before.getKnown() || !after.getKnown()) {
            // What was unresolved resolves, or the model itself is gone, which is a change of its own.
            return List.of();
        }
        List<ProvenanceChange> changes = new ArrayList<>();
        for (DeployedModel component : deployment.getModels()) {
            if (component.getId().equals(model)) {
                LineageProvenance.add(deployment.getId(), component.getRole(), before, after, changes);
            }
        }
        return changes;
    }

    private static ProvenanceChange up(
            DeploymentFacts deployment,
            DeployedModel component,
            ChangeKind kind,
            String field,
            @Nullable Object before,
            @Nullable Object after,
            Change trigger) {
        String id = Ids.digest("provenance", deployment.getId(), component.getRole(), trigger.getId(), field);
        return change(id, kind, field, before, after, trigger, trigger.getId());
    }

    private static ProvenanceChange change(
            String id,
            ChangeKind kind,
            String field,
            @Nullable Object before,
            @Nullable Object after,
            Change trigger,
            @Nullable String cause) {
        return ProvenanceChange.newBuilder()
                .setId(id)
                .setKind(kind)
                .setField(field)
                .setBefore(before == null ? null : Canonical.json(before))
                .setAfter(after == null ? null : Canonical.json(after))
                .setEffectiveAt(trigger.getEffectiveAt())
                .setObservedAt(trigger.getObservedAt())
                .setCause(cause)
                .setCorrelationId(trigger.getCorrelationId())
                .setEvidence(trigger.getEvidence())
                .build();
    }

    /** The change behind a field: its own, else that of the whole subject, else whatever moved the precedence. */
    private static @Nullable Change trigger(String field, List<Change> changes) {
        for (Change change : changes) {
            if (field.equals(change.getField()) && change.getKind() != ChangeKind.CLAIMS_DISAGREE) {
                return change;
            }
        }
        for (Change change : changes) {
            if (change.getField() == null) {
                return change;
            }
        }
        return changes.isEmpty() ? null : changes.getFirst();
    }

    /**
     * Only what answers: that the usual name answers for the first time, or no more, is no change of the route, that another
     * answers than before is, and that what was not asked for does.
     */
    private static boolean routing(String field, @Nullable DeploymentFacts before, @Nullable DeploymentFacts after) {
        if (!field.endsWith(SERVED)) {
            return false;
        }
        String role = field.substring(ChangeKinds.MODELS.length(), field.length() - SERVED.length());
        DeployedModel was = model(before, role);
        DeployedModel is = model(after, role);
        String from = was == null ? null : was.getServed();
        String to = is == null ? null : is.getServed();
        boolean moved = from != null && to != null && !ModelNames.answers(from, to);
        return moved || rerouted(was) || rerouted(is);
    }

    private static boolean rerouted(@Nullable DeployedModel model) {
        return model != null
                && ModelNames.rerouted(model.getId(), model.getRequested(), model.getServed(), model.getServedModel());
    }

    private static @Nullable DeployedModel model(@Nullable DeploymentFacts facts, String role) {
        for (DeployedModel model : facts == null ? List.<DeployedModel>of() : facts.getModels()) {
            if (model.getRole().equals(role)) {
                return model;
            }
        }
        return null;
    }

    private static boolean partOfSwap(String field, Map<String, Object> before, Map<String, Object> after) {
        if (!field.startsWith(ChangeKinds.MODELS) || field.endsWith(".id")) {
            return false;
        }
        String id = field.substring(0, field.lastIndexOf('.')) + ".id";
        return !Objects.equals(before.get(id), after.get(id));
    }

    private static Set<String> union(SortedMap<String, Object> before, SortedMap<String, Object> after) {
        Set<String> fields = new TreeSet<>(before.keySet());
        fields.addAll(after.keySet());
        return fields;
    }
}
