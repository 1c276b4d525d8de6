package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.ProcurementEvent;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Changes of MBOMs, held against procurement events in event time, become alerts. Partitioned by deployment; a
 * procurement event may concern any deployment, so it is broadcast to every partition; time comes as ticks.
 */
public final class DriftTopology {

    /** Name of the topology and of its stage in {@link io.modelwatch.schemas.PathHeader}. */
    public static final String NAME = "drift";

    static final String PROCUREMENT_IN = "procurement-in";
    static final String BROADCAST = "procurement-broadcast";
    static final String BROADCAST_IN = "procurement-broadcast-in";
    static final String MBOMS = "mboms";
    static final String TICKS = "ticks";
    static final String PROCESSOR = "judge";
    static final String ALERTS = "alerts";

    /** One a deployment; bounded by {@link DriftProcessor#MAX_CHANGES}. */
    static final String DEPLOYMENTS = "deployments";
    /** One a procurement event, in every partition: events are few and are never forgotten. */
    static final String PROCUREMENT = "procurement";
    /** One a deployment for which time alone can change a verdict; deleted when it is due. */
    static final String DUE = "due";
    /** One entry: the latest time that was told. */
    static final String CLOCK = "clock";

    private DriftTopology() {}

    /** Builds the topology. */
    public static Topology build(Topics topics, AvroSerdes serdes, DriftConfig config) {
        Topology topology = new Topology();
        source(topology, PROCUREMENT_IN, topics, serdes, Topics.PROCUREMENT_EVENTS);
        // Re-keyed to all: each task keeps the whole set and judges the deployments it owns.
        StreamPartitioner<String, ProcurementEvent> everyPartition = (topic, key, value, count) ->
                Optional.of(IntStream.range(0, count).boxed().collect(Collectors.toSet()));
        topology.addSink(
                BROADCAST,
                topics.name(Topics.DRIFT_PROCUREMENT),
                Serdes.String().serializer(),
                serdes.of(Topics.PROCUREMENT_EVENTS).serializer(),
                everyPartition,
                PROCUREMENT_IN);
        source(topology, BROADCAST_IN, topics, serdes, Topics.DRIFT_PROCUREMENT);
        source(topology, MBOMS, topics, serdes, Topics.MBOMS);
        source(topology, TICKS, topics, serdes, Topics.TICKS);
        topology.addProcessor(
                PROCESSOR, () -> new DriftProcessor(config, System::currentTimeMillis), BROADCAST_IN, MBOMS, TICKS);
        Serde<DriftState> state = serdes.of(DriftState.class);
        topology.addStateStore(store(DEPLOYMENTS, state), PROCESSOR);
        topology.addStateStore(store(PROCUREMENT, serdes.of(Topics.PROCUREMENT_EVENTS)), PROCESSOR);
        topology.addStateStore(store(DUE, Serdes.String()), PROCESSOR);
        topology.addStateStore(store(CLOCK, Serdes.Long()), PROCESSOR);
        topology.addSink(
                ALERTS,
                topics.name(Topics.ALERTS),
                Serdes.String().serializer(),
                serdes.of(Topics.ALERTS).serializer(),
                PROCESSOR);
        return topology;
    }

    private static <V extends SpecificRecord> void source(
            Topology topology, String name, Topics topics, AvroSerdes serdes, Topic<V> topic) {
        topology.addSource(
                name, Serdes.String().deserializer(), serdes.of(topic).deserializer(), topics.name(topic));
    }

    private static <V> StoreBuilder<KeyValueStore<String, V>> store(String name, Serde<V> value) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), value);
    }
}
