package io.modelwatch.bench.measure;

import io.modelwatch.app.cli.Table;
import io.modelwatch.app.cli.Terminal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a benchmark found, for people and for machines.
 *
 * @param bench its name
 * @param parameters what it was run with, the seed among them
 * @param columns names of the columns of {@code rows}
 * @param rows the single measurements
 * @param figures the results, with their goals
 */
public record Report(
        String bench,
        Machine machine,
        Map<String, Object> parameters,
        List<String> columns,
        List<List<Object>> rows,
        List<Figure> figures) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Copies what it is given. */
    public Report {
        parameters = new LinkedHashMap<>(parameters);
        rows = List.copyOf(rows);
        figures = List.copyOf(figures);
    }

    /** Returns it for people. */
    public String text() {
        int width = Terminal.detect().width();
        List<String> lines = new ArrayList<>();
        lines.add("bench " + bench + " " + parameters);
        lines.add(machine.toString());
        lines.add("");
        lines.addAll(Table.lines(
                columns,
                rows.stream()
                        .map(row -> row.stream().map(Report::cell).toList())
                        .toList(),
                width,
                true));
        lines.add("");
        lines.addAll(Table.lines(
                List.of("figure", "value", "goal"),
                figures.stream()
                        .map(figure -> List.of(figure.name(), figure.text(), figure.verdict()))
                        .toList(),
                width,
                true));
        return String.join(System.lineSeparator(), lines);
    }

    /** Returns it as one JSON document. */
    public String json() {
        ObjectNode json = JSON.createObjectNode().put("bench", bench);
        json.set("machine", JSON.valueToTree(machine));
        json.set("parameters", JSON.valueToTree(parameters));
        List<Map<String, Object>> objects = new ArrayList<>();
        for (List<Object> row : rows) {
            Map<String, Object> object = new LinkedHashMap<>();
            for (int i = 0; i < columns.size(); i++) {
                object.put(columns.get(i), row.get(i));
            }
            objects.add(object);
        }
        json.set("measurements", JSON.valueToTree(objects));
        List<Map<String, Object>> results = new ArrayList<>();
        for (Figure figure : figures) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("name", figure.name());
            result.put("value", figure.value());
            result.put("unit", figure.unit());
            Figure.Goal goal = figure.goal();
            if (goal != null) {
                result.put("goal", (goal.least() ? ">= " : "<= ") + goal.limit());
                result.put("met", goal.met(figure.value()));
            }
            results.add(result);
        }
        json.set("figures", JSON.valueToTree(results));
        return json.toString();
    }

    private static String cell(Object value) {
        return switch (value) {
            case Long number -> "%,d".formatted(number);
            case Double number -> "%,.1f".formatted(number);
            default -> value.toString();
        };
    }
}
