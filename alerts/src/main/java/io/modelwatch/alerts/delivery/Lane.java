package io.modelwatch.alerts.delivery;

import dev.cel.runtime.CelEvaluationException;
import io.github.resilience4j.core.IntervalFunction;
import io.modelwatch.alerts.delivery.destination.DeliveryException;
import io.modelwatch.alerts.delivery.destination.Destination;
import io.modelwatch.alerts.delivery.destination.Limits;
import io.modelwatch.alerts.delivery.destination.Message;
import io.modelwatch.schemas.AvroSerdes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Delivers the records of one partition, one after the other: the states of an alert are all in one partition, and so
 * arrive in order. Works on a virtual thread of its own, so that one partition waits for no other and the consumer goes
 * on polling.
 */
final class Lane {

    private static final Logger LOGGER = LoggerFactory.getLogger(Lane.class);

    /** What a lane logs of a record says by which observation it came to be; a destination works on another thread. */
    private static final String CORRELATION = "correlationId";

    /**
     * What all lanes of a delivery share.
     *
     * @param clock the wall clock
     */
    record Equipment(
            DeliveryConfig config,
            Destination destination,
            Route route,
            Reader reader,
            DeadLetterBox deadLetters,
            Attempts attempts,
            Meters meters,
            AttemptWatcher watcher,
            Limits limits,
            InstantSource clock) {}

    private final Equipment equipment;
    private final IntervalFunction backoff;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private volatile Note note;
    private volatile long done;
    private @Nullable FutureTask<Void> work;
    private @Nullable Thread thread;

    /**
     * @param done offset of the first record that is not delivered yet
     * @param note how it went before
     */
    Lane(Equipment equipment, long done, Note note) {
        this.equipment = equipment;
        this.done = done;
        this.note = note;
        Limits limits = equipment.limits();
        this.backoff =
                IntervalFunction.ofExponentialRandomBackoff(limits.firstBackoff(), 2.0, 0.5, limits.maxBackoff());
    }

    /** Begins with the next records; the lane must be idle. */
    void take(List<ConsumerRecord<byte[], byte[]>> records) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (stopping.getCount() == 0) {
                    return null;
                }
                deliver(record);
                done = record.offset() + 1;
            }
            return null;
        });
        work = task;
        thread =
                Thread.ofVirtual().name("delivery-" + equipment.config().name()).start(task);
    }

    /**
     * Returns whether everything that it was given is done.
     *
     * @throws IllegalStateException if it broke off: what was not delivered must be read again
     */
    boolean idle() {
        FutureTask<Void> task = work;
        if (task == null) {
            return true;
        }
        if (!task.isDone()) {
            return false;
        }
        if (task.state() != Future.State.SUCCESS || stopping.getCount() == 0) {
            throw new IllegalStateException(
                    "a lane broke off", task.state() == Future.State.FAILED ? task.exceptionNow() : null);
        }
        work = null;
        return true;
    }

    /** Passes over what no reader is given, such as the marks of transactions; the lane must be idle. */
    void passTo(long position) {
        done = Math.max(done, position);
    }

    /** Returns the offset to commit, with its note. */
    OffsetAndMetadata progress() {
        return new OffsetAndMetadata(done, note.text());
    }

    long done() {
        return done;
    }

    /** Asks it to stop after the try under way; a wait for the next one ends now. */
    void stop() {
        stopping.countDown();
    }

    /** Waits until it has stopped, and cuts the try under way after a while. */
    void awaitStop(Duration limit) {
        stop();
        Thread running = thread;
        if (running == null) {
            return;
        }
        boolean interrupted = false;
        try {
            if (!running.join(limit)) {
                running.interrupt();
                var ended = running.join(Duration.ofSeconds(1));
            }
        } catch (InterruptedException e) {
            running.interrupt();
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns once the endpoint has accepted the record, or it was passed over, or put aside. */
    private void deliver(ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
        boolean retrying = false;
        try {
            for (int attempt = 1; ; attempt++) {
                DeliveryException failure;
                try {
                    attempt(record, attempt);
                    return;
                } catch (DeliveryException e) {
                    failure = e;
                }
                String error = String.valueOf(failure.getMessage());
                equipment.meters().failures.increment();
                note = note.failing(equipment.clock().instant(), error);
                if (!retrying) {
                    retrying = true;
                    equipment.meters().retrying.incrementAndGet();
                }
                Duration wait = pause(attempt, failure);
                LOGGER.atWarn()
                        .addKeyValue("delivery", equipment.config().name())
                        .addKeyValue("partition", record.partition())
                        .addKeyValue("offset", record.offset())
                        .addKeyValue("attempt", attempt)
                        .addKeyValue("error", error)
                        .addKeyValue("again in", wait)
                        .log("not delivered");
                if (stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new InterruptedException("stopped while waiting for the next try");
                }
            }
        } finally {
            MDC.remove(CORRELATION);
            if (retrying) {
                equipment.meters().retrying.decrementAndGet();
            }
        }
    }

    /** @throws DeliveryException if the record is to be tried again */
    private void attempt(ConsumerRecord<byte[], byte[]> record, int number)
            throws DeliveryException, InterruptedException {
        try {
            Message message = equipment.reader().read(record);
            if (message != null && !message.correlationId().isEmpty()) {
                MDC.put(CORRELATION, message.correlationId());
            }
            if (message == null || !equipment.destination().takes(message) || !goes(message)) {
                equipment.meters().passedOver.increment();
                return;
            }
            String how = send(record, message, number);
            note = note.accepted(equipment.clock().instant());
            equipment.meters().delivered.increment();
            LOGGER.atDebug()
                    .addKeyValue("delivery", equipment.config().name())
                    .addKeyValue("id", message.id())
                    .addKeyValue("answer", how)
                    .log("delivered");
        } catch (DeliveryException e) {
            if (e.isPassing() || equipment.config().onRefusal() == DeliveryConfig.OnRefusal.RETRY) {
                throw e;
            }
            putAside(record, String.valueOf(e.getMessage()));
        } catch (AvroSerdes.RegistryUnreachableException e) {
            throw DeliveryException.passing("the schema registry cannot be reached");
        } catch (SerializationException e) {
            putAside(record, "cannot be read: " + e.getMessage());
        } catch (RuntimeException e) {
            // A bug of ours, which one record brings to light: loud, but no reason to hold back all others for ever.
            LOGGER.atError()
                    .setCause(e)
                    .addKeyValue("delivery", equipment.config().name())
                    .log("a record cannot be delivered because of a bug");
            putAside(record, "a bug; the log says more");
        }
    }

    private String send(ConsumerRecord<byte[], byte[]> record, Message message, int number)
            throws DeliveryException, InterruptedException {
        AttemptWatcher.Attempt watched = equipment.watcher().begin(equipment.config(), record, number);
        try {
            String how = equipment.attempts().send(equipment.destination(), message, watched.traceParent());
            watched.accepted(how);
            return how;
        } catch (DeliveryException e) {
            watched.failed(String.valueOf(e.getMessage()));
            throw e;
        } catch (InterruptedException e) {
            watched.failed("cut off, since the delivery stops");
            throw e;
        } catch (RuntimeException e) {
            watched.failed("a bug; the log says more");
            throw e;
        }
    }

    private void putAside(ConsumerRecord<byte[], byte[]> record, String reason)
            throws DeliveryException, InterruptedException {
        equipment.deadLetters().put(record, equipment.config().name(), reason);
        note = note.refused(equipment.clock().instant(), reason);
        equipment.meters().refused.increment();
        LOGGER.atWarn()
                .addKeyValue("delivery", equipment.config().name())
                .addKeyValue("partition", record.partition())
                .addKeyValue("offset", record.offset())
                .addKeyValue("reason", reason)
                .log("refused: put among the dead letters");
    }

    /** An expression that fails holds nothing back: one message too many is better than an alert that nobody sees. */
    private boolean goes(Message message) {
        if (equipment.destination().needs(message)) {
            return true;
        }
        try {
            return equipment.route().holds(AlertFacts.of(message));
        } catch (CelEvaluationException e) {
            equipment.meters().routeErrors.increment();
            LOGGER.atWarn()
                    .addKeyValue("delivery", equipment.config().name())
                    .addKeyValue("id", message.id())
                    .addKeyValue("error", e.getMessage())
                    .log("'when' fails on a message, which is therefore sent");
            return true;
        }
    }

    private Duration pause(int attempt, DeliveryException failure) {
        Duration own = Duration.ofMillis(backoff.apply(attempt));
        Duration asked = failure.retryAfter();
        if (asked == null || asked.compareTo(own) <= 0) {
            return own;
        }
        Duration most = equipment.limits().maxRetryAfter();
        return asked.compareTo(most) < 0 ? asked : most;
    }
}
