package io.modelwatch.bench.measure;

import io.modelwatch.schemas.KafkaConnection;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what transactions have committed. */
public final class Committed {

    private static final Duration LOOK = Duration.ofMillis(20);

    private Committed() {}

    /** Counts the committed records from the given offsets to the end; transaction markers are none. */
    public static long count(KafkaConnection kafka, Map<TopicPartition, Long> from) {
        LongAdder count = new LongAdder();
        each(kafka, from, record -> count.increment());
        return count.sum();
    }

    /**
     * Waits until a group has read what was written, and has committed that.
     *
     * @param last offsets that it must be beyond
     * @throws BenchException if it takes longer than the limit
     */
    public static void awaitRead(Admin admin, String group, Map<TopicPartition, Long> last, Duration limit)
            throws ExecutionException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get();
            if (last.entrySet().stream().allMatch(one -> {
                OffsetAndMetadata at = committed.get(one.getKey());
                return at != null && at.offset() > one.getValue();
            })) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new BenchException(group + " has not come to the end of its input in " + limit);
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    /** Takes every committed record of some partitions, from the beginning to the end. */
    public static void each(
            KafkaConnection kafka,
            Collection<TopicPartition> partitions,
            Consumer<ConsumerRecord<byte[], byte[]>> taker) {
        Map<TopicPartition, Long> from = new HashMap<>();
        partitions.forEach(partition -> from.put(partition, 0L));
        each(kafka, from, taker);
    }

    private static void each(
            KafkaConnection kafka, Map<TopicPartition, Long> from, Consumer<ConsumerRecord<byte[], byte[]>> taker) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(kafka)) {
            consumer.assign(from.keySet());
            from.forEach(consumer::seek);
            Map<TopicPartition, Long> ends = consumer.endOffsets(from.keySet());
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(100)).forEach(taker);
            }
        }
    }

    /** Returns a reader of committed records that begins with the first and commits nothing. */
    public static KafkaConsumer<byte[], byte[]> consumer(KafkaConnection kafka) {
        Properties settings = kafka.clientProperties();
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
