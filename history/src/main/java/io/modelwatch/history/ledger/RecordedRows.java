package io.modelwatch.history.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;

/** Rows of the history as the ledger reads them again. */
final class RecordedRows {

    static final String MBOM_COLUMNS =
            "m.deployment, m.revision, m.at, m.removed, m.correlation_id, m.document::text as document";
    static final String ALERT_COLUMNS = "t.partition, t.\"offset\", t.id, t.deployment, t.state, t.verdict, t.severity,"
            + " t.updated_at, t.correlation_id, t.document::text as document";

    static final String MBOMS_IN_ORDER = "select " + MBOM_COLUMNS + " from mboms m order by m.deployment, m.revision";
    static final String ALERTS_IN_ORDER =
            "select " + ALERT_COLUMNS + " from alert_transitions t order by t.partition, t.\"offset\"";

    private RecordedRows() {}

    /** Makes an entry of the row at hand. */
    @FunctionalInterface
    interface Reading {
        Entry read(ResultSet row) throws SQLException;
    }

    static Entry mbom(ResultSet row) throws SQLException {
        return Entry.mbom(
                row.getString("deployment"),
                row.getLong("revision"),
                time(row, "at"),
                row.getBoolean("removed"),
                row.getString("correlation_id"),
                row.getString("document"));
    }

    static Entry alert(ResultSet row) throws SQLException {
        return Entry.alert(
                row.getInt("partition"),
                row.getLong("offset"),
                row.getString("id"),
                row.getString("deployment"),
                row.getString("state"),
                row.getString("verdict"),
                row.getString("severity"),
                time(row, "updated_at"),
                row.getString("correlation_id"),
                row.getString("document"));
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
