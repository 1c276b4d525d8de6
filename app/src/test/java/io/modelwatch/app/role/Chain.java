package io.modelwatch.app.role;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/** Topologies one behind the other, without a broker: what one writes the others read, as bytes. */
final class Chain implements AutoCloseable {

    /** When every record that comes from outside is written. */
    private static final Instant TIME = Instant.parse("2026-11-01T00:00:00Z");

    /** The one task that a driver has. */
    static final TaskId TASK = new TaskId(0, 0);

    private static final long SKIP = -1;

    /**
     * A record that was written and not read yet.
     *
     * @param writer name of the topology that wrote it, or null where it came from outside
     */
    record Flight(@Nullable String writer, String topic, TestRecord<String, byte[]> record) {}

    private record Stage(
            String name,
            TopologyTestDriver driver,
            Reading reading,
            Map<String, TestInputTopic<String, byte[]>> inputs,
            Map<String, TestOutputTopic<String, byte[]>> outputs) {}

    private final Topics topics;
    private final AvroSerdes serdes;
    private final Set<String> loops;
    private final List<Stage> stages = new ArrayList<>();
    private final Queue<Flight> flights = new ArrayDeque<>();
    /** Everything that was written, by topic. */
    private final Map<String, List<TestRecord<String, byte[]>>> written = new TreeMap<>();

    Chain(Topics topics, AvroSerdes serdes, Path dir, Map<String, Topology> topologies) {
        this(topics, serdes, dir, topologies, Set.of());
    }

    /**
     * @param dir where stores are; those that are there are gone on with
     * @param loops topics that one topology alone writes and reads, whose records are on their way like others; those of
     *     other such topics are read the moment they are written
     */
    Chain(Topics topics, AvroSerdes serdes, Path dir, Map<String, Topology> topologies, Set<Topic<?>> loops) {
        this.topics = topics;
        this.serdes = serdes;
        this.loops = Set.copyOf(loops.stream().map(topics::name).toList());
        topologies.forEach((name, topology) -> stages.add(stage(name, topology, dir)));
    }

    /** Returns what a driver of a topology has to know. */
    static Properties properties(String name, Path dir) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, dir.resolve(name).toString());
        return properties;
    }

    /** Returns where the stores of a topology are. */
    static Path taskDir(Path dir, String name) {
        return dir.resolve(name).resolve(name).resolve(TASK.toString());
    }

    private Stage stage(String name, Topology topology, Path dir) {
        Reading reading = new Reading(loops);
        Properties properties = properties(name, dir);
        properties.put(StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG, Extractor.class);
        properties.put(Extractor.READING, reading);
        TopologyTestDriver driver = new TopologyTestDriver(topology, properties, TIME);
        Map<String, TestInputTopic<String, byte[]>> inputs = new TreeMap<>();
        Map<String, TestOutputTopic<String, byte[]>> outputs = new TreeMap<>();
        for (TopologyDescription.Subtopology part : topology.describe().subtopologies()) {
            for (TopologyDescription.Node node : part.nodes()) {
                switch (node) {
                    case TopologyDescription.Source source ->
                        source.topicSet()
                                .forEach(topic -> inputs.put(
                                        topic,
                                        driver.createInputTopic(
                                                topic,
                                                new StringSerializer(),
                                                new ByteArraySerializer(),
                                                TIME,
                                                Duration.ZERO)));
                    case TopologyDescription.Sink sink ->
                        outputs.put(
                                sink.topic(),
                                driver.createOutputTopic(
                                        sink.topic(), new StringDeserializer(), new ByteArrayDeserializer()));
                    default -> {}
                }
            }
        }
        return new Stage(name, driver, reading, inputs, outputs);
    }

    /** Hands a record in and lets everything that follows from it happen. */
    <V extends SpecificRecord> void send(Topic<V> topic, String key, @Nullable V value) {
        post(topic, key, value);
        settle();
    }

    /** Hands a record in; what follows from it is on its way. */
    <V extends SpecificRecord> void post(Topic<V> topic, String key, @Nullable V value) {
        String name = topics.name(topic);
        byte[] bytes = serdes.of(topic).serializer().serialize(name, value);
        deliver(new Flight(null, name, new TestRecord<>(key, bytes)));
    }

    /** Lets everything happen that is on its way, and what follows from it. */
    void settle() {
        while (!flights.isEmpty()) {
            step();
        }
    }

    /** Lets what is on its way arrive; what follows from it is on its way then. */
    void step() {
        for (int arriving = flights.size(); arriving > 0; arriving--) {
            deliver(flights.remove());
        }
    }

    /**
     * Not to the writer, unless the topic is a loop: its driver has it read what it writes. Twice would shift its offsets,
     * which the topologies share.
     */
    private void deliver(Flight flight) {
        for (Stage stage : stages) {
            TestInputTopic<String, byte[]> input = stage.inputs().get(flight.topic());
            if (input != null && (!stage.name().equals(flight.writer()) || loops.contains(flight.topic()))) {
                stage.reading().arriving = flight.topic();
                input.pipeInput(flight.record());
            }
        }
        for (Stage stage : stages) {
            stage.outputs().forEach((topic, output) -> {
                for (TestRecord<String, byte[]> one : output.readRecordsToList()) {
                    written.computeIfAbsent(topic, unused -> new ArrayList<>()).add(one);
                    flights.add(new Flight(stage.name(), topic, one));
                }
            });
        }
    }

    /** Returns what was written to a topic since the last call. */
    <V extends SpecificRecord> List<V> written(Topic<V> topic) {
        String name = topics.name(topic);
        List<TestRecord<String, byte[]>> records = written.remove(name);
        return records == null
                ? List.of()
                : records.stream()
                        .map(one -> serdes.of(topic).deserializer().deserialize(name, one.value()))
                        .toList();
    }

    /** Returns everything that was written since the last call, by topic. */
    Map<String, List<TestRecord<String, byte[]>>> written() {
        Map<String, List<TestRecord<String, byte[]>>> all = new TreeMap<>(written);
        written.clear();
        return all;
    }

    /** Returns the stores of each topology by their names. */
    Map<String, Map<String, StateStore>> stores() {
        Map<String, Map<String, StateStore>> stores = new TreeMap<>();
        stages.forEach(stage -> stores.put(stage.name(), stage.driver().getAllStateStores()));
        return stores;
    }

    /** Returns what is on its way. */
    List<Flight> flights() {
        return List.copyOf(flights);
    }

    /** Returns for each topology how far it has read each topic: the offset that comes next. */
    Map<String, Map<String, Long>> offsets() {
        Map<String, Map<String, Long>> offsets = new TreeMap<>();
        stages.forEach(stage -> offsets.put(stage.name(), Map.copyOf(stage.reading().next)));
        return offsets;
    }

    /** Goes on from where another chain stood; before the first record. */
    void resume(Map<String, Map<String, Long>> offsets, List<Flight> onTheirWay) {
        for (Stage stage : stages) {
            stage.reading().skipping = true;
            offsets.getOrDefault(stage.name(), Map.of()).forEach((topic, next) -> {
                for (long i = 0; i < next; i++) {
                    stage.inputs().get(topic).pipeInput(new TestRecord<>(null, (byte[]) null));
                }
            });
            stage.reading().skipping = false;
        }
        flights.addAll(onTheirWay);
    }

    @Override
    public void close() {
        stages.forEach(stage -> stage.driver().close());
    }

    /** How a stage reads its topics. */
    private static final class Reading {
        private final Set<String> loops;
        private final Map<String, Long> next = new TreeMap<>();
        private @Nullable String arriving;
        private boolean skipping;

        Reading(Set<String> loops) {
            this.loops = loops;
        }

        long time(ConsumerRecord<?, ?> record) {
            next.put(record.topic(), record.offset() + 1);
            if (record.topic().equals(arriving)) {
                arriving = null;
                return record.timestamp();
            }
            // The driver has a topology read at once what it writes: a loop's records come later, by deliver.
            return skipping || loops.contains(record.topic()) ? SKIP : record.timestamp();
        }
    }

    /** Kafka makes it, and lets no record through whose time is negative. */
    public static final class Extractor implements TimestampExtractor, Configurable {
        private static final String READING = "chain.reading";
        private @Nullable Reading reading;

        @Override
        public void configure(Map<String, ?> configs) {
            reading = (Reading) configs.get(READING);
        }

        @Override
        public long extract(ConsumerRecord<Object, Object> record, long before) {
            return reading.time(record);
        }
    }
}
