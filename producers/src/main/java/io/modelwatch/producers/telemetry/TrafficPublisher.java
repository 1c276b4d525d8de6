package io.modelwatch.producers.telemetry;

import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Traffic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The way of traffic onto its topic. Thread-safe, and without transactions: what is said twice says nothing new, and the
 * batches of many senders go out together.
 */
public final class TrafficPublisher implements AutoCloseable {

    /** A sender waits this long, and then tries again itself. */
    private static final int LIMIT_MS = 15_000;

    private final AvroSerdes serdes;
    private final String topic;
    private final String deadLetters;
    private final InstantSource wall;
    private final Producer<String, byte[]> producer;

    /** @param wall for the stamps in {@link PathHeader} */
    public TrafficPublisher(KafkaConnection kafka, AvroSerdes serdes, InstantSource wall) {
        this(kafka, serdes, wall, producer(kafka));
    }

    TrafficPublisher(KafkaConnection kafka, AvroSerdes serdes, InstantSource wall, Producer<String, byte[]> producer) {
        this.serdes = serdes;
        this.topic = kafka.topics().name(Topics.TRAFFIC);
        this.deadLetters = kafka.topics().name(Topics.DEAD_LETTERS);
        this.wall = wall;
        this.producer = producer;
    }

    private static Producer<String, byte[]> producer(KafkaConnection kafka) {
        Properties properties = kafka.clientProperties();
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Integer.toString(LIMIT_MS));
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.toString(LIMIT_MS));
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "5000");
        return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    }

    /**
     * Publishes traffic and returns once Kafka has all of it.
     *
     * @throws PublishException if Kafka has not; some of it may be there
     */
    public void publish(List<Traffic> traffic) {
        List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
        for (Traffic one : traffic) {
            records.add(record(one));
        }
        send(records);
    }

    /**
     * Puts on record that something could not be read. What it was stays where it is: it may hold prompts.
     *
     * @throws PublishException if Kafka does not take it
     */
    void deadLetter(String from, int partition, long offset, String reason) {
        ProducerRecord<String, byte[]> letter = new ProducerRecord<>(deadLetters, null, new byte[0]);
        letter.headers()
                .add("mw_reason", bytes(reason + "; the record itself may hold prompts and is not copied"))
                .add("mw_topic", bytes(from))
                .add("mw_partition", bytes(Integer.toString(partition)))
                .add("mw_offset", bytes(Long.toString(offset)));
        send(List.of(letter));
    }

    private ProducerRecord<String, byte[]> record(Traffic one) {
        byte[] value = serdes.of(Topics.TRAFFIC).serializer().serialize(topic, one);
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(topic, one.getDeployment(), value);
        Headers headers = record.headers();
        String id = Ids.digest("traffic", Ids.sha256(value));
        CloudEvents.set(headers, Topics.TRAFFIC, id, "modelwatch/telemetry", one.getDeployment(), one.getLastAt());
        PathHeader.stamp(headers, "spans", wall.millis());
        return record;
    }

    private void send(List<ProducerRecord<String, byte[]>> records) {
        try {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (ProducerRecord<String, byte[]> record : records) {
                sent.add(producer.send(record));
            }
            for (Future<RecordMetadata> one : sent) {
                var written = one.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PublishException("stopped while publishing", e);
        } catch (InterruptException e) {
            throw new PublishException("stopped while publishing", e);
        } catch (ExecutionException | KafkaException e) {
            Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            throw new PublishException(
                    "Kafka does not take spans just now: " + cause.getClass().getSimpleName(), e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
