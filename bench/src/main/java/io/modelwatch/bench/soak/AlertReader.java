package io.modelwatch.bench.soak;

import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** Reads committed alerts until it is stopped, and notes when the first of each deployment came. */
final class AlertReader implements Callable<Long> {

    private final Bed bed;
    private final Map<String, Long> first = new ConcurrentHashMap<>();
    private final Map<String, Set<String>> ids = new ConcurrentHashMap<>();
    private volatile boolean over;

    AlertReader(Bed bed) {
        this.bed = bed;
    }

    /** Reads; returns how many records came. */
    @Override
    public Long call() {
        long count = 0;
        Deserializer<Alert> decoder = bed.serdes().of(Topics.ALERTS).deserializer();
        String topic = bed.kafka().topics().name(Topics.ALERTS);
        try (KafkaConsumer<byte[], byte[]> consumer = Committed.consumer(bed.kafka())) {
            consumer.assign(Settled.partitions(bed.kafka(), List.of(Topics.ALERTS)));
            while (!over) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    long now = System.nanoTime();
                    Alert alert = decoder.deserialize(topic, record.value());
                    first.putIfAbsent(alert.getDeployment(), now);
                    ids.computeIfAbsent(alert.getDeployment(), unused -> new HashSet<>())
                            .add(alert.getId());
                    count++;
                }
            }
        }
        return count;
    }

    /** Has it end. */
    void stop() {
        over = true;
    }

    /** Returns when the first alert of a deployment came, in nanoseconds of this JVM's clock; null before. */
    @Nullable
    Long firstOf(String deployment) {
        return first.get(deployment);
    }

    /** Returns how many alerts a deployment has; to be asked when the reader has ended. */
    int alertsOf(String deployment) {
        Set<String> known = ids.get(deployment);
        return known == null ? 0 : known.size();
    }
}
