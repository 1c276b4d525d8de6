package io.modelwatch.bench.scale;

import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Keeps readers of committed records from what is written to a topic, until it is opened: an open transaction at the
 * beginning of it. Its own records are never seen.
 */
final class Gate implements AutoCloseable {

    /** As long as a broker lets a transaction last. */
    private static final String TIMEOUT_MS = "900000";

    private final KafkaConnection kafka;
    private final Topic<?> topic;
    private final KafkaProducer<byte[], byte[]> producer;

    Gate(KafkaConnection kafka, Topic<?> topic) {
        this.kafka = kafka;
        this.topic = topic;
        Properties settings = kafka.clientProperties();
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "bench-gate");
        settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TIMEOUT_MS);
        producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
    }

    /** From now on nothing is seen of what is written. */
    void shut() {
        producer.beginTransaction();
        for (int partition = 0; partition < topic.partitions(); partition++) {
            producer.send(new ProducerRecord<>(kafka.topics().name(topic), partition, null, new byte[0]));
        }
        producer.flush();
    }

    /** All of it is seen, at once. */
    void open() {
        producer.abortTransaction();
    }

    @Override
    public void close() {
        producer.close();
    }
}
