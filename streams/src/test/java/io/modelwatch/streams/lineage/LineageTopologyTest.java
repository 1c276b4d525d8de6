package io.modelwatch.streams.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.streams.OriginTable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

class LineageTopologyTest {

    private static final String BASE = "pkg:huggingface/Qwen/base";
    private static final String TUNED = "pkg:huggingface/acme/tuned";
    private static final String LEAF = "pkg:huggingface/acme/leaf";
    private static final Topics TOPICS = new Topics("test");

    @TempDir
    Path dir;

    private TopologyTestDriver driver;
    private TestInputTopic<String, SubjectFacts> facts;
    private TestOutputTopic<String, Lineage> lineage;
    private TestOutputTopic<String, Change> changes;

    @BeforeEach
    void start() {
        AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
        LineageConfig config =
                new LineageConfig(OriginTable.shipped(), LicenseTable.shipped(), List.of("pkg:huggingface/Qwen/*"));
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "lineage");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, dir.resolve("state").toString());
        driver = new TopologyTestDriver(LineageTopology.build(TOPICS, serdes, config), properties);
        facts = driver.createInputTopic(
                TOPICS.name(Topics.FACTS),
                new StringSerializer(),
                serdes.of(Topics.FACTS).serializer());
        lineage = driver.createOutputTopic(
                TOPICS.name(Topics.LINEAGE),
                new StringDeserializer(),
                serdes.of(Topics.LINEAGE).deserializer());
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
    void shouldBeDrawn() throws IOException {
        String drawn = LineageTopology.build(TOPICS, new AvroSerdes(new FakeSchemaRegistry()), LineageConfig.shipped())
                .describe()
                .toString();
        try (InputStream expected = getClass().getResourceAsStream("/lineage-topology.txt")) {
            assertThat(drawn.strip())
                    .isEqualToNormalizingNewlines(new String(expected.readAllBytes(), StandardCharsets.UTF_8).strip());
        }
    }

    @Test
    void shouldResolveOriginLicencesAndDatasetsDownToTheRoot() {
        tell(Told.model(1, BASE, "apache-2.0").with(List.of("wikipedia")));
        tell(Told.model(2, TUNED, null, BASE));
        Lineage leaf = only(tell(Told.model(3, LEAF, "mit", "quantized " + TUNED)));

        assertThat(leaf.getParents()).containsExactly(new ParentRef(TUNED, "quantized"));
        assertThat(leaf.getOrigins()).containsExactly(new Origin(BASE, "Alibaba Cloud", "CN"));
        assertThat(leaf.getAncestry())
                .extracting(Ancestor::getId, Ancestor::getRelation, Ancestor::getDepth, Ancestor::getLicense)
                .containsExactly(tuple(TUNED, "quantized", 1, null), tuple(BASE, "quantized", 2, "apache-2.0"));
        Ancestor base = leaf.getAncestry().get(1);
        assertThat(base.getPath()).containsExactly(new ParentRef(TUNED, "quantized"), new ParentRef(BASE, "finetune"));
        assertThat(base.getDatasets()).containsExactly("wikipedia");
        assertThat(base.getConfidence()).isEqualTo(Confidence.DECLARED);
        assertThat(base.getRoot()).isTrue();
        assertThat(leaf.getCorrelationId()).isEqualTo("observation-3");
    }

    @Test
    void shouldCallAParentUnresolvedUntilItAppears() {
        List<TestRecord<String, Lineage>> first = tell(Told.model(1, LEAF, "mit", TUNED));
        assertThat(first).extracting(TestRecord::key).containsExactlyInAnyOrder(LEAF, TUNED);
        Lineage leaf = of(LEAF, first);
        assertThat(leaf.getAncestry()).singleElement().satisfies(ancestor -> {
            assertThat(ancestor.getConfidence()).isEqualTo(Confidence.UNRESOLVED);
            assertThat(ancestor.getKnown()).isFalse();
        });
        assertThat(leaf.getOrigins()).containsExactly(new Origin(TUNED, null, null));

        Lineage resolved = of(LEAF, tell(Told.model(2, TUNED, "mit", BASE)));
        assertThat(resolved.getAncestry()).extracting(Ancestor::getId).containsExactly(TUNED, BASE);
        assertThat(resolved.getAncestry().getFirst().getConfidence()).isEqualTo(Confidence.DECLARED);
        assertThat(changes.readValuesToList())
                .as("what was open resolves: the origin moved nowhere")
                .extracting(Change::getKind)
                .doesNotContain(ChangeKind.ORIGIN_CHANGED);
    }

    @Test
    void shouldWriteATombstoneOnceAModelIsGoneAndNobodyNeedsIt() {
        tell(Told.model(1, BASE, "mit"));
        tell(Told.model(2, LEAF, "mit", BASE));
        assertThat(of(BASE, tell(Told.gone(3, BASE))).getRemoved()).isTrue();

        List<TestRecord<String, Lineage>> last = tell(Told.gone(4, LEAF));
        assertThat(last).extracting(TestRecord::key).containsExactlyInAnyOrder(LEAF, BASE);
        assertThat(last).allMatch(one -> one.value() == null);
    }

    @Test
    void shouldTellANewDerivativeOfAWatchedFamilyAtAnyDepthOnce() {
        tell(Told.model(1, LEAF, null, "quantized " + TUNED));
        assertThat(changes.isEmpty()).isTrue();
        tell(Told.model(2, TUNED, null, BASE));

        assertThat(changes.readValuesToList())
                .allMatch(change -> change.getKind() == ChangeKind.DERIVATIVE_APPEARED)
                .extracting(
                        Change::getSubject,
                        Change::getAfter,
                        change -> change.getPath().size(),
                        Change::getCause)
                .containsExactlyInAnyOrder(
                        tuple(TUNED, "\"" + BASE + "\"", 1, "change-2"),
                        tuple(LEAF, "\"" + BASE + "\"", 2, "change-2"));
        tell(Told.model(3, BASE, "mit"));
        tell(Told.model(4, LEAF, null, "quantized " + TUNED));
        assertThat(changes.isEmpty()).isTrue();
    }

    @Test
    void shouldTellEveryDescendantOfARemovedBase() {
        tell(Told.model(1, BASE, null));
        tell(Told.model(2, TUNED, null, BASE));
        tell(Told.model(3, LEAF, null, TUNED));
        changes.readValuesToList();

        tell(Told.gone(4, BASE));

        List<Change> told = changes.readValuesToList();
        assertThat(told)
                .extracting(Change::getSubject, Change::getKind, Change::getCause)
                .containsExactlyInAnyOrder(
                        tuple(TUNED, ChangeKind.ANCESTOR_REMOVED, "change-4"),
                        tuple(LEAF, ChangeKind.ANCESTOR_REMOVED, "change-4"));
        assertThat(told).allMatch(change -> change.getPath().getLast().getId().equals(BASE));
    }

    @Test
    void shouldTellALicenceMorePermissiveThanAnAncestors() {
        tell(Told.model(1, "pkg:x/llama", "llama3"));
        tell(Told.model(2, "pkg:x/a", null, "pkg:x/llama"));
        tell(Told.model(3, "pkg:x/b", "mit", "pkg:x/a"));
        tell(Told.model(4, "pkg:x/same", "llama3", "pkg:x/llama"));
        tell(Told.model(5, "pkg:x/odd", "something else", "pkg:x/llama"));
        tell(Told.model(6, "pkg:x/other", "gpl-3.0", "pkg:x/llama"));

        assertThat(changes.readValuesToList()).singleElement().satisfies(change -> {
            assertThat(change.getKind()).isEqualTo(ChangeKind.LICENSE_MORE_PERMISSIVE);
            assertThat(change.getSubject()).isEqualTo("pkg:x/b");
            assertThat(change.getBefore()).isEqualTo("\"llama3\"");
            assertThat(change.getAfter()).isEqualTo("\"mit\"");
            assertThat(change.getPath()).extracting(ParentRef::getId).containsExactly("pkg:x/a", "pkg:x/llama");
        });
    }

    @Test
    void shouldTellAnOriginThatMovesWhenAParentIsDeclaredLateAndAParentThatDisappears() {
        tell(Told.model(1, "pkg:x/google", null));
        tell(Told.model(2, TUNED, null));
        tell(Told.model(3, LEAF, null, TUNED));
        tell(Told.model(4, BASE, null));
        tell(Told.model(5, TUNED, null, "continued " + BASE));

        assertThat(changes.readValuesToList())
                .filteredOn(change -> change.getKind() == ChangeKind.ORIGIN_CHANGED)
                .extracting(
                        Change::getSubject,
                        Change::getBefore,
                        Change::getAfter,
                        c -> c.getPath().getLast().getId())
                .containsExactlyInAnyOrder(
                        tuple(TUNED, "[\"unresolved\"]", "[\"CN\"]", BASE),
                        tuple(LEAF, "[\"unresolved\"]", "[\"CN\"]", BASE));

        tell(Told.model(6, TUNED, null));
        assertThat(changes.readValuesToList())
                .extracting(Change::getSubject, Change::getKind, Change::getBefore)
                .contains(tuple(TUNED, ChangeKind.PARENT_WITHDRAWN, "\"" + BASE + "\""));
    }

    @Test
    void shouldTellANameThatSomebodyElseRegisteredAgain() {
        tell(Told.model(1, BASE, null).ownedBy("alibaba"));
        tell(Told.model(2, LEAF, null, BASE).ownedBy("acme"));
        tell(Told.gone(3, BASE));
        changes.readValuesToList();
        tell(Told.model(4, BASE, null).ownedBy("mallory"));

        assertThat(changes.readValuesToList())
                .extracting(Change::getSubject, Change::getKind, Change::getBefore, Change::getAfter)
                .containsExactlyInAnyOrder(
                        tuple(BASE, ChangeKind.NAMESPACE_TAKEN_OVER, "\"alibaba\"", "\"mallory\""),
                        tuple(LEAF, ChangeKind.ANCESTOR_TAKEN_OVER, "\"alibaba\"", "\"mallory\""));
    }

    @Test
    void shouldReportACycleAndItsEnd() {
        tell(Told.model(1, "pkg:x/a", null, "pkg:x/b"));
        tell(Told.model(2, "pkg:x/b", null, "pkg:x/a"));
        tell(Told.model(3, "pkg:x/self", null, "pkg:x/self"));
        String both = "[\"pkg:x/a\",\"pkg:x/b\"]";
        assertThat(changes.readValuesToList())
                .extracting(Change::getSubject, Change::getKind, Change::getBefore, Change::getAfter)
                .containsExactlyInAnyOrder(
                        tuple("pkg:x/a", ChangeKind.LINEAGE_CYCLE, null, both),
                        tuple("pkg:x/b", ChangeKind.LINEAGE_CYCLE, null, both),
                        tuple("pkg:x/self", ChangeKind.LINEAGE_CYCLE, null, "[\"pkg:x/self\"]"));
        tell(Told.model(4, "pkg:x/b", null));
        assertThat(changes.readValuesToList())
                .filteredOn(change -> change.getKind() == ChangeKind.LINEAGE_CYCLE)
                .extracting(Change::getBefore, Change::getAfter)
                .containsExactly(tuple(both, null), tuple(both, null));
    }

    @Test
    void shouldKeepStrangeNamesApart() {
        tell(Told.model(1, "pkg:x/A b\"..\\é", null, "finetune pkg:x/a b\"..\\é", "pkg:x/../up"));
        tell(Told.model(2, "pkg:x/a b\"..\\é", null));
        Lineage one = of("pkg:x/A b\"..\\é", tell(Told.model(3, "pkg:x/../up", null)));
        assertThat(one.getAncestry()).extracting(Ancestor::getId).containsExactly("pkg:x/../up", "pkg:x/a b\"..\\é");
    }

    @Test
    void shouldWriteNothingWhereNothingChanged() {
        tell(Told.model(1, BASE, "mit"));
        tell(Told.model(2, LEAF, "mit", BASE));
        changes.readValuesToList();
        assertThat(tell(Told.model(3, BASE, "mit"))).isEmpty();
        assertThat(tell(Told.model(4, LEAF, "mit", BASE))).isEmpty();
        assertThat(changes.isEmpty()).isTrue();
    }

    @Test
    void shouldNoteItsStage() {
        TestRecord<String, Lineage> record = tell(Told.model(1, BASE, "mit")).getFirst();
        assertThat(PathHeader.read(record.headers())).containsKey("lineage");
        assertThat(record.headers().lastHeader("ce_id")).isNotNull();
    }

    @Test
    void shouldLetAFileOverrideOriginsAndRefuseWhatItCannotRead() throws IOException {
        Path file = dir.resolve("origins.csv");
        Files.writeString(file, "prefix,organization,country,source\npkg:huggingface/acme/,Acme,NL,our own\n");
        assertThat(OriginTable.shippedAnd(file).of(LEAF)).isEqualTo(new Origin(LEAF, "Acme", "NL"));
        assertThat(OriginTable.shippedAnd(file).of(BASE).getCountry()).isEqualTo("CN");
        Files.writeString(file, "prefix,organization,country,source\npkg:huggingface/acme/,Acme\n");
        assertThatThrownBy(() -> OriginTable.shippedAnd(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line 2");
        assertThatThrownBy(() -> new LineageConfig(OriginTable.shipped(), LicenseTable.shipped(), List.of("Qwen")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lineage.watched");
    }

    private List<TestRecord<String, Lineage>> tell(Told told) {
        facts.pipeInput(told.id(), told.facts());
        return lineage.readRecordsToList();
    }

    private static Lineage only(List<TestRecord<String, Lineage>> records) {
        assertThat(records).hasSize(1);
        return records.getFirst().value();
    }

    private static Lineage of(String model, List<TestRecord<String, Lineage>> records) {
        return records.reversed().stream()
                .filter(record -> record.key().equals(model))
                .findFirst()
                .orElseThrow()
                .value();
    }
}
