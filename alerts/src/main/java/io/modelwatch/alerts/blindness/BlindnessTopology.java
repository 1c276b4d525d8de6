package io.modelwatch.alerts.blindness;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.drift.AlertRecords;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topics;
import java.time.Duration;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * The health of sources becomes alerts about those that see nothing. Partitioned by source; time comes as ticks, and where no
 * ticks come, that is told too. People's actions are read where the drift topology sends them to every partition.
 */
public final class BlindnessTopology {

    /** Name of the topology and of its stage in {@link io.modelwatch.schemas.PathHeader}. */
    public static final String NAME = "blindness";

    static final String SOURCES = "sources";
    static final String TICKS = "ticks";
    static final String ACTIONS = "actions";
    static final String PROCESSOR = "watch";
    static final String SOURCES_TOLD = "sources-told";

    /** One a source; deleted with its tombstone. */
    static final String HEALTH = "health";
    /** At most one a source that was ever blind; kept while the source is, so that its alert keeps its id and count. */
    static final String RAISED = "raised";
    /** One entry: the latest tick. */
    static final String CLOCK = "clock";

    private BlindnessTopology() {}

    /**
     * Builds the topology.
     *
     * @param config its policies
     * @param tickLimit how long, by this machine's clock, no tick may come before that is told as blindness of
     *     {@value BlindnessProcessor#POLLERS}; null where ticks come as they please, as in a replay
     */
    public static Topology build(Topics topics, AvroSerdes serdes, DriftConfig config, @Nullable Duration tickLimit) {
        Topology topology = new Topology();
        topology.addSource(
                SOURCES,
                Serdes.String().deserializer(),
                serdes.of(Topics.SOURCES).deserializer(),
                topics.name(Topics.SOURCES));
        topology.addSource(
                TICKS,
                Serdes.String().deserializer(),
                serdes.of(Topics.TICKS).deserializer(),
                topics.name(Topics.TICKS));
        topology.addSource(
                ACTIONS,
                Serdes.String().deserializer(),
                serdes.of(Topics.DRIFT_ACTIONS).deserializer(),
                topics.name(Topics.DRIFT_ACTIONS));
        topology.addProcessor(
                PROCESSOR,
                () -> new BlindnessProcessor(config, topics.name(Topics.SOURCES), tickLimit, System::currentTimeMillis),
                SOURCES,
                TICKS,
                ACTIONS);
        topology.addStateStore(store(HEALTH, serdes.state(Topics.SOURCES)), PROCESSOR);
        topology.addStateStore(store(RAISED, serdes.state(Topics.ALERTS)), PROCESSOR);
        topology.addStateStore(store(CLOCK, Serdes.Long()), PROCESSOR);
        AlertRecords.addSinks(topology, topics, serdes, PROCESSOR);
        // What this topology says of a source comes back to it, and changes nothing then.
        topology.addSink(
                SOURCES_TOLD,
                topics.name(Topics.SOURCES),
                Serdes.String().serializer(),
                serdes.of(Topics.SOURCES).serializer(),
                PROCESSOR);
        return topology;
    }

    private static <V> StoreBuilder<KeyValueStore<String, V>> store(String name, Serde<V> value) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), value);
    }
}
