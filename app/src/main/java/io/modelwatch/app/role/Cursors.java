package io.modelwatch.app.role;

import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Where the pollers were. */
final class Cursors {

    private Cursors() {}

    /** Puts a tombstone after the last cursor of each source, on its own partition. */
    static void forget(KafkaConnection kafka) throws ExecutionException, InterruptedException {
        String topic = kafka.topics().name(Topics.CURSORS);
        Map<String, ProducerRecord<byte[], byte[]>> tombstones = new HashMap<>();
        try (LetterReader reader = new LetterReader(kafka)) {
            Map<TopicPartition, Long> from = new HashMap<>(reader.beginnings(reader.partitions(topic)));
            reader.read(from, record -> {
                String key = new String(record.key(), StandardCharsets.UTF_8);
                if (record.value() == null) {
                    tombstones.remove(key);
                } else {
                    tombstones.put(key, new ProducerRecord<>(topic, record.partition(), record.key(), null));
                }
                return true;
            });
        }
        Properties settings = kafka.clientProperties();
        settings.put("acks", "all");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            Set<Future<?>> sent = new HashSet<>();
            tombstones.values().forEach(tombstone -> sent.add(producer.send(tombstone)));
            for (Future<?> one : sent) {
                one.get();
            }
        }
    }
}
