package io.modelwatch.history;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Statements of one transaction, one batch each. */
final class Batches {

    private final Map<String, List<@Nullable Object[]>> statements = new LinkedHashMap<>();

    void add(String sql, @Nullable Object... values) {
        statements.computeIfAbsent(sql, unused -> new ArrayList<>()).add(values);
    }

    /** Executes what was added, statement by statement in the order of their first use. */
    void execute(Connection connection) throws SQLException {
        for (Map.Entry<String, List<@Nullable Object[]>> batch : statements.entrySet()) {
            try (PreparedStatement statement = connection.prepareStatement(batch.getKey())) {
                for (@Nullable Object[] values : batch.getValue()) {
                    for (int i = 0; i < values.length; i++) {
                        statement.setObject(
                                i + 1, values[i] instanceof Instant at ? at.atOffset(ZoneOffset.UTC) : values[i]);
                    }
                    statement.addBatch();
                }
                statement.executeBatch();
            }
        }
    }
}
