package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Glob;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageCause;
import io.modelwatch.schemas.avro.LineageState;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.SubjectKind;
import io.modelwatch.streams.Ancestors;
import io.modelwatch.streams.LineageFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What two successive records of one model's lineage differ in, as changes: a pure function. */
final class LineageChanges {

    /** What stands in {@code source}: no single source showed these changes. */
    static final String SOURCE = "modelwatch";

    private static final Set<String> HANDED_DOWN = Set.of("parents", "license", "datasets", "ownerId");

    private final LineageConfig config;

    LineageChanges(LineageConfig config) {
        this.config = config;
    }

    /** Returns the change behind some facts that matters to descendants, or null where the facts name none. */
    static @Nullable LineageCause cause(SubjectFacts facts) {
        Change cause = null;
        for (Change change : facts.getChanges()) {
            boolean matters = change.getField() == null || HANDED_DOWN.contains(change.getField());
            if (matters && change.getKind() != ChangeKind.CLAIMS_DISAGREE) {
                cause = change;
                break;
            }
        }
        if (cause == null && !facts.getChanges().isEmpty()) {
            cause = facts.getChanges().getFirst();
        }
        return cause == null
                ? null
                : new LineageCause(
                        cause.getId(), cause.getCorrelationId(), cause.getEffectiveAt(), cause.getObservedAt());
    }

    /** Returns the change of a name that somebody else registered again after its removal, or null. */
    @Nullable
    Change takenOver(LineageState before, @Nullable LineageFacts now, SubjectFacts facts) {
        LineageCause cause = cause(facts);
        if (!before.getRemoved()
                || before.getOwnerId() == null
                || now == null
                || now.ownerId() == null
                || now.ownerId().equals(before.getOwnerId())
                || cause == null) {
            return null;
        }
        return change(
                facts.getSubject(),
                ChangeKind.NAMESPACE_TAKEN_OVER,
                "ownerId",
                before.getOwnerId(),
                now.ownerId(),
                List.of(),
                Confidence.OBSERVED,
                cause,
                "");
    }

    /**
     * Returns the changes between two records.
     *
     * @param before null where nothing was published
     * @param after null where the model is gone
     */
    List<Change> between(@Nullable Lineage before, @Nullable Lineage after) {
        if (after == null || !after.getKnown()) {
            // Its end is a change of its own already; what it had above it means nothing any more.
            return List.of();
        }
        Lineage was = before == null || !before.getKnown() ? null : before;
        LineageCause cause = Ancestors.cause(was, after);
        if (cause == null) {
            return List.of();
        }
        List<Change> changes = new ArrayList<>();
        derivatives(was, after, cause, changes);
        licenses(was, after, cause, changes);
        cycles(was, after, cause, changes);
        if (was != null) {
            withdrawn(was, after, cause, changes);
            origins(was, after, cause, changes);
            ancestors(was, after, cause, changes);
        }
        return changes;
    }

    private void derivatives(@Nullable Lineage was, Lineage after, LineageCause cause, List<Change> changes) {
        for (String glob : config.watched()) {
            Ancestor watched = first(after, glob);
            if (watched != null && (was == null || first(was, glob) == null)) {
                changes.add(change(
                        after.getModel(),
                        ChangeKind.DERIVATIVE_APPEARED,
                        "ancestry",
                        null,
                        watched.getId(),
                        watched.getPath(),
                        watched.getConfidence(),
                        cause,
                        glob));
            }
        }
    }

    private static @Nullable Ancestor first(Lineage lineage, String glob) {
        for (Ancestor ancestor : lineage.getAncestry()) {
            if (Glob.matches(glob, ancestor.getId())) {
                return ancestor;
            }
        }
        return null;
    }

    private void licenses(@Nullable Lineage was, Lineage after, LineageCause cause, List<Change> changes) {
        if (after.getLicense() == null) {
            return;
        }
        Map<String, Ancestor> before = Ancestors.byId(was);
        for (Ancestor ancestor : after.getAncestry()) {
            if (!config.licenses().morePermissive(after.getLicense(), ancestor.getLicense())) {
                continue;
            }
            Ancestor known = before.get(ancestor.getId());
            boolean said = was != null
                    && known != null
                    && Objects.equals(was.getLicense(), after.getLicense())
                    && Objects.equals(known.getLicense(), ancestor.getLicense());
            if (!said) {
                changes.add(change(
                        after.getModel(),
                        ChangeKind.LICENSE_MORE_PERMISSIVE,
                        "license",
                        ancestor.getLicense(),
                        after.getLicense(),
                        ancestor.getPath(),
                        ancestor.getConfidence(),
                        cause,
                        ancestor.getId()));
            }
        }
    }

    private static void cycles(@Nullable Lineage was, Lineage after, LineageCause cause, List<Change> changes) {
        List<String> before = was == null ? List.of() : was.getCycle();
        if (!before.equals(after.getCycle())) {
            changes.add(change(
                    after.getModel(),
                    ChangeKind.LINEAGE_CYCLE,
                    "cycle",
                    before.isEmpty() ? null : before,
                    after.getCycle().isEmpty() ? null : after.getCycle(),
                    List.of(),
                    after.getConfidence(),
                    cause,
                    ""));
        }
    }

    private static void withdrawn(Lineage was, Lineage after, LineageCause cause, List<Change> changes) {
        if (was.getParents().equals(after.getParents())) {
            return;
        }
        for (ParentRef parent : was.getParents()) {
            if (after.getParents().stream().noneMatch(one -> one.getId().equals(parent.getId()))) {
                changes.add(change(
                        after.getModel(),
                        ChangeKind.PARENT_WITHDRAWN,
                        "parents",
                        parent.getId(),
                        null,
                        List.of(parent),
                        was.getConfidence(),
                        cause,
                        parent.getId()));
            }
        }
    }

    private static void origins(Lineage was, Lineage after, LineageCause cause, List<Change> changes) {
        if (Ancestors.originMoved(was, after)) {
            Ancestor root = Ancestors.newRoot(was, after);
            changes.add(change(
                    after.getModel(),
                    ChangeKind.ORIGIN_CHANGED,
                    "origins",
                    Ancestors.countries(was),
                    Ancestors.countries(after),
                    root == null ? List.of() : root.getPath(),
                    root == null ? after.getConfidence() : root.getConfidence(),
                    cause,
                    ""));
        }
    }

    private static void ancestors(Lineage was, Lineage after, LineageCause cause, List<Change> changes) {
        Map<String, Ancestor> before = Ancestors.byId(was);
        for (Ancestor ancestor : after.getAncestry()) {
            Ancestor known = before.get(ancestor.getId());
            if (known == null) {
                continue;
            }
            LineageCause own = ancestor.getCause() == null ? cause : ancestor.getCause();
            if (known.getKnown() && ancestor.getRemoved()) {
                changes.add(change(
                        after.getModel(),
                        ChangeKind.ANCESTOR_REMOVED,
                        "ancestry",
                        ancestor.getId(),
                        null,
                        ancestor.getPath(),
                        Confidence.OBSERVED,
                        own,
                        ancestor.getId()));
            }
            if (Ancestors.takenOver(known, ancestor)) {
                changes.add(change(
                        after.getModel(),
                        ChangeKind.ANCESTOR_TAKEN_OVER,
                        "ancestry",
                        known.getOwnerId(),
                        ancestor.getOwnerId(),
                        ancestor.getPath(),
                        Confidence.OBSERVED,
                        own,
                        ancestor.getId()));
            }
        }
    }

    private static Change change(
            String model,
            ChangeKind kind,
            String field,
            @Nullable Object before,
            @Nullable Object after,
            List<ParentRef> path,
            Confidence confidence,
            LineageCause cause,
            String scope) {
        return Change.newBuilder()
                .setId(Ids.digest("lineage-change", model, kind.name(), scope, cause.getChangeId()))
                .setSubject(model)
                .setSubjectKind(SubjectKind.MODEL)
                .setKind(kind)
                .setField(field)
                .setBefore(before == null ? null : Canonical.json(before))
                .setAfter(after == null ? null : Canonical.json(after))
                .setSource(SOURCE)
                .setEffectiveAt(cause.getEffectiveAt())
                .setObservedAt(cause.getObservedAt())
                .setConfidence(confidence)
                .setCorrelationId(cause.getCorrelationId())
                .setCause(cause.getChangeId())
                .setPath(path)
                .build();
    }
}
