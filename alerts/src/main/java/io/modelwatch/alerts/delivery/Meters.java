package io.modelwatch.alerts.delivery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The metrics of one delivery. */
final class Meters {

    private static final String MESSAGES = "modelwatch.delivery.messages";

    /** Messages that the endpoint accepted. */
    final Counter delivered;

    /** Messages that {@code when} did not choose, or that the kind of destination has no use for. */
    final Counter passedOver;

    /** Messages that were refused for good and went to the dead letters. */
    final Counter refused;

    /** Tries that failed and are made again. */
    final Counter failures;

    /** Messages on which {@code when} failed, and which were therefore sent. */
    final Counter routeErrors;

    /** Messages that are tried in vain just now. */
    final AtomicInteger retrying;

    /** Records between what is done and the end of the topics; a transaction leaves a mark, which counts as one. */
    final AtomicLong lag;

    Meters(MeterRegistry registry, DeliveryConfig config) {
        Tags tags = Tags.of("delivery", config.name(), "type", config.type().title());
        delivered = registry.counter(MESSAGES, tags.and("outcome", "delivered"));
        passedOver = registry.counter(MESSAGES, tags.and("outcome", "passed_over"));
        refused = registry.counter(MESSAGES, tags.and("outcome", "refused"));
        failures = Counter.builder("modelwatch.delivery.failures")
                .description("tries that failed and are made again")
                .tags(tags)
                .register(registry);
        routeErrors = Counter.builder("modelwatch.delivery.route.errors")
                .description("messages on which 'when' failed, and which were therefore sent")
                .tags(tags)
                .register(registry);
        retrying = new AtomicInteger();
        Gauge.builder("modelwatch.delivery.retrying", retrying, AtomicInteger::get)
                .description("messages that are tried in vain just now")
                .tags(tags)
                .register(registry);
        lag = new AtomicLong();
        Gauge.builder("modelwatch.delivery.lag", lag, AtomicLong::get)
                .description(
                        "records that this instance has still to deliver or pass over, marks of transactions among them")
                .tags(tags)
                .register(registry);
    }
}
