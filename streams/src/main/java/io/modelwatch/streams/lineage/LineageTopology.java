package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageMessage;
import io.modelwatch.schemas.avro.LineageState;
import io.modelwatch.streams.renames.Renames;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * What is known of each model becomes its resolved ancestry. A child subscribes to each of its parents; a parent
 * advertises its ancestry, every entry with its path, to its children whenever that differs from what it last told. A
 * child drops the paths that lead through itself and goes by what each parent last said, so that cycles and deletions
 * cannot count to infinity and the end is a function of the facts alone. Of what happens on the way up, changes are
 * told.
 *
 * <p>The records of models that a deployment runs go to the mbom topology too, on a topic of their own: of the hundreds
 * of thousands that a base may change, it need not read those that nobody here runs.
 *
 * <p>Re-keyed twice, by message: a model's record knows its parents but lives in its own partition, and the other way
 * round. All children of one parent in one partition subscribe, are told and remember as one, so that a parent of a
 * hundred thousand says its word once a partition. A broker keeps the order of what a model tells a partition and the
 * other way round, and that order is all the protocol needs.
 */
public final class LineageTopology {

    /** Name of the topology and of its stage in {@link io.modelwatch.schemas.PathHeader}. */
    public static final String NAME = "lineage";

    static final String FACTS = "facts";
    static final String SUBSCRIPTIONS_IN = "subscriptions-in";
    static final String ADVERTISEMENTS_IN = "advertisements-in";
    static final String DEPLOYMENTS_IN = "deployments-in";
    static final String PROCESSOR = "resolve";
    static final String SUBSCRIPTIONS = "subscriptions";
    static final String ADVERTISEMENTS = "advertisements";
    static final String LINEAGE = "lineage";
    static final String DEPLOYED = "deployed";
    static final String CHANGES = "changes";

    /**
     * One small record a model that is known, was known, or is named as a parent; one that only was named is deleted
     * with its last child, one that was known is kept to tell a removed ancestor from one that never was.
     */
    static final String STATES = "states";
    /** One a parent that children in this partition name: what it last told; deleted when none names it any more. */
    static final String HEARD = "heard";
    /** One a parent and child in this partition, ranged by parent and never held in one value; holds nothing else. */
    static final String CHILDREN = "children";
    /** One a model that awaits a parent's answer: its last record on the topic; deleted with the answer. */
    static final String RECORDS = "records";

    /** One a model and deployment that runs it; deleted when it runs it no longer. */
    static final String DEPLOYMENTS = "deployments";

    /** An advertisement goes to the partition whose subscription it answers. */
    static final StreamPartitioner<String, LineageMessage> TO_SUBSCRIBER =
            (topic, key, message, count) -> Optional.of(Set.of(message.getPartition()));

    private LineageTopology() {}

    /** Builds the topology. */
    public static Topology build(Topics topics, AvroSerdes serdes, LineageConfig config) {
        Topology topology = new Topology();
        String lineageTopic = topics.name(Topics.LINEAGE);
        Serializer<Lineage> encoder = serdes.of(Topics.LINEAGE).serializer();
        source(topology, FACTS, topics, serdes, Topics.FACTS);
        source(topology, SUBSCRIPTIONS_IN, topics, serdes, Topics.LINEAGE_SUBSCRIPTIONS);
        source(topology, ADVERTISEMENTS_IN, topics, serdes, Topics.LINEAGE_ADVERTISEMENTS);
        source(topology, DEPLOYMENTS_IN, topics, serdes, Topics.MBOM_SUBSCRIPTIONS);
        topology.addProcessor(
                PROCESSOR,
                () -> new LineageProcessor(
                        config,
                        Limits.DEFAULT,
                        lineage -> encoder.serialize(lineageTopic, lineage),
                        System::currentTimeMillis),
                FACTS,
                SUBSCRIPTIONS_IN,
                ADVERTISEMENTS_IN,
                DEPLOYMENTS_IN);
        topology.addStateStore(store(STATES, serdes.state(LineageState.class)), PROCESSOR);
        topology.addStateStore(store(HEARD, serdes.state(Topics.LINEAGE_ADVERTISEMENTS)), PROCESSOR);
        topology.addStateStore(store(CHILDREN, Serdes.String()), PROCESSOR);
        topology.addStateStore(store(RECORDS, serdes.state(Topics.LINEAGE)), PROCESSOR);
        topology.addStateStore(store(DEPLOYMENTS, Serdes.String()), PROCESSOR);
        sink(topology, SUBSCRIPTIONS, topics, serdes, Topics.LINEAGE_SUBSCRIPTIONS);
        topology.addSink(
                ADVERTISEMENTS,
                topics.name(Topics.LINEAGE_ADVERTISEMENTS),
                Serdes.String().serializer(),
                serdes.of(Topics.LINEAGE_ADVERTISEMENTS).serializer(),
                TO_SUBSCRIBER,
                PROCESSOR);
        encoded(topology, LINEAGE, lineageTopic);
        encoded(topology, DEPLOYED, topics.name(Topics.MBOM_LINEAGE));
        sink(topology, CHANGES, topics, serdes, Topics.CHANGES);
        Renames.addTo(topology, topics, serdes, FACTS);
        return topology;
    }

    private static <V extends SpecificRecord> void source(
            Topology topology, String name, Topics topics, AvroSerdes serdes, Topic<V> topic) {
        topology.addSource(
                name, Serdes.String().deserializer(), serdes.of(topic).deserializer(), topics.name(topic));
    }

    private static <V extends SpecificRecord> void sink(
            Topology topology, String name, Topics topics, AvroSerdes serdes, Topic<V> topic) {
        topology.addSink(
                name,
                topics.name(topic),
                Serdes.String().serializer(),
                serdes.of(topic).serializer(),
                PROCESSOR);
    }

    private static void encoded(Topology topology, String name, String topic) {
        topology.addSink(
                name, topic, Serdes.String().serializer(), Serdes.ByteArray().serializer(), PROCESSOR);
    }

    private static <V> StoreBuilder<KeyValueStore<String, V>> store(String name, Serde<V> value) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), value);
    }
}
