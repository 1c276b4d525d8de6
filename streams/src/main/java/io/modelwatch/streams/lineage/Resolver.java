package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.avro.AncestorNode;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.LineageMessage;
import io.modelwatch.schemas.avro.LineageState;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.streams.OriginTable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Resolves ancestries from what parents said. Siblings with one and the same parent, relation and confidence have one
 * ancestry between them: it is resolved once, and its objects are shared.
 */
final class Resolver {

    private record Edge(String relation, Confidence confidence) {}

    /**
     * An ancestry with what a record shows of it.
     *
     * @param ancestry as it is handed down
     * @param shown as it is published
     */
    record Resolved(Ancestry ancestry, Records.Shown shown) {}

    private final Function<String, @Nullable LineageMessage> heard;
    private final OriginTable origins;
    private final Limits limits;
    private final @Nullable LineageMessage message;
    private final Set<String> named = new HashSet<>();
    private final Map<Edge, Resolved> shared = new HashMap<>();

    /** @param heard what a parent last said, by its id; null while it was not asked */
    Resolver(Function<String, @Nullable LineageMessage> heard, OriginTable origins, Limits limits) {
        this(heard, null, origins, limits);
    }

    /**
     * @param heard what a parent last said, by its id; null while it was not asked
     * @param message what one of them says, whatever is kept of it
     */
    Resolver(
            Function<String, @Nullable LineageMessage> heard,
            @Nullable LineageMessage message,
            OriginTable origins,
            Limits limits) {
        this.heard = heard;
        this.message = message;
        this.origins = origins;
        this.limits = limits;
        if (message != null) {
            for (AncestorNode node : message.getAncestors()) {
                named.add(node.getId());
            }
        }
    }

    /** Returns the ancestry of a model. */
    Resolved of(String model, LineageState state) {
        // A path that comes back to the model is a matter of its own.
        if (message == null
                || state.getParents().size() != 1
                || !state.getParents().getFirst().getId().equals(message.getSender())
                || named.contains(model)) {
            return resolve(model, state);
        }
        Edge edge = new Edge(state.getParents().getFirst().getRelation(), state.getConfidence());
        Resolved known = shared.get(edge);
        if (known == null) {
            known = resolve(model, state);
            shared.put(edge, known);
        }
        return known;
    }

    /** True where some parent has not answered yet. */
    boolean awaits(String model, LineageState state) {
        for (ParentRef parent : state.getParents()) {
            if (!parent.getId().equals(model)) {
                LineageMessage said = said(parent.getId());
                if (said == null || said.getSelf() == null) {
                    return true;
                }
            }
        }
        return false;
    }

    private Resolved resolve(String model, LineageState state) {
        Ancestry ancestry = Ancestry.resolve(model, state, this::said, limits);
        return new Resolved(ancestry, Records.shown(ancestry, origins, limits));
    }

    private @Nullable LineageMessage said(String parent) {
        return message != null && message.getSender().equals(parent) ? message : heard.apply(parent);
    }
}
