package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageMessage;
import io.modelwatch.schemas.avro.LineageState;
import io.modelwatch.schemas.avro.SubjectFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedForward;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The tasks of the lineage topology with the topics between them. Delivers in random order what Kafka does not order:
 * kept is only the order between one model and one partition, and of the facts of one model.
 */
final class Network {

    private record Sent(String topic, int partition, Record<String, SpecificRecord> record, long offset) {}

    private final Random random;
    private final List<MockProcessorContext<String, Object>> contexts = new ArrayList<>();
    private final List<LineageProcessor> tasks = new ArrayList<>();
    private final Map<String, Deque<Sent>> channels = new HashMap<>();
    /** Names of the channels that hold something: picked from at random. */
    private final List<String> open = new ArrayList<>();

    private final Map<String, Integer> places = new HashMap<>();
    private final Serde<Lineage> records;
    private long offset;

    final TreeMap<String, Lineage> lineage = new TreeMap<>();
    final List<Change> changes = new ArrayList<>();
    long messages;
    long published;
    long advertised;
    /** Size of the largest message between models, in bytes. */
    int largest;

    Network(Random random, int partitions, LineageConfig config, Limits limits) {
        this.random = random;
        AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
        records = serdes.of(Lineage.class);
        for (int i = 0; i < partitions; i++) {
            Properties properties = new Properties();
            properties.put("application.id", "lineage");
            properties.put("bootstrap.servers", "unused:1");
            MockProcessorContext<String, Object> context =
                    new MockProcessorContext<>(properties, new TaskId(0, i), null);
            store(context, LineageTopology.STATES, serdes.of(LineageState.class));
            store(context, LineageTopology.HEARD, serdes.of(LineageMessage.class));
            store(context, LineageTopology.CHILDREN, Serdes.String());
            store(context, LineageTopology.RECORDS, serdes.of(Lineage.class));
            store(context, LineageTopology.DEPLOYMENTS, Serdes.String());
            LineageProcessor task = new LineageProcessor(
                    config, limits, lineage -> records.serializer().serialize("lineage", lineage), () -> 0L);
            task.init(context);
            contexts.add(context);
            tasks.add(task);
        }
    }

    private static <V> void store(MockProcessorContext<String, Object> context, String name, Serde<V> value) {
        KeyValueStore<String, V> store = Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(name), Serdes.String(), value)
                .withLoggingDisabled()
                .withCachingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
        context.addStateStore(store);
    }

    long entries(String store) {
        long entries = 0;
        for (MockProcessorContext<String, Object> context : contexts) {
            KeyValueStore<String, Object> one = context.getStateStore(store);
            try (var all = one.all()) {
                while (all.hasNext()) {
                    all.next();
                    entries++;
                }
            }
        }
        return entries;
    }

    /** Puts facts on their topic; they are processed some time. */
    void tell(Told told) {
        SubjectFacts facts = told.facts();
        String model = facts.getSubject();
        send("facts", model, partition(model), new Record<>(model, facts, 0L));
    }

    /** Delivers until nothing is under way; fails if that takes more than some number of messages. */
    void settle(long most) {
        long before = messages;
        while (!open.isEmpty()) {
            deliver();
            if (messages - before > most) {
                throw new AssertionError("no end after " + most + " messages");
            }
        }
    }

    boolean busy() {
        return !open.isEmpty();
    }

    /** Delivers one record of a channel chosen at random. */
    void deliver() {
        String channel = open.get(random.nextInt(open.size()));
        Deque<Sent> queue = channels.get(channel);
        Sent sent = queue.remove();
        if (queue.isEmpty()) {
            int place = places.remove(channel);
            String last = open.removeLast();
            if (!last.equals(channel)) {
                open.set(place, last);
                places.put(last, place);
            }
            channels.remove(channel);
        }
        int partition = sent.partition();
        MockProcessorContext<String, Object> context = contexts.get(partition);
        context.setRecordMetadata(sent.topic(), partition, sent.offset());
        tasks.get(partition).process(sent.record());
        messages++;
        for (CapturedForward<? extends String, ?> forward : context.forwarded()) {
            take(forward.childName().orElseThrow(), forward.record());
        }
        context.resetForwards();
    }

    private void take(String child, Record<? extends String, ?> record) {
        switch (child) {
            case LineageTopology.LINEAGE -> {
                published++;
                if (record.value() == null) {
                    lineage.remove(record.key());
                } else {
                    lineage.put(record.key(), records.deserializer().deserialize("lineage", (byte[]) record.value()));
                }
            }
            case LineageTopology.DEPLOYED -> throw new AssertionError("no deployment runs anything here");
            case LineageTopology.CHANGES -> changes.add((Change) record.value());
            default -> {
                LineageMessage message = (LineageMessage) record.value();
                Record<String, SpecificRecord> copy = new Record<>(record.key(), message, 0L);
                if (child.equals(LineageTopology.ADVERTISEMENTS)) {
                    advertised++;
                    if (message.getAncestors().size() > 100) {
                        largest = Math.max(largest, size(message));
                    }
                }
                String channel = record.key() + " " + message.getPartition();
                boolean toChildren = child.equals(LineageTopology.ADVERTISEMENTS);
                int to = toChildren ? message.getPartition() : partition(record.key());
                send(child, channel, to, copy);
                if (random.nextInt(20) == 0) {
                    send(child, channel, to, copy);
                }
            }
        }
    }

    private int partition(String model) {
        return Math.floorMod(model.hashCode(), tasks.size());
    }

    private void send(String topic, String channel, int partition, Record<String, SpecificRecord> record) {
        String name = topic + " " + channel;
        Deque<Sent> queue = channels.get(name);
        if (queue == null) {
            queue = new ArrayDeque<>();
            channels.put(name, queue);
            places.put(name, open.size());
            open.add(name);
        }
        queue.add(new Sent(topic, partition, record, offset++));
    }

    private static int size(LineageMessage message) {
        try {
            return LineageMessage.getEncoder().encode(message).remaining();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
