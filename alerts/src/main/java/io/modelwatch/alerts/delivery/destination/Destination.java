package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.Topic;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One endpoint. Thread-safe: messages of different alerts are sent side by side. */
public interface Destination extends AutoCloseable {

    /** Returns the topics whose records it takes. */
    Set<Topic<?>> topics();

    /**
     * Sends one message and returns once the endpoint has accepted it.
     *
     * @return in a few words, how it was accepted
     * @throws DeliveryException if it was not
     * @throws InterruptedException if the thread is interrupted; the message may have arrived
     */
    String send(Message message) throws DeliveryException, InterruptedException;

    /**
     * Sends one message as {@link #send(Message)} does.
     *
     * @param traceParent W3C Trace Context of the attempt, which an endpoint that knows it is sent as the header {@code
     *     traceparent}; or null
     */
    default String send(Message message, @Nullable String traceParent) throws DeliveryException, InterruptedException {
        return send(message);
    }

    /** Returns whether it has a use for a message at all; one that it has none for is passed over. */
    default boolean takes(Message message) {
        return true;
    }

    /**
     * Returns whether a message goes out even where {@code when} does not hold: an endpoint that keeps what is open must
     * hear that something ended, though it has become less severe meanwhile.
     */
    default boolean needs(Message message) {
        return false;
    }

    /** Returns a message that tells a test from an alert of its own accord, and wakes nobody. */
    Message probe(Probe probe);

    /** Lets go of connections. */
    @Override
    default void close() {}
}
