package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.avro.AncestorNode;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.LineageMessage;
import io.modelwatch.schemas.avro.LineageState;
import io.modelwatch.schemas.avro.ParentRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The ancestry of one model, from its own part and from what each parent last told it: a pure function, the heart of the
 * path-vector protocol.
 *
 * @param nodes ancestors by {@link Step#ORDER}, as they are advertised
 * @param steps the last step of the best path to each, in the same order
 * @param cycle members of the shortest cycle through the model, the first by name first; empty where there is none
 * @param root true where the model has no parent but itself, or is where its cycle is cut
 */
record Ancestry(List<AncestorNode> nodes, List<Step> steps, List<String> cycle, boolean root) {

    private record Candidate(Step step, AncestorNode node, Confidence confidence) {}

    private static final Comparator<Candidate> BEST = Comparator.comparing(Candidate::step, Step.ORDER);

    /**
     * Resolves an ancestry.
     *
     * @param heard what a parent last said, by its id; null or without {@code self} while it has said nothing
     */
    static Ancestry resolve(
            String model, LineageState state, Function<String, @Nullable LineageMessage> heard, Limits limits) {
        Map<String, Candidate> best = new HashMap<>();
        List<String> cycle = List.of();
        Step back = null;
        boolean parentless = true;
        for (ParentRef parent : state.getParents()) {
            if (parent.getId().equals(model)) {
                cycle = List.of(model);
                continue;
            }
            parentless = false;
            LineageMessage message = heard.apply(parent.getId());
            Step found = offer(model, parent, message, state.getConfidence(), limits, best);
            if (found != null && (back == null || Step.ORDER.compare(found, back) < 0)) {
                back = found;
            }
        }
        if (cycle.isEmpty() && back != null) {
            cycle = members(back);
        }
        List<AncestorNode> nodes = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        select(best, limits, nodes, steps);
        // A cycle without a way out would have no root: it is cut at its member that comes first by name.
        boolean root = parentless
                || (!cycle.isEmpty()
                        && nodes.stream()
                                .noneMatch(
                                        node -> node.getRoot() || node.getId().compareTo(model) < 0));
        return new Ancestry(nodes, steps, cycle, root);
    }

    /** Offers a parent and everything it told; returns its path back to the model itself, if there is one. */
    private static @Nullable Step offer(
            String model,
            ParentRef parent,
            @Nullable LineageMessage message,
            Confidence edge,
            Limits limits,
            Map<String, Candidate> best) {
        Step first = new Step(parent.getId(), parent.getRelation(), null);
        AncestorNode self = message == null ? null : message.getSelf();
        if (message == null || self == null) {
            self = AncestorNode.newBuilder().setId(parent.getId()).setRoot(true).build();
            take(best, new Candidate(first, self, Confidence.UNRESOLVED));
            return null;
        }
        take(best, new Candidate(first, self, self.getKnown() ? edge : Confidence.UNRESOLVED));
        Step back = null;
        List<AncestorNode> told = message.getAncestors();
        @Nullable Step[] steps = new Step[told.size()];
        for (int i = 0; i < steps.length; i++) {
            AncestorNode node = told.get(i);
            Step previous = node.getVia() < 0 ? first : steps[node.getVia()];
            if (previous == null || previous.depth > limits.depth()) {
                continue;
            }
            Step step = new Step(node.getId(), node.getRelation(), previous);
            if (node.getId().equals(model)) {
                // Nothing beyond: a path that comes by here again is none.
                back = step;
                continue;
            }
            steps[i] = step;
            take(best, new Candidate(step, node, weakest(edge, node.getConfidence())));
        }
        return back;
    }

    private static void take(Map<String, Candidate> best, Candidate one) {
        best.merge(
                one.node().getId(), one, (other, candidate) -> BEST.compare(candidate, other) < 0 ? candidate : other);
    }

    private static void select(Map<String, Candidate> best, Limits limits, List<AncestorNode> nodes, List<Step> steps) {
        List<Candidate> sorted = new ArrayList<>(best.values());
        sorted.sort(BEST);
        Map<Step, Integer> places = new IdentityHashMap<>();
        for (Candidate candidate : sorted) {
            Step step = candidate.step();
            Integer via = step.previous == null ? Integer.valueOf(-1) : places.get(step.previous);
            // The best path's beginnings are best paths too. Where they are not, some parent's word is out of date.
            if (via == null) {
                continue;
            }
            if (nodes.size() > limits.ancestors()) {
                break;
            }
            places.put(step, nodes.size());
            nodes.add(reached(candidate, via));
            steps.add(step);
        }
    }

    private static AncestorNode reached(Candidate candidate, int via) {
        AncestorNode node = candidate.node();
        return new AncestorNode(
                node.getId(),
                candidate.step().relation,
                via,
                candidate.confidence(),
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

    /** The members from the model round to itself, turned so that every member tells the same. */
    private static List<String> members(Step back) {
        List<String> members = new ArrayList<>();
        for (Step step = back; step != null; step = step.previous) {
            members.add(step.id);
        }
        Collections.reverse(members);
        Collections.rotate(members, -members.indexOf(Collections.min(members)));
        return List.copyOf(members);
    }

    private static Confidence weakest(Confidence one, Confidence other) {
        return strength(one) <= strength(other) ? one : other;
    }

    private static int strength(Confidence confidence) {
        return switch (confidence) {
            case UNRESOLVED -> 0;
            case INFERRED -> 1;
            case DECLARED -> 2;
            case OBSERVED -> 3;
            case VERIFIED -> 4;
        };
    }
}
