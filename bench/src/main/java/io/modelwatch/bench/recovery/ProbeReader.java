package io.modelwatch.bench.recovery;

import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.jspecify.annotations.Nullable;

/** Reads committed changes and lineage until it is stopped, and notes when the first of each expected subject came. */
final class ProbeReader implements Callable<@Nullable Void> {

    /** A subject on a topic. */
    private record Place(String topic, String subject) {}

    private final Bed bed;
    private final Map<String, Boolean> expected = new ConcurrentHashMap<>();
    private final Map<Place, Long> seen = new ConcurrentHashMap<>();
    private volatile boolean over;

    ProbeReader(Bed bed) {
        this.bed = bed;
    }

    @Override
    public @Nullable Void call() {
        try (KafkaConsumer<byte[], byte[]> consumer = Committed.consumer(bed.kafka())) {
            consumer.assign(Settled.partitions(bed.kafka(), List.of(Topics.CHANGES, Topics.LINEAGE)));
            while (!over) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    long now = System.nanoTime();
                    String subject = new String(record.key(), StandardCharsets.UTF_8);
                    if (expected.containsKey(subject)) {
                        seen.putIfAbsent(new Place(record.topic(), subject), now);
                    }
                }
            }
        }
        return null;
    }

    /** Has it look for a subject from now on. */
    void expect(String subject) {
        expected.put(subject, true);
    }

    /** Returns when the first record of a subject came, in nanoseconds of this JVM's clock; null before. */
    @Nullable
    Long seen(Topic<?> topic, String subject) {
        return seen.get(new Place(bed.kafka().topics().name(topic), subject));
    }

    void stop() {
        over = true;
    }
}
