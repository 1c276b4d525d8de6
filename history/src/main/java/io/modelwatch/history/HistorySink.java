package io.modelwatch.history;

import io.modelwatch.history.ledger.Entry;
import io.modelwatch.history.ledger.Ledger;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.DeadLetter;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
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

    private static final List<Topic<?>> READ = List.of(
            Topics.CHANGES,
            Topics.LINEAGE,
            Topics.MBOMS,
            Topics.ALERTS,
            Topics.ALERT_GROUPS,
            Topics.ALERTS_OCSF,
            Topics.VERDICTS,
            Topics.SOURCES,
            Topics.PROCUREMENT_EVENTS,
            Topics.DISCLOSURES);

    /** Key of the lock by which writers take turns; any number that nobody else in the database uses. */
    private static final long TURN = 7_302_640_001L;

    /** PostgreSQL: {@code disk_full}. */
    private static final String DISK_FULL = "53100";

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long MAX_BACKOFF_MILLIS = 10_000;
    /** A statement of a batch takes seconds at most; turns of other writers are waited for in it too. */
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(2);

    private final KafkaConnection kafka;
    private final DataSource database;
    private final Ledger ledger;
    private final String instance;
    private final Map<String, Topic<?>> topics = new LinkedHashMap<>();
    private final Map<String, Deserializer<? extends SpecificRecord>> deserializers = new HashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
    private volatile @Nullable String trouble = "starting";
    private final Consumer<Duration> alertLatency;
    private final LongAdder buried = new LongAdder();
    private volatile long lag;

    private HistorySink(
            KafkaConnection kafka,
            AvroSerdes serdes,
            DataSource database,
            Ledger ledger,
            String instance,
            Consumer<Duration> alertLatency) {
        this.alertLatency = alertLatency;
        this.ledger = ledger;
        this.instance = instance;
        this.kafka = kafka;
        this.database = database;
        for (Topic<?> topic : READ) {
            topics.put(kafka.topics().name(topic), topic);
            if (topic.valueType() != null) {
                deserializers.put(kafka.topics().name(topic), serdes.of(topic).deserializer());
            }
        }
        this.thread = Thread.ofPlatform().name("history-sink").unstarted(this::run);
    }

    /**
     * Starts a sink; the database must have been migrated.
     *
     * @param ledger chains what is written of deployments
     * @param instance name of this instance, the same after a restart and another one for each instance
     */
    public static HistorySink start(
            KafkaConnection kafka, AvroSerdes serdes, DataSource database, Ledger ledger, String instance) {
        return start(kafka, serdes, database, ledger, instance, latency -> {});
    }

    /** As above; {@code alertLatency} is told of each state of an alert how long after its cause it was written. */
    public static HistorySink start(
            KafkaConnection kafka,
            AvroSerdes serdes,
            DataSource database,
            Ledger ledger,
            String instance,
            Consumer<Duration> alertLatency) {
        HistorySink sink = new HistorySink(kafka, serdes, database, ledger, instance, alertLatency);
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

    /** Returns how many records it has still to write, as far as it has heard of them. */
    public long lag() {
        return lag;
    }

    /** Returns how many records it has given up. */
    public long buried() {
        return buried.sum();
    }

    /** Returns how far the history has come: the next offset of each partition, as the database holds it. */
    public Map<TopicPartition, Long> nextOffsets() throws SQLException {
        Map<TopicPartition, Long> offsets = nextOffsets(database);
        offsets.keySet().removeIf(partition -> !topics.containsKey(partition.topic()));
        return offsets;
    }

    /** Returns the next offset of each partition of every history that a database holds. */
    public static Map<TopicPartition, Long> nextOffsets(DataSource database) throws SQLException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        try (Connection connection = HistoryDatabase.bounded(database.getConnection(), ANSWER_LIMIT);
                PreparedStatement query =
                        connection.prepareStatement("select topic, partition, next_offset from sink_offsets");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                offsets.put(new TopicPartition(rows.getString(1), rows.getInt(2)), rows.getLong(3));
            }
        }
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

    private Connection connect() throws SQLException {
        return HistoryDatabase.bounded(database.getConnection(), ANSWER_LIMIT);
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
                trouble = e instanceof SQLException sql ? trouble(sql) : String.valueOf(e.getMessage());
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
        adopt();
        Properties settings = kafka.clientProperties();
        settings.put("group.id", group(kafka.topics()));
        // A restart after a kill takes its partitions again at once, not when the dead one times out.
        settings.put("group.instance.id", "history-" + instance);
        settings.put("isolation.level", "read_committed");
        settings.put("enable.auto.commit", "false");
        // Rows go in by the array; 500 of them, the default, are half spent on the commit.
        settings.put("max.poll.records", "2000");
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
                lag = reader.assignment().stream()
                        .mapToLong(partition -> reader.currentLag(partition).orElse(0))
                        .sum();
            }
        } finally {
            consumer = null;
        }
    }

    /** What was recorded before there was a ledger is taken into it before anything else is. */
    private void adopt() throws SQLException {
        // Not bounded: it may take as long as all that was recorded.
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                takeTurn(connection);
                ledger.adopt(connection);
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
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
        List<Decoded> rows = new ArrayList<>();
        Map<ByteBuffer, Long> newest = newest(records);
        for (ConsumerRecord<byte[], byte[]> record : records) {
            try {
                boolean replaced = record.topic().equals(kafka.topics().name(Topics.LINEAGE))
                        && newest.getOrDefault(ByteBuffer.wrap(record.key()), record.offset()) != record.offset();
                rows.add(new Decoded(record, decode(record), replaced));
            } catch (SerializationException e) {
                bury(record, String.valueOf(e.getMessage()), deadLetters);
            }
        }
        try {
            commit(next, stored, rows, deadLetters, false);
        } catch (SQLException e) {
            if (!isPoison(e)) {
                throw e;
            }
            commit(next, stored, rows, deadLetters, true);
        }
        stored.putAll(next);
        tellLatency(rows);
    }

    /** What the topologies make of a record has the time at which that was published. */
    private void tellLatency(List<Decoded> rows) {
        String alerts = kafka.topics().name(Topics.ALERTS);
        Instant now = Instant.now();
        for (Decoded row : rows) {
            if (row.record().topic().equals(alerts) && row.value() != null) {
                Duration latency =
                        Duration.between(Instant.ofEpochMilli(row.record().timestamp()), now);
                alertLatency.accept(latency.isNegative() ? Duration.ZERO : latency);
            }
        }
    }

    /**
     * Returns the offset of the last word on each model, whose records share a partition: ancestries settle in several steps, of which the others count for what was
     * known in between alone, and a tombstone among them must not come after what follows it.
     */
    private Map<ByteBuffer, Long> newest(ConsumerRecords<byte[], byte[]> records) {
        Map<ByteBuffer, Long> last = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record :
                records.records(kafka.topics().name(Topics.LINEAGE))) {
            last.put(ByteBuffer.wrap(record.key()), record.offset());
        }
        return last;
    }

    /**
     * A record and its value.
     *
     * @param value null where the record is a tombstone
     * @param replaced whether another of the batch takes its place
     */
    private record Decoded(
            ConsumerRecord<byte[], byte[]> record, @Nullable Object value, boolean replaced) {}

    /** @param oneByOne whether each record is tried alone, so that one that the database refuses can be told */
    private void commit(
            Map<TopicPartition, Long> next,
            Map<TopicPartition, Long> stored,
            List<Decoded> rows,
            KafkaProducer<byte[], byte[]> deadLetters,
            boolean oneByOne)
            throws SQLException, ExecutionException, InterruptedException {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            try (Recording recording = new Recording(connection)) {
                takeTurn(connection);
                for (Map.Entry<TopicPartition, Long> entry : next.entrySet()) {
                    moveOffset(connection, entry.getKey(), stored.getOrDefault(entry.getKey(), -1L), entry.getValue());
                }
                List<Entry> entries = new ArrayList<>();
                for (Decoded row : rows) {
                    if (oneByOne) {
                        if (!writeAlone(connection, recording, row, deadLetters)) {
                            continue;
                        }
                    } else {
                        recording.add(row.record(), row.value(), row.replaced());
                    }
                    Entry entry = Entry.of(row.record(), row.value());
                    if (entry != null) {
                        entries.add(entry);
                    }
                }
                recording.write();
                ledger.append(connection, entries);
                connection.commit();
            } catch (SQLException | RuntimeException | ExecutionException | InterruptedException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    /** Returns whether the database took it. */
    private boolean writeAlone(
            Connection connection, Recording recording, Decoded row, KafkaProducer<byte[], byte[]> deadLetters)
            throws SQLException, ExecutionException, InterruptedException {
        Savepoint before = connection.setSavepoint();
        try {
            recording.add(row.record(), row.value(), row.replaced());
            recording.write();
            connection.releaseSavepoint(before);
            return true;
        } catch (SQLException e) {
            if (!isPoison(e)) {
                throw e;
            }
            connection.rollback(before);
            recording.clear();
            bury(row.record(), "the database refuses it: " + reason(e), deadLetters);
            return false;
        }
    }

    /** What the server says: the message of a batch quotes the whole statement, and with it the record. */
    private static String reason(SQLException e) {
        SQLException cause = e.getNextException();
        return String.valueOf((cause == null ? e : cause).getMessage());
    }

    private static String trouble(SQLException e) {
        return DISK_FULL.equals(e.getSQLState())
                ? "the disk of the database is full ("
                        + reason(e).lines().findFirst().orElse("")
                        + "): free some, and it goes on by itself; nothing is lost while the topics keep their records"
                : reason(e);
    }

    /** Writers take turns until they commit, so that the order of {@code seq} is the order of visibility. */
    static void takeTurn(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + TURN + ")");
        }
    }

    /**
     * Data exceptions (class 22), violated constraints (23) and exceeded limits such as a key too long for its index
     * (54) are the record's fault and stay, however often tried.
     */
    private static boolean isPoison(SQLException e) {
        String state = e.getSQLState();
        return state != null && (state.startsWith("22") || state.startsWith("23") || state.startsWith("54"));
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

    private @Nullable Object decode(ConsumerRecord<byte[], byte[]> record) {
        Deserializer<? extends SpecificRecord> deserializer = deserializers.get(record.topic());
        if (record.value() == null) {
            return null;
        }
        return deserializer == null
                ? Finding.read(record.topic(), record.value())
                : deserializer.deserialize(record.topic(), record.value());
    }

    private void bury(ConsumerRecord<byte[], byte[]> record, String reason, KafkaProducer<byte[], byte[]> deadLetters)
            throws ExecutionException, InterruptedException {
        buried.increment();
        LOGGER.atWarn()
                .addKeyValue("topic", record.topic())
                .addKeyValue("partition", record.partition())
                .addKeyValue("offset", record.offset())
                .addKeyValue("reason", reason)
                .log("dead letter");
        ProducerRecord<byte[], byte[]> letter = new DeadLetter(
                        record.topic(), record.partition(), record.offset(), reason, group(kafka.topics()))
                .of(kafka.topics().name(Topics.DEAD_LETTERS), record.key(), record.value(), record.headers());
        // Waited for before the offset moves: a dead letter may come twice, but is never lost.
        deadLetters.send(letter).get();
    }

    /** Returns the consumer group of the history. */
    public static String group(Topics topics) {
        return topics.prefix() + "-history";
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
}
