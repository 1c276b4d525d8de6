package io.modelwatch.app.role;

import io.modelwatch.alerts.blindness.BlindnessTopology;
import io.modelwatch.alerts.drift.DriftTopology;
import io.modelwatch.history.HistorySink;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.streams.changes.ChangesTopology;
import io.modelwatch.streams.inference.InferenceTopology;
import io.modelwatch.streams.lineage.LineageTopology;
import io.modelwatch.streams.mbom.MbomTopology;
import io.modelwatch.streams.telemetry.TelemetryTopology;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Tells when what has been published has passed through every topology into the history, wherever the roles run: stage
 * by stage, the group of a topology must have committed past what was on its topics when the stage before it was through.
 * Outputs are written before the offsets of their inputs are committed, so nothing is overlooked; each stage has a fixed
 * goal, so that the wait ends under load too.
 */
final class Settlement implements AutoCloseable {

    /**
     * A topology (its group is named after it; null for the history) and what it reads. Where it reads what it writes
     * itself, it is through when a whole round has brought nothing new, or after as many rounds as a message may go.
     */
    private record Stage(@Nullable String topology, List<Topic<?>> inputs, int rounds) {
        Stage(@Nullable String topology, List<Topic<?>> inputs) {
            this(topology, inputs, 1);
        }
    }

    /** There and back for each step of the longest path that is followed: Limits of the lineage topology. */
    private static final int LINEAGE_ROUNDS = 2 * (64 + 1);

    /**
     * What is inferred of facts is an observation again, and passes the changes topology as such. The facts that follow
     * need not be waited for here: the inference topology passes over what it said itself.
     */
    private static final List<Stage> INFERENCE = List.of(
            new Stage(InferenceTopology.NAME, List.of(Topics.FACTS)),
            new Stage(InferenceTopology.NAME, List.of(Topics.INFERENCE_NAMES)),
            new Stage(InferenceTopology.NAME, List.of(Topics.INFERENCE_ANSWERS)),
            new Stage(ChangesTopology.NAME, List.of(Topics.OBSERVATIONS)));

    /** What spans say becomes an observation, where it is news. */
    private static final Stage TELEMETRY = new Stage(TelemetryTopology.NAME, List.of(Topics.TRAFFIC));

    /** In the order in which a record passes them, behind the changes topology and what is inferred. */
    private static final List<Stage> STAGES = List.of(
            new Stage(
                    LineageTopology.NAME,
                    List.of(
                            Topics.FACTS,
                            Topics.LINEAGE_SUBSCRIPTIONS,
                            Topics.LINEAGE_ADVERTISEMENTS,
                            Topics.REPOSITORIES),
                    LINEAGE_ROUNDS),
            // A subscription follows facts, the ancestry a subscription, an answer the ancestry.
            new Stage(MbomTopology.NAME, List.of(Topics.FACTS)),
            new Stage(LineageTopology.NAME, List.of(Topics.MBOM_SUBSCRIPTIONS)),
            new Stage(MbomTopology.NAME, List.of(Topics.MBOM_SUBSCRIPTIONS, Topics.MBOM_LINEAGE)),
            new Stage(MbomTopology.NAME, List.of(Topics.MBOM_ANSWERS)),
            new Stage(
                    DriftTopology.NAME,
                    List.of(
                            Topics.PROCUREMENT_EVENTS,
                            Topics.DISCLOSURES,
                            Topics.ALERT_ACTIONS,
                            Topics.TICKS,
                            Topics.MBOMS)),
            new Stage(
                    DriftTopology.NAME,
                    List.of(Topics.DRIFT_PROCUREMENT, Topics.DRIFT_DISCLOSURES, Topics.DRIFT_ACTIONS)),
            new Stage(DriftTopology.NAME, List.of(Topics.DRIFT_REVIEWS, Topics.DRIFT_GROUPS)),
            // It keeps the alerts about sources, and does with them what people ask for.
            new Stage(BlindnessTopology.NAME, List.of(Topics.DRIFT_ACTIONS)),
            new Stage(null, HistorySink.topics()));

    private static final long LOOK_MILLIS = 10;

    /** After so long without progress it is asked whether what is missing are only the marks of transactions. */
    private static final long STILL_MILLIS = 25;

    private final KafkaConnection kafka;
    private final HistorySink history;
    private final List<Stage> stages = new ArrayList<>();
    private final Admin admin;
    private final Peeker peeker;
    private final Map<String, List<TopicPartition>> partitions = new ConcurrentHashMap<>();

    /**
     * @param inference whether the inference topology runs
     * @param telemetry whether the telemetry topology runs
     */
    Settlement(KafkaConnection kafka, HistorySink history, boolean inference, boolean telemetry) {
        this.kafka = kafka;
        this.history = history;
        if (telemetry) {
            stages.add(TELEMETRY);
        }
        stages.add(new Stage(ChangesTopology.NAME, List.of(Topics.OBSERVATIONS)));
        if (inference) {
            stages.addAll(INFERENCE);
        }
        stages.addAll(STAGES);
        this.admin = Admin.create(kafka.clientProperties());
        this.peeker = new Peeker(kafka);
    }

    /** Returns every topic that it looks at. */
    static Set<Topic<?>> topics() {
        return Stream.of(INFERENCE, STAGES, List.of(TELEMETRY))
                .flatMap(List::stream)
                .flatMap(stage -> stage.inputs().stream())
                .collect(Collectors.toSet());
    }

    /**
     * Waits, for as long as there is progress: how long it takes depends on how much was published.
     *
     * @param limit how long nothing may move before the wait is given up
     * @throws SettlementException if nothing moved for so long; the message names the stage that is behind
     */
    void await(Duration limit) throws InterruptedException {
        try {
            for (Stage stage : stages) {
                Map<TopicPartition, Long> goal = ends(stage.inputs());
                await(stage, goal, limit);
                Map<TopicPartition, Long> reached = Map.of();
                for (int round = 1; round < stage.rounds() && !goal.equals(reached); round++) {
                    reached = goal;
                    goal = ends(stage.inputs());
                    await(stage, goal, limit);
                }
            }
        } catch (ExecutionException | SQLException e) {
            throw new SettlementException("cannot tell whether all has been processed: " + e.getMessage(), e);
        }
    }

    private void await(Stage stage, Map<TopicPartition, Long> goal, Duration limit)
            throws ExecutionException, SQLException, InterruptedException {
        Map<TopicPartition, Long> before = Map.of();
        long movedAt = System.nanoTime();
        long peekAt = movedAt + TimeUnit.MILLISECONDS.toNanos(STILL_MILLIS);
        while (true) {
            Map<TopicPartition, Long> reached = reached(stage);
            Map<TopicPartition, Long> behind = new HashMap<>(goal);
            behind.entrySet().removeIf(one -> reached.getOrDefault(one.getKey(), 0L) >= one.getValue());
            if (behind.isEmpty()) {
                return;
            }
            long now = System.nanoTime();
            if (!reached.equals(before)) {
                before = reached;
                movedAt = now;
                peekAt = now + TimeUnit.MILLISECONDS.toNanos(STILL_MILLIS);
            } else if (now > peekAt) {
                behind.entrySet()
                        .removeIf(one -> peeker.isEmptyBetween(
                                one.getKey(), reached.getOrDefault(one.getKey(), 0L), one.getValue()));
                if (behind.isEmpty()) {
                    return;
                }
                peekAt = now + TimeUnit.MILLISECONDS.toNanos(STILL_MILLIS);
            }
            if (now - movedAt > limit.toNanos()) {
                throw new SettlementException(
                        "nothing has moved for " + limit.toSeconds() + " s: "
                                + (stage.topology() == null ? "the history" : "the topology " + stage.topology())
                                + " has not yet read "
                                + behind.keySet().stream()
                                        .map(TopicPartition::topic)
                                        .distinct()
                                        .sorted()
                                        .collect(Collectors.joining(", "))
                                + " to its end; is that role running?",
                        null);
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private Map<TopicPartition, Long> reached(Stage stage)
            throws ExecutionException, SQLException, InterruptedException {
        if (stage.topology() == null) {
            return history.nextOffsets();
        }
        Map<TopicPartition, Long> reached = new HashMap<>();
        admin.listConsumerGroupOffsets(StreamsRunner.applicationId(kafka.topics(), stage.topology()))
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach((partition, offset) -> {
                    if (offset != null) {
                        reached.put(partition, offset.offset());
                    }
                });
        return reached;
    }

    /** The ends as uncommitted readers see them: what is in an open transaction counts too. */
    private Map<TopicPartition, Long> ends(List<Topic<?>> topics) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (Topic<?> topic : topics) {
            partitions(kafka.topics().name(topic)).forEach(partition -> asked.put(partition, OffsetSpec.latest()));
        }
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(asked).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    private List<TopicPartition> partitions(String topic) throws ExecutionException, InterruptedException {
        List<TopicPartition> known = partitions.get(topic);
        if (known == null) {
            TopicDescription description = Objects.requireNonNull(
                    admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic));
            known = description.partitions().stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            partitions.put(topic, known);
        }
        return known;
    }

    @Override
    public void close() {
        peeker.close();
        admin.close(Duration.ofSeconds(5));
    }
}
