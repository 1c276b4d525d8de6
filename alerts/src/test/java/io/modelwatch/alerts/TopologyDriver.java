package io.modelwatch.alerts;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Properties;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** A topology without a broker: its topics by the catalogue, its stores by their names. */
public final class TopologyDriver implements AutoCloseable {

    public static final Topics TOPICS = new Topics("test");

    private final AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
    private final TopologyTestDriver driver;

    public TopologyDriver(Path stateDir, Function<AvroSerdes, Topology> topology) {
        this(stateDir, topology, Instant.now());
    }

    /** @param wallClock where the machine's clock stands at first */
    public TopologyDriver(Path stateDir, Function<AvroSerdes, Topology> topology, Instant wallClock) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
        this.driver = new TopologyTestDriver(topology.apply(serdes), properties, wallClock);
    }

    public TopologyTestDriver driver() {
        return driver;
    }

    public <V extends SpecificRecord> TestInputTopic<String, V> input(Topic<V> topic) {
        return driver.createInputTopic(
                TOPICS.name(topic), new StringSerializer(), serdes.of(topic).serializer());
    }

    public <V extends SpecificRecord> TestOutputTopic<String, V> output(Topic<V> topic) {
        return driver.createOutputTopic(
                TOPICS.name(topic), new StringDeserializer(), serdes.of(topic).deserializer());
    }

    /** An output that is no Avro. */
    public TestOutputTopic<String, byte[]> bytes(Topic<?> topic) {
        return driver.createOutputTopic(TOPICS.name(topic), new StringDeserializer(), new ByteArrayDeserializer());
    }

    public <V> KeyValueStore<String, V> store(String name) {
        return driver.getKeyValueStore(name);
    }

    /** Returns how many entries a store has. */
    public int count(String store) {
        int count = 0;
        try (KeyValueIterator<String, Object> all = this.<Object>store(store).all()) {
            while (all.hasNext()) {
                all.next();
                count++;
            }
        }
        return count;
    }

    @Override
    public void close() {
        driver.close();
    }
}
