package io.modelwatch.alerts.delivery;

import io.modelwatch.alerts.delivery.destination.Destination;
import io.modelwatch.alerts.delivery.destination.Surroundings;
import io.modelwatch.schemas.KafkaConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * How far a delivery has come, as Kafka knows it: true wherever the delivery runs, and while it does not.
 *
 * @param name name of the delivery
 * @param type its kind
 * @param state {@code new} (never started), {@code delivering}, {@code retrying} or {@code stopped}
 * @param waiting records that are still to be delivered or passed over, marks of transactions among
 *     them; null where it is new
 * @param lastSuccess when its endpoint accepted a message last; as far as that has been noted
 * @param failingSince since when a message is tried in vain
 * @param lastErrorAt when the last error was
 * @param lastError that error, in words
 */
public record Backlog(
        String name,
        String type,
        String state,
        @Nullable Long waiting,
        @Nullable Instant lastSuccess,
        @Nullable Instant failingSince,
        @Nullable Instant lastErrorAt,
        @Nullable String lastError) {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    /**
     * Asks Kafka.
     *
     * @throws KafkaException if it does not answer
     */
    public static List<Backlog> read(KafkaConnection kafka, List<DeliveryConfig> configs) {
        Properties settings = kafka.clientProperties();
        settings.put("default.api.timeout.ms", Integer.toString((int) LIMIT.toMillis()));
        settings.put("request.timeout.ms", Integer.toString((int) LIMIT.toMillis() / 2));
        List<Backlog> backlogs = new ArrayList<>();
        try (Admin admin = Admin.create(settings)) {
            for (DeliveryConfig config : configs) {
                backlogs.add(read(admin, kafka, config));
            }
            return backlogs;
        } catch (ExecutionException e) {
            throw new KafkaException(
                    "Kafka at " + kafka.bootstrap() + " does not say how far deliveries have come: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }

    private static Backlog read(Admin admin, KafkaConnection kafka, DeliveryConfig config)
            throws ExecutionException, InterruptedException {
        String group = Deliveries.group(kafka.topics(), config.name());
        List<TopicPartition> partitions = partitions(admin, kafka, config);
        Map<TopicPartition, OffsetAndMetadata> offsets = StartingPoints.offsets(admin, group);
        offsets.keySet().retainAll(partitions);
        if (offsets.isEmpty()) {
            return new Backlog(config.name(), config.type().title(), "new", null, null, null, null, null);
        }
        long waiting = 0;
        for (Map.Entry<TopicPartition, Long> end :
                StartingPoints.ends(admin, partitions).entrySet()) {
            OffsetAndMetadata at = offsets.get(end.getKey());
            waiting += at == null ? 0 : Math.max(0, end.getValue() - at.offset());
        }
        Note note = Note.NOTHING;
        for (OffsetAndMetadata at : offsets.values()) {
            note = note.with(Note.of(at.metadata()));
        }
        boolean running = admin.describeConsumerGroups(List.of(group)).all().get().values().stream()
                .anyMatch(described -> !described.members().isEmpty());
        String state = !running ? "stopped" : note.failingSince() == null ? "delivering" : "retrying";
        return new Backlog(
                config.name(),
                config.type().title(),
                state,
                waiting,
                note.lastSuccess(),
                note.failingSince(),
                note.lastErrorAt(),
                note.lastError());
    }

    private static List<TopicPartition> partitions(Admin admin, KafkaConnection kafka, DeliveryConfig config)
            throws ExecutionException, InterruptedException {
        try (Destination destination = config.open(Surroundings.ofTheProgram())) {
            return StartingPoints.partitions(admin, kafka, config, destination);
        }
    }
}
