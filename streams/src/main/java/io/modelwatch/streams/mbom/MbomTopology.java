package io.modelwatch.streams.mbom;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.streams.OriginTable;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * What is known of deployments and of models becomes revisions of MBOMs. A deployment subscribes to each of its models;
 * a model answers, even if only that it is not known, and again whenever something about it or an ancestor changed. A revision
 * is written only when every model has answered, and a model answers only when its resolved ancestry rests upon its
 * present facts: nobody sees a half-resolved revision.
 *
 * <p>Re-keyed twice, by message: a deployment's record knows its models but lives in the deployment's partition, and the
 * other way round.
 */
public final class MbomTopology {

    /** Name of the topology and of its stage in {@link io.modelwatch.schemas.PathHeader}. */
    public static final String NAME = "mbom";

    static final String FACTS = "facts";
    static final String LINEAGE = "lineage";
    static final String SUBSCRIPTIONS_IN = "subscriptions-in";
    static final String ANSWERS_IN = "answers-in";
    static final String PROCESSOR = "compose";
    static final String SUBSCRIPTIONS = "subscriptions";
    static final String ANSWERS = "answers";
    static final String MBOMS = "mboms";

    /** One a deployment and one a model: the last facts; deleted when every source has removed the subject. */
    static final String SUBJECTS = "subjects";
    /** One a deployment and model it runs: the last answer; deleted when it runs it no longer. */
    static final String KNOWN = "known-models";
    /**
     * One a model and deployment that runs it, deleted with the subscription; and one a model with any, to tell the many
     * without at one lookup, and how far the lineage topology has told its ancestry ({@link Conversation}). What it tells
     * early, or after all have left, leaves one too, until the next has come and gone.
     */
    static final String SUBSCRIBERS = "subscribers";
    /** One a model of those: its last record of lineage; deleted with it. */
    static final String LINEAGES = "lineages";
    /** One a deployment and model it runs: the ancestry of the last answer; deleted when it runs it no longer. */
    static final String KNOWN_LINEAGES = "known-lineages";
    /** One a model that a deployment runs and whose ancestry lags behind its facts: they wait, with their changes. */
    static final String HELD = "held-facts";
    /** One a deployment: its last revision; kept after removal, since revisions go on. */
    static final String REVISIONS = "revisions";
    /** One a deployment that waits for an answer: the changes so far; deleted when the revision is written. */
    static final String PENDING = "pending";

    private MbomTopology() {}

    /** Builds the topology. */
    public static Topology build(Topics topics, AvroSerdes serdes, OriginTable origins) {
        Topology topology = new Topology();
        source(topology, FACTS, topics, serdes, Topics.FACTS);
        source(topology, SUBSCRIPTIONS_IN, topics, serdes, Topics.MBOM_SUBSCRIPTIONS);
        source(topology, ANSWERS_IN, topics, serdes, Topics.MBOM_ANSWERS);
        source(topology, LINEAGE, topics, serdes, Topics.MBOM_LINEAGE);
        topology.addProcessor(
                PROCESSOR,
                () -> new MbomProcessor(new MbomComposer(origins), System::currentTimeMillis),
                FACTS,
                LINEAGE,
                SUBSCRIPTIONS_IN,
                ANSWERS_IN);
        topology.addStateStore(store(SUBJECTS, serdes.state(Topics.FACTS)), PROCESSOR);
        topology.addStateStore(store(KNOWN, serdes.state(Topics.FACTS)), PROCESSOR);
        topology.addStateStore(store(SUBSCRIBERS, Serdes.String()), PROCESSOR);
        topology.addStateStore(store(LINEAGES, serdes.state(Topics.LINEAGE)), PROCESSOR);
        topology.addStateStore(store(KNOWN_LINEAGES, serdes.state(Topics.LINEAGE)), PROCESSOR);
        topology.addStateStore(store(HELD, serdes.state(Topics.FACTS)), PROCESSOR);
        topology.addStateStore(store(REVISIONS, serdes.state(Topics.MBOMS)), PROCESSOR);
        topology.addStateStore(store(PENDING, serdes.state(Topics.MBOMS)), PROCESSOR);
        sink(topology, SUBSCRIPTIONS, topics, serdes, Topics.MBOM_SUBSCRIPTIONS);
        sink(topology, ANSWERS, topics, serdes, Topics.MBOM_ANSWERS);
        sink(topology, MBOMS, topics, serdes, Topics.MBOMS);
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

    private static <V> StoreBuilder<KeyValueStore<String, V>> store(String name, Serde<V> value) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), value);
    }
}
