package io.modelwatch.app.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.StateException;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.streams.lineage.LineageConfig;
import io.modelwatch.streams.lineage.LineageTopology;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFormatTest {

    private static final Topics TOPICS = new Topics("test");

    @TempDir
    Path dir;

    @Test
    void shouldNumberEachPartOfATopologyThatKeepsAnythingUnderANameOfItsOwn() {
        Topology topology = lineage();
        int before = parts(topology);
        new StateFormat(1, 0).addTo(topology, "lineage");

        assertThat(parts(topology)).as("parts are not joined").isEqualTo(before);
        try (TopologyTestDriver driver = new TopologyTestDriver(topology, Chain.properties("lineage", dir))) {
            assertThat(driver.getAllStateStores()).containsKeys("format", "format-repository-names");
        }
    }

    @Test
    void shouldWriteTheNumberWithTheFirstRecordAlone() {
        Topology topology = lineage();
        new StateFormat(3, 0).addTo(topology, "lineage");
        try (TopologyTestDriver driver = new TopologyTestDriver(topology, Chain.properties("lineage", dir))) {
            KeyValueStore<String, Long> format = driver.getKeyValueStore("format");
            assertThat(format.get("format")).isNull();

            driver.createInputTopic(TOPICS.name(Topics.FACTS), new StringSerializer(), new ByteArraySerializer())
                    .pipeInput("m", null);

            assertThat(format.get("format")).isEqualTo(3);
        }
    }

    @Test
    void shouldGoOnWithWhatItKnowsAndRefuseWhatIsNewerOrTooOld() {
        StateFormat format = new StateFormat(3, 2);

        Stream.of(2L, 3L)
                .forEach(found ->
                        assertThatCode(() -> format.require("drift", found)).doesNotThrowAnyException());
        assertThatThrownBy(() -> format.require("drift", 4L))
                .isInstanceOf(StateException.class)
                .hasMessage(
                        "a newer modelwatch has written the state of the topology drift (format 4, this one knows 3):"
                                + " start the newer one in its place, which goes on where it stopped");
        assertThatThrownBy(() -> format.require("drift", null))
                .isInstanceOf(StateException.class)
                .hasMessage(
                        "the state of the topology drift was written by a modelwatch that is too old (format 0, this"
                                + " one goes on with 2 to 3): start a version between the two first");
    }

    /** Else each record for which it is looked up would be a dead letter, and the state be made anew without a word. */
    @Test
    void shouldNotTakeARecordForPoisonWhereItIsTheStateThatCannotBeRead() {
        Deserializer<Observation> kept = new AvroSerdes(new FakeSchemaRegistry())
                .state(Topics.OBSERVATIONS)
                .deserializer();

        assertThatThrownBy(() -> kept.deserialize("app-store-changelog", new byte[] {0, 0, 0, 0, 7, 1}))
                .isInstanceOf(StateException.class)
                .hasMessage("the state in app-store-changelog cannot be read: schema id 7 is not registered")
                .satisfies(error -> assertThat(DeadLetters.isPoison(new StreamsException(error)))
                        .isFalse());
    }

    private static Topology lineage() {
        return LineageTopology.build(TOPICS, new AvroSerdes(new FakeSchemaRegistry()), LineageConfig.shipped());
    }

    private static int parts(Topology topology) {
        return topology.describe().subtopologies().size();
    }
}
