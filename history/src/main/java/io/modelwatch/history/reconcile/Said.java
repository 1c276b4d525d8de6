package io.modelwatch.history.reconcile;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a topic says, as names and digests in a temporary table of the database: however much it is, this process holds a
 * batch of it.
 */
final class Said implements AutoCloseable {

    private static final int BATCH = 5_000;
    private static final int EXAMPLES = 5;
    private static final long LOOK_MILLIS = 200;

    private final Connection connection;
    private final Duration patience;
    private final List<String> names = new ArrayList<>();
    private final List<@Nullable String> digests = new ArrayList<>();
    private final PreparedStatement insert;
    private final MessageDigest md5;
    private long count;

    /** @param patience how long what is on its way may take to arrive */
    Said(Connection connection, Duration patience) throws SQLException {
        this.connection = connection;
        this.patience = patience;
        try (Statement statement = connection.createStatement()) {
            statement.execute("drop table if exists pg_temp.said");
            statement.execute("create temporary table said (n bigserial, name text not null, digest text)");
        }
        this.insert = connection.prepareStatement(
                "insert into said (name, digest) select * from unnest(?::text[], ?::text[])");
        try {
            // Against accidents, and computed by the database alike; the ledger is against forgery.
            this.md5 = MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Adds what a record says.
     *
     * @param name of its row
     * @param document in the contract's form; null where a record ends its row
     */
    void add(String name, @Nullable String document) throws SQLException {
        names.add(name);
        digests.add(
                document == null
                        ? null
                        : HexFormat.of().formatHex(md5.digest(document.getBytes(StandardCharsets.UTF_8))));
        count++;
        if (names.size() >= BATCH) {
            flush();
        }
    }

    private void flush() throws SQLException {
        if (names.isEmpty()) {
            return;
        }
        insert.setArray(1, connection.createArrayOf("text", names.toArray()));
        insert.setArray(2, connection.createArrayOf("text", digests.toArray()));
        insert.executeUpdate();
        names.clear();
        digests.clear();
    }

    /** Returns how many records were added. */
    long count() {
        return count;
    }

    /** Forgets all but what was said last of each name. */
    void keepNewest() throws SQLException {
        flush();
        try (Statement statement = connection.createStatement()) {
            statement.execute("delete from said using (select name, max(n) as n from said group by name) newest"
                    + " where said.name = newest.name and said.n < newest.n");
        }
    }

    /** Ends adding, so that what follows is asked with a plan that knows how much there is. */
    void complete() throws SQLException {
        flush();
        try (Statement statement = connection.createStatement()) {
            statement.execute("create index on said (name)");
            statement.execute("analyze said");
        }
    }

    /**
     * Returns how many rows a query has whose answer may change while records arrive, once there are none or the time is
     * up: a pipeline at work is a moment behind.
     *
     * @param query with one column of text
     */
    long settled(String query, List<String> examples) throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            List<String> some = new ArrayList<>();
            long found = count(query, some);
            if (found == 0 || System.nanoTime() > deadline) {
                examples.addAll(some);
                return found;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    /**
     * Returns how many rows a query has, and the first of them as examples.
     *
     * @param query with one column of text
     */
    long count(String query, List<String> examples) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("with found (what) as materialized (" + query
                        + ") select what, count(*) over () from found order by what limit " + EXAMPLES)) {
            long found = 0;
            while (rows.next()) {
                found = rows.getLong(2);
                examples.add(rows.getString(1));
            }
            return found;
        }
    }

    @Override
    public void close() throws SQLException {
        insert.close();
        try (Statement statement = connection.createStatement()) {
            statement.execute("drop table said");
        }
    }
}
