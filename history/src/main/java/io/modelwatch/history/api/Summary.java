package io.modelwatch.history.api;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Counts of what the history holds. */
final class Summary {
    /** When the first of each that can be exported lies, by the name of its topic; each has an index. */
    private static final Map<String, String> FIRST = new TreeMap<>(Map.of(
            "changes", "min(observed_at) from changes",
            "mboms", "min(at) from mboms",
            "lineage",
                    "least((select min(lower(recorded)) from bitemporal.lineage),"
                            + " (select min(lower(recorded)) from bitemporal.lineage_before))",
            "alerts", "min(updated_at) from alert_transitions",
            "verdicts", "min(observed_at) from verdicts",
            "procurement-events", "min(issued_at) from procurement_events"));

    private Summary() {}

    static ObjectNode of(Queries queries) throws SQLException {
        ObjectNode summary = JsonNodeFactory.instance.objectNode();
        ObjectNode changes = summary.putObject("changes");
        queries.list(
                "select kind, count(*) from changes group by kind order by kind",
                List.of(),
                row -> changes.put(row.getString(1), row.getLong(2)));
        ObjectNode since = summary.putObject("since");
        for (Map.Entry<String, String> first : FIRST.entrySet()) {
            queries.list(
                    "select " + first.getValue(),
                    List.of(),
                    row -> row.getTimestamp(1) == null
                            ? since
                            : since.put(
                                    first.getKey(),
                                    row.getTimestamp(1).toInstant().toString()));
        }
        ObjectNode mboms = summary.putObject("mboms");
        queries.list(
                "select count(distinct deployment), count(*) from mboms",
                List.of(),
                row -> mboms.put("deployments", row.getLong(1)).put("revisions", row.getLong(2)));
        ArrayNode alerts = summary.putArray("alerts");
        queries.list(
                "select verdict, lower(severity), lower(state), count(*) from alerts group by 1, 2, 3 order by 1, 2, 3",
                List.of(),
                row -> alerts.addObject()
                        .put("verdict", row.getString(1))
                        .put("severity", row.getString(2))
                        .put("state", row.getString(3))
                        .put("count", row.getLong(4)));
        ObjectNode sources = summary.putObject("sources");
        queries.list(
                "select lower(state), count(*) from sources group by 1 order by 1",
                List.of(),
                row -> sources.put(row.getString(1), row.getLong(2)));
        return summary;
    }
}
