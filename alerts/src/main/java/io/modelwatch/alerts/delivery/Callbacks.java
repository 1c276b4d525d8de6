package io.modelwatch.alerts.delivery;

import io.modelwatch.alerts.delivery.destination.Callback;
import io.modelwatch.alerts.delivery.destination.DeliveryException;
import io.modelwatch.alerts.delivery.destination.Surroundings;
import io.modelwatch.schemas.avro.AlertAction;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The way back from those tools that deliveries post to: what people do with an alert there. Thread-safe. */
public final class Callbacks {

    private final Map<String, Callback> byDelivery = new LinkedHashMap<>();

    /** Whoever posted does not prove to know the secret. */
    public static final class NotAdmittedException extends Exception {
        private static final long serialVersionUID = 1L;

        NotAdmittedException(String delivery) {
            super("delivery " + delivery + ": the sender does not prove to know its secret, or its clock is wrong");
        }
    }

    private Callbacks() {}

    /** Returns those of the deliveries whose settings name a secret for it. */
    public static Callbacks of(List<DeliveryConfig> deliveries) {
        return of(deliveries, Surroundings.ofTheProgram());
    }

    static Callbacks of(List<DeliveryConfig> deliveries, Surroundings surroundings) {
        Callbacks callbacks = new Callbacks();
        for (DeliveryConfig delivery : deliveries) {
            Callback callback = delivery.callback(surroundings);
            if (callback != null) {
                callbacks.byDelivery.put(delivery.name(), callback);
            }
        }
        return callbacks;
    }

    /**
     * Reads what was posted back to a delivery.
     *
     * @param headers gives the value of a header, or null
     * @return what people did, or null where there is no such delivery, or it takes nothing back
     * @throws NotAdmittedException if the sender is not known
     * @throws DeliveryException if the secret cannot be read
     * @throws IllegalArgumentException if the body is in no form that the tool posts
     */
    public @Nullable List<AlertAction> read(
            String delivery, UnaryOperator<@Nullable String> headers, byte[] body, Instant now)
            throws NotAdmittedException, DeliveryException {
        Callback callback = byDelivery.get(delivery);
        if (callback == null) {
            return null;
        }
        if (!callback.admits(headers, body, now)) {
            throw new NotAdmittedException(delivery);
        }
        return callback.read(body, now);
    }
}
