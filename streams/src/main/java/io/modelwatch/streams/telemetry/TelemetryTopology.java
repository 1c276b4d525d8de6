package io.modelwatch.streams.telemetry;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.TrafficDeployment;
import io.modelwatch.schemas.avro.TrafficRoute;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * What spans say of routes becomes, where it differs from what was told last, an observation of the deployment: source
 * {@code telemetry}, confidence OBSERVED (docs/adr/0012). A route that is as it was costs one lookup of a few hundred bytes and
 * no write. Nothing is re-keyed: a route lives where its deployment does.
 */
public final class TelemetryTopology {

    /** Name of the topology and of its stage in {@link io.modelwatch.schemas.PathHeader}. */
    public static final String NAME = "telemetry";

    static final String TRAFFIC = "traffic";
    static final String TICKS = "ticks";
    static final String PROCESSOR = "aggregate";
    static final String OBSERVATIONS = "observations";

    /** One a deployment and route, at most {@link TelemetryWindow#maxRoutes()} a deployment; deleted when the window is past. */
    static final String ROUTES = "routes";
    /** One a deployment with routes; deleted a window after its last route. */
    static final String DEPLOYMENTS = "deployments";
    /** One: the time of the last tick at which what is past was looked for. */
    static final String CLOCK = "clock";

    private TelemetryTopology() {}

    /** Builds the topology. */
    public static Topology build(Topics topics, AvroSerdes serdes, TelemetryWindow window) {
        Topology topology = new Topology();
        source(topology, TRAFFIC, topics, serdes, Topics.TRAFFIC);
        source(topology, TICKS, topics, serdes, Topics.TICKS);
        topology.addProcessor(
                PROCESSOR, () -> new TelemetryProcessor(window, System::currentTimeMillis), TRAFFIC, TICKS);
        topology.addStateStore(store(ROUTES, serdes.state(TrafficRoute.class)), PROCESSOR);
        topology.addStateStore(store(DEPLOYMENTS, serdes.state(TrafficDeployment.class)), PROCESSOR);
        topology.addStateStore(store(CLOCK, Serdes.Long()), PROCESSOR);
        topology.addSink(
                OBSERVATIONS,
                topics.name(Topics.OBSERVATIONS),
                Serdes.String().serializer(),
                serdes.of(Topics.OBSERVATIONS).serializer(),
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
