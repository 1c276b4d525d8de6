package io.modelwatch.app.faults;

import io.modelwatch.app.platform.Cluster;
import io.modelwatch.schemas.DeadLetter;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.time.Duration;
import java.util.HashSet;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Records of random bytes, one on every topic that somebody reads. */
final class Poison {

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Topics TOPICS = new Topics("modelwatch");

    /** The first is where they go; the second is read key by key, by whoever wrote it. */
    private static final Set<Topic<?>> SPARED = Set.of(Topics.DEAD_LETTERS, Topics.CURSORS);

    private final Properties settings;
    private final Set<String> places;

    private Poison(Properties settings, Set<String> places) {
        this.settings = settings;
        this.places = places;
    }

    static Poison write(Cluster cluster, Random random) throws InterruptedException, ExecutionException {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", cluster.bootstrap());
        settings.put("auto.offset.reset", "earliest");
        Set<String> places = new TreeSet<>();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (Topic<?> topic : Topics.all()) {
                if (!SPARED.contains(topic)) {
                    byte[] key = new byte[1 + random.nextInt(20)];
                    byte[] value = new byte[1 + random.nextInt(200)];
                    random.nextBytes(key);
                    random.nextBytes(value);
                    RecordMetadata at = producer.send(new ProducerRecord<>(TOPICS.name(topic), key, value))
                            .get();
                    places.add(at.topic() + "-" + at.partition() + "@" + at.offset());
                }
            }
        }
        return new Poison(settings, places);
    }

    /** Waits until somebody has put each of them aside. */
    void awaitLetters() {
        Set<String> left = new HashSet<>(places);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(consumer.partitionsFor(TOPICS.name(Topics.DEAD_LETTERS)).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList());
            while (!left.isEmpty()) {
                for (ConsumerRecord<byte[], byte[]> letter : consumer.poll(Duration.ofMillis(200))) {
                    DeadLetter origin = DeadLetter.read(letter.headers());
                    if (origin != null) {
                        left.remove(origin.topic() + "-" + origin.partition() + "@" + origin.offset());
                    }
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("nobody has put aside " + new TreeSet<>(left));
                }
            }
        }
    }
}
