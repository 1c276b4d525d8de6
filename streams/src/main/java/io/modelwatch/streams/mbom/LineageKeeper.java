package io.modelwatch.streams.mbom;

import io.modelwatch.schemas.avro.Lineage;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.NullUnmarked;

/**
 * Keeps every model's last record of lineage as it came, and passes on those of models that a deployment runs. Most
 * models of a hub nobody here runs: their records are not even decoded.
 */
@NullUnmarked // init() sets the fields before any record comes.
final class LineageKeeper implements Processor<String, byte[], String, Lineage> {

    private final Deserializer<Lineage> decoder;

    private ProcessorContext<String, Lineage> context;
    private KeyValueStore<String, byte[]> lineages;
    private KeyValueStore<String, String> subscribers;

    LineageKeeper(Deserializer<Lineage> decoder) {
        this.decoder = decoder;
    }

    @Override
    public void init(ProcessorContext<String, Lineage> context) {
        this.context = context;
        this.lineages = context.getStateStore(MbomTopology.LINEAGES);
        this.subscribers = context.getStateStore(MbomTopology.SUBSCRIBERS);
    }

    @Override
    public void process(Record<String, byte[]> record) {
        lineages.put(record.key(), record.value());
        if (subscribers.get(record.key()) != null) {
            context.forward(record.withValue(decoder.deserialize(MbomTopology.LINEAGE, record.value())));
        }
    }
}
