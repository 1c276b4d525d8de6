package io.modelwatch.history;

import io.modelwatch.schemas.avro.Change;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The changes of one transaction: by far the most rows, so one statement writes all of them, column by column. */
final class ChangeRows {

    private static final int COLUMNS = 12;

    /** An id that is there already is not written again; what is, gets its seq in the order of the records. */
    private static final String INSERT = """
            with said as (
            select * from unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::timestamptz[], ?::timestamptz[],
                   ?::text[], ?::text[], ?::text[], ?::text[], ?::boolean[], ?::timestamptz[]) with ordinality as s (id,
                   subject, kind, source, effective_at, observed_at, correlation_id, document, path, subject_kind, late,
                   arrived_at, place)),
            fresh as (insert into change_ids select id from said on conflict do nothing returning id)
            insert into changes (id, subject, kind, source, effective_at, observed_at, correlation_id, document, path,
                   subject_kind, late, arrived_at)
            select id, subject, kind, source, effective_at, observed_at, correlation_id, document::json, path::json,
                   subject_kind, late, arrived_at
              from said join fresh using (id) order by place""";

    /** By id; one that comes again is the same. */
    private final Map<String, @Nullable String[]> rows = new LinkedHashMap<>();

    private final TreeSet<Instant> times = new TreeSet<>();

    /**
     * Adds a change.
     *
     * @param document in the contract's form
     * @param path the way of its record to here, as JSON
     * @param arrived timestamp of the record, or null
     */
    void add(Change c, String document, String path, @Nullable Instant arrived) {
        times.add(c.getObservedAt());
        rows.putIfAbsent(c.getId(), new @Nullable String[] {
            c.getId(),
            c.getSubject(),
            c.getKind().name(),
            c.getSource(),
            c.getEffectiveAt().toString(),
            c.getObservedAt().toString(),
            c.getCorrelationId(),
            document,
            path,
            c.getSubjectKind().name(),
            Boolean.toString(c.getLate()),
            arrived == null ? null : arrived.toString()
        });
    }

    void write(Connection connection) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement months = connection.prepareStatement("select changes_months(?::timestamptz[])")) {
            months.setArray(
                    1,
                    connection.createArrayOf(
                            "text",
                            times.stream()
                                    .map(time -> time.atOffset(ZoneOffset.UTC)
                                                    .withDayOfMonth(1)
                                                    .toLocalDate() + "T00:00:00Z")
                                    .distinct()
                                    .toArray()));
            months.execute();
        }
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (int column = 0; column < COLUMNS; column++) {
                // An array of String goes over in binary; one of Object would be written and parsed as text.
                @Nullable String[] values = new @Nullable String[rows.size()];
                int next = 0;
                for (@Nullable String[] row : rows.values()) {
                    values[next++] = row[column];
                }
                insert.setArray(column + 1, connection.createArrayOf("text", values));
            }
            insert.executeUpdate();
        }
    }
}
