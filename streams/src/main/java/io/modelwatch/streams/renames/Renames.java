package io.modelwatch.streams.renames;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topics;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * A hub gives each repository an id that outlives its name. A model whose repository was seen under another name before
 * is no new model: the change {@code MODEL_RENAMED} of the new name tells the old one. Otherwise an author who renames
 * himself would look like one who takes all models away and another who brings new ones.
 *
 * <p>A part of the lineage topology, which reads the facts already. Re-keyed by repository, since the two names live in
 * different partitions: they go through a topic of their own.
 */
public final class Renames {

    /** Name of the stage in {@link io.modelwatch.schemas.PathHeader}. */
    static final String NAME = "renames";

    private static final String IDENTIFY = "identify-repositories";
    private static final String REPOSITORIES_OUT = "repositories";
    private static final String REPOSITORIES = "repositories-in";
    private static final String COMPARE = "compare-names";
    private static final String CHANGES = "renames";

    /** One a model with a repository: the repository that was last told; deleted with the model. */
    static final String TOLD = "told-repositories";
    /** One a repository: its newest name; kept, since a removal often comes before the new name. */
    static final String NAMES = "repository-names";

    private Renames() {}

    /**
     * Adds this part to a topology.
     *
     * @param facts name of the node that reads {@link Topics#FACTS}
     */
    public static void addTo(Topology topology, Topics topics, AvroSerdes serdes, String facts) {
        topology.addProcessor(IDENTIFY, IdentifyProcessor::new, facts);
        topology.addStateStore(store(TOLD, Serdes.String()), IDENTIFY);
        topology.addSink(
                REPOSITORIES_OUT,
                topics.name(Topics.REPOSITORIES),
                Serdes.String().serializer(),
                serdes.of(Topics.REPOSITORIES).serializer(),
                IDENTIFY);
        topology.addSource(
                REPOSITORIES,
                Serdes.String().deserializer(),
                serdes.of(Topics.REPOSITORIES).deserializer(),
                topics.name(Topics.REPOSITORIES));
        topology.addProcessor(COMPARE, () -> new CompareProcessor(System::currentTimeMillis), REPOSITORIES);
        topology.addStateStore(store(NAMES, serdes.state(Topics.REPOSITORIES)), COMPARE);
        topology.addSink(
                CHANGES,
                topics.name(Topics.CHANGES),
                Serdes.String().serializer(),
                serdes.of(Topics.CHANGES).serializer(),
                COMPARE);
    }

    private static <V> StoreBuilder<?> store(String name, Serde<V> value) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), value);
    }
}
