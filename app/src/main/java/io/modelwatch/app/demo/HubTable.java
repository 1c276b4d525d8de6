package io.modelwatch.app.demo;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The hub's models by day, from a table of facts. A fact that is not known is left out of the answer, as the hub itself
 * leaves out what a model's card does not say.
 */
final class HubTable {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** One row: what is known of a model from a day on. */
    private record Row(
            LocalDate day,
            String id,
            boolean listed,
            String sha,
            String modified,
            String license,
            String gated,
            String relation,
            List<String> parents) {}

    private final List<Row> rows;

    private HubTable(List<Row> rows) {
        this.rows = rows;
    }

    static HubTable load() {
        return new HubTable(Resources.rows("hub.csv").stream()
                .map(cells -> new Row(
                        LocalDate.parse(cells.get(0)),
                        cells.get(1),
                        cells.get(2).equals("listed"),
                        cells.get(3),
                        cells.get(4),
                        cells.get(5),
                        cells.get(6),
                        cells.get(7),
                        cells.get(8).isEmpty()
                                ? List.of()
                                : Arrays.asList(cells.get(8).split(";", -1))))
                .toList());
    }

    /** Returns an author's models on a day, the last modified first, as the hub answers. */
    List<JsonNode> byAuthor(String author, LocalDate day) {
        return listed(day).filter(row -> row.id().startsWith(author + "/")).toList().stream()
                .map(HubTable::json)
                .toList();
    }

    /** Returns the models that name a parent on a day, the last modified first. */
    List<JsonNode> byParent(String parent, LocalDate day) {
        return listed(day).filter(row -> row.parents().contains(parent)).toList().stream()
                .map(HubTable::json)
                .toList();
    }

    private java.util.stream.Stream<Row> listed(LocalDate day) {
        Map<String, Row> known = new TreeMap<>();
        for (Row row : rows) {
            if (!row.day().isAfter(day)) {
                known.put(row.id(), row);
            }
        }
        List<Row> listed = new ArrayList<>(known.values());
        listed.removeIf(row -> !row.listed());
        listed.sort(Comparator.comparing(Row::modified).reversed().thenComparing(Row::id));
        return listed.stream();
    }

    private static JsonNode json(Row row) {
        ObjectNode model = JSON.createObjectNode()
                .put("id", row.id())
                .put("modelId", row.id())
                .put("author", row.id().substring(0, row.id().indexOf('/')));
        if (!row.sha().isEmpty()) {
            model.put("sha", row.sha());
        }
        if (!row.modified().isEmpty()) {
            model.put("lastModified", row.modified());
        }
        if (row.gated().isEmpty()) {
            model.put("gated", false);
        } else {
            model.put("gated", row.gated());
        }
        model.put("private", false).put("disabled", false);
        ArrayNode tags = model.putArray("tags");
        ObjectNode card = model.putObject("cardData");
        if (!row.license().isEmpty()) {
            tags.add("license:" + row.license());
            card.put("license", row.license());
        }
        if (!row.parents().isEmpty()) {
            ArrayNode parents = card.putArray("base_model");
            for (String parent : row.parents()) {
                tags.add("base_model:" + parent);
                tags.add("base_model:" + row.relation() + ":" + parent);
                parents.add(parent);
            }
        }
        return model;
    }
}
