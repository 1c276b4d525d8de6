package io.modelwatch.bench.lineage;

import io.modelwatch.schemas.avro.ParentRef;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Models with their parents in memory, and the ancestry of each by plain search: what the lineage topology is held
 * against, and what it is timed beside.
 */
final class Closure {

    private static final class Node {
        final String id;
        List<Node> parents = List.of();
        List<String> relations = List.of();

        @Nullable
        String license;

        boolean known;
        boolean removed;

        Node(String id) {
            this.id = id;
        }
    }

    private record Found(Node node, Fingerprint path, int depth) {}

    private final Map<String, Node> nodes = new HashMap<>();

    /** Takes in what is said of a model; it replaces what was said before. */
    void tell(String model, List<ParentRef> said, @Nullable String license) {
        Node node = node(model);
        node.known = true;
        node.removed = false;
        node.license = license;
        List<ParentRef> sorted = new ArrayList<>(said);
        sorted.sort(Comparator.comparing(ParentRef::getId).thenComparing(ParentRef::getRelation));
        node.parents = new ArrayList<>(sorted.size());
        node.relations = new ArrayList<>(sorted.size());
        for (ParentRef parent : sorted) {
            Node one = node(parent.getId());
            // Two relations to one parent are one edge, of the first by name.
            if (node.parents.isEmpty() || node.parents.getLast() != one) {
                node.parents.add(one);
                node.relations.add(parent.getRelation());
            }
        }
    }

    /** Takes in that a model is gone. */
    void remove(String model) {
        Node node = node(model);
        node.known = false;
        node.removed = true;
        node.license = null;
        node.parents = List.of();
        node.relations = List.of();
    }

    private Node node(String id) {
        return nodes.computeIfAbsent(id, Node::new);
    }

    /** Returns the fingerprint of the record of every model that is known, or named as parent by one that is. */
    Map<String, Long> fingerprints() {
        Set<Node> named = new HashSet<>();
        nodes.values().forEach(node -> named.addAll(node.parents));
        Map<String, Long> fingerprints = new HashMap<>();
        for (Node node : nodes.values()) {
            if (node.known || named.contains(node)) {
                fingerprints.put(node.id, fingerprint(node));
            }
        }
        return fingerprints;
    }

    /** Fewest steps first, then by name: as the queue is filled. */
    private static long fingerprint(Node model) {
        Fingerprint all = Fingerprint.START.with(model.id).with(model.known).with(model.license);
        Set<Node> seen = new HashSet<>();
        seen.add(model);
        Deque<Found> queue = new ArrayDeque<>();
        queue.add(new Found(model, Fingerprint.START, 0));
        while (!queue.isEmpty()) {
            Found at = queue.remove();
            for (int i = 0; i < at.node.parents.size(); i++) {
                Node parent = at.node.parents.get(i);
                if (seen.add(parent)) {
                    Fingerprint path = at.path.with(at.node.relations.get(i)).with(parent.id);
                    all = all.with(path)
                            .with(at.depth + 1)
                            .with(parent.known)
                            .with(parent.removed)
                            .with(parent.license);
                    queue.add(new Found(parent, path, at.depth + 1));
                }
            }
        }
        return all.value();
    }
}
