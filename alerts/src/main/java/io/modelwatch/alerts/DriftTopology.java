package io.modelwatch.alerts;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.ProcurementEvent;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * MBOM revisions are held against procurement events; what no event covers becomes an alert. Each task owns the
 * deployments of its partition and keeps every procurement event, since one may concern any deployment. Time comes from
 * ticks and MBOMs, never from the wall clock.
 */
public final class DriftTopology {

    /** Name of the topology and of its stage in {@link io.modelwatch.schemas.PathHeader}. */
    public static final String NAME = "drift";

    static final String MBOMS = "mboms";
    static final String TICKS = "ticks";
    static final String PROCUREMENT = "procurement-events";
    static final String BROADCAST = "procurement";
    static final String PROCESSOR = "judge";
    static final String ALERTS = "alerts";
    static final String ALERTS_OCSF = "alerts-ocsf";

    /** One a deployment, bounded as {@link DriftStates} says; kept after removal, since ids of alerts go on. */
    static final String DEPLOYMENTS = "deployments";
    /** One a procurement event, in every task; deleted with the event's tombstone. */
    static final String EVENTS = "procurement";
    /** Who may concern whom: one an event; one a deployment for its vendor and for each model it is judged on. */
    static final String INDEX = "concerns";
    /** At most one a deployment: when time alone may change a verdict of it; deleted when that time has come. */
    static final String DUE = "due";
    /** One a task: the latest tick. */
    static final String CLOCK = "clock";

    private DriftTopology() {}

    /** What comes in. The key of a procurement event's tombstone is all that is left of it. */
    sealed interface Input {
        record Bill(io.modelwatch.schemas.avro.Mbom mbom) implements Input {}

        record Tick(io.modelwatch.schemas.avro.Tick tick) implements Input {}

        record Procurement(@Nullable ProcurementEvent event) implements Input {}
    }

    /** Builds the topology. */
    public static Topology build(Topics topics, AvroSerdes serdes, DriftConfig config) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(store(DEPLOYMENTS, serdes.of(DriftState.class)));
        builder.addStateStore(store(EVENTS, serdes.of(Topics.PROCUREMENT_EVENTS)));
        builder.addStateStore(store(INDEX, Serdes.String()));
        builder.addStateStore(store(DUE, Serdes.String()));
        builder.addStateStore(store(CLOCK, Serdes.Long()));

        KStream<String, Input> bills = builder.stream(
                        topics.name(Topics.MBOMS),
                        Consumed.with(Serdes.String(), serdes.of(Topics.MBOMS)).withName(MBOMS))
                // An MBOM's tombstone says nothing: a deployment that is gone has a last revision that says so.
                .filter((deployment, mbom) -> mbom != null, Named.as("mboms-present"))
                .mapValues(Input.Bill::new, Named.as("mboms-in"));
        KStream<String, Input> ticks = builder.stream(
                        topics.name(Topics.TICKS),
                        Consumed.with(Serdes.String(), serdes.of(Topics.TICKS)).withName(TICKS))
                .filter((key, tick) -> tick != null, Named.as("ticks-present"))
                .mapValues(Input.Tick::new, Named.as("ticks-in"));
        // Keyed by event, needed by every deployment that it may concern: the one re-key, to all partitions at once.
        KStream<String, Input> procurement = builder.stream(
                        topics.name(Topics.PROCUREMENT_EVENTS),
                        Consumed.with(Serdes.String(), serdes.of(Topics.PROCUREMENT_EVENTS))
                                .withName(PROCUREMENT))
                .repartition(Repartitioned.with(Serdes.String(), serdes.of(Topics.PROCUREMENT_EVENTS))
                        .withName(BROADCAST)
                        .withNumberOfPartitions(Topics.MBOMS.partitions())
                        .withStreamPartitioner(new ToEveryPartition<>()))
                .mapValues(Input.Procurement::new, Named.as("procurement-in"));

        bills.merge(ticks, Named.as("with-ticks"))
                .merge(procurement, Named.as("with-procurement"))
                .process(
                        () -> new DriftProcessor(config, System::currentTimeMillis),
                        Named.as(PROCESSOR),
                        DEPLOYMENTS,
                        EVENTS,
                        INDEX,
                        DUE,
                        CLOCK);
        Topology topology = builder.build();
        topology.addSink(
                ALERTS,
                topics.name(Topics.ALERTS),
                Serdes.String().serializer(),
                serdes.of(Topics.ALERTS).serializer(),
                PROCESSOR);
        topology.addSink(
                ALERTS_OCSF,
                topics.name(Topics.ALERTS_OCSF),
                Serdes.String().serializer(),
                new ByteArraySerializer(),
                PROCESSOR);
        return topology;
    }

    private static <V> StoreBuilder<KeyValueStore<String, V>> store(String name, Serde<V> value) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), value);
    }

    /** Sends a record to every partition. */
    static final class ToEveryPartition<V extends SpecificRecord> implements StreamPartitioner<String, V> {
        @Override
        public Optional<Set<Integer>> partitions(String topic, String key, V value, int count) {
            return Optional.of(IntStream.range(0, count).boxed().collect(Collectors.toUnmodifiableSet()));
        }
    }
}
