package io.modelwatch.history.api;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Asks the database, in bounded time. */
final class Queries {
    private final DataSource database;
    private final int seconds;

    Queries(DataSource database, Duration limit) {
        this.database = database;
        this.seconds = Math.toIntExact(limit.toSeconds());
    }

    /** Makes something of the row at hand. */
    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> list(String sql, List<?> values, Row<T> row) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setQueryTimeout(seconds);
            for (int i = 0; i < values.size(); i++) {
                Object value = values.get(i);
                statement.setObject(i + 1, value instanceof Instant at ? at.atOffset(ZoneOffset.UTC) : value);
            }
            List<T> read = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    read.add(row.read(rows));
                }
            }
            return read;
        }
    }

    /** Returns the documents that a query finds in its first column. */
    List<String> documents(String sql, Object... values) throws SQLException {
        return list(sql, List.of(values), row -> row.getString(1));
    }
}
