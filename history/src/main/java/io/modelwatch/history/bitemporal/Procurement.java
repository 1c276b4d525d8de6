package io.modelwatch.history.bitemporal;

import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.json.JsonForms;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Brings the rows of procurement events up to what has come in. An event holds in its own term and is known since it was
 * issued, the only such time that it has; one of the same id that was issued later takes its place.
 */
final class Procurement {

    private static final Instant EVER = Instant.parse("0001-01-01T00:00:00Z");

    private final List<ProcurementEvent> events = new ArrayList<>();

    void add(ProcurementEvent event) {
        events.add(event);
    }

    void write(Connection connection) throws SQLException {
        if (events.isEmpty()) {
            return;
        }
        Set<String> ids = events.stream().map(ProcurementEvent::getId).collect(Collectors.toSet());
        Map<List<String>, Timeline> timelines = FactTable.PROCUREMENT.load(connection, ids, EVER);
        for (ProcurementEvent event : events) {
            tell(event, timelines.computeIfAbsent(List.of(event.getId()), id -> new Timeline()));
        }
        FactTable.PROCUREMENT.store(connection, timelines);
    }

    private static void tell(ProcurementEvent event, Timeline timeline) {
        Instant issued = event.getIssuedAt();
        Instant from = event.getValidFrom() == null ? issued : event.getValidFrom();
        Instant until = event.getValidTo();
        String document = JsonForms.procurement(event).toString();
        Span there = timeline.at(from);
        Span newest = timeline.newest();
        boolean said = there != null
                && there.from().equals(from)
                && Objects.equals(there.until(), until)
                && document.equals(there.document());
        if (said || (newest != null && newest.known().isAfter(issued))) {
            return;
        }
        if (newest != null) {
            timeline.set(EVER, null, issued, null, old -> null);
        }
        timeline.set(from, until, issued, null, old -> document);
    }
}
