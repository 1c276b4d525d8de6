package io.modelwatch.history;

import io.modelwatch.schemas.DeadLetter;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts records aside that the history cannot take. */
final class LetterWriter implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(LetterWriter.class);

    private final KafkaConnection kafka;
    private final LongAdder buried;
    private final KafkaProducer<byte[], byte[]> producer;

    /** @param buried counts them */
    LetterWriter(KafkaConnection kafka, LongAdder buried) {
        this.kafka = kafka;
        this.buried = buried;
        this.producer =
                new KafkaProducer<>(kafka.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Makes a dead letter of a record, and returns when it is written. */
    void bury(ConsumerRecord<byte[], byte[]> record, String reason) throws ExecutionException, InterruptedException {
        buried.increment();
        LOGGER.atWarn()
                .addKeyValue("topic", record.topic())
                .addKeyValue("partition", record.partition())
                .addKeyValue("offset", record.offset())
                .addKeyValue("reason", reason)
                .log("dead letter");
        ProducerRecord<byte[], byte[]> letter = new DeadLetter(
                        record.topic(), record.partition(), record.offset(), reason, HistorySink.group(kafka.topics()))
                .of(kafka.topics().name(Topics.DEAD_LETTERS), record.key(), record.value(), record.headers());
        // Waited for before the offset moves: a dead letter may come twice, but is never lost.
        producer.send(letter).get();
    }

    @Override
    public void close() {
        producer.close();
    }
}
