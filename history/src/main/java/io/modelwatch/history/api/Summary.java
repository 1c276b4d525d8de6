package io.modelwatch.history.api;

import java.sql.SQLException;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Counts of what the history holds. */
final class Summary {
    private Summary() {}

    static ObjectNode of(Queries queries) throws SQLException {
        ObjectNode summary = JsonNodeFactory.instance.objectNode();
        ObjectNode changes = summary.putObject("changes");
        queries.list(
                "select kind, count(*) from changes group by kind order by kind",
                List.of(),
                row -> changes.put(row.getString(1), row.getLong(2)));
        queries.list(
                "select min(observed_at) from changes",
                List.of(),
                row -> row.getTimestamp(1) == null
                        ? summary
                        : summary.put(
                                "changesSince", row.getTimestamp(1).toInstant().toString()));
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
