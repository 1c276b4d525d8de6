package io.modelwatch.app.role;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
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
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/** Topologies one behind the other, without a broker: what one writes the others read, as bytes. */
final class Chain implements AutoCloseable {

    private record Stage(
            TopologyTestDriver driver,
            Map<String, TestInputTopic<String, byte[]>> inputs,
            Map<String, TestOutputTopic<String, byte[]>> outputs) {}

    private final Topics topics;
    private final AvroSerdes serdes;
    private final List<Stage> stages = new ArrayList<>();
    /** Everything that was written, by topic. */
    private final Map<String, List<byte[]>> written = new HashMap<>();

    Chain(Topics topics, AvroSerdes serdes, Path dir, Map<String, Topology> topologies) {
        this.topics = topics;
        this.serdes = serdes;
        topologies.forEach((name, topology) -> stages.add(stage(name, topology, dir)));
    }

    private static Stage stage(String name, Topology topology, Path dir) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, dir.resolve(name).toString());
        TopologyTestDriver driver = new TopologyTestDriver(topology, properties);
        Map<String, TestInputTopic<String, byte[]>> inputs = new HashMap<>();
        Map<String, TestOutputTopic<String, byte[]>> outputs = new HashMap<>();
        for (TopologyDescription.Subtopology part : topology.describe().subtopologies()) {
            for (TopologyDescription.Node node : part.nodes()) {
                switch (node) {
                    case TopologyDescription.Source source ->
                        source.topicSet()
                                .forEach(topic -> inputs.put(
                                        topic,
                                        driver.createInputTopic(
                                                topic, new StringSerializer(), new ByteArraySerializer())));
                    case TopologyDescription.Sink sink ->
                        outputs.put(
                                sink.topic(),
                                driver.createOutputTopic(
                                        sink.topic(), new StringDeserializer(), new ByteArrayDeserializer()));
                    default -> {}
                }
            }
        }
        return new Stage(driver, inputs, outputs);
    }

    /** Hands a record in and lets everything that follows from it happen. */
    <V extends SpecificRecord> void send(Topic<V> topic, String key, V value) {
        String name = topics.name(topic);
        deliver(null, name, new TestRecord<>(key, serdes.of(topic).serializer().serialize(name, value)));
        boolean moved = true;
        while (moved) {
            moved = false;
            for (Stage stage : stages) {
                for (Map.Entry<String, TestOutputTopic<String, byte[]>> output :
                        stage.outputs().entrySet()) {
                    for (TestRecord<String, byte[]> one : output.getValue().readRecordsToList()) {
                        moved = true;
                        written.computeIfAbsent(output.getKey(), unused -> new ArrayList<>())
                                .add(one.value());
                        deliver(stage, output.getKey(), new TestRecord<>(one.key(), one.value(), one.headers()));
                    }
                }
            }
        }
    }

    /** Not to the writer: its driver has it read what it writes. Twice would shift its offsets, which the topologies share. */
    private void deliver(@Nullable Stage writer, String topic, TestRecord<String, byte[]> record) {
        for (Stage stage : stages) {
            TestInputTopic<String, byte[]> input = stage.inputs().get(topic);
            if (input != null && stage != writer) {
                input.pipeInput(record);
            }
        }
    }

    /** Returns what was written to a topic since the last call. */
    <V extends SpecificRecord> List<V> written(Topic<V> topic) {
        String name = topics.name(topic);
        List<byte[]> values = written.remove(name);
        return values == null
                ? List.of()
                : values.stream()
                        .map(value -> serdes.of(topic).deserializer().deserialize(name, value))
                        .toList();
    }

    @Override
    public void close() {
        stages.forEach(stage -> stage.driver().close());
    }
}
