package io.modelwatch.app.status;

import io.modelwatch.app.role.GroupReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/** What Kafka says of consumer groups and of the ends of topics; it is asked, and nothing is read. */
final class Groups {

    /**
     * A member of a group.
     *
     * @param instance what it belongs to
     * @param host where it runs, as the broker sees it
     * @param partitions that it reads
     */
    record Member(String instance, String host, Set<TopicPartition> partitions) {
        /** Copies the set. */
        Member {
            partitions = Set.copyOf(partitions);
        }
    }

    /**
     * A group.
     *
     * @param moving whether its partitions are being shared out just now
     * @param members who is in it; nobody where there is no such group
     */
    record Group(boolean moving, List<Member> members) {
        /** A group that nobody is in. */
        static final Group NOBODY = new Group(false, List.of());

        /** Copies the list. */
        Group {
            members = List.copyOf(members);
        }
    }

    private final Admin admin;

    Groups(Admin admin) {
        this.admin = admin;
    }

    /** Returns the groups of some readers. */
    Map<GroupReader, Group> describe(Collection<GroupReader> readers) throws ExecutionException, InterruptedException {
        Map<String, KafkaFuture<ConsumerGroupDescription>> asked = admin.describeConsumerGroups(
                        readers.stream().map(GroupReader::group).toList())
                .describedGroups();
        Map<GroupReader, Group> groups = new HashMap<>();
        for (GroupReader reader : readers) {
            groups.put(reader, group(reader, asked.get(reader.group())));
        }
        return groups;
    }

    private static Group group(GroupReader reader, @Nullable KafkaFuture<ConsumerGroupDescription> asked)
            throws ExecutionException, InterruptedException {
        if (asked == null) {
            return Group.NOBODY;
        }
        try {
            ConsumerGroupDescription described = asked.get();
            List<Member> members = new ArrayList<>();
            for (MemberDescription one : described.members()) {
                members.add(new Member(
                        one.groupInstanceId().map(reader::instance).orElse(one.consumerId()),
                        one.host().replaceFirst("^/", ""),
                        one.assignment().topicPartitions()));
            }
            boolean moving = described.groupState() != GroupState.STABLE && !members.isEmpty();
            return new Group(moving, members);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return Group.NOBODY;
            }
            throw e;
        }
    }

    /** Returns the next offset that a group would read, by partition, where it has committed one. */
    Map<TopicPartition, Long> committed(String group) throws ExecutionException, InterruptedException {
        Map<TopicPartition, Long> committed = new HashMap<>();
        try {
            admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((partition, offset) -> {
                        if (offset != null) {
                            committed.put(partition, offset.offset());
                        }
                    });
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof GroupIdNotFoundException)) {
                throw e;
            }
        }
        return committed;
    }

    /** Returns the partitions of those of some topics that are there. */
    Map<String, Set<TopicPartition>> partitions(Set<String> topics) throws ExecutionException, InterruptedException {
        Set<String> there = new HashSet<>(admin.listTopics().names().get());
        there.retainAll(topics);
        Map<String, Set<TopicPartition>> partitions = new HashMap<>();
        admin.describeTopics(there)
                .allTopicNames()
                .get()
                .forEach((name, described) -> partitions.put(name, partitions(described)));
        return partitions;
    }

    private static Set<TopicPartition> partitions(TopicDescription topic) {
        return topic.partitions().stream()
                .map(info -> new TopicPartition(topic.name(), info.partition()))
                .collect(Collectors.toSet());
    }

    /** Returns the first offsets that are kept. */
    Map<TopicPartition, Long> beginnings(Set<TopicPartition> partitions)
            throws ExecutionException, InterruptedException {
        return offsets(partitions, OffsetSpec.earliest());
    }

    /** Returns the ends as uncommitted readers see them: what is in an open transaction counts too. */
    Map<TopicPartition, Long> ends(Set<TopicPartition> partitions) throws ExecutionException, InterruptedException {
        return offsets(partitions, OffsetSpec.latest());
    }

    private Map<TopicPartition, Long> offsets(Set<TopicPartition> partitions, OffsetSpec which)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        admin.listOffsets(partitions.stream().collect(Collectors.toMap(Function.identity(), one -> which)))
                .all()
                .get()
                .forEach((partition, offset) -> offsets.put(partition, offset.offset()));
        return offsets;
    }

    /** Returns when something was last written there, by the clock of who wrote it; null where that cannot be told. */
    @Nullable
    Instant lastWritten(Set<TopicPartition> partitions) throws ExecutionException, InterruptedException {
        try {
            return admin
                    .listOffsets(partitions.stream()
                            .collect(Collectors.toMap(Function.identity(), one -> OffsetSpec.maxTimestamp())))
                    .all()
                    .get()
                    .values()
                    .stream()
                    .filter(one -> one.timestamp() >= 0)
                    .map(one -> Instant.ofEpochMilli(one.timestamp()))
                    .max(Instant::compareTo)
                    .orElse(null);
        } catch (ExecutionException e) {
            // Brokers older than 3.0 know only the first record after a time.
            if (e.getCause() instanceof UnsupportedVersionException) {
                return null;
            }
            throw e;
        }
    }
}
