package io.modelwatch.streams;

import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageCause;
import io.modelwatch.schemas.avro.Origin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Questions about one record of lineage, or about two successive ones of one model. */
public final class Ancestors {

    /** What stands for the country of a root whose origin is not known. */
    public static final String UNRESOLVED = "unresolved";

    private static final Comparator<LineageCause> AGE =
            Comparator.comparing(LineageCause::getObservedAt).thenComparing(LineageCause::getCorrelationId);

    private Ancestors() {}

    /** Returns the ancestors of a record by id; none of no record. */
    public static Map<String, Ancestor> byId(@Nullable Lineage lineage) {
        Map<String, Ancestor> byId = new HashMap<>();
        if (lineage != null) {
            lineage.getAncestry().forEach(ancestor -> byId.put(ancestor.getId(), ancestor));
        }
        return byId;
    }

    /**
     * Returns what led from one record to the next: the newest change of the model's own part or of an ancestor's that
     * the other record does not rest upon, else the newest of all. Null where neither rests upon any.
     */
    public static @Nullable LineageCause cause(@Nullable Lineage before, Lineage after) {
        List<LineageCause> fresh = new ArrayList<>();
        Map<String, Ancestor> was = byId(before);
        differing(before == null ? null : before.getCause(), after.getCause(), fresh);
        for (Ancestor ancestor : after.getAncestry()) {
            Ancestor known = was.get(ancestor.getId());
            differing(known == null ? null : known.getCause(), ancestor.getCause(), fresh);
        }
        if (before != null && !Objects.equals(before.getCause(), after.getCause()) && after.getCause() != null) {
            // Its own word: whatever came in with a new parent is older than it only by accident.
            return after.getCause();
        }
        return fresh.stream().max(AGE).or(() -> newest(after)).orElse(null);
    }

    /** Returns the countries of all roots, sorted, each once; {@link #UNRESOLVED} for those that are not known. */
    public static List<String> countries(Lineage lineage) {
        TreeSet<String> countries = new TreeSet<>();
        for (Origin origin : lineage.getOrigins()) {
            countries.add(origin.getCountry() == null ? UNRESOLVED : origin.getCountry());
        }
        if (lineage.getOrigins().isEmpty()) {
            countries.add(UNRESOLVED);
        }
        return List.copyOf(countries);
    }

    /**
     * True where the countries of origin are others than before. Where they were not all resolved because some ancestor
     * was not known yet, getting to know it moves nothing; only losing a country does.
     */
    public static boolean originMoved(Lineage before, Lineage after) {
        if (before.getOrigins().equals(after.getOrigins())) {
            return false;
        }
        List<String> was = countries(before);
        List<String> is = countries(after);
        if (was.equals(is)) {
            return false;
        }
        if (!open(before)) {
            return true;
        }
        return was.stream().anyMatch(country -> !country.equals(UNRESOLVED) && !is.contains(country));
    }

    /** Returns the first root that was none before, or null. */
    public static @Nullable Ancestor newRoot(Lineage before, Lineage after) {
        Map<String, Ancestor> was = byId(before);
        for (Ancestor ancestor : after.getAncestry()) {
            Ancestor known = was.get(ancestor.getId());
            if (ancestor.getRoot() && (known == null || !known.getRoot())) {
                return ancestor;
            }
        }
        return null;
    }

    /** True where two sights of one ancestor name two owners. */
    public static boolean takenOver(Ancestor before, Ancestor after) {
        return before.getOwnerId() != null
                && after.getOwnerId() != null
                && !before.getOwnerId().equals(after.getOwnerId());
    }

    /** True where the ancestry ends at somebody who is not known, and whose country the table does not give either. */
    private static boolean open(Lineage lineage) {
        Map<String, Ancestor> byId = byId(lineage);
        for (Origin origin : lineage.getOrigins()) {
            Ancestor root = byId.get(origin.getModel());
            boolean known = root == null ? lineage.getKnown() : root.getKnown();
            if (origin.getCountry() == null && !known) {
                return true;
            }
        }
        return false;
    }

    private static void differing(
            @Nullable LineageCause before, @Nullable LineageCause after, List<LineageCause> fresh) {
        if (after != null && !after.equals(before)) {
            fresh.add(after);
        }
    }

    /** Returns the newer of two changes; the other where one is null. */
    public static @Nullable LineageCause newer(@Nullable LineageCause one, @Nullable LineageCause other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return AGE.compare(one, other) >= 0 ? one : other;
    }

    /** Returns the newest change that a record rests upon. */
    private static Optional<LineageCause> newest(Lineage lineage) {
        List<LineageCause> all = new ArrayList<>();
        differing(null, lineage.getCause(), all);
        lineage.getAncestry().forEach(ancestor -> differing(null, ancestor.getCause(), all));
        return all.stream().max(AGE);
    }
}
