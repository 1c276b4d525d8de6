package io.modelwatch.alerts.delivery;

import io.modelwatch.alerts.delivery.destination.DeliveryException;
import io.modelwatch.schemas.DeadLetter;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Puts records aside that an endpoint refused for good: as they were, with the reason in headers. */
final class DeadLetterBox implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Producer<byte[], byte[]> producer;
    private final String topic;

    DeadLetterBox(Producer<byte[], byte[]> producer, String topic) {
        this.producer = producer;
        this.topic = topic;
    }

    static DeadLetterBox of(KafkaConnection kafka) {
        Properties settings = kafka.clientProperties();
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true");
        settings.put("delivery.timeout.ms", Integer.toString((int) LIMIT.toMillis()));
        settings.put("request.timeout.ms", "10000");
        settings.put("max.block.ms", Integer.toString((int) LIMIT.toMillis()));
        return new DeadLetterBox(
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer()),
                kafka.topics().name(Topics.DEAD_LETTERS));
    }

    /**
     * Puts a record aside and returns once the broker has it.
     *
     * @throws DeliveryException if the broker does not take it: then it must not be passed over either
     */
    void put(ConsumerRecord<byte[], byte[]> record, String delivery, String reason)
            throws DeliveryException, InterruptedException {
        ProducerRecord<byte[], byte[]> letter = new DeadLetter(
                        record.topic(), record.partition(), record.offset(), reason, DeadLetter.DELIVERY + delivery)
                .of(topic, record.key(), record.value(), record.headers());
        try {
            var written = producer.send(letter).get(LIMIT.toMillis() * 2, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            throw DeliveryException.passing("refused (" + reason + "), and the dead letter cannot be written ("
                    + cause.getClass().getSimpleName() + ")");
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
