package io.modelwatch.streams.mbom;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageCause;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.streams.Ancestors;
import io.modelwatch.streams.ChangeKinds;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What two successive ancestries of one component differ in, as provenance changes: each with its path and cause. */
final class LineageProvenance {

    /** Most ids that before and after of a whole ancestry name. */
    private static final int MAX_NAMED = 100;

    private final String deployment;
    private final String role;
    private final List<ProvenanceChange> changes;

    private LineageProvenance(String deployment, String role, List<ProvenanceChange> changes) {
        this.deployment = deployment;
        this.role = role;
        this.changes = changes;
    }

    static void add(String deployment, String role, Lineage before, Lineage after, List<ProvenanceChange> changes) {
        LineageCause cause = Ancestors.cause(before, after);
        if (cause != null) {
            LineageProvenance one = new LineageProvenance(deployment, role, changes);
            one.whole(before, after, cause);
            one.each(before, after, cause);
        }
    }

    private void whole(Lineage before, Lineage after, LineageCause cause) {
        if (Ancestors.originMoved(before, after)) {
            Ancestor root = Ancestors.newRoot(before, after);
            List<ParentRef> path = root == null ? List.of() : root.getPath();
            add(
                    guessed(before, after) ? ChangeKind.LINEAGE_INFERRED : ChangeKind.ORIGIN_CHANGED,
                    "origins",
                    Ancestors.countries(before),
                    Ancestors.countries(after),
                    path,
                    cause);
        }
        // Another list of parents is the model's own change and comes with its facts.
        if (before.getParents().equals(after.getParents()) && moved(before, after)) {
            Ancestor because = because(after, cause);
            add(
                    guessed(before, after) ? ChangeKind.LINEAGE_INFERRED : ChangeKind.ANCESTRY_CHANGED,
                    "ancestry",
                    named(before),
                    named(after),
                    because == null ? List.of() : because.getPath(),
                    cause);
        }
    }

    /**
     * True where only what stands upon a guess came or went: that is told as a guess too, and as no known move. An ancestry
     * that begins with an inferred parent is one as a whole.
     */
    private static boolean guessed(Lineage before, Lineage after) {
        return (guesses(before) || guesses(after)) && said(before).equals(said(after));
    }

    private static boolean guesses(Lineage lineage) {
        return lineage.getConfidence() == Confidence.INFERRED
                || lineage.getAncestry().stream().anyMatch(ancestor -> ancestor.getConfidence() == Confidence.INFERRED);
    }

    private static Set<String> said(Lineage lineage) {
        return lineage.getConfidence() == Confidence.INFERRED
                ? Set.of()
                : lineage.getAncestry().stream()
                        .filter(ancestor -> ancestor.getConfidence() != Confidence.INFERRED)
                        .map(Ancestor::getId)
                        .collect(Collectors.toSet());
    }

    private void each(Lineage before, Lineage after, LineageCause cause) {
        Map<String, Ancestor> was = Ancestors.byId(before);
        for (Ancestor is : after.getAncestry()) {
            Ancestor known = was.get(is.getId());
            if (known == null) {
                continue;
            }
            LineageCause own = is.getCause() == null ? cause : is.getCause();
            String field = "ancestry." + is.getId();
            if (known.getKnown() && is.getRemoved()) {
                add(ChangeKind.ANCESTOR_REMOVED, field, is.getId(), null, is.getPath(), own);
            }
            if (Ancestors.takenOver(known, is)) {
                add(
                        ChangeKind.ANCESTOR_TAKEN_OVER,
                        field + ".ownerId",
                        known.getOwnerId(),
                        is.getOwnerId(),
                        is.getPath(),
                        own);
            }
            if (!known.getKnown() || !is.getKnown()) {
                continue;
            }
            if (!Objects.equals(known.getLicense(), is.getLicense())) {
                add(
                        ChangeKind.ANCESTOR_LICENSE_CHANGED,
                        field + ".license",
                        known.getLicense(),
                        is.getLicense(),
                        is.getPath(),
                        own);
            }
            if (!known.getDatasets().equals(is.getDatasets())) {
                add(
                        ChangeKind.ANCESTOR_DATASETS_CHANGED,
                        field + ".datasets",
                        known.getDatasets(),
                        is.getDatasets(),
                        is.getPath(),
                        own);
            }
        }
    }

    /** True where ancestors came or went, unless all that came stood behind one that was not known before. */
    private static boolean moved(Lineage before, Lineage after) {
        Map<String, Ancestor> was = Ancestors.byId(before);
        Map<String, Ancestor> is = Ancestors.byId(after);
        if (!is.keySet().containsAll(was.keySet())) {
            return true;
        }
        for (Ancestor ancestor : after.getAncestry()) {
            if (!was.containsKey(ancestor.getId())
                    && ancestor.getPath().stream()
                            .map(step -> was.get(step.getId()))
                            .noneMatch(step -> step != null && !step.getKnown() && !step.getRemoved())) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Ancestor because(Lineage lineage, LineageCause cause) {
        for (Ancestor ancestor : lineage.getAncestry()) {
            if (cause.equals(ancestor.getCause())) {
                return ancestor;
            }
        }
        return null;
    }

    private static List<String> named(Lineage lineage) {
        return lineage.getAncestry().stream()
                .limit(MAX_NAMED)
                .map(Ancestor::getId)
                .toList();
    }

    private void add(
            ChangeKind kind,
            String what,
            @Nullable Object before,
            @Nullable Object after,
            List<ParentRef> path,
            LineageCause cause) {
        String field = ChangeKinds.MODELS + role + "." + what;
        changes.add(ProvenanceChange.newBuilder()
                .setId(Ids.digest("provenance", deployment, role, cause.getChangeId(), field))
                .setKind(kind)
                .setField(field)
                .setBefore(before == null ? null : Canonical.json(before))
                .setAfter(after == null ? null : Canonical.json(after))
                .setEffectiveAt(cause.getEffectiveAt())
                .setObservedAt(cause.getObservedAt())
                .setCause(cause.getChangeId())
                .setCorrelationId(cause.getCorrelationId())
                .setPath(path)
                .build());
    }
}
