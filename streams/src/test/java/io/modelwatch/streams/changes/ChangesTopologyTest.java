package io.modelwatch.streams.changes;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.Sweep;
import io.modelwatch.schemas.avro.SweepOutcome;
import io.modelwatch.streams.Merged;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.header.internals.RecordHeaders;
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

class ChangesTopologyTest {

    private static final String QWEN = "pkg:huggingface/Qwen/Qwen2.5-7B";
    private static final String QWEN_BASE = "pkg:huggingface/other/Qwen2.5-7B";
    private static final String LLAMA = "pkg:huggingface/meta-llama/Llama-3.1-8B";
    private static final Topics TOPICS = new Topics("test");

    @TempDir
    java.nio.file.Path stateDir;

    private TopologyTestDriver driver;
    private TestInputTopic<String, Observation> observations;
    private TestOutputTopic<String, Change> changes;
    private TestOutputTopic<String, SubjectFacts> facts;

    @BeforeEach
    void start() {
        AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "changes-test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
        driver = new TopologyTestDriver(ChangesTopology.build(TOPICS, serdes), properties);
        observations = driver.createInputTopic(
                TOPICS.name(Topics.OBSERVATIONS),
                new StringSerializer(),
                serdes.of(Topics.OBSERVATIONS).serializer());
        changes = driver.createOutputTopic(
                TOPICS.name(Topics.CHANGES),
                new StringDeserializer(),
                serdes.of(Topics.CHANGES).deserializer());
        facts = driver.createOutputTopic(
                TOPICS.name(Topics.FACTS),
                new StringDeserializer(),
                serdes.of(Topics.FACTS).deserializer());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void shouldSayAppearedOnceAndThenOneChangeAField() {
        send(seen("hub", 1, "a", "apache-2.0"));
        assertThat(kinds()).containsExactly(ChangeKind.APPEARED);

        send(seen("hub", 2, "b", "qwen"));
        List<Change> both = changes.readValuesToList();
        assertThat(both).extracting(Change::getField).containsExactly("license", "revision");
        assertThat(both).extracting(Change::getKind).containsExactly(ChangeKind.LICENSE_CHANGED, ChangeKind.REVISED);
        assertThat(both.get(0).getBefore()).isEqualTo("\"apache-2.0\"");
        assertThat(both.get(0).getAfter()).isEqualTo("\"qwen\"");
        assertThat(both.get(0).getEffectiveAt()).isEqualTo(at(2));
        assertThat(facts.readValuesToList()).hasSize(2);
    }

    @Test
    void shouldWriteNothingForAnUnchangedObservation() {
        send(seen("hub", 1, "a", "mit"));
        changes.readValuesToList();
        facts.readValuesToList();
        byte[] head =
                driver.<String, byte[]>getKeyValueStore(ChangesTopology.HEADS).get(Keys.join(QWEN, "hub"));

        send(seen("hub", 2, "a", "mit"));

        assertThat(changes.isEmpty()).isTrue();
        assertThat(facts.isEmpty()).isTrue();
        assertThat(driver.<String, byte[]>getKeyValueStore(ChangesTopology.HEADS)
                        .get(Keys.join(QWEN, "hub")))
                .isEqualTo(head);
    }

    @Test
    void shouldNeverRollBackOnALateObservation() {
        send(seen("hub", 1, "a", "mit"));
        send(seen("hub", 5, "b", "mit"));
        changes.readValuesToList();
        facts.readValuesToList();

        send(seen("hub", 3, "a", "mit"));

        List<Change> late = changes.readValuesToList();
        assertThat(late)
                .singleElement()
                .satisfies(change -> assertThat(change.getLate()).isTrue());
        assertThat(facts.isEmpty()).isTrue();
        send(seen("hub", 6, "b", "mit"));
        assertThat(changes.isEmpty()).isTrue();
    }

    @Test
    void shouldHoldAgainstTheLastSightEvenIfThatChangedNothing() {
        send(seen("hub", 1, "a", "mit"));
        send(seen("hub", 5, "a", "mit"));
        changes.readValuesToList();

        send(seen("hub", 3, "b", "mit"));

        assertThat(changes.readValuesToList())
                .singleElement()
                .satisfies(c -> assertThat(c.getLate()).isTrue());
    }

    @Test
    void shouldRemoveAfterTwoCompleteSweepsInARowWithTheTimeOfTheFirstAbsence() {
        send(seen("hub", 1, "a", "mit"));
        send(sweep("hub", 10, 11, SweepOutcome.COMPLETE));
        assertThat(kinds()).containsExactly(ChangeKind.APPEARED);

        send(sweep("hub", 12, 13, SweepOutcome.PARTIAL));
        send(sweep("hub", 14, 15, SweepOutcome.FAILED));
        assertThat(changes.isEmpty()).isTrue();

        send(sweep("hub", 20, 21, SweepOutcome.COMPLETE));
        assertThat(changes.readValuesToList()).singleElement().satisfies(removed -> {
            assertThat(removed.getKind()).isEqualTo(ChangeKind.REMOVED);
            assertThat(removed.getEffectiveAt()).isEqualTo(at(11));
            assertThat(removed.getObservedAt()).isEqualTo(at(21));
            assertThat(removed.getField()).isNull();
        });
        send(sweep("hub", 30, 31, SweepOutcome.COMPLETE));
        assertThat(changes.isEmpty()).isTrue();
        List<SubjectFacts> known = facts.readValuesToList();
        assertThat(known.getLast().getClaims()).isEmpty();
    }

    @Test
    void shouldAppearAgainAfterRemovalAndForgetTheAbsences() {
        send(seen("hub", 1, "a", "mit"));
        send(sweep("hub", 10, 11, SweepOutcome.COMPLETE));
        send(sweep("hub", 20, 21, SweepOutcome.COMPLETE));
        send(seen("hub", 22, "a", "mit"));
        assertThat(kinds()).containsExactly(ChangeKind.APPEARED, ChangeKind.REMOVED, ChangeKind.APPEARED);

        send(sweep("hub", 30, 31, SweepOutcome.COMPLETE));
        assertThat(changes.isEmpty()).isTrue();
    }

    @Test
    void shouldStartCountingAnewWhenASubjectFlaps() {
        send(seen("hub", 1, "a", "mit"));
        for (int sweep = 1; sweep < 6; sweep++) {
            send(sweep("hub", sweep * 20, sweep * 20 + 1, SweepOutcome.COMPLETE));
            send(seen("hub", sweep * 20 + 5, "a", "mit"));
        }
        assertThat(kinds()).containsExactly(ChangeKind.APPEARED);
    }

    @Test
    void shouldCountAnObservationBetweenTwoSweepsForNeither() {
        send(seen("hub", 1, "a", "mit"));
        send(seen("hub", 5, "a", "mit"));
        send(sweep("hub", 10, 11, SweepOutcome.COMPLETE));
        send(sweep("hub", 20, 21, SweepOutcome.COMPLETE));
        assertThat(kinds()).containsExactly(ChangeKind.APPEARED, ChangeKind.REMOVED);
    }

    @Test
    void shouldCountASweepOnceHoweverOftenItsMarkerComes() {
        send(seen("hub", 1, "a", "mit"));
        send(sweep("hub", 10, 11, SweepOutcome.COMPLETE));
        send(sweep("hub", 10, 11, SweepOutcome.COMPLETE));
        send(sweep("hub", 8, 9, SweepOutcome.COMPLETE));
        assertThat(kinds()).containsExactly(ChangeKind.APPEARED);
    }

    @Test
    void shouldRemoveASubjectOfTwoScopesOnlyWhenBothMissIt() {
        Observation first = seen("hub", 1, "a", "mit");
        first.setScope("author:Qwen");
        Observation second = seen("hub", 2, "a", "mit");
        second.setScope("base:x");
        send(first);
        send(second);
        for (int at = 10; at < 40; at += 10) {
            Observation sweep = sweep("hub", at, at + 1, SweepOutcome.COMPLETE);
            sweep.setScope("author:Qwen");
            send(sweep);
        }
        assertThat(kinds()).containsExactly(ChangeKind.APPEARED);
        for (int at = 50; at < 70; at += 10) {
            Observation sweep = sweep("hub", at, at + 1, SweepOutcome.COMPLETE);
            sweep.setScope("base:x");
            send(sweep);
        }
        assertThat(kinds()).containsExactly(ChangeKind.REMOVED);
    }

    @Test
    void shouldKeepTwoSourcesSideBySideAndSayThatTheyDisagree() {
        send(seen("mirror", 1, "a", "mit"));
        send(seen("huggingface", 2, "a", "apache-2.0"));
        assertThat(kinds()).containsExactly(ChangeKind.APPEARED, ChangeKind.APPEARED, ChangeKind.CLAIMS_DISAGREE);
        SubjectFacts known = facts.readValuesToList().getLast();
        assertThat(known.getClaims()).extracting(claim -> claim.getSource()).containsExactly("huggingface", "mirror");
    }

    @Test
    void shouldGiveAFlappingFieldANewIdEachTimeThoughEffectiveAtStandsStill() {
        for (int i = 1; i < 7; i++) {
            Observation observation = seen("hub", i, i % 2 == 0 ? "a" : "b", "mit");
            observation.setEffectiveAt(at(0));
            observation.setId(Ids.observation("hub", null, QWEN, at(0), observation.getFactsDigest()));
            send(observation);
        }
        List<Change> all = changes.readValuesToList();
        assertThat(all).hasSize(6);
        assertThat(all).extracting(Change::getId).doesNotHaveDuplicates();
    }

    @Test
    void shouldTellWhatWasInferredAsAClaimOfItsOwn() {
        send(declared(1));
        send(inferred(2, 0.95, LLAMA));
        List<Change> said = changes.readValuesToList();
        assertThat(said).extracting(Change::getKind).containsExactly(ChangeKind.APPEARED, ChangeKind.LINEAGE_INFERRED);
        assertThat(said.getLast().getField()).isEqualTo("parents");
        assertThat(said.getLast().getConfidence()).isEqualTo(Confidence.INFERRED);
        SubjectFacts known = facts.readValuesToList().getLast();
        assertThat(known.getClaims())
                .extracting(SourceClaim::getSource)
                .containsExactly("huggingface", ReservedSources.INFERENCE);
        assertThat(Merged.model(known).getParents())
                .extracting(ParentRef::getId)
                .containsExactly(LLAMA);

        send(inferred(3, 0.9, LLAMA));
        assertThat(changes.isEmpty()).isTrue();
        assertThat(facts.readValue().getClaims().getLast().getEvidence().getScore())
                .isEqualTo(0.9);

        send(inferred(4, 0));
        assertThat(changes.readValue().getAfter()).isNull();
        assertThat(facts.readValue().getClaims())
                .extracting(SourceClaim::getSource)
                .containsExactly("huggingface");
    }

    @Test
    void shouldNotKeepASubjectAliveByWhatWasInferredOfIt() {
        send(declared(1));
        send(inferred(2, 0.95, LLAMA));
        changes.readValuesToList();
        facts.readValuesToList();
        send(sweep("huggingface", 10, 11, SweepOutcome.COMPLETE));
        send(sweep("huggingface", 20, 21, SweepOutcome.COMPLETE));
        assertThat(kinds()).containsExactly(ChangeKind.REMOVED);
        assertThat(facts.readValue().getClaims()).isEmpty();

        send(inferred(22, 0));
        send(inferred(23, 0.95, LLAMA));
        assertThat(changes.isEmpty()).isTrue();
        assertThat(facts.isEmpty()).isTrue();
        send(declared(30));
        assertThat(kinds()).containsExactly(ChangeKind.APPEARED);
        assertThat(facts.readValue().getClaims()).hasSize(2);
    }

    @Test
    void shouldHoldAGuessAgainstACardInEitherOrder() {
        send(declared(1, LLAMA));
        send(inferred(2, 0.95, QWEN_BASE));
        assertThat(kinds())
                .containsExactly(ChangeKind.APPEARED, ChangeKind.LINEAGE_INFERRED, ChangeKind.CLAIMS_DISAGREE);
        send(declared(3));
        assertThat(kinds()).containsExactly(ChangeKind.LINEAGE_REDECLARED);
        send(declared(4, LLAMA));
        List<Change> said = changes.readValuesToList();
        assertThat(said)
                .extracting(Change::getKind)
                .containsExactly(ChangeKind.LINEAGE_REDECLARED, ChangeKind.CLAIMS_DISAGREE);
        assertThat(said.getLast().getBefore()).contains(QWEN_BASE);
        assertThat(said.getLast().getAfter()).contains(LLAMA);
    }

    @Test
    void shouldNotHoldAGuessAgainstACardThatItFitsOrThatItIsTooWeakFor() {
        send(inferred(1, 0.95, QWEN_BASE));
        for (String[] parents : new String[][] {
            {LLAMA, QWEN_BASE}, {QWEN_BASE + "-Instruct"}, {"pkg:huggingface/unsloth/Qwen2.5-7B-bnb-4bit", LLAMA}
        }) {
            send(declared(2));
            send(declared(3, parents));
            assertThat(kinds()).as(List.of(parents).toString()).doesNotContain(ChangeKind.CLAIMS_DISAGREE);
            send(declared(4));
        }
        send(inferred(5, 0.85, QWEN_BASE));
        send(declared(6, LLAMA));
        assertThat(kinds()).contains(ChangeKind.LINEAGE_REDECLARED).doesNotContain(ChangeKind.CLAIMS_DISAGREE);
    }

    private static Observation declared(int second, String... parents) {
        return said("huggingface", second, parents);
    }

    private static Observation inferred(int second, double score, String... parents) {
        Observation inferred = said(ReservedSources.INFERENCE, second, parents);
        inferred.setConfidence(Confidence.INFERRED);
        inferred.setFactsDigest(Ids.digest(inferred.getFactsDigest(), Double.toString(score)));
        inferred.setEvidence(Evidence.newBuilder().setScore(score).build());
        return inferred;
    }

    private static Observation said(String source, int second, String... parents) {
        ModelFacts model = ModelFacts.newBuilder()
                .setId(QWEN)
                .setParents(Arrays.stream(parents)
                        .map(parent -> new ParentRef(parent, "finetune"))
                        .toList())
                .build();
        Observation said = seen(source, second, "a", "mit");
        said.setModel(model);
        said.setFactsDigest(Ids.factsDigest(model));
        said.setId(Ids.observation(source, null, QWEN, at(second), said.getFactsDigest()));
        return said;
    }

    private List<ChangeKind> kinds() {
        return changes.readValuesToList().stream().map(Change::getKind).toList();
    }

    private void send(Observation observation) {
        observations.pipeInput(new TestRecord<>(observation.getSubject(), observation, new RecordHeaders(), at(0)));
    }

    private static Observation seen(String source, int second, String revision, String license) {
        ModelFacts model = ModelFacts.newBuilder()
                .setId(QWEN)
                .setRevision(revision)
                .setLicense(license)
                .build();
        String digest = Ids.factsDigest(model);
        return Observation.newBuilder()
                .setId(Ids.observation(source, null, QWEN, at(second), digest))
                .setKind(ObservationKind.MODEL)
                .setSource(source)
                .setSubject(QWEN)
                .setObservedAt(at(second))
                .setFactsDigest(digest)
                .setModel(model)
                .build();
    }

    private static Observation sweep(String source, int startedAt, int completedAt, SweepOutcome outcome) {
        return Observation.newBuilder()
                .setId(Ids.digest("sweep", source, at(startedAt).toString()))
                .setKind(ObservationKind.SWEEP)
                .setSource(source)
                .setSubject(source)
                .setObservedAt(at(completedAt))
                .setSweep(Sweep.newBuilder()
                        .setStartedAt(at(startedAt))
                        .setCompletedAt(at(completedAt))
                        .setOutcome(outcome)
                        .build())
                .build();
    }

    private static Instant at(int second) {
        return Instant.parse("2026-03-01T10:00:00Z").plusSeconds(second);
    }
}
