package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.AncestorNode;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageState;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.streams.Ancestors;
import io.modelwatch.streams.OriginTable;
import java.util.ArrayList;
import java.util.List;

/** The records of the lineage topic: pure functions of a model's own part and its resolved ancestry. */
final class Records {

    private Records() {}

    static Lineage of(String model, LineageState state, Ancestry ancestry, OriginTable table, Limits limits) {
        List<Ancestor> shown = new ArrayList<>();
        List<Origin> origins = new ArrayList<>();
        if (ancestry.root()) {
            origins.add(table.of(model));
        }
        boolean truncated = state.getTruncated();
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
            if (node.getRoot()) {
                origins.add(table.of(node.getId()));
            }
        }
        Lineage lineage = Lineage.newBuilder()
                .setModel(model)
                .setParents(state.getParents())
                .setAncestry(shown)
                .setTruncated(truncated)
                .setCycle(ancestry.cycle())
                .setKnown(state.getKnown())
                .setRemoved(state.getRemoved())
                .setLicense(state.getLicense())
                .setDatasets(state.getDatasets())
                .setOwnerId(state.getOwnerId())
                .setRoot(ancestry.root())
                .setConfidence(state.getConfidence())
                .setOrigins(origins)
                .setFactsDigest(state.getFactsDigest())
                .setCause(state.getCause())
                .build();
        // Not the id of whatever message came last: the record must not depend on the order of arrival.
        Ancestors.newest(lineage).ifPresent(cause -> lineage.setCorrelationId(cause.getCorrelationId()));
        return lineage;
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
