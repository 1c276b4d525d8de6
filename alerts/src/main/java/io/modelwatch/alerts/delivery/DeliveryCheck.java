package io.modelwatch.alerts.delivery;

import io.modelwatch.alerts.delivery.destination.DeliveryException;
import io.modelwatch.alerts.delivery.destination.Destination;
import io.modelwatch.alerts.delivery.destination.Probe;
import io.modelwatch.alerts.delivery.destination.Surroundings;
import java.time.Duration;

/**
 * One test message through one delivery.
 *
 * @param name name of the delivery
 * @param type its kind
 * @param accepted whether its endpoint accepted the message
 * @param words what it said, or why it did not
 * @param took how long that took
 */
public record DeliveryCheck(String name, String type, boolean accepted, String words, Duration took) {

    /** Sends a test message by the code that alerts take, past {@code when}, and once only. */
    public static DeliveryCheck of(DeliveryConfig config) throws InterruptedException {
        return of(config, Surroundings.ofTheProgram());
    }

    static DeliveryCheck of(DeliveryConfig config, Surroundings surroundings) throws InterruptedException {
        long begin = System.nanoTime();
        boolean accepted = false;
        String words;
        try (Destination destination = config.open(surroundings);
                Attempts attempts = new Attempts(surroundings.limits().total())) {
            words = attempts.send(
                    destination,
                    destination.probe(new Probe(surroundings.clock().instant())),
                    null);
            accepted = true;
        } catch (DeliveryException | IllegalArgumentException | IllegalStateException e) {
            words = String.valueOf(e.getMessage());
        }
        return new DeliveryCheck(
                config.name(), config.type().title(), accepted, words, Duration.ofNanos(System.nanoTime() - begin));
    }
}
