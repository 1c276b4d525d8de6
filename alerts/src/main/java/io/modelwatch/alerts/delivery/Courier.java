package io.modelwatch.alerts.delivery;

import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the records of some topics to one destination. It is a consumer group of its own, so that nobody waits for a
 * dead endpoint but what is meant for it. An offset is committed only after the endpoint has accepted what lies before
 * it: a kill repeats a little, with the same ids, and loses nothing.
 */
final class Courier implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Courier.class);

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration BROKER = Duration.ofSeconds(10);

    /** Records a poll, over all partitions: what a lane may be given at once, and so what a revocation waits for. */
    private static final int BATCH = 100;

    /** Between two notes on a partition that does not move on. */
    private static final long NOTE_NANOS = Duration.ofSeconds(5).toNanos();

    /** Between two looks at the ends of the partitions. */
    private static final long LAG_NANOS = Duration.ofSeconds(10).toNanos();

    private static final long MAX_BACKOFF_MILLIS = 10_000;

    private final Lane.Equipment equipment;
    private final KafkaConnection kafka;
    private final String instance;
    private final List<String> topics;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    /** Only the thread of the courier touches what follows. */
    private final Map<TopicPartition, Lane> lanes = new HashMap<>();

    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    private long lastNote = System.nanoTime();
    private long lastLag = System.nanoTime() - LAG_NANOS;

    private volatile @Nullable String trouble = "starting";

    /** @param instance name of this instance, the same after a restart and another one for each instance */
    Courier(Lane.Equipment equipment, KafkaConnection kafka, String instance) {
        this.equipment = equipment;
        this.kafka = kafka;
        this.instance = instance;
        this.topics = equipment.config().topics(equipment.destination()).stream()
                .map((Topic<?> topic) -> kafka.topics().name(topic))
                .toList();
        this.thread = Thread.ofPlatform()
                .name("delivery-" + equipment.config().name())
                .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    String name() {
        return equipment.config().name();
    }

    /** Returns what keeps it from reading its topics, or null; an endpoint that does not answer is no such thing. */
    @Nullable
    String trouble() {
        return trouble;
    }

    private void run() {
        long backoff = 200;
        while (closing.getCount() > 0) {
            long started = System.nanoTime();
            try {
                consume();
            } catch (KafkaException | IllegalStateException e) {
                trouble = String.valueOf(e.getMessage());
                LOGGER.atWarn()
                        .setCause(e)
                        .addKeyValue("delivery", name())
                        .log("alerts cannot be read; trying again from the committed offsets");
            }
            boolean ranWell =
                    System.nanoTime() - started > Duration.ofSeconds(30).toNanos();
            backoff = ranWell ? 200 : Math.min(backoff * 2, MAX_BACKOFF_MILLIS);
            try {
                if (closing.await(backoff, TimeUnit.MILLISECONDS)) {
                    return;
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void consume() {
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        try {
            consumer.subscribe(topics, new Assignment(consumer));
            while (closing.getCount() > 0) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                for (TopicPartition partition : records.partitions()) {
                    lane(partition).take(records.records(partition));
                }
                lanes.forEach((partition, lane) -> steer(consumer, partition, lane));
                commit(consumer, lanes.keySet(), false);
                measure(consumer);
            }
            stop(lanes.keySet(), equipment.limits().closing());
            commit(consumer, lanes.keySet(), true);
        } finally {
            stop(lanes.keySet(), Duration.ZERO);
            lanes.clear();
            committed.clear();
            // Leaving lets other instances take over now, not when this one times out.
            consumer.close(CloseOptions.timeout(equipment.limits().closing())
                    .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
        }
    }

    private Lane lane(TopicPartition partition) {
        Lane lane = lanes.get(partition);
        if (lane == null) {
            throw new IllegalStateException("records of " + partition + ", which is not assigned");
        }
        return lane;
    }

    /** A lane at work is given nothing more; the consumer goes on polling, or the group would think it dead. */
    private static void steer(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, Lane lane) {
        if (lane.idle()) {
            lane.passTo(consumer.position(partition, BROKER));
            consumer.resume(List.of(partition));
        } else {
            consumer.pause(List.of(partition));
        }
    }

    /** @param all also notes that are no hurry */
    private void commit(KafkaConsumer<byte[], byte[]> consumer, Collection<TopicPartition> partitions, boolean all) {
        boolean notes = all || System.nanoTime() - lastNote > NOTE_NANOS;
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        for (TopicPartition partition : partitions) {
            Lane lane = lanes.get(partition);
            if (lane == null) {
                continue;
            }
            OffsetAndMetadata progress = lane.progress();
            OffsetAndMetadata before = committed.get(partition);
            boolean moved = before == null || before.offset() != progress.offset();
            if (moved || (notes && !progress.equals(before))) {
                next.put(partition, progress);
            }
        }
        if (notes) {
            lastNote = System.nanoTime();
        }
        if (next.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(next, BROKER);
            committed.putAll(next);
        } catch (RetriableException | CommitFailedException e) {
            // The broker is away, or partitions are moving: the next turn says it again, or they are gone by then.
            LOGGER.atDebug().setCause(e).addKeyValue("delivery", name()).log("not committed yet");
        }
    }

    private void measure(KafkaConsumer<byte[], byte[]> consumer) {
        if (System.nanoTime() - lastLag < LAG_NANOS) {
            return;
        }
        lastLag = System.nanoTime();
        try {
            long lag = 0;
            for (Map.Entry<TopicPartition, Long> end :
                    consumer.endOffsets(lanes.keySet(), BROKER).entrySet()) {
                lag += Math.max(0, end.getValue() - lane(end.getKey()).done());
            }
            equipment.meters().lag.set(lag);
        } catch (RetriableException e) {
            LOGGER.atDebug().setCause(e).addKeyValue("delivery", name()).log("the lag is not known just now");
        }
    }

    private void stop(Collection<TopicPartition> partitions, Duration limit) {
        // All are asked before one is waited for: they stop side by side.
        List<Lane> stopped =
                partitions.stream().map(lanes::get).filter(Objects::nonNull).toList();
        stopped.forEach(Lane::stop);
        long deadline = System.nanoTime() + limit.toNanos();
        stopped.forEach(lane -> lane.awaitStop(Duration.ofNanos(Math.max(0, deadline - System.nanoTime()))));
    }

    private Properties settings() {
        Properties settings = kafka.clientProperties();
        settings.put("group.id", Deliveries.group(kafka.topics(), name()));
        // A restart after a kill takes its partitions again at once, not when the dead one times out.
        settings.put("group.instance.id", "delivery-" + name() + "-" + instance);
        settings.put("isolation.level", "read_committed");
        settings.put("enable.auto.commit", "false");
        settings.put("max.poll.records", Integer.toString(BATCH));
        // Where offsets are missing they were fixed at start; this is for those that retention has overtaken.
        settings.put("auto.offset.reset", "earliest");
        // Partitions that stay are not stopped and started when another instance comes or goes.
        settings.put("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
        return settings;
    }

    private final class Assignment implements ConsumerRebalanceListener {
        private final KafkaConsumer<byte[], byte[]> consumer;

        Assignment(KafkaConsumer<byte[], byte[]> consumer) {
            this.consumer = consumer;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            Map<TopicPartition, OffsetAndMetadata> stored = consumer.committed(new HashSet<>(partitions), BROKER);
            // With none too: where instances outnumber partitions, one has nothing to do and is well.
            trouble = null;
            for (TopicPartition partition : partitions) {
                OffsetAndMetadata at = stored.get(partition);
                if (at != null) {
                    committed.put(partition, at);
                }
                lanes.put(
                        partition,
                        new Lane(
                                equipment,
                                at == null ? consumer.position(partition, BROKER) : at.offset(),
                                at == null ? Note.NOTHING : Note.of(at.metadata())));
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            stop(partitions, equipment.limits().closing());
            commit(consumer, partitions, true);
            forget(partitions);
        }

        /** They belong to somebody else already: what this one did meanwhile is done again, with the same ids. */
        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            stop(partitions, Duration.ZERO);
            forget(partitions);
        }

        private void forget(Collection<TopicPartition> partitions) {
            partitions.forEach(partition -> {
                lanes.remove(partition);
                committed.remove(partition);
            });
        }
    }

    /** Asks it to stop, without waiting. */
    void stop() {
        closing.countDown();
    }

    /** Stops: a try under way may end, for a while; what was accepted is committed. */
    @Override
    public void close() {
        stop();
        try {
            // Where a later one could not be made, this one has never been started.
            if (thread.getState() != Thread.State.NEW
                    && !thread.join(equipment.limits().closing().multipliedBy(2).plusSeconds(5))) {
                LOGGER.atWarn().addKeyValue("delivery", name()).log("did not stop in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        equipment.attempts().close();
        equipment.destination().close();
    }
}
