package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.avro.AlertAction;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Understands what the tool behind a destination posts back when a person does something with an alert there. Thread-safe. */
public interface Callback {

    /**
     * Returns whether whoever sent a body knows the secret, and has sent it just now. How long that takes tells nothing of
     * the secret.
     *
     * @param headers gives the value of a header, or null
     * @param now the wall clock, as the sender's time is
     * @throws DeliveryException if there is no secret to hold the proof against: nobody is admitted then
     */
    boolean admits(UnaryOperator<@Nullable String> headers, byte[] body, Instant now) throws DeliveryException;

    /**
     * Reads what people did; the sender has been admitted.
     *
     * @return their actions; empty where it is about something else
     * @throws IllegalArgumentException if it is not in the tool's form
     */
    List<AlertAction> read(byte[] body, Instant now);
}
