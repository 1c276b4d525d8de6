package io.modelwatch.history;

import io.modelwatch.history.bitemporal.Bitemporal;
import io.modelwatch.history.ledger.Ledger;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Makes every row of the history again from the topics. What topics no longer hold, since they are compacted or have a
 * retention, is taken over from the rows that were there: revisions of MBOMs, changes, and states of alerts. The views
 * for analysts then hold the same rows as before; numbers and times of recording are new.
 */
public final class HistoryRebuild {

    /** Tables whose rows are events: each stays what it is, so an old row is as good as a new one. */
    static final List<String> EVENTS = List.of("mboms", "changes", "alert_transitions", "alert_findings");

    /** Tables that hold the newest word of each key, which a compacted topic keeps. */
    static final List<String> STATES = List.of(
            "change_ids",
            "alerts",
            "lineage_ancestors",
            "lineage",
            "alert_groups",
            "deployment_models",
            "deployments",
            "verdicts",
            "sources",
            "procurement_events",
            "disclosures");

    private static final Duration PATIENCE = Duration.ofHours(12);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final Duration REPORT = Duration.ofSeconds(10);

    private HistoryRebuild() {}

    /**
     * Rebuilds, and returns how many rows each table of events took over since no topic holds them any more. Instances
     * that write the history meanwhile read everything again too, and come to the same.
     *
     * @param database migrated
     * @param ledger keeps what it has: an entry that is there already is passed over
     * @param progress told in plain words how far it has come
     * @throws IllegalStateException if the sink cannot work
     */
    public static Map<String, Long> run(
            KafkaConnection kafka, AvroSerdes serdes, DataSource database, Ledger ledger, Consumer<String> progress)
            throws SQLException, InterruptedException {
        Map<TopicPartition, Long> ends = ends(kafka);
        setAside(database);
        progress.accept("the rows that were there are set aside; reading "
                + ends.values().stream().mapToLong(Long::longValue).sum() + " offsets");
        try (HistorySink sink = HistorySink.start(kafka, serdes, database, ledger, "rebuild")) {
            await(sink, ends, progress);
        }
        return takeOver(database, progress);
    }

    private static Map<TopicPartition, Long> ends(KafkaConnection kafka) {
        Properties settings = kafka.clientProperties();
        settings.put("isolation.level", "read_committed");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (var topic : HistorySink.topics()) {
                consumer.partitionsFor(kafka.topics().name(topic))
                        .forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
            }
            return consumer.endOffsets(partitions);
        }
    }

    /** One that was cut short has set rows aside already: those are kept too. */
    private static void setAside(DataSource database) throws SQLException {
        inTurn(database, statement -> {
            statement.execute("create schema if not exists kept");
            for (String table : EVENTS) {
                statement.execute("create table if not exists kept." + table + " (like " + table + ")");
                statement.execute("insert into kept." + table + " select * from " + table
                        + " t where not exists (select" + " from kept." + table + " k where " + same(table) + ")");
            }
            statement.execute("truncate " + String.join(", ", EVENTS) + ", " + String.join(", ", STATES));
            for (String table : facts(statement)) {
                statement.execute("truncate bitemporal." + table);
            }
            return statement.executeUpdate("delete from sink_offsets");
        });
    }

    private static List<String> facts(Statement statement) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (ResultSet rows =
                statement.executeQuery("select tablename from pg_tables where schemaname = 'bitemporal' order by 1")) {
            while (rows.next()) {
                tables.add(rows.getString(1));
            }
        }
        return tables;
    }

    private static String same(String table) {
        return switch (table) {
            case "mboms" -> "(k.deployment, k.revision) = (t.deployment, t.revision)";
            case "changes" -> "k.id = t.id";
            default -> "(k.partition, k.\"offset\") = (t.partition, t.\"offset\")";
        };
    }

    private static void await(HistorySink sink, Map<TopicPartition, Long> ends, Consumer<String> progress)
            throws SQLException, InterruptedException {
        long begin = System.nanoTime();
        long reported = begin;
        while (true) {
            Map<TopicPartition, Long> offsets = sink.nextOffsets();
            long missing = ends.entrySet().stream()
                    .mapToLong(end -> Math.max(0, end.getValue() - offsets.getOrDefault(end.getKey(), 0L)))
                    .sum();
            if (missing == 0) {
                return;
            }
            long now = System.nanoTime();
            if (now - begin > PATIENCE.toNanos()) {
                throw new IllegalStateException("the history does not come to the end of the topics: " + sink.health());
            }
            if (now - reported > REPORT.toNanos()) {
                reported = now;
                String trouble = sink.health();
                progress.accept(missing + " offsets to go" + (trouble == null ? "" : "; " + trouble));
            }
            Thread.sleep(PAUSE);
        }
    }

    private static Map<String, Long> takeOver(DataSource database, Consumer<String> progress) throws SQLException {
        return inTurn(database, statement -> {
            List<String> deployments = strings(
                    statement,
                    "select distinct deployment from kept.mboms t where not exists (select from mboms k where "
                            + same("mboms") + ") union select distinct subject from kept.changes t where late and not"
                            + " exists (select from changes k where " + same("changes") + ")");
            List<String> alerts = strings(
                    statement,
                    "select distinct id from kept.alert_transitions t where not exists (select from alert_transitions k"
                            + " where " + same("alert_transitions") + ")");
            statement.execute("select changes_months(array_agg(distinct date_trunc('month', observed_at at time zone"
                    + " 'UTC') at time zone 'UTC')) from kept.changes");
            Map<String, Long> kept = new LinkedHashMap<>();
            for (String table : EVENTS) {
                kept.put(table, (long) statement.executeUpdate("insert into " + table + " select * from kept." + table
                        + " t where not exists (select from " + table + " k where " + same(table) + ")"));
            }
            statement.execute("insert into change_ids select id from kept.changes on conflict do nothing");
            Connection connection = statement.getConnection();
            for (String deployment : deployments) {
                Bitemporal.rebuild(connection, deployment);
            }
            Bitemporal.rebuildAlerts(connection, alerts);
            statement.execute("drop schema kept cascade");
            progress.accept("done");
            return kept;
        });
    }

    private static List<String> strings(Statement statement, String sql) throws SQLException {
        List<String> strings = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
        }
        return strings;
    }

    /** What is done while no sink writes. */
    @FunctionalInterface
    private interface Work<T> {
        T with(Statement statement) throws SQLException;
    }

    private static <T> T inTurn(DataSource database, Work<T> work) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                HistorySink.takeTurn(connection);
                T result = work.with(statement);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
        }
    }
}
