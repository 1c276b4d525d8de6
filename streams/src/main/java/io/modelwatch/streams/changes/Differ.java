package io.modelwatch.streams.changes;

import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.SubjectKind;
import io.modelwatch.streams.ChangeKinds;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What differs between two observations of one subject by one source: a pure function. */
final class Differ {

    private Differ() {}

    /** Returns the one change of a subject that is seen for the first time, or again after its removal. */
    static Change appeared(Observation seen) {
        return change(seen, ChangeKind.APPEARED, null, null, null, effective(seen), false);
    }

    /** Returns the changes that the first word of what was inferred of a subject brings. */
    static List<Change> inferred(Observation seen) {
        Observation nothing = Observation.newBuilder(seen)
                .setModel(ModelFacts.newBuilder().setId(seen.getSubject()).build())
                .build();
        return changes(nothing, seen, false);
    }

    /**
     * Returns one change a field.
     *
     * @param known what was known
     * @param seen what is said now
     * @param late true where {@code seen} is older than {@code known}
     */
    static List<Change> changes(Observation known, Observation seen, boolean late) {
        SortedMap<String, Object> before = fields(known);
        SortedMap<String, Object> after = fields(seen);
        Instant effective = effective(seen);
        // The source's own time stood still while its facts moved: it does not say when they did, we know only when we
        // saw it.
        boolean stale = !late && seen.getEffectiveAt() != null && !effective.isAfter(effective(known));
        SortedSet<String> paths = new TreeSet<>(before.keySet());
        paths.addAll(after.keySet());
        List<Change> changes = new ArrayList<>();
        for (String path : paths) {
            Object was = before.get(path);
            Object is = after.get(path);
            if (Objects.equals(was, is) || partOfSwap(path, before, after)) {
                continue;
            }
            changes.add(change(
                    seen,
                    kind(seen, path, was, is),
                    path,
                    was == null ? null : Canonical.json(was),
                    is == null ? null : Canonical.json(is),
                    stale ? seen.getObservedAt() : effective,
                    late));
        }
        return changes;
    }

    /** Returns the time from which an observation's facts hold. */
    static Instant effective(Observation observation) {
        Instant effective = observation.getEffectiveAt();
        return effective == null ? observation.getObservedAt() : effective;
    }

    private static Change change(
            Observation seen,
            ChangeKind kind,
            @Nullable String field,
            @Nullable String before,
            @Nullable String after,
            Instant effective,
            boolean late) {
        // A field that flaps while effectiveAt stands still would repeat its ids; the time it was seen keeps them
        // apart.
        boolean seenTime = seen.getEffectiveAt() != null && !effective.equals(seen.getEffectiveAt());
        return Change.newBuilder()
                .setId(Ids.change(
                        seen.getId(), seenTime ? (field == null ? "" : field) + "@" + seen.getObservedAt() : field))
                .setSubject(seen.getSubject())
                .setSubjectKind(seen.getKind() == ObservationKind.MODEL ? SubjectKind.MODEL : SubjectKind.DEPLOYMENT)
                .setKind(kind)
                .setField(field)
                .setBefore(before)
                .setAfter(after)
                .setSource(seen.getSource())
                .setEffectiveAt(effective)
                .setObservedAt(seen.getObservedAt())
                .setLate(late)
                .setConfidence(seen.getConfidence())
                .setCorrelationId(seen.getId())
                .setEvidence(seen.getEvidence())
                .build();
    }

    private static SortedMap<String, Object> fields(Observation observation) {
        if (observation.getModel() != null) {
            return Canonical.fields(observation.getModel());
        }
        if (observation.getDeployment() != null) {
            return Canonical.fields(observation.getDeployment());
        }
        return new TreeMap<>();
    }

    /** A new model brings its revision and names with it: they are part of the swap and no changes of their own. */
    private static boolean partOfSwap(String path, SortedMap<String, Object> before, SortedMap<String, Object> after) {
        if (!path.startsWith(ChangeKinds.MODELS) || path.endsWith(".id")) {
            return false;
        }
        String id = path.substring(0, path.lastIndexOf('.')) + ".id";
        return !Objects.equals(before.get(id), after.get(id));
    }

    private static ChangeKind kind(Observation seen, String path, @Nullable Object before, @Nullable Object after) {
        if (seen.getSource().equals(ReservedSources.INFERENCE)) {
            return ChangeKind.LINEAGE_INFERRED;
        }
        return seen.getKind() == ObservationKind.DEPLOYMENT
                ? ChangeKinds.ofDeployment(path, before, after)
                : ChangeKinds.ofModel(path, before, after);
    }
}
