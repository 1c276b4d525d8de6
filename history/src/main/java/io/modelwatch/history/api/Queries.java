package io.modelwatch.history.api;

import io.modelwatch.history.HistoryDatabase;
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
    /** Rows that are in memory beside a page: the longest document is some 700 KB. */
    private static final int FETCH = 16;

    /** A page ends with the document that passes this: 8 MiB as text in memory, and again as its answer. */
    private static final long PAGE_CHARACTERS = 8 << 20;

    private static final Duration SILENCE = Duration.ofSeconds(5);

    private final DataSource database;
    private final int seconds;
    private final long pageCharacters;

    Queries(DataSource database, Duration limit) {
        this(database, Math.toIntExact(limit.toSeconds()), PAGE_CHARACTERS);
    }

    private Queries(DataSource database, int seconds, long pageCharacters) {
        this.database = database;
        this.seconds = seconds;
        this.pageCharacters = pageCharacters;
    }

    /** Returns the same with pages that end with the document that passes another number of characters. */
    Queries inPagesOf(long characters) {
        return new Queries(database, seconds, characters);
    }

    /** Makes something of the row at hand. */
    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> list(String sql, List<?> values, Row<T> row) throws SQLException {
        try (Connection connection = connect();
                PreparedStatement statement = statement(connection, sql, values)) {
            List<T> read = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    read.add(row.read(rows));
                }
            }
            return read;
        }
    }

    /**
     * Returns the first items of a list: at most {@code limit}, and fewer where they are long, so that no page outgrows
     * the memory. There is always one at least.
     *
     * @param sql selects key and document, and more than {@code limit} rows where there are more
     */
    Listing.Page page(String sql, List<?> values, int limit) throws SQLException {
        try (Connection connection = connect()) {
            // Without a transaction the driver reads every row at once, whatever the fetch size.
            connection.setAutoCommit(false);
            try (PreparedStatement statement = statement(connection, sql, values)) {
                statement.setFetchSize(FETCH);
                List<Listing.Item> items = new ArrayList<>();
                long characters = 0;
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        if (items.size() == limit || characters > pageCharacters) {
                            return new Listing.Page(items, true);
                        }
                        Listing.Item item = new Listing.Item(rows.getString(1), rows.getString(2));
                        items.add(item);
                        characters += item.document().length();
                    }
                }
                return new Listing.Page(items, false);
            } finally {
                connection.rollback();
            }
        }
    }

    /** The server ends a query that takes too long; a server that says nothing at all is given up soon after. */
    private Connection connect() throws SQLException {
        return HistoryDatabase.bounded(
                database.getConnection(), Duration.ofSeconds(seconds).plus(SILENCE));
    }

    private PreparedStatement statement(Connection connection, String sql, List<?> values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        statement.setQueryTimeout(seconds);
        for (int i = 0; i < values.size(); i++) {
            Object value = values.get(i);
            statement.setObject(i + 1, value instanceof Instant at ? at.atOffset(ZoneOffset.UTC) : value);
        }
        return statement;
    }

    /** Returns the documents that a query finds in its first column. */
    List<String> documents(String sql, Object... values) throws SQLException {
        return list(sql, List.of(values), row -> row.getString(1));
    }
}
