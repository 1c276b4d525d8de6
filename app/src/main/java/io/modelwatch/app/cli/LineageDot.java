package io.modelwatch.app.cli;

import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** A graph for Graphviz: an edge from each child to its parent, each once. */
final class LineageDot implements LineageOutput {
    private final PrintWriter out;
    private final Set<String> drawn = new HashSet<>();

    LineageDot(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void begin() {
        out.println("digraph lineage {");
        out.println("  rankdir=BT;");
    }

    @Override
    public void ancestors(JsonNode model, int deepest) {
        draw("  " + quoted(Text.at(model, "model")) + ";");
        for (JsonNode ancestor : model.path("ancestry")) {
            if (ancestor.path("depth").asInt(0) <= deepest) {
                path(Text.at(model, "model"), ancestor.path("path"));
            }
        }
    }

    @Override
    public void descendants(String model, Family family, int deepest) {
        family.forEach(line -> path(Text.at(line, "model"), line.path("path")));
    }

    @Override
    public void deployments(String model, List<JsonNode> deployments) {
        for (JsonNode one : deployments) {
            String deployment = quoted(Text.at(one, "deployment"));
            draw("  " + deployment + " [shape=box];");
            draw("  " + deployment + " -> " + quoted(Text.at(one, "model")) + " [label=" + quoted("runs") + "];");
            path(Text.at(one, "model"), one.path("path"));
        }
    }

    @Override
    public void end() {
        out.println("}");
    }

    private void path(String model, JsonNode path) {
        String child = model;
        for (JsonNode step : path) {
            String parent = Text.at(step, "id");
            draw("  " + quoted(child) + " -> " + quoted(parent) + " [label=" + quoted(Text.at(step, "relation"))
                    + "];");
            child = parent;
        }
    }

    private void draw(String statement) {
        if (drawn.add(statement)) {
            out.println(statement);
        }
    }

    private static String quoted(String text) {
        return '"' + Text.plain(text).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
