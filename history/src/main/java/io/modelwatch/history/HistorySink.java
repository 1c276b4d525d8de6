package io.modelwatch.history;

import io.modelwatch.history.ledger.Ledger;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
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
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes topics into PostgreSQL. Rows and offsets go in one database transaction, and an offset moves only from where
 * this instance knows it to be: one that lost its partition without noticing writes nothing. While a batch is written,
 * the next is read and made ready.
 */
public final class HistorySink implements AutoCloseable {

    /** Is told what was written, once it is committed. */
    @FunctionalInterface
    public interface Watcher {

        /** Watches nothing. */
        Watcher NOBODY = (record, since) -> {};

        /** @param since when the transaction began that wrote the record */
        void written(ConsumerRecord<byte[], byte[]> record, Instant since);
    }

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
    /** A batch with more in it is not made ready before the one ahead of it is written: both would be in memory. */
    private static final long AHEAD_BYTES = 4 * 1024 * 1024;

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
    private final Watcher watcher;
    private final LongAdder buried = new LongAdder();
    private volatile long lag;

    private HistorySink(
            KafkaConnection kafka,
            AvroSerdes serdes,
            DataSource database,
            Ledger ledger,
            String instance,
            Consumer<Duration> alertLatency,
            Watcher watcher) {
        this.alertLatency = alertLatency;
        this.watcher = watcher;
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
        return start(kafka, serdes, database, ledger, instance, latency -> {}, Watcher.NOBODY);
    }

    /** As above; {@code alertLatency} is told of each state of an alert how long after its cause it was written. */
    public static HistorySink start(
            KafkaConnection kafka,
            AvroSerdes serdes,
            DataSource database,
            Ledger ledger,
            String instance,
            Consumer<Duration> alertLatency,
            Watcher watcher) {
        HistorySink sink = new HistorySink(kafka, serdes, database, ledger, instance, alertLatency, watcher);
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
        settings.put("max.poll.records", "4000");
        // Where the database holds no offset, nothing has been written yet.
        settings.put("auto.offset.reset", "earliest");
        Map<TopicPartition, Long> written = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> reader =
                        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                LetterWriter letters = new LetterWriter(kafka, buried);
                BatchWriter writer = new BatchWriter(this::connect, ledger, letters, this::told)) {
            consumer = reader;
            reader.subscribe(topics.keySet(), new FromDatabase(reader, written, writer));
            while (closing.getCount() > 0) {
                ConsumerRecords<byte[], byte[]> records = reader.poll(POLL);
                if (bytes(records) > AHEAD_BYTES) {
                    writer.await();
                }
                Batch batch = batch(reader, records, written, letters);
                if (batch != null) {
                    writer.write(batch);
                } else if (writer.isIdle() && !reader.assignment().isEmpty()) {
                    trouble = null;
                }
                lag = writer.waiting()
                        + reader.assignment().stream()
                                .mapToLong(partition ->
                                        reader.currentLag(partition).orElse(0))
                                .sum();
            }
        } finally {
            consumer = null;
        }
    }

    private static long bytes(ConsumerRecords<byte[], byte[]> records) {
        long bytes = 0;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            bytes += Math.max(0, record.serializedValueSize());
        }
        return bytes;
    }

    /** What was recorded before there was a ledger is taken into it before anything else is. */
    private void adopt() throws SQLException {
        // Not bounded: it may take as long as all that was recorded.
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                takeTurn(connection);
                HistoryDatabase.requireKnown(connection);
                ledger.adopt(connection);
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    /**
     * Returns what a poll brought, ready to be written, or null where no position has moved.
     *
     * @param written where each partition will stand when all is written that was handed on; moved on
     */
    private @Nullable Batch batch(
            KafkaConsumer<byte[], byte[]> reader,
            ConsumerRecords<byte[], byte[]> records,
            Map<TopicPartition, Long> written,
            LetterWriter letters)
            throws ExecutionException, InterruptedException {
        // Positions, not offsets of records: they pass over the markers of transactions too.
        Map<TopicPartition, Batch.Move> moves = new HashMap<>();
        for (TopicPartition partition : reader.assignment()) {
            long position = reader.position(partition);
            long from = written.getOrDefault(partition, -1L);
            if (position != Math.max(0, from)) {
                moves.put(partition, new Batch.Move(from, position));
            }
        }
        if (moves.isEmpty()) {
            return null;
        }
        List<Batch.Incoming> readable = new ArrayList<>();
        Recording recording = new Recording();
        Map<ByteBuffer, Long> newest = newest(records);
        for (ConsumerRecord<byte[], byte[]> record : records) {
            try {
                boolean replaced = record.topic().equals(kafka.topics().name(Topics.LINEAGE))
                        && newest.getOrDefault(ByteBuffer.wrap(record.key()), record.offset()) != record.offset();
                Object value = decode(record);
                readable.add(new Batch.Incoming(record, value, replaced));
                recording.add(record, value, replaced);
            } catch (SerializationException e) {
                letters.bury(record, String.valueOf(e.getMessage()));
            }
        }
        moves.forEach((partition, move) -> written.put(partition, move.to()));
        return new Batch(moves, readable, recording);
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

    private static String trouble(SQLException e) {
        return DISK_FULL.equals(e.getSQLState())
                ? "the disk of the database is full ("
                        + BatchWriter.reason(e).lines().findFirst().orElse("")
                        + "): free some, and it goes on by itself; nothing is lost while the topics keep their records"
                : BatchWriter.reason(e);
    }

    /** Writers take turns until they commit, so that the order of {@code seq} is the order of visibility. */
    static void takeTurn(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + TURN + ")");
        }
    }

    /** A batch is in the database: only that, or that there is none, shows that it can be written. */
    private void told(List<Batch.Incoming> rows, Instant since) {
        trouble = null;
        tellLatency(rows);
        for (Batch.Incoming row : rows) {
            if (row.value() != null && !row.replaced()) {
                watcher.written(row.record(), since);
            }
        }
    }

    /** What the topologies make of a record has the time at which that was published. */
    private void tellLatency(List<Batch.Incoming> rows) {
        String alerts = kafka.topics().name(Topics.ALERTS);
        Instant now = Instant.now();
        for (Batch.Incoming row : rows) {
            if (row.record().topic().equals(alerts) && row.value() != null) {
                Duration latency =
                        Duration.between(Instant.ofEpochMilli(row.record().timestamp()), now);
                alertLatency.accept(latency.isNegative() ? Duration.ZERO : latency);
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

    /** Returns the consumer group of the history. */
    public static String group(Topics topics) {
        return topics.prefix() + "-history";
    }

    /** Starts every partition where the database says, whatever the group has committed. */
    private final class FromDatabase implements ConsumerRebalanceListener {
        private final KafkaConsumer<byte[], byte[]> reader;
        private final Map<TopicPartition, Long> written;
        private final BatchWriter writer;

        FromDatabase(KafkaConsumer<byte[], byte[]> reader, Map<TopicPartition, Long> written, BatchWriter writer) {
            this.reader = reader;
            this.written = written;
            this.writer = writer;
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            // Whoever gets them reads in the database how far they are.
            writer.settle();
            written.keySet().removeAll(partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            writer.settle();
            try {
                Map<TopicPartition, Long> offsets = nextOffsets();
                for (TopicPartition partition : partitions) {
                    long next = offsets.getOrDefault(partition, -1L);
                    written.put(partition, next);
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
