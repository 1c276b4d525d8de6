package io.modelwatch.history;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.modelwatch.history.ledger.Entry;
import io.modelwatch.history.ledger.Ledger;
import io.modelwatch.schemas.Topics;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** A real PostgreSQL with the history's schema, and what the sink writes into it, without a broker. */
public final class Recorder implements AutoCloseable {
    static {
        // Lets Avro use the contract's classes.
        Topics.all();
    }

    private final EmbeddedPostgres server;
    private final HikariDataSource database;
    private final AtomicLong offset = new AtomicLong();
    private @Nullable Ledger ledger;

    public Recorder() throws IOException {
        server = EmbeddedPostgres.builder()
                .setServerConfig("listen_addresses", "127.0.0.1")
                .start();
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(server.getJdbcUrl("postgres", "postgres"));
        pool.setMaximumPoolSize(8);
        database = new HikariDataSource(pool);
        HistoryDatabase.migrate(database);
    }

    public DataSource database() {
        return database;
    }

    /** Chains what is written from now on, as the sink does; null ends that. */
    public void chain(@Nullable Ledger ledger) {
        this.ledger = ledger;
    }

    /** Takes what is there into the ledger, as the sink does at its start. */
    public void adopt(Ledger ledger) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            HistorySink.takeTurn(connection);
            ledger.adopt(connection);
            connection.commit();
        }
    }

    /** Writes values in one transaction, each at the next offset of its topic's one partition. */
    public void write(Object... values) throws SQLException {
        writeAt(offset.getAndAdd(values.length), values);
    }

    /** Writes values as if read from there. */
    public void writeAt(long first, Object... values) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try (Batches batches = new Batches(connection)) {
                HistorySink.takeTurn(connection);
                long at = first;
                List<Entry> entries = new ArrayList<>();
                for (Object value : values) {
                    ConsumerRecord<byte[], byte[]> record =
                            new ConsumerRecord<>("t", 0, at++, "key".getBytes(StandardCharsets.UTF_8), new byte[0]);
                    Object row = value instanceof String json
                            ? Finding.read("alerts-ocsf", json.getBytes(StandardCharsets.UTF_8))
                            : value;
                    Rows.add(batches, record, row);
                    Entry entry = Entry.of(record, row);
                    if (entry != null) {
                        entries.add(entry);
                    }
                }
                batches.execute();
                if (ledger != null) {
                    ledger.append(connection, entries);
                }
                connection.commit();
            }
        }
    }

    /** Writes a record without a value. */
    public void writeTombstone(String topic, String key) throws SQLException {
        try (Connection connection = database.getConnection();
                Batches batches = new Batches(connection)) {
            Rows.add(
                    batches,
                    new ConsumerRecord<>(
                            topic, 0, offset.getAndIncrement(), key.getBytes(StandardCharsets.UTF_8), null),
                    null);
            batches.execute();
        }
    }

    /** Returns the offset that comes next. */
    public long next() {
        return offset.get();
    }

    /** Forgets every row. */
    public void clear() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "truncate changes, lineage, lineage_ancestors, deployment_models, deployments, verdicts, mboms,"
                            + " alerts, alert_transitions, alert_findings, sources, procurement_events, sink_offsets,"
                            + " ledger, ledger_seals");
        }
    }

    @Override
    public void close() throws IOException {
        database.close();
        server.close();
    }
}
