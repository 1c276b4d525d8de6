package io.modelwatch.history;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.modelwatch.history.ledger.Ledger;
import io.modelwatch.schemas.Topics;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.flywaydb.core.Flyway;
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
        this("latest");
        migrate();
    }

    /** With the schema as an older version of modelwatch left it. */
    Recorder(String version) throws IOException {
        server = EmbeddedPostgres.builder()
                .setServerConfig("listen_addresses", "127.0.0.1")
                // Nobody pulls the plug of this one.
                .setServerConfig("fsync", "off")
                .start();
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(server.getJdbcUrl("postgres", "postgres"));
        pool.setMaximumPoolSize(8);
        database = new HikariDataSource(pool);
        Flyway.configure(HistoryDatabase.class.getClassLoader())
                .dataSource(database)
                .locations("classpath:db/migration")
                .target(version)
                .load()
                .migrate();
    }

    /** Brings the schema to the newest version, as every start of the history does. */
    public void migrate() {
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
        writeAt(first, null, values);
    }

    /** Writes values whose observations came in at a time. */
    public void writeArrived(Instant arrived, Object... values) throws SQLException {
        writeAt(offset.getAndAdd(values.length), arrived, values);
    }

    /** A value and when its observation came in. */
    public record Arrival(Instant arrived, Object value) {}

    /** Writes values in one transaction. */
    public void writeAll(List<Arrival> arrivals) throws SQLException {
        inTransaction(recording -> {
            for (Arrival one : arrivals) {
                recording.add(
                        record("t", "key", offset.getAndIncrement(), one.arrived(), new byte[0]), one.value(), false);
            }
        });
    }

    private void writeAt(long first, Instant arrived, Object... values) throws SQLException {
        inTransaction(recording -> {
            long at = first;
            for (Object value : values) {
                Object row = value instanceof String json
                        ? Finding.read("alerts-ocsf", json.getBytes(StandardCharsets.UTF_8))
                        : value;
                recording.add(record("t", "key", at++, arrived, new byte[0]), row, false);
            }
        });
    }

    /** Writes a record without a value. */
    public void writeTombstone(String topic, String key) throws SQLException {
        inTransaction(
                recording -> recording.add(record(topic, key, offset.getAndIncrement(), null, null), null, false));
    }

    private void inTransaction(Consumer<Recording> writing) throws SQLException {
        Recording recording = new Recording();
        writing.accept(recording);
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                HistorySink.takeTurn(connection);
                recording.write(connection);
                if (ledger != null) {
                    ledger.append(connection, recording.entries());
                }
                connection.commit();
            } finally {
                connection.rollback();
            }
        }
    }

    private static ConsumerRecord<byte[], byte[]> record(
            String topic, String key, long offset, Instant arrived, byte[] value) {
        return new ConsumerRecord<>(
                topic,
                0,
                offset,
                arrived == null ? ConsumerRecord.NO_TIMESTAMP : arrived.toEpochMilli(),
                TimestampType.CREATE_TIME,
                0,
                0,
                key.getBytes(StandardCharsets.UTF_8),
                value,
                new RecordHeaders(),
                Optional.empty());
    }

    /** Returns the offset that comes next. */
    public long next() {
        return offset.get();
    }

    /** Forgets every row. */
    public void clear() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("truncate bitemporal.heads, "
                    + Stream.of("deployments", "components", "claims", "models", "lineage", "procurement", "alerts")
                            .map(table -> "bitemporal." + table + ", bitemporal." + table + "_before")
                            .collect(Collectors.joining(", ")));
            statement.execute(
                    "truncate change_ids, changes, lineage, lineage_ancestors, deployment_models, deployments, verdicts, mboms, alerts,"
                            + " alert_transitions, alert_findings, sources, procurement_events, sink_offsets, ledger, ledger_seals");
        }
    }

    @Override
    public void close() throws IOException {
        database.close();
        server.close();
    }
}
