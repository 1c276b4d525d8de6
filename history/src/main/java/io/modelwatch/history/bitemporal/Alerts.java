package io.modelwatch.history.bitemporal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Brings the rows of alerts up to what has come in: a state holds, and is known, since it was told. */
final class Alerts {

    private static final String STATES =
            "select id, updated_at, document::text from alert_transitions where id = any (?)"
                    + " order by partition, \"offset\"";
    private static final List<String> OF_ALERT = List.of("deployment", "state", "verdict", "severity", "disclosed");

    /** A state, as it was told. */
    private record State(String alert, Instant at, String document, String cause) {}

    private final List<State> states = new ArrayList<>();

    /** @param document of the alert in the contract's form */
    void add(String alert, Instant at, String document) {
        JsonNode form = Documents.tree(document);
        ObjectNode said = JsonNodeFactory.instance.objectNode();
        OF_ALERT.stream().filter(form::has).forEach(name -> said.set(name, form.get(name)));
        states.add(new State(alert, at, said.toString(), form.path("cause").asString("")));
    }

    /** Makes the rows of some alerts anew from the states that the database has. */
    static void rebuild(Connection connection, Collection<String> ids) throws SQLException {
        FactTable.ALERTS.forget(connection, ids);
        Alerts alerts = new Alerts();
        try (PreparedStatement query = connection.prepareStatement(STATES)) {
            query.setArray(1, connection.createArrayOf("text", ids.toArray()));
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    alerts.add(
                            rows.getString(1),
                            rows.getObject(2, OffsetDateTime.class).toInstant(),
                            rows.getString(3));
                }
            }
        }
        alerts.write(connection);
    }

    void write(Connection connection) throws SQLException {
        if (states.isEmpty()) {
            return;
        }
        Set<String> ids = states.stream().map(State::alert).collect(Collectors.toSet());
        Instant since =
                states.stream().map(State::at).min(Comparator.naturalOrder()).orElseThrow();
        Map<List<String>, Timeline> timelines = FactTable.ALERTS.load(connection, ids, since);
        for (State state : states) {
            Timeline timeline = timelines.computeIfAbsent(List.of(state.alert()), id -> new Timeline());
            Span newest = timeline.newest();
            Instant at = newest == null || newest.known().isBefore(state.at()) ? state.at() : newest.known();
            timeline.set(at, at, state.cause(), state.document());
        }
        FactTable.ALERTS.store(connection, timelines);
    }
}
