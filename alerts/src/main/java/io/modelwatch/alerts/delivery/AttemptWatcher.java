package io.modelwatch.alerts.delivery;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Is told of every attempt to deliver a message, for whoever traces. Thread-safe; never throws and never waits. */
@FunctionalInterface
public interface AttemptWatcher {

    /** Watches nothing. */
    AttemptWatcher NOBODY = (delivery, record, number) -> Attempt.UNWATCHED;

    /**
     * An attempt begins.
     *
     * @param record of whose message it is
     * @param number of the attempt in this process, from 1
     */
    Attempt begin(DeliveryConfig delivery, ConsumerRecord<byte[], byte[]> record, int number);

    /** One attempt; exactly one of its ends is told. */
    interface Attempt {

        /** Of nobody who watches. */
        Attempt UNWATCHED = new Attempt() {
            @Override
            public @Nullable String traceParent() {
                return null;
            }

            @Override
            public void accepted(String how) {}

            @Override
            public void failed(String error) {}
        };

        /** Returns the value of the header {@code traceparent} that an endpoint is sent, or null for none. */
        @Nullable
        String traceParent();

        /** @param how in a few words, how the endpoint accepted it: of one that speaks HTTP, its status */
        void accepted(String how);

        /** @param error in words, without any secret */
        void failed(String error);
    }
}
