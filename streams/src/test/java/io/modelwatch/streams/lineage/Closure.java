package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.ParentRef;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The ancestry of every model as plain search in memory computes it: what the topology is held against. */
final class Closure {

    /** Parents of each known model, sorted by id, with the relation that counts. */
    private final Map<String, TreeMap<String, String>> parents = new HashMap<>();

    private final Map<String, Told> told;

    /** @param told the last word about each model */
    Closure(Map<String, Told> told) {
        this.told = told;
        told.forEach((id, one) -> {
            TreeMap<String, String> edges = new TreeMap<>();
            for (ParentRef parent : one.parents()) {
                edges.merge(parent.getId(), parent.getRelation(), (a, b) -> a.compareTo(b) < 0 ? a : b);
            }
            parents.put(id, edges);
        });
    }

    boolean known(String model) {
        return told.containsKey(model) && !told.get(model).removed();
    }

    /** Every model that is known, or that is named as a parent by one that is. */
    Set<String> models() {
        TreeSet<String> models = new TreeSet<>();
        told.forEach((id, one) -> {
            if (!one.removed()) {
                models.add(id);
            }
        });
        parents.forEach((child, edges) -> models.addAll(edges.keySet()));
        return models;
    }

    /** Each ancestor with its best path, as {@code relation:id} steps, nearest first. */
    Map<String, List<String>> paths(String model) {
        Map<String, List<String>> found = new LinkedHashMap<>();
        Deque<String> queue = new ArrayDeque<>();
        queue.add(model);
        Map<String, List<String>> all = new HashMap<>();
        all.put(model, List.of());
        while (!queue.isEmpty()) {
            String at = queue.remove();
            edges(at).forEach((parent, relation) -> {
                if (!all.containsKey(parent)) {
                    List<String> path = new ArrayList<>(all.get(at));
                    path.add(relation + ":" + parent);
                    all.put(parent, path);
                    found.put(parent, path);
                    queue.add(parent);
                }
            });
        }
        return found;
    }

    Confidence confidence(String model, List<String> path) {
        String last = id(path.getLast());
        if (!known(last)) {
            return Confidence.UNRESOLVED;
        }
        List<Confidence> order = List.of(
                Confidence.UNRESOLVED,
                Confidence.INFERRED,
                Confidence.DECLARED,
                Confidence.OBSERVED,
                Confidence.VERIFIED);
        int weakest = order.indexOf(told.get(model).confidence());
        for (String step : path.subList(0, path.size() - 1)) {
            weakest = Math.min(weakest, order.indexOf(told.get(id(step)).confidence()));
        }
        return order.get(weakest);
    }

    /** The shortest way from a model round to itself, the smallest name first. */
    List<String> cycle(String model) {
        if (edges(model).containsKey(model)) {
            return List.of(model);
        }
        List<String> order = new ArrayList<>();
        order.add(model);
        Map<String, List<String>> paths = paths(model);
        for (Map.Entry<String, List<String>> entry : paths.entrySet()) {
            if (edges(entry.getKey()).containsKey(model)) {
                List<String> members = new ArrayList<>();
                members.add(model);
                entry.getValue().forEach(step -> members.add(id(step)));
                Collections.rotate(members, -members.indexOf(Collections.min(members)));
                return members;
            }
        }
        return List.of();
    }

    boolean root(String model) {
        Set<String> edges = new TreeSet<>(edges(model).keySet());
        edges.remove(model);
        if (edges.isEmpty()) {
            return true;
        }
        Set<String> up = new TreeSet<>(paths(model).keySet());
        return up.stream()
                .allMatch(other -> model.compareTo(other) < 0 && paths(other).containsKey(model));
    }

    static String id(String step) {
        return step.substring(step.indexOf(':') + 1);
    }

    private Map<String, String> edges(String model) {
        return parents.getOrDefault(model, new TreeMap<>());
    }
}
