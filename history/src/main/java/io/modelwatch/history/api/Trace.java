package io.modelwatch.history.api;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The path of one observation or procurement event: who handled it when, and what came of it. */
final class Trace {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final List<String> ORDER =
            List.of("poll", "changes", "lineage", "mbom", "drift", "blindness", "history");
    private static final String HISTORY = "history";
    private static final String TRACE_ID = "traceId";
    private static final int MOST = 1000;

    /** Rows that carry the id: the stage that wrote each, what to say of it, its path. */
    private static final String ROWS = """
            select 'changes' as stage, json_build_object('change', id, 'kind', kind, 'subject', subject)::text as said,
                   path::text, recorded_at, seq
              from changes where correlation_id = ?
            union all
            select 'mbom', json_build_object('deployment', deployment, 'revision', revision)::text, path::text,
                   recorded_at, seq
              from mboms where correlation_id = ?
            union all
            select 'drift', json_build_object('alert', id, 'deployment', deployment, 'state', lower(state), 'verdict',
                   verdict)::text, path::text, recorded_at, seq
              from alert_transitions where correlation_id = ?
            union all
            select 'poll', json_build_object('procurement', id)::text, path::text, recorded_at, seq
              from procurement_events where correlation_id = ?
            order by seq limit ?""";

    private Trace() {}

    private record Step(String stage, Instant at, ObjectNode form) {}

    private record Row(String stage, String said, String path, Instant recordedAt) {}

    /**
     * Returns {@code {"steps":[…]}} in the order of time, with {@code traceIds} where traces were on.
     *
     * @throws Problem if nothing carries the id
     */
    static ObjectNode of(Queries queries, String id) throws SQLException {
        List<Row> rows = queries.list(
                ROWS,
                List.of(id, id, id, id, MOST),
                row -> new Row(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getTimestamp(4).toInstant()));
        if (rows.isEmpty()) {
            throw Problem.notFound("nothing in the history carries the correlation id " + id
                    + "; an observation that changed nothing leaves no trace");
        }
        List<Step> steps = new ArrayList<>();
        Map<String, TreeSet<Long>> passed = new LinkedHashMap<>();
        Set<String> traceIds = new LinkedHashSet<>();
        for (Row row : rows) {
            JsonNode path = JSON.readTree(row.path());
            if (path.has(TRACE_ID)) {
                traceIds.add(path.path(TRACE_ID).asString());
            }
            path.properties().stream()
                    .filter(stage -> stage.getValue().isNumber())
                    .forEach(stage -> passed.computeIfAbsent(stage.getKey(), s -> new TreeSet<>())
                            .add(stage.getValue().asLong()));
            // A row of a foreign writer, who left no path, is told by the time it was recorded.
            Instant at = path.has(row.stage())
                    ? Instant.ofEpochMilli(path.path(row.stage()).asLong())
                    : row.recordedAt();
            steps.add(step(row.stage(), at, (ObjectNode) JSON.readTree(row.said())));
        }
        passed.forEach((stage, times) -> {
            boolean told = steps.stream().anyMatch(step -> step.stage().equals(stage));
            if (!told) {
                // Of the history, the moment at which all of it was written.
                long at = stage.equals(HISTORY) ? times.last() : times.first();
                steps.add(step(stage, Instant.ofEpochMilli(at), JSON.createObjectNode()));
            }
        });
        steps.sort(Comparator.comparing(Step::at).thenComparing(step -> ORDER.indexOf(step.stage())));
        ObjectNode trace = JSON.createObjectNode();
        trace.put("correlationId", id);
        if (!traceIds.isEmpty()) {
            ArrayNode ids = trace.putArray("traceIds");
            traceIds.forEach(ids::add);
        }
        ArrayNode list = trace.putArray("steps");
        steps.forEach(step -> list.add(step.form()));
        return trace;
    }

    private static Step step(String stage, Instant at, ObjectNode said) {
        ObjectNode form = JSON.createObjectNode().put("stage", stage).put("at", at.toString());
        form.setAll(said);
        return new Step(stage, at, form);
    }
}
