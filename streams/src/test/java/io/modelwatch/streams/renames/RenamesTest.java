package io.modelwatch.streams.renames;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.SubjectKind;
import io.modelwatch.streams.lineage.LineageConfig;
import io.modelwatch.streams.lineage.LineageTopology;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenamesTest {

    private static final Instant T = Instant.parse("2026-03-01T10:00:00Z");
    private static final Topics TOPICS = new Topics("test");
    private static final String OLD = "pkg:huggingface/old-name/model";
    private static final String NEW = "pkg:huggingface/new-name/model";

    @TempDir
    Path dir;

    private TopologyTestDriver driver;
    private TestInputTopic<String, SubjectFacts> facts;
    private TestOutputTopic<String, Change> changes;

    @BeforeEach
    void start() {
        AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "renames");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, dir.resolve("state").toString());
        driver = new TopologyTestDriver(LineageTopology.build(TOPICS, serdes, LineageConfig.shipped()), properties);
        facts = driver.createInputTopic(
                TOPICS.name(Topics.FACTS),
                new StringSerializer(),
                serdes.of(Topics.FACTS).serializer());
        changes = driver.createOutputTopic(
                TOPICS.name(Topics.CHANGES),
                new StringDeserializer(),
                serdes.of(Topics.CHANGES).deserializer());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void shouldTellThatARepositoryGoesByAnotherName() {
        tell(1, OLD, "64a1");
        gone(2, OLD);
        tell(3, NEW, "64a1");

        assertThat(changes.readValuesToList()).singleElement().satisfies(change -> {
            assertThat(change.getKind()).isEqualTo(ChangeKind.MODEL_RENAMED);
            assertThat(change.getSubject()).isEqualTo(NEW);
            assertThat(change.getBefore()).isEqualTo("\"" + OLD + "\"");
            assertThat(change.getAfter()).isEqualTo("\"" + NEW + "\"");
            assertThat(change.getCorrelationId()).isEqualTo("observation-3");
            assertThat(change.getObservedAt()).isEqualTo(T.plusSeconds(3));
        });
    }

    @Test
    void shouldTellItThoughTheOldNameIsStillListed() {
        tell(1, OLD, "64a1");
        tell(3, NEW, "64a1");
        tell(4, OLD, "64a1");
        gone(5, OLD);

        assertThat(changes.readValuesToList()).extracting(Change::getSubject).containsExactly(NEW);
    }

    @Test
    void shouldTellItOnceWhicheverNameIsReadFirst() {
        tell(3, NEW, "64a1");
        tell(1, OLD, "64a1");

        assertThat(changes.readValuesToList())
                .as("the older name came late: nothing was renamed after it was seen")
                .isEmpty();
        tell(7, "pkg:huggingface/newest/model", "64a1");
        assertThat(changes.readValuesToList()).extracting(Change::getBefore).containsExactly("\"" + NEW + "\"");
    }

    @Test
    void shouldKeepOneNameOfTwoSeenAtOneTimeWhicheverIsReadFirst() {
        tell(1, OLD, "64a1");
        tell(1, NEW, "64a1");
        tell(1, NEW.replace("model", "other"), "64b1");
        tell(1, OLD.replace("model", "other"), "64b1");
        changes.readValuesToList();

        tell(2, "pkg:huggingface/newest/model", "64a1");
        tell(2, "pkg:huggingface/newest/other", "64b1");
        assertThat(changes.readValuesToList())
                .extracting(Change::getBefore)
                .containsExactly("\"" + OLD + "\"", "\"" + OLD.replace("model", "other") + "\"");
    }

    @Test
    void shouldTellANameThatComesBack() {
        tell(1, OLD, "64a1");
        tell(2, NEW, "64a1");
        gone(3, OLD);
        tell(4, OLD, "64a1");

        assertThat(changes.readValuesToList()).extracting(Change::getSubject).containsExactly(NEW, OLD);
    }

    @Test
    void shouldKeepRepositoriesHubsAndModelsWithoutARepositoryApart() {
        tell(1, OLD, "64a1");
        tell(2, NEW, "64a2");
        tell(3, "pkg:ollama/model", "64a1");
        tell(4, "pkg:huggingface/other/model", null);
        tell(5, "no package URL", "64a1");

        assertThat(changes.readValuesToList()).isEmpty();
    }

    private void tell(int serial, String model, String repository) {
        Map<String, Object> attributes = new HashMap<>();
        if (repository != null) {
            attributes.put("repository_id", repository);
        }
        put(
                serial,
                model,
                List.of(SourceClaim.newBuilder()
                        .setSource("huggingface")
                        .setObservationId("observation-" + serial)
                        .setObservedAt(T.plusSeconds(serial))
                        .setConfidence(Confidence.DECLARED)
                        .setModel(ModelFacts.newBuilder()
                                .setId(model)
                                .setAttributes(attributes)
                                .build())
                        .build()));
    }

    private void gone(int serial, String model) {
        put(serial, model, List.of());
    }

    private void put(int serial, String model, List<SourceClaim> claims) {
        Instant at = T.plusSeconds(serial);
        facts.pipeInput(
                model,
                SubjectFacts.newBuilder()
                        .setSubject(model)
                        .setKind(SubjectKind.MODEL)
                        .setClaims(claims)
                        .setChanges(List.of(Change.newBuilder()
                                .setId("change-" + serial)
                                .setSubject(model)
                                .setKind(claims.isEmpty() ? ChangeKind.REMOVED : ChangeKind.APPEARED)
                                .setSource("huggingface")
                                .setEffectiveAt(at)
                                .setObservedAt(at)
                                .setCorrelationId("observation-" + serial)
                                .build()))
                        .setCorrelationId("observation-" + serial)
                        .build());
    }
}
