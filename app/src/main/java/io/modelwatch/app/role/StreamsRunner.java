package io.modelwatch.app.role;

import io.modelwatch.app.config.Placement;
import io.modelwatch.app.platform.PlatformException;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.StateException;
import io.modelwatch.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs one topology, exactly once, until closed. */
public final class StreamsRunner implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(StreamsRunner.class);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    /**
     * Between commits of the topologies that read every observation, or what every export of spans says. A commit ends a transaction over some twenty
     * partitions, during which nothing is processed: ten a second leave most of the time for work. The drift topology asks for one sooner where what
     * it read is new.
     */
    public static final Duration BULK_COMMIT_INTERVAL = Duration.ofMillis(100);

    /**
     * Between commits of the topologies that read only what changed. Each hop waits for a commit, and from observation to
     * alert there are four such hops; where nothing came, a commit costs nothing.
     */
    static final Duration SPARSE_COMMIT_INTERVAL = Duration.ofMillis(20);

    /** A batch for one partition. */
    private static final int BATCH_BYTES = 64 << 10;

    private static final String RACK_TAG = "rack";

    /** With less room than this, a failure is put down to the disk. */
    private static final long FULL_BYTES = 1 << 20;

    private final String name;
    private final KafkaStreams streams;
    private final RestoreProgress restore = new RestoreProgress();
    private final CountDownLatch running = new CountDownLatch(1);
    private volatile @Nullable String end;

    private StreamsRunner(String name, KafkaStreams streams) {
        this.name = name;
        this.streams = streams;
    }

    /**
     * Starts a topology; it works once {@link #awaitRunning} returns true. Those of the program are started by their
     * {@link RoleTopology}, with their own settings.
     *
     * @param name name of the topology; with the prefix it makes the application id
     * @param stateDir where stores live; lost stores are restored from their changelogs
     * @param placement where copies of its stores are kept
     * @param commitInterval time between two commits
     * @param compression of what it writes, as producers name it, or null for that of the client's settings
     * @param more settings of Kafka Streams, which go before those that all topologies have
     */
    public static StreamsRunner start(
            String name,
            Topology topology,
            KafkaConnection kafka,
            Path stateDir,
            Placement placement,
            Duration commitInterval,
            @Nullable String compression,
            Map<String, Object> more) {
        KilledTransactions.end(kafka, applicationId(kafka.topics(), name), stateDir);
        Properties settings = settings(name, kafka, stateDir, placement, commitInterval, compression);
        settings.putAll(more);
        StreamsRunner runner = new StreamsRunner(name, new KafkaStreams(topology, settings));
        runner.streams.setUncaughtExceptionHandler(error -> {
            StateException state = state(error);
            if (state != null) {
                // Another thread would meet the same, and go on without what is kept if it passed it over.
                runner.end = state.getMessage() + hint(name);
                LOGGER.atError().addKeyValue("topology", name).log("the topology has ended: " + runner.end);
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            }
            // The transaction was aborted: a new thread takes the same records up again.
            if (isFull(error, stateDir)) {
                LOGGER.atError()
                        .addKeyValue("topology", name)
                        .addKeyValue("directory", stateDir)
                        .log(
                                "the disk is full: a stream thread failed and is replaced, which goes on once there is room");
            } else {
                LOGGER.atError()
                        .setCause(error)
                        .addKeyValue("topology", name)
                        .log("a stream thread failed and is replaced");
            }
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
        runner.streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING || now == KafkaStreams.State.ERROR) {
                runner.running.countDown();
            }
        });
        runner.streams.setGlobalStateRestoreListener(runner.restore);
        runner.streams.start();
        return runner;
    }

    private static @Nullable StateException state(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof StateException state) {
                return state;
            }
        }
        return null;
    }

    private static String hint(String name) {
        return Arrays.stream(RoleTopology.values())
                .filter(one -> one.title().equals(name))
                .findFirst()
                .map(one -> "; what cannot be put right begins anew with 'modelwatch reset "
                        + one.role().title() + "'")
                .orElse("");
    }

    /** Returns whether an error comes of a full disk: by its words, or by what room there is. */
    static boolean isFull(Throwable error, Path directory) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            // A file that could not be written whole is deleted, so there is some room again by now.
            if (message != null && message.contains("No space left on device")) {
                return true;
            }
        }
        try {
            return Files.getFileStore(directory).getUsableSpace() < FULL_BYTES;
        } catch (IOException e) {
            return false;
        }
    }

    /** Waits until all tasks are assigned and restored; false if that took longer or failed. */
    public boolean awaitRunning(Duration timeout) throws InterruptedException {
        // It may have begun to share its tasks with another instance in the moment after.
        return running.await(timeout.toMillis(), TimeUnit.MILLISECONDS) && works();
    }

    /** Returns the name of the topology. */
    public String name() {
        return name;
    }

    /** Returns whether it works; while its tasks move between instances it does. */
    public boolean works() {
        return streams.state().isRunningOrRebalancing();
    }

    /** Returns whether it has ended by itself and does not come back. */
    boolean isDead() {
        return streams.state() == KafkaStreams.State.ERROR || streams.state() == KafkaStreams.State.PENDING_ERROR;
    }

    /** Returns what it has still to read back from its changelogs. */
    RestoreProgress restore() {
        return restore;
    }

    /** Returns why it has ended for good and a restart does not help, in words for people; else null. */
    @Nullable
    String end() {
        return end;
    }

    /** Returns its state in words. */
    public String state() {
        String why = end;
        if (why != null) {
            return why;
        }
        if (restore.active()) {
            return "restoring, " + restore.remaining() + " records left";
        }
        return streams.state().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    KafkaStreams streams() {
        return streams;
    }

    /** Returns the consumer group of a topology. */
    public static String applicationId(Topics topics, String name) {
        return topics.prefix() + "-" + name;
    }

    static Properties settings(
            String name,
            KafkaConnection kafka,
            Path stateDir,
            Placement placement,
            Duration commitInterval,
            @Nullable String compression) {
        Properties settings = kafka.clientProperties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId(kafka.topics(), name));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
        // A restart after a kill takes its own place again at once; a stranger would wait until the dead one times out.
        settings.put("group.instance.id", name + "-" + instanceId(stateDir));
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitInterval.toMillis());
        // A thread that waits for records (100 ms by default) does not commit those it has: this bounds the wait, not
        // the fetches, which stay open at the broker.
        settings.put(StreamsConfig.POLL_MS_CONFIG, 10);
        // The first batch of a transaction may find the one before not yet ended at the broker. With several requests
        // under way the later ones are then out of sequence, each an error in the broker's log and a retry.
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION), 1);
        // With one request under way, a request is all that a round trip carries: of 16 KiB batches that is little.
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), BATCH_BYTES);
        if (compression != null) {
            settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), compression);
        }
        // That batch is sent again after this time, 100 ms by default; the end takes a few.
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.RETRY_BACKOFF_MS_CONFIG), 10);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, (int) kafka.replication());
        settings.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, placement.standby());
        if (placement.rack() != null) {
            // By the tag, copies of a store go to different racks; by the consumer's rack, tasks go to where their
            // partitions are.
            settings.put(StreamsConfig.clientTagPrefix(RACK_TAG), placement.rack());
            settings.put(StreamsConfig.RACK_AWARE_ASSIGNMENT_TAGS_CONFIG, RACK_TAG);
            settings.put(
                    StreamsConfig.RACK_AWARE_ASSIGNMENT_STRATEGY_CONFIG,
                    StreamsConfig.RACK_AWARE_ASSIGNMENT_STRATEGY_MIN_TRAFFIC);
            settings.put(ConsumerConfig.CLIENT_RACK_CONFIG, placement.rack());
        }
        settings.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocksDb.class);
        // Poison becomes a dead letter; anything that may pass stops the task, which tries again.
        settings.put(
                StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG,
                kafka.topics().name(Topics.DEAD_LETTERS));
        settings.put(StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetters.OnDeserialization.class);
        settings.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetters.OnProcessing.class);
        // A first start must see what was pushed before the group existed.
        settings.put("auto.offset.reset", "earliest");
        return settings;
    }

    /** Returns the name that this data directory has among the members of a group; made on first use. */
    static String instanceId(Path stateDir) {
        Path file = stateDir.resolve("instance-id");
        try {
            Files.createDirectories(stateDir);
            if (!Files.exists(file)) {
                Path made = Files.writeString(stateDir.resolve("instance-id.new"), UUID.randomUUID() + "\n");
                Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new PlatformException("cannot use " + file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        // Leaving lets other instances take the tasks over now, not when this one times out.
        CloseOptions options = CloseOptions.timeout(CLOSE_TIMEOUT)
                .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
        if (!streams.close(options)) {
            LOGGER.atWarn().addKeyValue("topology", name).log("did not stop in time");
        }
    }
}
