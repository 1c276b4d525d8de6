package io.modelwatch.streams.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SubjectFacts;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InferenceTopologyTest {

    private static final String BASE = "Qwen/Qwen2.5-7B-Instruct";
    private static final String COPY = "bartowski/Qwen2.5-7B-Instruct-GGUF";
    private static final Topics TOPICS = new Topics("test");

    @TempDir
    Path dir;

    private TopologyTestDriver driver;
    private TestInputTopic<String, SubjectFacts> facts;
    private TestOutputTopic<String, Observation> observations;
    private int second;

    @BeforeEach
    void start() {
        AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "inference");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, dir.resolve("state").toString());
        driver = new TopologyTestDriver(InferenceTopology.build(TOPICS, serdes), properties);
        facts = driver.createInputTopic(
                TOPICS.name(Topics.FACTS),
                new StringSerializer(),
                serdes.of(Topics.FACTS).serializer());
        observations = driver.createOutputTopic(
                TOPICS.name(Topics.OBSERVATIONS),
                new StringDeserializer(),
                serdes.of(Topics.OBSERVATIONS).deserializer());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void shouldBeDrawn() throws IOException {
        String drawn = InferenceTopology.build(TOPICS, new AvroSerdes(new FakeSchemaRegistry()))
                .describe()
                .toString();
        try (InputStream expected = getClass().getResourceAsStream("/inference-topology.txt")) {
            assertThat(drawn.strip())
                    .isEqualToNormalizingNewlines(new String(expected.readAllBytes(), StandardCharsets.UTF_8).strip());
        }
    }

    @Test
    void shouldSayWhatItInfersAsAnObservationWithItsEvidence() {
        tell(Known.model(COPY));
        assertThat(observations.isEmpty()).isTrue();
        tell(Known.model(BASE));

        TestRecord<String, Observation> record = observations.readRecord();
        assertThat(record.key()).isEqualTo(Known.url(COPY));
        assertThat(PathHeader.read(record.headers())).containsKey("inference");
        assertThat(new String(record.headers().lastHeader("ce_type").value(), StandardCharsets.UTF_8))
                .isEqualTo("modelwatch.observations.v1");
        Observation said = record.value();
        assertThat(said.getSource()).isEqualTo("inference");
        assertThat(said.getConfidence()).isEqualTo(Confidence.INFERRED);
        assertThat(said.getModel().getParents()).containsExactly(new ParentRef(Known.url(BASE), "quantized"));
        assertThat(said.getEvidence().getMethod()).isEqualTo("name");
        assertThat(said.getEvidence().getBasis()).contains("qwen-2.5-7b-instruct");
        assertThat(said.getEvidence().getScore()).isBetween(Inference.THRESHOLD, 1.0);
        assertThat(said.getId())
                .isEqualTo(Ids.observation(
                        "inference", null, said.getSubject(), said.getObservedAt(), said.getFactsDigest()));
        assertThat(observations.isEmpty()).isTrue();
    }

    @Test
    void shouldKnowAModelThatIsOnlyNamedAsAParent() {
        tell(Known.model("acme/tuned", BASE));
        tell(Known.model(COPY));
        assertThat(observations.readValue().getModel().getParents())
                .extracting(ParentRef::getId)
                .containsExactly(Known.url(BASE));
    }

    /** As OpenRouter's list was recorded to move: to the model that is meant, and to none. */
    @Test
    void shouldFollowAHostsNameToWhereItMoves() {
        String listed = "openrouter/nvidia/nemotron-3-super-120b-a12b";
        tell(Known.hosted(listed, Map.of()));
        assertThat(observations.isEmpty()).isTrue();
        tell(Known.hosted(listed, Map.of("hugging_face_id", "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8")));
        Observation said = observations.readValue();
        assertThat(said.getConfidence()).isEqualTo(Confidence.INFERRED);
        assertThat(said.getModel().getParents())
                .containsExactly(new ParentRef(Known.url("nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8"), "unknown"));
        assertThat(said.getEvidence().getMethod()).isEqualTo("alias");
        assertThat(said.getEvidence().getBasis())
                .isEqualTo("hugging_face_id nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8");
        tell(Known.hosted(listed, Map.of("hugging_face_id", "nvidia/Other")));
        assertThat(observations.readValue().getModel().getParents())
                .containsExactly(new ParentRef(Known.url("nvidia/Other"), "unknown"));
        tell(Known.hosted(listed, Map.of()));
        assertThat(observations.readValue().getModel().getParents()).isEmpty();

        // DeepInfra calls models as the hub does: this one resolves as soon as the hub's is known.
        tell(Known.hosted("deepinfra/" + BASE, Map.of()));
        assertThat(observations.isEmpty()).isTrue();
        tell(Known.model(BASE));
        assertThat(observations.readValue().getModel().getParents())
                .containsExactly(new ParentRef(Known.url(BASE), "unknown"));
    }

    @Test
    void shouldNotAnswerItsOwnWord() {
        tell(Known.model(BASE));
        Known copy = Known.model(COPY);
        tell(copy);
        Observation said = observations.readValue();
        tell(copy.with(said));
        tell(copy.with(said));
        assertThat(observations.isEmpty()).isTrue();
    }

    @Test
    void shouldTakeItBackWhenTheCardSpeaksAndWhenTheModelIsGone() {
        tell(Known.model(BASE));
        tell(Known.model(COPY));
        Observation said = observations.readValue();
        tell(new Known(Known.url(COPY), false, List.of(new ParentRef(Known.url(BASE), "quantized")), Map.of(), said));
        Observation back = observations.readValue();
        assertThat(back.getModel().getParents()).isEmpty();
        assertThat(back.getObservedAt()).isAfter(said.getObservedAt());

        tell(Known.model(COPY));
        Observation again = observations.readValue();
        assertThat(again.getModel().getParents()).hasSize(1);
        tell(Known.gone(COPY).with(again));
        assertThat(observations.readValue().getModel().getParents()).isEmpty();
        tell(Known.gone(COPY));
        assertThat(observations.isEmpty()).isTrue();
    }

    @Test
    void shouldTakeItBackWhenTheParentIsGone() {
        tell(Known.model(BASE));
        tell(Known.model(COPY));
        assertThat(observations.readValue().getModel().getParents()).hasSize(1);
        tell(Known.gone(BASE));
        assertThat(observations.readValue().getModel().getParents()).isEmpty();
        assertThat(observations.isEmpty()).isTrue();
    }

    private void tell(Known known) {
        facts.pipeInput(known.id(), known.at(++second));
    }
}
