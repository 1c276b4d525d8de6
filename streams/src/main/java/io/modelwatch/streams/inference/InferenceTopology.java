package io.modelwatch.streams.inference;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.InferenceName;
import io.modelwatch.schemas.avro.InferenceState;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * What is known of each model becomes, where the evidence suffices, an observation that says from which parent it was
 * probably derived: a claim of its own, of confidence INFERRED, beside those of the sources (docs/adr/0007).
 *
 * <p>Re-keyed twice, by message: a model asks the names that its own name holds, which live where their key says; a name
 * answers the models that asked, now and whenever those that bear it change. A model says nothing until every name has
 * answered, so the end is a function of the facts alone. What comes back in facts of this topology's own claims is passed
 * over: it would be evidence of itself, and a circle.
 */
public final class InferenceTopology {

    /** Name of the topology and of its stage in {@link io.modelwatch.schemas.PathHeader}. */
    public static final String NAME = "inference";

    static final String FACTS = "facts";
    static final String NAMES_IN = "names-in";
    static final String ANSWERS_IN = "answers-in";
    static final String PROCESSOR = "infer";
    static final String NAMES = "names";
    static final String ANSWERS = "answers";
    static final String OBSERVATIONS = "observations";

    /** One a model that is known, or of which something was said once: what matters of its facts, and the verdict. */
    static final String MODELS = "models";
    /** One a model and name that it asks: the last answer; deleted with the question. */
    static final String HEARD = "heard";
    /** One a name and model that bears it; deleted when neither it nor a child speaks of it any more. */
    static final String BEARERS = "bearers";
    /** One byte a name, bearer and model that declares the bearer as its parent; deleted with the declaration. */
    static final String DECLARERS = "declarers";
    /** One byte a name and model that asks it; deleted with the question. */
    static final String ASKERS = "askers";
    /** One a name that somebody bears: its last answer. */
    static final String LAST_ANSWERS = "last-answers";

    private InferenceTopology() {}

    /** Builds the topology. */
    public static Topology build(Topics topics, AvroSerdes serdes) {
        Topology topology = new Topology();
        source(topology, FACTS, topics, serdes, Topics.FACTS);
        source(topology, NAMES_IN, topics, serdes, Topics.INFERENCE_NAMES);
        source(topology, ANSWERS_IN, topics, serdes, Topics.INFERENCE_ANSWERS);
        topology.addProcessor(
                PROCESSOR, () -> new InferenceProcessor(System::currentTimeMillis), FACTS, NAMES_IN, ANSWERS_IN);
        topology.addStateStore(store(MODELS, serdes.state(InferenceState.class)), PROCESSOR);
        topology.addStateStore(store(HEARD, serdes.state(Topics.INFERENCE_ANSWERS)), PROCESSOR);
        topology.addStateStore(store(BEARERS, serdes.state(InferenceName.class)), PROCESSOR);
        topology.addStateStore(store(DECLARERS, Serdes.ByteArray()), PROCESSOR);
        topology.addStateStore(store(ASKERS, Serdes.ByteArray()), PROCESSOR);
        topology.addStateStore(store(LAST_ANSWERS, serdes.state(Topics.INFERENCE_ANSWERS)), PROCESSOR);
        sink(topology, NAMES, topics, serdes, Topics.INFERENCE_NAMES);
        sink(topology, ANSWERS, topics, serdes, Topics.INFERENCE_ANSWERS);
        sink(topology, OBSERVATIONS, topics, serdes, Topics.OBSERVATIONS);
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
