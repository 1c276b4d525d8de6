package io.modelwatch.app.role;

import io.modelwatch.schemas.StateException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/**
 * The number of the format in which a topology keeps its state. It is kept beside that state, by each task in the
 * transaction of what it writes first, so that a task never works on a state that its program does not understand
 * (docs/adr/0031).
 *
 * @param number of the format that this program writes; raised where an older program could not go on with what it writes
 * @param oldest number of the oldest that it goes on with; 0 stands for state from before there were numbers
 */
record StateFormat(int number, int oldest) {

    /** Name of the store, one entry a task, and of the node that keeps it; its changelog has it in its name. */
    static final String NAME = "format";

    /**
     * Adds it to every part of a topology that keeps anything.
     *
     * @param title name of the topology, for what is said of it
     */
    void addTo(Topology topology, String title) {
        List<TopologyDescription.Subtopology> keeping = topology.describe().subtopologies().stream()
                .filter(part -> !stores(part).isEmpty())
                .sorted(Comparator.comparingInt(part -> -stores(part).size()))
                .toList();
        for (TopologyDescription.Subtopology part : keeping) {
            // The names must stay what they are though parts are added: the greatest has it alone.
            String name = part == keeping.getFirst()
                    ? NAME
                    : NAME + "-" + stores(part).first();
            List<String> sources = new ArrayList<>();
            part.nodes().stream()
                    .filter(TopologyDescription.Source.class::isInstance)
                    .map(TopologyDescription.Node::name)
                    .sorted()
                    .forEach(sources::add);
            topology.addProcessor(name, () -> new Marker(title, name), sources.toArray(String[]::new));
            // In memory: one entry is read back faster than files are opened.
            topology.addStateStore(
                    Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), Serdes.String(), Serdes.Long()),
                    name);
        }
    }

    private static TreeSet<String> stores(TopologyDescription.Subtopology part) {
        TreeSet<String> stores = new TreeSet<>();
        part.nodes().forEach(node -> {
            if (node instanceof TopologyDescription.Processor processor) {
                stores.addAll(processor.stores());
            }
        });
        return stores;
    }

    /**
     * Returns the number of what was found.
     *
     * @param found null for none
     * @throws StateException if this program does not go on with it
     */
    long require(String title, @Nullable Long found) {
        long known = found == null ? 0 : found;
        if (known > number || known < oldest) {
            throw new StateException(refusal(title, known), null);
        }
        return known;
    }

    private String refusal(String title, long found) {
        return found > number
                ? "a newer modelwatch has written the state of the topology " + title + " (format " + found
                        + ", this one knows " + number
                        + "): start the newer one in its place, which goes on where it stopped"
                : "the state of the topology " + title + " was written by a modelwatch that is too old (format " + found
                        + ", this one goes on with " + oldest + " to " + number
                        + "): start a version between the two first";
    }

    @NullUnmarked // init() sets the fields before any record comes.
    private final class Marker implements Processor<Object, Object, Void, Void> {
        private final String title;
        private final String store;
        private KeyValueStore<String, Long> format;
        private boolean written;

        Marker(String title, String store) {
            this.title = title;
            this.store = store;
        }

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            format = context.getStateStore(store);
            written = require(title, format.get(NAME)) == number;
        }

        @Override
        public void process(Record<Object, Object> record) {
            // Not before: a task that has written nothing may go back to an older instance.
            if (!written) {
                format.put(NAME, (long) number);
                written = true;
            }
        }
    }
}
