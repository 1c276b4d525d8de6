package io.modelwatch.producers.publish;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transactions under one id, one after the other, with a producer that is opened when it is needed and replaced when it
 * fails. Thread-safe.
 */
final class Transactions implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Transactions.class);

    private static final int ATTEMPTS = 3;

    private final String bootstrap;
    private final Supplier<Producer<String, byte[]>> producers;
    private final Runnable guard;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Producer<String, byte[]> producer;

    /**
     * @param bootstrap for errors
     * @param producers gives a transactional producer that is not initialised yet, one after the other has failed
     * @param guard called after a producer fenced whoever wrote under its id before; throws where it had no right to
     */
    Transactions(String bootstrap, Supplier<Producer<String, byte[]>> producers, Runnable guard) {
        this.bootstrap = bootstrap;
        this.producers = producers;
        this.guard = guard;
    }

    /**
     * Sends records in one transaction.
     *
     * @param batch asked for them, once an attempt
     * @throws PublishException if nothing was published
     */
    Published send(Function<Producer<String, byte[]>, List<ProducerRecord<String, byte[]>>> batch) {
        return attempt(target -> {
            List<ProducerRecord<String, byte[]>> records = batch.apply(target);
            return records.isEmpty() ? Published.NOTHING : commit(target, records);
        });
    }

    /** Fences whoever wrote under this id, and ends what was left open. */
    void renew() {
        lock.lock();
        try {
            discard();
            attempt(target -> Published.NOTHING);
        } finally {
            lock.unlock();
        }
    }

    private Published attempt(Function<Producer<String, byte[]>, Published> work) {
        lock.lock();
        try {
            for (int attempt = 1; ; attempt++) {
                try {
                    return work.apply(open());
                } catch (InterruptException e) {
                    discard();
                    throw new PublishException("stopped while publishing", e);
                } catch (RecordTooLargeException | SerializationException e) {
                    discard();
                    throw new PublishException(String.valueOf(e.getMessage()), e);
                } catch (KafkaException | IllegalStateException e) {
                    // Fenced, epoch gone, commit in doubt: a new producer first ends what the old one left open.
                    discard();
                    if (attempt == ATTEMPTS) {
                        throw new PublishException(
                                "nothing published to Kafka at " + bootstrap + ": "
                                        + e.getClass().getSimpleName() + " " + e.getMessage(),
                                e);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private Producer<String, byte[]> open() {
        Producer<String, byte[]> open = producer;
        if (open == null) {
            open = producers.get();
            producer = open;
            open.initTransactions();
            try {
                guard.run();
            } catch (PublishException e) {
                discard();
                throw e;
            }
        }
        return open;
    }

    private static Published commit(Producer<String, byte[]> target, List<ProducerRecord<String, byte[]>> records) {
        target.beginTransaction();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (ProducerRecord<String, byte[]> one : records) {
            sent.add(target.send(one));
        }
        target.commitTransaction();
        Map<TopicPartition, Long> last = new HashMap<>();
        for (Future<RecordMetadata> one : sent) {
            try {
                RecordMetadata metadata = one.get();
                last.merge(new TopicPartition(metadata.topic(), metadata.partition()), metadata.offset(), Math::max);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptException(e);
            } catch (ExecutionException e) {
                throw new KafkaException("a committed record has no offset", e.getCause());
            }
        }
        return new Published(last);
    }

    private void discard() {
        Producer<String, byte[]> old = producer;
        producer = null;
        if (old == null) {
            return;
        }
        try {
            old.close(Duration.ZERO);
        } catch (KafkaException e) {
            // What made us discard it is what counts; an interrupted thread, for one, cannot close in order.
            LOGGER.atDebug().setCause(e).log("Producer not closed in order");
        }
    }

    /** Ends the producer; the next transaction opens another. */
    @Override
    public void close() {
        lock.lock();
        try {
            Producer<String, byte[]> open = producer;
            producer = null;
            if (open != null) {
                open.close(Duration.ofSeconds(5));
            }
        } finally {
            lock.unlock();
        }
    }
}
