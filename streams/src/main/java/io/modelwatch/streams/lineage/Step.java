package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.avro.ParentRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last step of a path from a model up to an ancestor; the steps before it hang on it, so that paths share what they
 * have in common.
 */
final class Step {

    /** Fewest steps first, then lexicographic from the first step on, by id and relation. */
    static final Comparator<Step> ORDER = (one, other) ->
            one.depth != other.depth ? Integer.compare(one.depth, other.depth) : lexicographic(one, other);

    final String id;
    final String relation;
    final @Nullable Step previous;
    /** Number of steps. */
    final int depth;
    /** Characters in the path: ids, and 16 a step for the rest. */
    final int text;

    Step(String id, String relation, @Nullable Step previous) {
        this.id = id;
        this.relation = relation;
        this.previous = previous;
        this.depth = previous == null ? 1 : previous.depth + 1;
        this.text = id.length() + 16 + (previous == null ? 0 : previous.text);
    }

    /** Returns every step, that from the model itself first. */
    List<ParentRef> path() {
        List<ParentRef> path = new ArrayList<>(depth);
        for (Step step = this; step != null; step = step.previous) {
            path.add(new ParentRef(step.id, step.relation));
        }
        Collections.reverse(path);
        return path;
    }

    private static int lexicographic(Step one, Step other) {
        if (one == other) {
            return 0;
        }
        if (one.previous != null && other.previous != null) {
            int before = lexicographic(one.previous, other.previous);
            if (before != 0) {
                return before;
            }
        }
        int byId = one.id.compareTo(other.id);
        return byId != 0 ? byId : one.relation.compareTo(other.relation);
    }
}
