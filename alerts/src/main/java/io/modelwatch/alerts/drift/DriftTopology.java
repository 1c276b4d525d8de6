package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.KnownModel;
import io.modelwatch.schemas.avro.TrackedChange;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Changes of MBOMs, held against procurement events in event time, become verdicts and alerts. Partitioned by deployment; a
 * procurement event may concern any deployment, so it is broadcast to every partition; time comes as ticks.
 */
public final class DriftTopology {

    /** Name of the topology and of its stage in {@link io.modelwatch.schemas.PathHeader}. */
    public static final String NAME = "drift";

    static final String PROCUREMENT_IN = "procurement-in";
    static final String BROADCAST = "procurement-broadcast";
    static final String BROADCAST_IN = "procurement-broadcast-in";
    static final String DISCLOSURES_IN = "disclosures-in";
    static final String DISCLOSURES_BROADCAST = "disclosures-broadcast";
    static final String DISCLOSURES_BROADCAST_IN = "disclosures-broadcast-in";
    static final String ACTIONS_IN = "actions-in";
    static final String ACTIONS_BROADCAST = "actions-broadcast";
    static final String ACTIONS_BROADCAST_IN = "actions-broadcast-in";
    static final String MBOMS = "mboms";
    static final String TICKS = "ticks";
    static final String PROCESSOR = "judge";
    static final String REVIEWS = "reviews";
    static final String REVIEWS_IN = "reviews-in";
    static final String VERDICTS = "verdicts";
    static final String MEMBERS = "members";
    static final String MEMBERS_IN = "members-in";
    static final String GROUPER = "group";
    static final String ALERT_GROUPS = "alert-groups";

    /** One a deployment, with what is live of it; kept after removal, since revisions go on. */
    static final String DEPLOYMENTS = "deployments";
    /** One a change that is over, bounded as {@link Past} says. */
    static final String PAST = "past";
    /** One a deployment and model that a change of its past concerns; deleted with the last of them. */
    static final String PAST_MODELS = "past-models";
    /** One a procurement event, in every task; deleted with the event's tombstone. */
    static final String PROCUREMENT = "procurement";
    /** The same by deployment, vendor, model or what it revokes; deleted with it. */
    static final String PROCUREMENT_BY_SUBJECT = "procurement-by-subject";
    /** Two a disclosure, in every task; deleted with its tombstone. */
    static final String DISCLOSURES = "disclosures";
    /** One a deployment for its vendor and for each model it is judged on. */
    static final String CONCERNS = "concerns";
    /** At most one a deployment: when time alone may change a verdict of it; deleted when that time has come. */
    static final String DUE = "due";
    /** One an alert that is kept, and one more if it belongs to a group: its deployment; deleted with it. */
    static final String OWNERS = "alert-owners";
    /** One a group of alerts that has any which is not closed; deleted when it has none. */
    static final String GROUPS = "groups";
    /** One an alert that belongs to a group and is not closed; deleted when it closes or leaves. */
    static final String GROUP_MEMBERS = "group-members";
    /** Groups that changed since they were last told of; emptied at each tick. */
    static final String GROUPS_UNSAID = "groups-unsaid";
    /** One entry: the latest tick. */
    static final String CLOCK = "clock";

    /** Timestamp of what goes before everything else; epoch milliseconds. */
    static final long URGENT = 0;

    static final StreamPartitioner<String, SpecificRecord> EVERY_PARTITION = (topic, key, value, count) ->
            Optional.of(IntStream.range(0, count).boxed().collect(Collectors.toSet()));

    private DriftTopology() {}

    /** Builds the topology. */
    public static Topology build(Topics topics, AvroSerdes serdes, DriftConfig config) {
        return build(topics, serdes, config, Stores::persistentKeyValueStore);
    }

    /**
     * Builds the topology on other stores.
     *
     * @param stores makes the store of a name
     */
    static Topology build(
            Topics topics, AvroSerdes serdes, DriftConfig config, Function<String, KeyValueBytesStoreSupplier> stores) {
        Topology topology = new Topology();
        broadcast(
                topology,
                topics,
                serdes,
                Topics.PROCUREMENT_EVENTS,
                PROCUREMENT_IN,
                Topics.DRIFT_PROCUREMENT,
                BROADCAST);
        broadcast(
                topology,
                topics,
                serdes,
                Topics.DISCLOSURES,
                DISCLOSURES_IN,
                Topics.DRIFT_DISCLOSURES,
                DISCLOSURES_BROADCAST);
        broadcast(topology, topics, serdes, Topics.ALERT_ACTIONS, ACTIONS_IN, Topics.DRIFT_ACTIONS, ACTIONS_BROADCAST);
        urgentSource(topology, BROADCAST_IN, topics, serdes, Topics.DRIFT_PROCUREMENT);
        urgentSource(topology, DISCLOSURES_BROADCAST_IN, topics, serdes, Topics.DRIFT_DISCLOSURES);
        urgentSource(topology, ACTIONS_BROADCAST_IN, topics, serdes, Topics.DRIFT_ACTIONS);
        source(topology, MBOMS, topics, serdes, Topics.MBOMS);
        source(topology, TICKS, topics, serdes, Topics.TICKS);
        source(topology, REVIEWS_IN, topics, serdes, Topics.DRIFT_REVIEWS);
        topology.addProcessor(
                PROCESSOR,
                () -> new DriftProcessor(
                        config,
                        topics.name(Topics.DRIFT_PROCUREMENT),
                        topics.name(Topics.DRIFT_DISCLOSURES),
                        System::currentTimeMillis),
                BROADCAST_IN,
                DISCLOSURES_BROADCAST_IN,
                ACTIONS_BROADCAST_IN,
                MBOMS,
                TICKS,
                REVIEWS_IN);
        Serde<DriftState> state = serdes.state(DriftState.class);
        topology.addStateStore(store(stores, DEPLOYMENTS, state), PROCESSOR);
        topology.addStateStore(store(stores, PAST, serdes.state(TrackedChange.class)), PROCESSOR);
        topology.addStateStore(store(stores, PAST_MODELS, serdes.state(KnownModel.class)), PROCESSOR);
        topology.addStateStore(store(stores, PROCUREMENT, serdes.state(Topics.PROCUREMENT_EVENTS)), PROCESSOR);
        topology.addStateStore(
                store(stores, PROCUREMENT_BY_SUBJECT, serdes.state(Topics.PROCUREMENT_EVENTS)), PROCESSOR);
        topology.addStateStore(store(stores, DISCLOSURES, serdes.state(Topics.DISCLOSURES)), PROCESSOR);
        topology.addStateStore(store(stores, CONCERNS, Serdes.String()), PROCESSOR);
        topology.addStateStore(store(stores, DUE, Serdes.String()), PROCESSOR);
        topology.addStateStore(store(stores, OWNERS, Serdes.String()), PROCESSOR);
        topology.addStateStore(store(stores, CLOCK, Serdes.Long()), PROCESSOR);
        AlertRecords.addSinks(topology, topics, serdes, PROCESSOR);
        topology.addSink(
                VERDICTS,
                topics.name(Topics.VERDICTS),
                Serdes.String().serializer(),
                serdes.of(Topics.VERDICTS).serializer(),
                PROCESSOR);
        topology.addSink(
                REVIEWS,
                topics.name(Topics.DRIFT_REVIEWS),
                Serdes.String().serializer(),
                serdes.of(Topics.DRIFT_REVIEWS).serializer(),
                PROCESSOR);
        groups(topology, topics, serdes, stores);
        return topology;
    }

    /** Re-keys by the group: its alerts are of deployments all over the partitions. */
    private static void groups(
            Topology topology, Topics topics, AvroSerdes serdes, Function<String, KeyValueBytesStoreSupplier> stores) {
        topology.addSink(
                MEMBERS,
                topics.name(Topics.DRIFT_GROUPS),
                Serdes.String().serializer(),
                serdes.of(Topics.DRIFT_GROUPS).serializer(),
                PROCESSOR);
        source(topology, MEMBERS_IN, topics, serdes, Topics.DRIFT_GROUPS);
        topology.addProcessor(GROUPER, () -> new GroupProcessor(System::currentTimeMillis), MEMBERS_IN, TICKS);
        topology.addStateStore(store(stores, GROUPS, serdes.state(Topics.ALERT_GROUPS)), GROUPER);
        topology.addStateStore(store(stores, GROUP_MEMBERS, serdes.state(Topics.ALERTS)), GROUPER);
        topology.addStateStore(store(stores, GROUPS_UNSAID, Serdes.String()), GROUPER);
        topology.addSink(
                ALERT_GROUPS,
                topics.name(Topics.ALERT_GROUPS),
                Serdes.String().serializer(),
                serdes.of(Topics.ALERT_GROUPS).serializer(),
                GROUPER);
    }

    /**
     * Re-keys to all: a procurement event may concern any deployment, and only its task knows whose an alert is. Each task
     * keeps or looks up what came, and judges the deployments it owns.
     */
    private static <V extends SpecificRecord> void broadcast(
            Topology topology,
            Topics topics,
            AvroSerdes serdes,
            Topic<V> from,
            String source,
            Topic<V> to,
            String sink) {
        source(topology, source, topics, serdes, from);
        topology.addSink(
                sink,
                topics.name(to),
                Serdes.String().serializer(),
                serdes.of(to).serializer(),
                EVERY_PARTITION,
                source);
    }

    private static <V extends SpecificRecord> void source(
            Topology topology, String name, Topics topics, AvroSerdes serdes, Topic<V> topic) {
        topology.addSource(
                name, Serdes.String().deserializer(), serdes.of(topic).deserializer(), topics.name(topic));
    }

    /**
     * A task takes the record with the smallest timestamp of those that wait. What people say gets the smallest there is,
     * so that it never waits behind a backlog of bills.
     */
    private static <V extends SpecificRecord> void urgentSource(
            Topology topology, String name, Topics topics, AvroSerdes serdes, Topic<V> topic) {
        topology.addSource(
                (AutoOffsetReset) null,
                name,
                (record, before) -> URGENT,
                Serdes.String().deserializer(),
                serdes.of(topic).deserializer(),
                topics.name(topic));
    }

    private static <V> StoreBuilder<KeyValueStore<String, V>> store(
            Function<String, KeyValueBytesStoreSupplier> stores, String name, Serde<V> value) {
        return Stores.keyValueStoreBuilder(stores.apply(name), Serdes.String(), value);
    }
}
