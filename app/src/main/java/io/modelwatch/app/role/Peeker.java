package io.modelwatch.app.role;

import io.modelwatch.schemas.KafkaConnection;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Tells records from marks of transactions, which offsets count alike. It connects when it is first asked. */
public final class Peeker implements AutoCloseable {

    /** How long a look waits for an answer of the broker; it comes in a few milliseconds where there is one. */
    private static final Duration PEEK = Duration.ofMillis(50);

    private final KafkaConnection kafka;
    private final ReentrantLock peeking = new ReentrantLock();
    private @Nullable KafkaConsumer<byte[], byte[]> peeker;

    /** Looks at the topics of a Kafka. */
    public Peeker(KafkaConnection kafka) {
        this.kafka = kafka;
    }

    /**
     * Are there only marks of transactions and aborted records left? A group never commits past these by itself. An answer
     * that does not come in time is a no.
     */
    public boolean isEmptyBetween(TopicPartition partition, long from, long to) {
        peeking.lock();
        try {
            KafkaConsumer<byte[], byte[]> reader = peeker;
            if (reader == null) {
                Properties settings = kafka.clientProperties();
                settings.put("isolation.level", "read_committed");
                settings.put("auto.offset.reset", "earliest");
                // A broker holds back an answer without records, half a second by default, and all looks share one
                // connection: a partition with an open transaction would keep the others from being looked at.
                settings.put("fetch.max.wait.ms", 10);
                reader = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                peeker = reader;
            }
            reader.assign(List.of(partition));
            reader.seek(partition, from);
            long at = from;
            while (at < to) {
                // Of marks nothing comes out, but the place moves on; where it does not, a transaction is open.
                boolean some = !reader.poll(PEEK).isEmpty();
                long next = reader.position(partition);
                if (some || next == at) {
                    return false;
                }
                at = next;
            }
            return true;
        } finally {
            peeking.unlock();
        }
    }

    @Override
    public void close() {
        peeking.lock();
        try {
            if (peeker != null) {
                peeker.close();
            }
        } finally {
            peeking.unlock();
        }
    }
}
