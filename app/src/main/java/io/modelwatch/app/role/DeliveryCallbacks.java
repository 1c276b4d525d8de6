package io.modelwatch.app.role;

import io.modelwatch.alerts.delivery.Callbacks;
import io.modelwatch.alerts.delivery.DeliveryConfig;
import io.modelwatch.alerts.delivery.destination.DeliveryException;
import io.modelwatch.history.api.Intake.RefusedException;
import io.modelwatch.history.api.Intake.UnavailableException;
import io.modelwatch.history.api.Intake.UnknownException;
import io.modelwatch.schemas.avro.AlertAction;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Takes what people do with alerts in Slack and PagerDuty. */
final class DeliveryCallbacks {

    private final Callbacks callbacks;

    DeliveryCallbacks(List<DeliveryConfig> deliveries) {
        this.callbacks = Callbacks.of(deliveries);
    }

    /**
     * Returns what people did.
     *
     * @throws IllegalArgumentException if the body is in no form that the tool posts
     */
    List<AlertAction> take(String delivery, UnaryOperator<@Nullable String> headers, byte[] body) {
        List<AlertAction> actions;
        try {
            // By the wall clock, as the sender's time is.
            actions = callbacks.read(delivery, headers, body, Instant.now());
        } catch (Callbacks.NotAdmittedException e) {
            throw new RefusedException(String.valueOf(e.getMessage()));
        } catch (DeliveryException e) {
            throw new UnavailableException("delivery " + delivery + ": " + e.getMessage(), e);
        }
        if (actions == null) {
            throw new UnknownException("no delivery " + delivery
                    + " takes anything back: set signingSecret (slack) or webhookSecret (pagerduty) of it");
        }
        return actions;
    }
}
