package io.modelwatch.history.reconcile;

import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads topics from their beginning to an end that was fixed before, as committed. */
final class TopicScan implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(200);

    /** So long nothing may come before the broker is given up. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** What is done with each record. */
    @FunctionalInterface
    interface Each {
        void take(ConsumerRecord<byte[], byte[]> record) throws SQLException;
    }

    private final KafkaConnection kafka;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    /** Fixes the ends of topics as they are now. */
    TopicScan(KafkaConnection kafka, List<Topic<?>> topics) {
        this.kafka = kafka;
        Properties settings = kafka.clientProperties();
        settings.put("isolation.level", "read_committed");
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        this.consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        try {
            topics.forEach(topic -> ends.putAll(consumer.endOffsets(partitions(topic))));
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    /** Returns the end of each partition. */
    Map<TopicPartition, Long> ends() {
        return Map.copyOf(ends);
    }

    /** Returns whether a topic has every record that was ever on it; what is compacted may have lost any but the last of a key. */
    boolean isWhole(Topic<?> topic) {
        return topic.cleanup() == Topic.Cleanup.DELETE
                && consumer.beginningOffsets(partitions(topic)).values().stream()
                        .allMatch(offset -> offset == 0);
    }

    /** Reads a topic, partition after partition, each in its order. */
    void each(Topic<?> topic, Each each) throws SQLException {
        for (TopicPartition partition : partitions(topic)) {
            long end = ends.getOrDefault(partition, 0L);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long movedAt = System.nanoTime();
            long before = -1;
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (record.offset() < end) {
                        each.take(record);
                    }
                }
                long now = System.nanoTime();
                if (consumer.position(partition) != before) {
                    before = consumer.position(partition);
                    movedAt = now;
                } else if (now - movedAt > PATIENCE.toNanos()) {
                    throw new TimeoutException(partition + " does not go on at offset " + before);
                }
            }
        }
    }

    private List<TopicPartition> partitions(Topic<?> topic) {
        return consumer.partitionsFor(kafka.topics().name(topic)).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
