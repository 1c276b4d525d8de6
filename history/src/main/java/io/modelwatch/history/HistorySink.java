package io.modelwatch.history;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.json.JsonForms;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes topics into PostgreSQL. Rows and offsets go in one database transaction, and an offset moves only from where
 * this instance knows it to be: one that lost its partition without noticing writes nothing.
 */
public final class HistorySink implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(HistorySink.class);

    private static final List<Topic<?>> READ =
            List.of(Topics.CHANGES, Topics.MBOMS, Topics.ALERTS, Topics.SOURCES, Topics.PROCUREMENT_EVENTS);

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long MAX_BACKOFF_MILLIS = 10_000;

    private final KafkaConnection kafka;
    private final DataSource database;
    private final Map<String, Topic<?>> topics = new LinkedHashMap<>();
    private final Map<String, Deserializer<? extends SpecificRecord>> deserializers = new HashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
    private volatile @Nullable String trouble = "starting";

    private HistorySink(KafkaConnection kafka, AvroSerdes serdes, DataSource database) {
        this.kafka = kafka;
        this.database = database;
        for (Topic<?> topic : READ) {
            topics.put(kafka.topics().name(topic), topic);
            deserializers.put(kafka.topics().name(topic), serdes.of(topic).deserializer());
        }
        this.thread = Thread.ofPlatform().name("history-sink").unstarted(this::run);
    }

    /** Starts a sink; the database must have been migrated. */
    public static HistorySink start(KafkaConnection kafka, AvroSerdes serdes, DataSource database) {
        HistorySink sink = new HistorySink(kafka, serdes, database);
        sink.thread.start();
        return sink;
    }

    /** Returns the topics that it reads. */
    public static List<Topic<?>> topics() {
        return READ;
    }

    /** Returns what keeps the sink from working just now, or null if it works. */
    public @Nullable String health() {
        return trouble;
    }

    /** Returns how far the history has come: the next offset of each partition, as the database holds it. */
    public Map<TopicPartition, Long> nextOffsets() throws SQLException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        try (Connection connection = database.getConnection();
                PreparedStatement query =
                        connection.prepareStatement("select topic, partition, next_offset from sink_offsets");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                offsets.put(new TopicPartition(rows.getString(1), rows.getInt(2)), rows.getLong(3));
            }
        }
        offsets.keySet().removeIf(partition -> !topics.containsKey(partition.topic()));
        return offsets;
    }

    /** Stops after the batch at hand. */
    @Override
    public void close() {
        closing.countDown();
        KafkaConsumer<byte[], byte[]> running = consumer;
        if (running != null) {
            running.wakeup();
        }
        try {
            thread.join(Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        long backoff = 200;
        while (closing.getCount() > 0) {
            Instant started = Instant.now();
            try {
                consume();
            } catch (WakeupException e) {
                LOGGER.debug("woken");
            } catch (SQLException | RuntimeException | ExecutionException e) {
                trouble = String.valueOf(e.getMessage());
                LOGGER.atWarn()
                        .addKeyValue("error", trouble)
                        .log("history cannot be written; trying again from the stored offsets");
            } catch (InterruptedException e) {
                return;
            }
            boolean ranWell = started.plusSeconds(30).isBefore(Instant.now());
            backoff = ranWell ? 200 : Math.min(backoff * 2, MAX_BACKOFF_MILLIS);
            try {
                if (closing.await(backoff, TimeUnit.MILLISECONDS)) {
                    return;
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void consume() throws SQLException, ExecutionException, InterruptedException {
        Properties settings = kafka.clientProperties();
        settings.put("group.id", kafka.topics().prefix() + "-history");
        settings.put("isolation.level", "read_committed");
        settings.put("enable.auto.commit", "false");
        // Where the database holds no offset, nothing has been written yet.
        settings.put("auto.offset.reset", "earliest");
        Map<TopicPartition, Long> stored = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> reader =
                        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                KafkaProducer<byte[], byte[]> deadLetters = new KafkaProducer<>(
                        kafka.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
            consumer = reader;
            reader.subscribe(topics.keySet(), new FromDatabase(reader, stored));
            while (closing.getCount() > 0) {
                ConsumerRecords<byte[], byte[]> records = reader.poll(POLL);
                write(reader, records, stored, deadLetters);
                if (!reader.assignment().isEmpty()) {
                    trouble = null;
                }
            }
        } finally {
            consumer = null;
        }
    }

    private void write(
            KafkaConsumer<byte[], byte[]> reader,
            ConsumerRecords<byte[], byte[]> records,
            Map<TopicPartition, Long> stored,
            KafkaProducer<byte[], byte[]> deadLetters)
            throws SQLException, ExecutionException, InterruptedException {
        // Positions, not offsets of records: they pass over the markers of transactions too.
        Map<TopicPartition, Long> next = new HashMap<>();
        for (TopicPartition partition : reader.assignment()) {
            long position = reader.position(partition);
            if (position != Math.max(0, stored.getOrDefault(partition, -1L))) {
                next.put(partition, position);
            }
        }
        if (next.isEmpty()) {
            return;
        }
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try (Batches batches = new Batches(connection)) {
                for (Map.Entry<TopicPartition, Long> entry : next.entrySet()) {
                    moveOffset(connection, entry.getKey(), stored.getOrDefault(entry.getKey(), -1L), entry.getValue());
                }
                for (ConsumerRecord<byte[], byte[]> row : records) {
                    add(batches, row, deadLetters);
                }
                batches.execute();
                connection.commit();
            } catch (SQLException | RuntimeException | ExecutionException | InterruptedException e) {
                connection.rollback();
                throw e;
            }
        }
        stored.putAll(next);
    }

    private static void moveOffset(Connection connection, TopicPartition partition, long from, long to)
            throws SQLException {
        String sql = from < 0
                ? "insert into sink_offsets (next_offset, topic, partition) values (?, ?, ?) on conflict do nothing"
                : "update sink_offsets set next_offset = ? where topic = ? and partition = ? and next_offset = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, to);
            statement.setString(2, partition.topic());
            statement.setInt(3, partition.partition());
            if (from >= 0) {
                statement.setLong(4, from);
            }
            if (statement.executeUpdate() != 1) {
                throw new IllegalStateException(partition + ": another instance has written past offset " + from);
            }
        }
    }

    private void add(Batches batches, ConsumerRecord<byte[], byte[]> row, KafkaProducer<byte[], byte[]> deadLetters)
            throws SQLException, ExecutionException, InterruptedException {
        Deserializer<? extends SpecificRecord> deserializer = deserializers.get(row.topic());
        if (deserializer == null || row.value() == null) {
            return;
        }
        SpecificRecord value;
        try {
            value = deserializer.deserialize(row.topic(), row.value());
        } catch (SerializationException e) {
            ProducerRecord<byte[], byte[]> letter =
                    new ProducerRecord<>(kafka.topics().name(Topics.DEAD_LETTERS), row.key(), row.value());
            row.headers().forEach(letter.headers()::add);
            header(letter, "mw_reason", String.valueOf(e.getMessage()));
            header(letter, "mw_topic", row.topic());
            header(letter, "mw_partition", Integer.toString(row.partition()));
            header(letter, "mw_offset", Long.toString(row.offset()));
            // Waited for before the offset moves: a dead letter may come twice, but is never lost.
            deadLetters.send(letter).get();
            return;
        }
        PathHeader.stamp(row.headers(), "history", System.currentTimeMillis());
        String path = path(PathHeader.read(row.headers()));
        switch (value) {
            case Change c ->
                batches.add(
                        "insert into changes (id, subject, kind, effective_at, observed_at, correlation_id, document,"
                                + " path) values (?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb) on conflict do nothing",
                        c.getId(),
                        c.getSubject(),
                        c.getKind().name(),
                        c.getEffectiveAt(),
                        c.getObservedAt(),
                        c.getCorrelationId(),
                        JsonForms.change(c).toString(),
                        path);
            case Mbom m ->
                batches.add(
                        "insert into mboms (deployment, revision, at, correlation_id, document, path) values"
                                + " (?, ?, ?, ?, ?::jsonb, ?::jsonb) on conflict do nothing",
                        m.getDeployment(),
                        m.getRevision(),
                        m.getAt(),
                        m.getCorrelationId(),
                        JsonForms.mbom(m).toString(),
                        path);
            case Alert a -> alert(batches, row, a, path);
            case SourceHealth s ->
                batches.add(
                        "insert into sources (source, at, document, path) values (?, ?, ?::jsonb, ?::jsonb) on conflict"
                                + " (source) do update set at = excluded.at, document = excluded.document, path ="
                                + " excluded.path, recorded_at = now()",
                        s.getSource(),
                        s.getAt(),
                        JsonForms.sourceHealth(s).toString(),
                        path);
            case ProcurementEvent p ->
                batches.add(
                        "insert into procurement_events (id, issued_at, correlation_id, document, path) values"
                                + " (?, ?, ?, ?::jsonb, ?::jsonb) on conflict (id) do update set issued_at ="
                                + " excluded.issued_at, correlation_id = excluded.correlation_id, document ="
                                + " excluded.document, path = excluded.path, recorded_at = now()",
                        p.getId(),
                        p.getIssuedAt(),
                        p.getCorrelationId(),
                        JsonForms.procurement(p).toString(),
                        path);
            case null, default -> throw new IllegalStateException(row.topic() + " holds a value of another type");
        }
    }

    private static void alert(Batches batches, ConsumerRecord<byte[], byte[]> row, Alert a, String path)
            throws SQLException {
        String document = JsonForms.alert(a).toString();
        String state = a.getState().name();
        String verdict = a.getVerdict().name();
        batches.add(
                "insert into alerts (id, deployment, state, verdict, severity, updated_at, correlation_id, document,"
                        + " path) values (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb) on conflict (id) do update set"
                        + " state = excluded.state, verdict = excluded.verdict, severity = excluded.severity,"
                        + " updated_at = excluded.updated_at, document = excluded.document, path = excluded.path,"
                        + " recorded_at = now()",
                a.getId(),
                a.getDeployment(),
                state,
                verdict,
                a.getSeverity().name(),
                a.getUpdatedAt(),
                a.getCorrelationId(),
                document,
                path);
        batches.add(
                "insert into alert_transitions (partition, \"offset\", id, state, verdict, updated_at, correlation_id,"
                        + " document, path) values (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb) on conflict do nothing",
                row.partition(),
                row.offset(),
                a.getId(),
                state,
                verdict,
                a.getUpdatedAt(),
                a.getCorrelationId(),
                document,
                path);
    }

    private static String path(Map<String, Long> stages) {
        StringBuilder json = new StringBuilder("{");
        stages.forEach((stage, millis) -> json.append(json.length() > 1 ? "," : "")
                .append('"')
                .append(stage.replaceAll("[^A-Za-z0-9_.-]", "_"))
                .append("\":")
                .append(millis));
        return json.append('}').toString();
    }

    private static void header(ProducerRecord<byte[], byte[]> letter, String name, String value) {
        letter.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Starts every partition where the database says, whatever the group has committed. */
    private final class FromDatabase implements ConsumerRebalanceListener {
        private final KafkaConsumer<byte[], byte[]> reader;
        private final Map<TopicPartition, Long> stored;

        FromDatabase(KafkaConsumer<byte[], byte[]> reader, Map<TopicPartition, Long> stored) {
            this.reader = reader;
            this.stored = stored;
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            stored.keySet().removeAll(partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            try {
                Map<TopicPartition, Long> offsets = nextOffsets();
                for (TopicPartition partition : partitions) {
                    long next = offsets.getOrDefault(partition, -1L);
                    stored.put(partition, next);
                    if (next >= 0) {
                        reader.seek(partition, next);
                    }
                }
            } catch (SQLException e) {
                throw new IllegalStateException("cannot read sink_offsets: " + e.getMessage(), e);
            }
        }
    }

    /** Statements of one transaction, one batch each. */
    private static final class Batches implements AutoCloseable {
        private final Connection connection;
        private final Map<String, PreparedStatement> statements = new LinkedHashMap<>();

        Batches(Connection connection) {
            this.connection = connection;
        }

        void add(String sql, Object... values) throws SQLException {
            PreparedStatement statement = statements.get(sql);
            if (statement == null) {
                statement = connection.prepareStatement(sql);
                statements.put(sql, statement);
            }
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i] instanceof Instant at ? at.atOffset(ZoneOffset.UTC) : values[i]);
            }
            statement.addBatch();
        }

        void execute() throws SQLException {
            for (PreparedStatement statement : statements.values()) {
                statement.executeBatch();
            }
        }

        @Override
        public void close() throws SQLException {
            for (PreparedStatement statement : statements.values()) {
                statement.close();
            }
        }
    }
}
