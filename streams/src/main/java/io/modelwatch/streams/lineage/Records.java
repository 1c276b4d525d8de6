package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.EncodedOnce;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.AncestorNode;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageCause;
import io.modelwatch.schemas.avro.LineageState;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.streams.Ancestors;
import io.modelwatch.streams.OriginTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The records of the lineage topic: pure functions of a model's own part and its resolved ancestry. */
final class Records {

    private Records() {}

    /**
     * What a record shows of an ancestry.
     *
     * @param ancestors nearest first
     * @param origins one entry a root among them, in the same order
     * @param truncated true where a limit cut the ancestry, or an ancestor's
     * @param newest the newest change that an ancestor rests upon, or null
     */
    record Shown(
            List<Ancestor> ancestors,
            List<Origin> origins,
            boolean truncated,
            @Nullable LineageCause newest) {}

    static Shown shown(Ancestry ancestry, OriginTable table, Limits limits) {
        List<Ancestor> shown = new ArrayList<>();
        List<Origin> origins = new ArrayList<>();
        boolean truncated = false;
        LineageCause newest = null;
        int text = 0;
        for (int i = 0; i < ancestry.nodes().size(); i++) {
            AncestorNode node = ancestry.nodes().get(i);
            Step step = ancestry.steps().get(i);
            text += step.text;
            if (i == limits.ancestors() || step.depth > limits.depth() || text > limits.pathText()) {
                truncated = true;
                break;
            }
            truncated |= node.getTruncated();
            shown.add(ancestor(node, step));
            newest = Ancestors.newer(newest, node.getCause());
            if (node.getRoot()) {
                origins.add(table.of(node.getId()));
            }
        }
        return new Shown(new EncodedOnce<>(shown), new EncodedOnce<>(origins), truncated, newest);
    }

    static Lineage of(String model, LineageState state, Ancestry ancestry, Shown shown, OriginTable table) {
        List<Origin> origins = shown.origins();
        if (ancestry.root()) {
            origins = new ArrayList<>(origins);
            origins.addFirst(table.of(model));
        }
        // Not the id of whatever message came last: the record must not depend on the order of arrival.
        LineageCause newest = Ancestors.newer(state.getCause(), shown.newest());
        return new Lineage(
                model,
                state.getParents(),
                shown.ancestors(),
                state.getTruncated() || shown.truncated(),
                ancestry.cycle(),
                newest == null ? "" : newest.getCorrelationId(),
                state.getKnown(),
                state.getRemoved(),
                state.getLicense(),
                state.getDatasets(),
                state.getOwnerId(),
                ancestry.root(),
                state.getConfidence(),
                origins,
                state.getFactsDigest(),
                state.getCause());
    }

    private static Ancestor ancestor(AncestorNode node, Step step) {
        List<ParentRef> path = step.path();
        return new Ancestor(
                node.getId(),
                path.getFirst().getRelation(),
                step.depth,
                path,
                node.getConfidence(),
                node.getKnown(),
                node.getRemoved(),
                node.getLicense(),
                node.getDatasets(),
                node.getOwnerId(),
                node.getRoot(),
                node.getCyclic(),
                node.getTruncated(),
                node.getCause());
    }
}
