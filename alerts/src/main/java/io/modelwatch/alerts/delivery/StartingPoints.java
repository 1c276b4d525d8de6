package io.modelwatch.alerts.delivery;

import io.modelwatch.alerts.delivery.destination.Destination;
import io.modelwatch.schemas.KafkaConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.UnknownMemberIdException;

/**
 * Where a new delivery begins: at the end of its topics, as they are when it is first started. A channel that is added
 * must not get the alerts of a year. The place is committed before the delivery reads anything, so that nothing said
 * from then on can be missed, whenever its reading really begins or breaks off.
 */
final class StartingPoints {

    private StartingPoints() {}

    /** Commits the ends of those partitions for which the group has no offset yet. */
    static void fix(Admin admin, KafkaConnection kafka, DeliveryConfig config, Destination destination) {
        String delivery = config.name();
        String group = Deliveries.group(kafka.topics(), delivery);
        try {
            Map<TopicPartition, OffsetAndMetadata> known = offsets(admin, group);
            List<TopicPartition> unknown = new ArrayList<>(partitions(admin, kafka, config, destination));
            unknown.removeAll(known.keySet());
            if (unknown.isEmpty()) {
                return;
            }
            Map<TopicPartition, OffsetAndMetadata> first = new HashMap<>();
            ends(admin, unknown).forEach((partition, end) -> first.put(partition, new OffsetAndMetadata(end)));
            admin.alterConsumerGroupOffsets(group, first).all().get();
        } catch (ExecutionException e) {
            // Another instance reads already, and so it has fixed them.
            if (!(e.getCause() instanceof UnknownMemberIdException)) {
                throw new KafkaException("cannot fix where delivery " + delivery + " begins: " + e.getCause(), e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while fixing where delivery " + delivery + " begins", e);
        }
    }

    /** Returns what a group has committed. */
    static Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin, String group)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get());
        offsets.values().removeIf(Objects::isNull);
        return offsets;
    }

    static List<TopicPartition> partitions(
            Admin admin, KafkaConnection kafka, DeliveryConfig config, Destination destination)
            throws ExecutionException, InterruptedException {
        List<String> names = config.topics(destination).stream()
                .map(topic -> kafka.topics().name(topic))
                .toList();
        List<TopicPartition> partitions = new ArrayList<>();
        for (TopicDescription topic :
                admin.describeTopics(names).allTopicNames().get().values()) {
            for (TopicPartitionInfo partition : topic.partitions()) {
                partitions.add(new TopicPartition(topic.name(), partition.partition()));
            }
        }
        return partitions;
    }

    /** Returns the offsets up to which everything is committed. */
    static Map<TopicPartition, Long> ends(Admin admin, List<TopicPartition> partitions)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        partitions.forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(wanted, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                .all()
                .get()
                .forEach((partition, info) -> ends.put(partition, info.offset()));
        return ends;
    }
}
