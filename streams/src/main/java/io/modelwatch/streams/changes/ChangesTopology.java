package io.modelwatch.streams.changes;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topics;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Observations become changes, and what is known of each subject becomes {@code facts}. Partitioned by subject; a sweep
 * marker comes to every partition.
 */
public final class ChangesTopology {

    /** Name of the topology and of its stage in {@link io.modelwatch.schemas.PathHeader}. */
    public static final String NAME = "changes";

    static final String SOURCE = "observations";
    static final String PROCESSOR = "compare";
    static final String CHANGES = "changes";
    static final String FACTS = "facts";

    /** One small head a subject and source, kept after removal to recognise late observations. */
    static final String HEADS = "heads";
    /** The last observation, one a subject and source; deleted when the source removes the subject. */
    static final String LAST = "last-observations";
    /** One page for 64 subjects of a source and scope; slots are emptied at removal. */
    static final String PAGES = "last-seen";
    /** One subject name a slot; as long as the head. */
    static final String MEMBERS = "members";
    /** One small record a source and scope; as long as the source is known. */
    static final String SWEEPS = "sweeps";

    private ChangesTopology() {}

    /** Builds the topology. */
    public static Topology build(Topics topics, AvroSerdes serdes) {
        Serde<String> string = Serdes.String();
        Serde<byte[]> bytes = Serdes.ByteArray();
        Topology topology = new Topology();
        // Raw bytes: an unchanged observation is recognised by its head and never decoded.
        topology.addSource(SOURCE, string.deserializer(), bytes.deserializer(), topics.name(Topics.OBSERVATIONS));
        topology.addProcessor(PROCESSOR, () -> new ChangesProcessor(serdes, System::currentTimeMillis), SOURCE);
        topology.addStateStore(store(HEADS, string, bytes), PROCESSOR);
        topology.addStateStore(store(LAST, string, bytes), PROCESSOR);
        // Cached: the pages that a sweep touches are written once a commit, not once an observation.
        topology.addStateStore(store(PAGES, string, bytes).withCachingEnabled(), PROCESSOR);
        topology.addStateStore(store(MEMBERS, string, string), PROCESSOR);
        // Cached: a thousand first sights of one source count up one record.
        topology.addStateStore(store(SWEEPS, string, bytes).withCachingEnabled(), PROCESSOR);
        topology.addSink(
                CHANGES,
                topics.name(Topics.CHANGES),
                string.serializer(),
                serdes.of(Topics.CHANGES).serializer(),
                PROCESSOR);
        topology.addSink(
                FACTS,
                topics.name(Topics.FACTS),
                string.serializer(),
                serdes.of(Topics.FACTS).serializer(),
                PROCESSOR);
        return topology;
    }

    private static <V> StoreBuilder<KeyValueStore<String, V>> store(String name, Serde<String> key, Serde<V> value) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), key, value);
    }
}
