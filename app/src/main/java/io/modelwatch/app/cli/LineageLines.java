package io.modelwatch.app.cli;

import java.io.PrintWriter;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** One JSON object a line: of ancestors and descendants in the contract's form. */
final class LineageLines implements LineageOutput {
    private final PrintWriter out;

    LineageLines(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void ancestors(JsonNode model, int deepest) {
        for (JsonNode ancestor : model.path("ancestry")) {
            if (ancestor.path("depth").asInt(0) <= deepest) {
                ObjectNode line = JsonNodeFactory.instance.objectNode();
                line.set("model", model.path("model"));
                line.set("ancestor", ancestor.path("id"));
                line.set("depth", ancestor.path("depth"));
                line.set("path", ancestor.path("path"));
                line.set("confidence", ancestor.path("confidence"));
                out.println(line);
            }
        }
    }

    @Override
    public void descendants(String model, Family family, int deepest) {
        family.forEach(out::println);
    }

    @Override
    public void deployments(String model, List<JsonNode> deployments) {
        deployments.forEach(out::println);
    }
}
