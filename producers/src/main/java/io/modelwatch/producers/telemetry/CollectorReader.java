package io.modelwatch.producers.telemetry;

import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Traffic;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a collector's Kafka exporter writes, at least once: offsets are committed after what was read is on our topic. All
 * instances share one group.
 */
public final class CollectorReader implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(CollectorReader.class);

    private static final Duration POLL = Duration.ofMillis(500);

    /** After an error that may pass. */
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private static final String MAX_POLL_RECORDS = "200";

    private final SpanReader reader;
    private final TrafficPublisher publisher;
    private final TelemetryConfig.Collector collector;
    private final InstantSource clock;
    private final Runnable heard;
    private final Consumer<byte[], byte[]> consumer;
    private final Thread thread;
    private final LongAdder buried = new LongAdder();
    private volatile boolean closing;
    private volatile @Nullable String trouble;

    /** @param consumer closed with this */
    CollectorReader(
            TelemetryConfig config,
            TelemetryConfig.Collector collector,
            TrafficPublisher publisher,
            InstantSource clock,
            Runnable heard,
            Consumer<byte[], byte[]> consumer) {
        this.reader = new SpanReader(config);
        this.collector = collector;
        this.publisher = publisher;
        this.clock = clock;
        this.heard = heard;
        this.consumer = consumer;
        this.thread = Thread.ofPlatform().name("collector-reader").unstarted(this::run);
    }

    /** Returns its consumer group. */
    public static String group(Topics topics) {
        return topics.prefix() + "-collector-reader";
    }

    /**
     * Starts to read; a first start reads all that the topic has.
     *
     * @param clock says what the future is
     * @param heard called after an export was read and is on our topic; records that are none do not count
     */
    public static CollectorReader start(
            TelemetryConfig config,
            TelemetryConfig.Collector collector,
            KafkaConnection kafka,
            TrafficPublisher publisher,
            InstantSource clock,
            Runnable heard) {
        Properties settings = kafka.clientProperties();
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, group(kafka.topics()));
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        // A record is a whole export: a megabyte, unpacked several.
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
        // A collector may make the topic any time after us.
        settings.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, "5000");
        CollectorReader reader = new CollectorReader(
                config,
                collector,
                publisher,
                clock,
                heard,
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer()));
        reader.thread.start();
        return reader;
    }

    /** Returns what keeps it from reading, in words; null where nothing does. */
    public @Nullable String trouble() {
        return trouble;
    }

    /** Returns how many records it has given up; one that is read again is counted again. */
    public long buried() {
        return buried.sum();
    }

    private void run() {
        try (consumer) {
            consumer.subscribe(List.of(collector.topic()));
            while (!closing) {
                try {
                    take(consumer.poll(POLL));
                    trouble = null;
                } catch (WakeupException | InterruptException e) {
                    // Only closing does either; the consumer must close in order.
                    closing = true;
                    boolean interrupted = Thread.interrupted();
                    LOGGER.atDebug().addKeyValue("interrupted", interrupted).log("stops");
                } catch (PublishException | KafkaException e) {
                    trouble = "the topic " + collector.topic() + ": " + e.getMessage();
                    LOGGER.atWarn()
                            .addKeyValue("topic", collector.topic())
                            .addKeyValue("error", e.getMessage())
                            .log("Spans not read; they will be");
                    backToCommitted();
                    TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Publishes what records say, and commits their offsets then. */
    void take(ConsumerRecords<byte[], byte[]> records) {
        if (records.isEmpty()) {
            return;
        }
        List<Traffic> traffic = new ArrayList<>();
        boolean read = false;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (record.value() == null) {
                continue;
            }
            try {
                SpanBatch batch = reader.read(record.value(), collector.json(), clock);
                traffic.addAll(batch.traffic());
                read = true;
                if (batch.rejected() > 0) {
                    LOGGER.atWarn()
                            .addKeyValue("topic", record.topic())
                            .addKeyValue("partition", record.partition())
                            .addKeyValue("offset", record.offset())
                            .addKeyValue("rejected", batch.rejected())
                            .addKeyValue("reason", batch.reason())
                            .log("spans rejected");
                }
            } catch (MalformedSpansException e) {
                publisher.deadLetter(
                        record.topic(), record.partition(), record.offset(), String.valueOf(e.getMessage()));
                buried.increment();
            }
        }
        publisher.publish(traffic);
        consumer.commitSync();
        if (read) {
            heard.run();
        }
    }

    /** What was polled and not committed comes again. */
    private void backToCommitted() {
        try {
            consumer.committed(consumer.assignment()).forEach((partition, committed) -> {
                if (committed == null) {
                    consumer.seekToBeginning(List.of(partition));
                } else {
                    consumer.seek(partition, committed);
                }
            });
        } catch (KafkaException e) {
            LOGGER.atDebug().setCause(e).log("no committed offsets; the next round tries again");
        }
    }

    @Override
    public void close() {
        closing = true;
        consumer.wakeup();
        try {
            if (!thread.join(Duration.ofSeconds(5))) {
                // Publishing does not hear a wake-up.
                thread.interrupt();
                thread.join(Duration.ofSeconds(5));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
