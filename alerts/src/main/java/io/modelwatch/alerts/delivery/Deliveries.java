package io.modelwatch.alerts.delivery;

import io.micrometer.core.instrument.MeterRegistry;
import io.modelwatch.alerts.delivery.destination.Destination;
import io.modelwatch.alerts.delivery.destination.Surroundings;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/** The deliveries of an instance, running: each reads for itself and waits for itself. */
public final class Deliveries implements AutoCloseable {

    private final List<Courier> couriers = new ArrayList<>();
    private @Nullable DeadLetterBox deadLetters;

    private Deliveries() {}

    /**
     * Starts deliveries. Call it before anything that may raise an alert: a new delivery begins with what is said from
     * now on.
     *
     * @param instance name of this instance, the same after a restart and another one for each instance
     * @throws IllegalArgumentException if a secret is missing; the message says which, and where it should be
     */
    public static Deliveries start(
            List<DeliveryConfig> configs,
            KafkaConnection kafka,
            AvroSerdes serdes,
            MeterRegistry registry,
            String instance) {
        return start(configs, kafka, serdes, registry, instance, AttemptWatcher.NOBODY);
    }

    /** As above; {@code watcher} is told of every attempt. */
    public static Deliveries start(
            List<DeliveryConfig> configs,
            KafkaConnection kafka,
            AvroSerdes serdes,
            MeterRegistry registry,
            String instance,
            AttemptWatcher watcher) {
        return start(configs, kafka, serdes, registry, instance, watcher, Surroundings.ofTheProgram());
    }

    private static Deliveries start(
            List<DeliveryConfig> configs,
            KafkaConnection kafka,
            AvroSerdes serdes,
            MeterRegistry registry,
            String instance,
            AttemptWatcher watcher,
            Surroundings surroundings) {
        Deliveries deliveries = new Deliveries();
        if (configs.isEmpty()) {
            return deliveries;
        }
        // All are checked before one is started: half of the deliveries would be worse than a clear refusal.
        configs.forEach(config -> config.requireSecrets(surroundings));
        DeadLetterBox box = DeadLetterBox.of(kafka);
        deliveries.deadLetters = box;
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            for (DeliveryConfig config : configs) {
                Destination destination = config.open(surroundings);
                Courier courier = new Courier(
                        new Lane.Equipment(
                                config,
                                destination,
                                config.route(),
                                new Reader(kafka.topics(), serdes, config.grouped(), destination.topics()),
                                box,
                                new Attempts(surroundings.limits().total()),
                                new Meters(registry, config),
                                watcher,
                                surroundings.limits(),
                                surroundings.clock()),
                        kafka,
                        instance);
                deliveries.couriers.add(courier);
                StartingPoints.fix(admin, kafka, config, destination);
            }
            deliveries.couriers.forEach(Courier::start);
            return deliveries;
        } catch (RuntimeException e) {
            deliveries.close();
            throw e;
        }
    }

    /** Returns the consumer group of a delivery. */
    public static String group(Topics topics, String name) {
        return topics.prefix() + "-delivery-" + name;
    }

    /** Returns what keeps deliveries from reading their topics, by name, in words; empty when all read. */
    public Map<String, String> troubles() {
        Map<String, String> troubles = new LinkedHashMap<>();
        for (Courier courier : couriers) {
            String trouble = courier.trouble();
            if (trouble != null) {
                troubles.put(courier.name(), trouble);
            }
        }
        return troubles;
    }

    /** Stops all, side by side, within a bounded time. */
    @Override
    public void close() {
        couriers.forEach(Courier::stop);
        couriers.forEach(Courier::close);
        if (deadLetters != null) {
            deadLetters.close();
        }
    }
}
