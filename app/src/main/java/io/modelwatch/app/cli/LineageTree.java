package io.modelwatch.app.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Lineages for people: a tree of steps, or counts where a tree would be too large. */
final class LineageTree implements LineageOutput {

    private record Node(String id, String label) {}

    private final PrintWriter out;
    private final int width;
    private final int limit;

    /**
     * @param width of the terminal, in characters
     * @param limit most descendants that are drawn; more are counted
     */
    LineageTree(PrintWriter out, int width, int limit) {
        this.out = out;
        this.width = width;
        this.limit = limit;
    }

    @Override
    public void ancestors(JsonNode model, int deepest) {
        String id = Text.at(model, "model");
        Map<String, String> origins = new HashMap<>();
        for (JsonNode origin : model.path("origins")) {
            String of = String.join(", ", said(Text.at(origin, "organization"), Text.at(origin, "country")));
            origins.put(Text.at(origin, "model"), of);
        }
        Map<String, List<Node>> below = new HashMap<>();
        for (JsonNode ancestor : model.path("ancestry")) {
            JsonNode path = ancestor.path("path");
            if (ancestor.path("depth").asInt(0) <= deepest && !path.isEmpty()) {
                String child = path.size() == 1 ? id : Text.at(path.path(path.size() - 2), "id");
                String parent = Text.at(ancestor, "id");
                String relation = Text.at(path.path(path.size() - 1), "relation");
                String label = relation + " of " + parent + notes(ancestor, origins.getOrDefault(parent, ""));
                hang(below, child, new Node(parent, label));
            }
        }
        out.println(Text.plain(id + notes(model, origins.getOrDefault(id, ""))));
        draw(below, id, "");
        List<String> cycle = new ArrayList<>();
        model.path("cycle").forEach(member -> cycle.add(Text.value(member)));
        if (!cycle.isEmpty()) {
            out.println(Text.plain("cycle: " + String.join(" -> ", cycle)));
        }
        if (model.path("truncated").asBoolean(false)) {
            out.println("cut: there are more ancestors, parents or datasets than are kept");
        }
    }

    @Override
    public void descendants(String model, Family family, int deepest) {
        List<List<String>> counts = new ArrayList<>();
        long members = 0;
        for (JsonNode group : family.summary().path("groups")) {
            if (group.path("depth").asInt(0) <= deepest) {
                long count = group.path("count").asLong(0);
                members += count;
                counts.add(List.of(Text.at(group, "depth"), Text.at(group, "relation"), "%,d".formatted(count)));
            }
        }
        if (members > limit) {
            out.println(Text.plain(model) + ": %,d descendants".formatted(members));
            Table.lines(List.of("depth", "relation", "count"), counts, width, true)
                    .forEach(out::println);
            out.println(
                    "More than " + limit + " are counted, not drawn: --limit draws more, --depth looks less far, and"
                            + " --format jsonl lists all.");
            return;
        }
        Map<String, List<Node>> below = new HashMap<>();
        family.forEach(line -> {
            JsonNode first = line.path("path").path(0);
            String id = Text.at(line, "model");
            String confidence = Text.at(line, "confidence");
            String note = confidence.equals("declared") || confidence.isEmpty() ? "" : "  (" + confidence + ")";
            hang(below, Text.at(first, "id"), new Node(id, Text.at(first, "relation") + ": " + id + note));
        });
        out.println(Text.plain(model));
        draw(below, model, "");
        if (below.isEmpty()) {
            out.println("nothing is known to descend from it");
        }
    }

    @Override
    public void deployments(String model, List<JsonNode> deployments) {
        if (deployments.isEmpty()) {
            out.println("no deployment runs " + Text.plain(model) + " or a model that is known to descend from it");
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode one : deployments) {
            List<String> steps = new ArrayList<>();
            one.path("path").forEach(step -> steps.add(Text.at(step, "relation") + " of " + Text.at(step, "id")));
            rows.add(List.of(
                    Text.at(one, "deployment"),
                    Text.at(one, "role"),
                    Text.at(one, "model"),
                    steps.isEmpty() ? "itself" : String.join(", ", steps)));
        }
        Table.lines(List.of("deployment", "role", "runs", "which is"), rows, width, true)
                .forEach(out::println);
    }

    private static void hang(Map<String, List<Node>> below, String above, Node node) {
        below.computeIfAbsent(above, one -> new ArrayList<>()).add(node);
    }

    /**
     * Draws what hangs below a model. A path never comes by a model twice, so that this ends; it is as deep as the
     * longest path that is kept.
     */
    private void draw(Map<String, List<Node>> below, String id, String indent) {
        List<Node> nodes = below.getOrDefault(id, List.of());
        for (int i = 0; i < nodes.size(); i++) {
            boolean last = i == nodes.size() - 1;
            out.println(
                    indent + (last ? "└─ " : "├─ ") + Text.plain(nodes.get(i).label()));
            draw(below, nodes.get(i).id(), indent + (last ? "   " : "│  "));
        }
    }

    private static String notes(JsonNode model, String origin) {
        String confidence = Text.at(model, "confidence");
        boolean unresolved = !model.path("known").asBoolean(false);
        List<String> notes = said(
                Text.at(model, "license"),
                origin,
                model.path("removed").asBoolean(false) ? "removed" : unresolved ? "unresolved" : "",
                confidence.equals("declared") || confidence.equals("unresolved") ? "" : confidence,
                model.path("cyclic").asBoolean(false) ? "on a cycle" : "");
        return notes.isEmpty() ? "" : "  (" + String.join("; ", notes) + ")";
    }

    private static List<String> said(String... words) {
        List<String> said = new ArrayList<>();
        for (String word : words) {
            if (!word.isEmpty()) {
                said.add(word);
            }
        }
        return said;
    }
}
