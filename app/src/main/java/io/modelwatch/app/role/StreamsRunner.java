package io.modelwatch.app.role;

import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs one topology, exactly once, until closed. */
public final class StreamsRunner implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(StreamsRunner.class);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final String name;
    private final KafkaStreams streams;
    private final CountDownLatch running = new CountDownLatch(1);

    private StreamsRunner(String name, KafkaStreams streams) {
        this.name = name;
        this.streams = streams;
    }

    /**
     * Starts a topology; it works once {@link #awaitRunning} returns true.
     *
     * @param name name of the topology; with the prefix it makes the application id
     * @param stateDir where stores live; lost stores are restored from their changelogs
     */
    public static StreamsRunner start(String name, Topology topology, KafkaConnection kafka, Path stateDir) {
        StreamsRunner runner = new StreamsRunner(name, new KafkaStreams(topology, settings(name, kafka, stateDir)));
        runner.streams.setUncaughtExceptionHandler(error -> {
            // The transaction was aborted: a new thread takes the same records up again.
            LOGGER.atError()
                    .setCause(error)
                    .addKeyValue("topology", name)
                    .log("a stream thread failed and is replaced");
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
        runner.streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING || now == KafkaStreams.State.ERROR) {
                runner.running.countDown();
            }
        });
        runner.streams.start();
        return runner;
    }

    /** Waits until all tasks are assigned and restored; false if that took longer or failed. */
    public boolean awaitRunning(Duration timeout) throws InterruptedException {
        return running.await(timeout.toMillis(), TimeUnit.MILLISECONDS)
                && streams.state() == KafkaStreams.State.RUNNING;
    }

    /** Returns the consumer group of a topology. */
    public static String applicationId(Topics topics, String name) {
        return topics.prefix() + "-" + name;
    }

    private static Properties settings(String name, KafkaConnection kafka, Path stateDir) {
        Properties settings = kafka.clientProperties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId(kafka.topics(), name));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        // Each hop waits for a commit: this is the latency of a stage.
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, (int) kafka.replication());
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

    @Override
    public void close() {
        if (!streams.close(CLOSE_TIMEOUT)) {
            LOGGER.atWarn().addKeyValue("topology", name).log("did not stop in time");
        }
    }
}
