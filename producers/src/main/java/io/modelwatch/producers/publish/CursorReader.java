package io.modelwatch.producers.publish;

import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Where the pollers of all sources were. Reads their topic once, and then what came since; holds what is on it, a few
 * hundred bytes a scope and the digests of procurement events. Thread-safe.
 */
public final class CursorReader implements AutoCloseable {

    /**
     * What another source's killed poller left open hides what stands behind it until the broker ends it, after a minute
     * at the latest.
     */
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final KafkaConnection kafka;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, byte[]> cursors = new HashMap<>();
    private @Nullable KafkaConsumer<String, byte[]> committed;
    private @Nullable KafkaConsumer<String, byte[]> written;

    /** Reads nothing yet. */
    public CursorReader(KafkaConnection kafka) {
        this.kafka = kafka;
    }

    /**
     * Returns the cursors, with all that was written when this was called and is committed.
     *
     * @throws PublishException if they cannot be read within two minutes
     */
    public Map<String, byte[]> read() {
        lock.lock();
        try {
            catchUp();
            return new HashMap<>(cursors);
        } catch (KafkaException e) {
            forget();
            throw new PublishException("cursors cannot be read: " + e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }

    private void catchUp() {
        if (committed == null || written == null) {
            committed = open(IsolationLevel.READ_COMMITTED);
            written = open(IsolationLevel.READ_UNCOMMITTED);
        }
        KafkaConsumer<String, byte[]> consumer = committed;
        // Not the end of what is committed: that stands before the first transaction that is open, whosever it is.
        Map<TopicPartition, Long> ends = written.endOffsets(consumer.assignment());
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            if (System.nanoTime() > deadline) {
                throw new KafkaException("the end of " + kafka.topics().name(Topics.CURSORS) + " is not reached");
            }
            for (ConsumerRecord<String, byte[]> one : consumer.poll(Duration.ofMillis(200))) {
                if (one.value() == null) {
                    cursors.remove(one.key());
                } else {
                    cursors.put(one.key(), one.value());
                }
            }
        }
    }

    private KafkaConsumer<String, byte[]> open(IsolationLevel isolation) {
        Properties properties = kafka.clientProperties();
        properties.put("isolation.level", isolation.toString());
        properties.put("auto.offset.reset", "earliest");
        properties.put("enable.auto.commit", "false");
        KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(kafka.topics().name(Topics.CURSORS)).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .collect(Collectors.toList());
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }

    private void forget() {
        cursors.clear();
        if (committed != null) {
            committed.close();
            committed = null;
        }
        if (written != null) {
            written.close();
            written = null;
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            forget();
        } finally {
            lock.unlock();
        }
    }
}
