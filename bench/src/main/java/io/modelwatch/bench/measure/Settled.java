package io.modelwatch.bench.measure;

import io.modelwatch.app.role.StreamsRunner;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.streams.changes.ChangesTopology;
import io.modelwatch.streams.lineage.LineageTopology;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** Waits until a topology has read all it was given, what it tells itself included. */
public final class Settled {

    private static final Duration LOOK = Duration.ofMillis(20);
    /** Where much is left: each look costs the broker some milliseconds. */
    private static final Duration FAR_LOOK = Duration.ofMillis(500);

    private static final long FAR = 10_000;

    private Settled() {}

    /**
     * Waits: until no committed record is left that the group has not read, and no transaction is open that could add one.
     *
     * @return when it was so, in nanoseconds of this JVM's clock
     * @throws BenchException if it takes longer than the limit
     */
    public static long await(KafkaConnection kafka, Admin admin, String topology, List<Topic<?>> inputs, Duration limit)
            throws ExecutionException, InterruptedException {
        return await(kafka, admin, topology, inputs, limit, behind -> {});
    }

    /**
     * Waits as the other does.
     *
     * @param progress is told at each look how many records, marks of transactions among them, are left
     */
    public static long await(
            KafkaConnection kafka,
            Admin admin,
            String topology,
            List<Topic<?>> inputs,
            Duration limit,
            LongConsumer progress)
            throws ExecutionException, InterruptedException {
        List<TopicPartition> partitions = partitions(kafka, inputs);
        String group = StreamsRunner.applicationId(kafka.topics(), topology);
        long deadline = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < deadline) {
            long now = System.nanoTime();
            Map<TopicPartition, Long> next = new HashMap<>();
            partitions.forEach(partition -> next.put(partition, 0L));
            admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((partition, offset) -> {
                        if (offset != null && next.containsKey(partition)) {
                            next.put(partition, offset.offset());
                        }
                    });
            Map<TopicPartition, Long> ends = ends(admin, partitions, IsolationLevel.READ_UNCOMMITTED);
            long behind = ends.entrySet().stream()
                    .mapToLong(end -> end.getValue() - next.getOrDefault(end.getKey(), 0L))
                    .sum();
            progress.accept(behind);
            // Beyond the last record are marks of transactions, which no group commits past by itself.
            if (behind < 1000
                    && Committed.count(kafka, next) == 0
                    && ends(admin, partitions, IsolationLevel.READ_COMMITTED).equals(ends)
                    && ends(admin, partitions, IsolationLevel.READ_UNCOMMITTED).equals(ends)) {
                return now;
            }
            LockSupport.parkNanos((behind > FAR ? FAR_LOOK : LOOK).toNanos());
        }
        throw new BenchException(topology + " has not settled in " + limit);
    }

    /**
     * Waits until what was observed is known to the topologies that keep it, changes and lineage.
     *
     * @throws BenchException if it takes longer than the limit, or the broker does not answer
     */
    public static void awaitKnown(KafkaConnection kafka, Duration limit) {
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            await(kafka, admin, ChangesTopology.NAME, List.of(Topics.OBSERVATIONS), limit);
            await(kafka, admin, LineageTopology.NAME, lineageInputs(), limit);
        } catch (ExecutionException e) {
            throw new BenchException("the broker does not answer: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        }
    }

    /** Returns the end of every partition of some topics. */
    public static Map<TopicPartition, Long> ends(KafkaConnection kafka, Admin admin, List<Topic<?>> topics)
            throws ExecutionException, InterruptedException {
        return ends(admin, partitions(kafka, topics));
    }

    /** Returns the end of some partitions, whatever of them is committed. */
    public static Map<TopicPartition, Long> ends(Admin admin, List<TopicPartition> partitions)
            throws ExecutionException, InterruptedException {
        return ends(admin, partitions, IsolationLevel.READ_UNCOMMITTED);
    }

    /** Returns every partition of some topics. */
    public static List<TopicPartition> partitions(KafkaConnection kafka, List<Topic<?>> topics) {
        return topics.stream()
                .flatMap(topic -> IntStream.range(0, topic.partitions())
                        .mapToObj(partition -> new TopicPartition(kafka.topics().name(topic), partition)))
                .toList();
    }

    /** Returns the first place of every partition of some topics. */
    public static Map<TopicPartition, Long> beginnings(KafkaConnection kafka, List<Topic<?>> topics) {
        Map<TopicPartition, Long> beginnings = new HashMap<>();
        partitions(kafka, topics).forEach(partition -> beginnings.put(partition, 0L));
        return beginnings;
    }

    private static Map<TopicPartition, Long> ends(Admin admin, List<TopicPartition> partitions, IsolationLevel level)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(asked, new ListOffsetsOptions(level))
                .all()
                .get()
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    /** What the lineage topology reads. */
    public static List<Topic<?>> lineageInputs() {
        return List.of(
                Topics.FACTS, Topics.LINEAGE_SUBSCRIPTIONS, Topics.LINEAGE_ADVERTISEMENTS, Topics.MBOM_SUBSCRIPTIONS);
    }

    /** What the mbom topology reads. */
    public static List<Topic<?>> mbomInputs() {
        return List.of(Topics.FACTS, Topics.MBOM_LINEAGE, Topics.MBOM_SUBSCRIPTIONS, Topics.MBOM_ANSWERS);
    }

    /** What the drift topology reads. */
    public static List<Topic<?>> driftInputs() {
        return List.of(
                Topics.PROCUREMENT_EVENTS, Topics.DRIFT_PROCUREMENT, Topics.MBOMS, Topics.TICKS, Topics.DRIFT_REVIEWS);
    }
}
