package io.modelwatch.alerts.delivery.destination;

import java.time.Duration;

/**
 * Bounds of one delivery.
 *
 * @param connect until a connection stands
 * @param answer until the endpoint begins to answer
 * @param total until one try has ended, whatever the endpoint does
 * @param bodyBytes what is read of an answer's body
 * @param firstBackoff wait before the second try; doubles with each further one, with jitter
 * @param maxBackoff longest wait that is our own choice
 * @param maxRetryAfter longest wait that an endpoint may ask for
 * @param closing how long a try under way may go on when the program stops
 */
public record Limits(
        Duration connect,
        Duration answer,
        Duration total,
        int bodyBytes,
        Duration firstBackoff,
        Duration maxBackoff,
        Duration maxRetryAfter,
        Duration closing) {

    /** Returns what is used where nothing else is said. */
    public static Limits defaults() {
        return new Limits(
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                64 << 10,
                Duration.ofSeconds(1),
                Duration.ofMinutes(5),
                Duration.ofHours(24),
                Duration.ofSeconds(5));
    }
}
