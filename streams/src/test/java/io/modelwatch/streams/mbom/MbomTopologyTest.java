package io.modelwatch.streams.mbom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.MbomMessage;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.streams.Answered;
import io.modelwatch.streams.OriginTable;
import io.modelwatch.streams.changes.ChangesTopology;
import io.modelwatch.streams.lineage.LineageConfig;
import io.modelwatch.streams.lineage.LineageTopology;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both topologies in a row, as they run: observations in, MBOMs out. */
class MbomTopologyTest {

    private static final String BASE = "pkg:huggingface/Qwen/Qwen2.5-7B";
    private static final String TUNED = "pkg:huggingface/acme/tuned";
    private static final String LEAF = "pkg:huggingface/acme/leaf";
    private static final Topics TOPICS = new Topics("test");

    @TempDir
    Path stateDir;

    private TopologyTestDriver changes;
    private TopologyTestDriver lineage;
    private TopologyTestDriver mbom;
    private TestInputTopic<String, Observation> observations;
    private TestOutputTopic<String, SubjectFacts> facts;
    private TestInputTopic<String, SubjectFacts> factsIn;
    private TestInputTopic<String, SubjectFacts> factsToLineage;
    private TestOutputTopic<String, Lineage> lineages;
    private TestInputTopic<String, Lineage> lineageIn;
    private TestOutputTopic<String, MbomMessage> subscriptions;
    private TestInputTopic<String, MbomMessage> subscriptionsToLineage;
    private TestOutputTopic<String, Mbom> mboms;
    /** Number of ancestries that the lineage topology has told the mbom topology. */
    private int ancestries;
    /** Whether MBOMs hear of ancestry before they hear of the facts; Kafka orders neither. */
    private boolean lineageFirst;

    @BeforeEach
    void start() {
        AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
        changes = driver("changes", ChangesTopology.build(TOPICS, serdes));
        lineage = driver("lineage", LineageTopology.build(TOPICS, serdes, LineageConfig.shipped()));
        mbom = driver("mbom", MbomTopology.build(TOPICS, serdes, OriginTable.shipped()));
        observations = changes.createInputTopic(
                TOPICS.name(Topics.OBSERVATIONS),
                new StringSerializer(),
                serdes.of(Topics.OBSERVATIONS).serializer());
        facts = changes.createOutputTopic(
                TOPICS.name(Topics.FACTS),
                new StringDeserializer(),
                serdes.of(Topics.FACTS).deserializer());
        factsIn = mbom.createInputTopic(
                TOPICS.name(Topics.FACTS),
                new StringSerializer(),
                serdes.of(Topics.FACTS).serializer());
        factsToLineage = lineage.createInputTopic(
                TOPICS.name(Topics.FACTS),
                new StringSerializer(),
                serdes.of(Topics.FACTS).serializer());
        subscriptions = mbom.createOutputTopic(
                TOPICS.name(Topics.MBOM_SUBSCRIPTIONS),
                new StringDeserializer(),
                serdes.of(Topics.MBOM_SUBSCRIPTIONS).deserializer());
        subscriptionsToLineage = lineage.createInputTopic(
                TOPICS.name(Topics.MBOM_SUBSCRIPTIONS),
                new StringSerializer(),
                serdes.of(Topics.MBOM_SUBSCRIPTIONS).serializer());
        lineages = lineage.createOutputTopic(
                TOPICS.name(Topics.MBOM_LINEAGE),
                new StringDeserializer(),
                serdes.of(Topics.LINEAGE).deserializer());
        lineageIn = mbom.createInputTopic(
                TOPICS.name(Topics.MBOM_LINEAGE),
                new StringSerializer(),
                serdes.of(Topics.LINEAGE).serializer());
        mboms = mbom.createOutputTopic(
                TOPICS.name(Topics.MBOMS),
                new StringDeserializer(),
                serdes.of(Topics.MBOMS).deserializer());
    }

    @AfterEach
    void stop() {
        changes.close();
        lineage.close();
        mbom.close();
    }

    @Test
    void shouldWriteOneWholeRevisionForAFirstSight() {
        send(model(1, TUNED, "a", "mit", BASE));
        Mbom first = only(send(deployment(2, TUNED, null, "NL")));

        assertThat(first.getRevision()).isEqualTo(1);
        assertThat(first.getComponents()).singleElement().satisfies(component -> {
            assertThat(component.getLicense()).isEqualTo("mit");
            assertThat(component.getRevision()).isEqualTo("a");
            assertThat(component.getAncestry())
                    .singleElement()
                    .satisfies(a -> assertThat(a.getId()).isEqualTo(BASE));
            assertThat(component.getOrigins())
                    .singleElement()
                    .satisfies(o -> assertThat(o.getCountry()).isEqualTo("CN"));
        });
        assertThat(first.getChanges())
                .extracting(ProvenanceChange::getKind)
                .containsExactly(ChangeKind.COMPONENT_ADDED);
    }

    @Test
    void shouldNotWaitForAModelThatNobodyKnowsAndCallItsLicenceUnresolved() {
        Mbom first = only(send(deployment(1, TUNED, null, "NL")));
        assertThat(first.getComponents().getFirst().getKnown()).isFalse();
        assertThat(first.getClaims()).anySatisfy(claim -> {
            assertThat(claim.getField()).isEqualTo("models.primary.license");
            assertThat(claim.getValue()).isNull();
        });

        Mbom resolved = only(send(model(2, TUNED, "a", "mit", BASE)));
        assertThat(resolved.getRevision()).isEqualTo(2);
        assertThat(resolved.getChanges()).isEmpty();
        assertThat(resolved.getComponents().getFirst().getLicense()).isEqualTo("mit");
    }

    @Test
    void shouldTakeAnAnswerThatComesBeforeItsQuestionAndTellNobodyElseOfIt() {
        // Both topologies read the subscription: here the lineage topology does first.
        subscriptionsToLineage.pipeInput(
                TUNED,
                MbomMessage.newBuilder()
                        .setDeployment("bot")
                        .setModel(TUNED)
                        .setSubscribed(true)
                        .build());
        deliverLineage();
        Observation observation = deployment(1, TUNED, null, "NL");
        observations.pipeInput(observation.getSubject(), observation);
        facts.readRecordsToList().forEach(factsIn::pipeInput);

        assertThat(mboms.readRecordsToList()).singleElement().satisfies(record -> {
            assertThat(record.value().getRevision()).isEqualTo(1);
            assertThat(Answered.take(record.headers())).isEqualTo(Answered.NONE);
        });
    }

    @Test
    void shouldBringAModelsChangeUpToTheDeploymentThatRunsIt() {
        send(model(1, TUNED, "a", "mit", BASE));
        send(deployment(2, TUNED, null, "NL"));

        Mbom after = only(send(model(3, TUNED, "b", "qwen", BASE)));

        assertThat(after.getChanges())
                .extracting(ProvenanceChange::getKind, ProvenanceChange::getField)
                .containsExactlyInAnyOrder(
                        tuple(ChangeKind.LICENSE_CHANGED, "models.primary.license"),
                        tuple(ChangeKind.REVISION_MOVED, "models.primary.revision"));
        assertThat(after.getChanged()).contains("models.primary.license");
    }

    @Test
    void shouldNotFollowTheHeadOfAModelWhoseRevisionIsPinned() {
        send(model(1, TUNED, "a", "mit", BASE));
        send(deployment(2, TUNED, "a", "NL"));
        assertThat(send(model(3, TUNED, "b", "mit", BASE))).isEmpty();
    }

    @Test
    void shouldMakeASwapOneChangeAndLeaveTheOldModel() {
        send(model(1, TUNED, "a", "mit", BASE));
        send(model(1, BASE, "x", "apache-2.0"));
        send(deployment(2, TUNED, null, "NL"));

        Mbom swapped = only(send(deployment(3, BASE, "x", "NL")));

        assertThat(swapped.getChanges()).singleElement().satisfies(change -> {
            assertThat(change.getKind()).isEqualTo(ChangeKind.MODEL_SWAPPED);
            assertThat(change.getField()).isEqualTo("models.primary.id");
            assertThat(change.getBefore()).isEqualTo("\"" + TUNED + "\"");
        });
        assertThat(send(model(4, TUNED, "b", "qwen", BASE))).isEmpty();
    }

    @Test
    void shouldMoveHostingAsOneField() {
        send(deployment(1, TUNED, "a", "NL"));
        Mbom moved = only(send(deployment(2, TUNED, "a", "US")));
        assertThat(moved.getChanges()).extracting(ProvenanceChange::getKind).containsExactly(ChangeKind.HOSTING_MOVED);
    }

    /** What a vendor's page names is evidence beside what runs: a change of its own, and never a component. */
    @Test
    void shouldTellOfAnotherNameOnAPageAndMakeNoComponentOfIt() {
        send(deployment(1, TUNED, "a", "NL"));
        Mbom first = only(send(page(2, "provider:azure")));
        assertThat(first.getChanges()).isEmpty();
        Mbom named = only(send(page(3, "pkg:generic/openai/gpt-4o", "provider:azure")));
        assertThat(named.getChanges()).singleElement().satisfies(change -> {
            assertThat(change.getKind()).isEqualTo(ChangeKind.MENTIONS_CHANGED);
            assertThat(change.getField()).isEqualTo("attributes.mentions.acme-page");
            assertThat(change.getBefore()).isEqualTo("[\"provider:azure\"]");
            assertThat(change.getAfter()).isEqualTo("[\"pkg:generic/openai/gpt-4o\",\"provider:azure\"]");
            assertThat(change.getEvidence().getBasis()).isEqualTo("the sentence");
        });
        assertThat(named.getComponents())
                .singleElement()
                .satisfies(one -> assertThat(one.getModel()).isEqualTo(TUNED));
        assertThat(named.getHosting())
                .singleElement()
                .satisfies(one -> assertThat(one.getCountry()).isEqualTo("NL"));
        assertThat(named.getClaims())
                .filteredOn(claim -> claim.getField().equals("attributes.mentions.acme-page"))
                .singleElement()
                .satisfies(claim -> assertThat(claim.getConfidence()).isEqualTo(Confidence.INFERRED));
    }

    @Test
    void shouldWriteNothingWhereNoClaimChanged() {
        send(model(1, TUNED, "a", "mit", BASE));
        send(deployment(2, TUNED, "a", "NL"));
        assertThat(send(deployment(3, TUNED, "a", "NL"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCarryTheWholeAncestryInOneRevision(boolean first) {
        lineageFirst = first;
        send(deployment(1, LEAF, null, "NL"));
        send(model(2, TUNED, "a", "mit", BASE));
        Mbom whole = only(send(model(3, LEAF, "b", "mit", TUNED)));
        assertThat(whole.getComponents()).singleElement().satisfies(component -> {
            assertThat(component.getAncestry()).extracting(Ancestor::getId).containsExactly(TUNED, BASE);
            assertThat(component.getAncestry()).extracting(Ancestor::getDepth).containsExactly(1, 2);
            assertThat(component.getOrigins()).extracting(Origin::getCountry).containsExactly("CN");
        });
        assertThat(whole.getChanges()).isEmpty();

        // The base becomes known: a claim resolves, and nothing changed.
        assertThat(only(send(model(4, BASE, "x", "apache-2.0"))).getChanges()).isEmpty();

        Observation closed = model(5, BASE, "x", "qwen");
        Mbom affected = only(send(closed));
        assertThat(affected.getChanges()).singleElement().satisfies(change -> {
            assertThat(change.getKind()).isEqualTo(ChangeKind.ANCESTOR_LICENSE_CHANGED);
            assertThat(change.getField()).isEqualTo("models.primary.ancestry." + BASE + ".license");
            assertThat(change.getBefore()).isEqualTo("\"apache-2.0\"");
            assertThat(change.getAfter()).isEqualTo("\"qwen\"");
            assertThat(change.getPath()).extracting(ParentRef::getId).containsExactly(TUNED, BASE);
        });
        assertThat(affected.getCause()).isEqualTo(Ids.change(closed.getId(), "license"));
        assertThat(affected.getCorrelationId()).isEqualTo(closed.getId());
        assertThat(affected.getChanged()).containsExactly("models.primary.ancestry");
        assertThat(affected.getComponents().getFirst().getAncestry().get(1).getLicense())
                .isEqualTo("qwen");

        // Another revision of an ancestor moves no ancestry.
        assertThat(send(model(6, BASE, "y", "qwen"))).isEmpty();
    }

    @Test
    void shouldTellADeploymentThatItsOriginMovedSomewhereAbove() {
        send(model(1, "pkg:huggingface/google/g", "a", "mit"));
        send(model(1, BASE, "a", "mit"));
        send(model(1, TUNED, "a", "mit", "pkg:huggingface/google/g"));
        send(model(1, LEAF, "a", "mit", TUNED));
        send(deployment(2, LEAF, null, "NL"));

        Observation redeclared = model(3, TUNED, "a", "mit", BASE);
        Mbom after = only(send(redeclared));

        assertThat(after.getChanges())
                .extracting(ProvenanceChange::getKind, ProvenanceChange::getBefore, ProvenanceChange::getAfter)
                .containsExactlyInAnyOrder(
                        tuple(ChangeKind.ORIGIN_CHANGED, "[\"US\"]", "[\"CN\"]"),
                        tuple(
                                ChangeKind.ANCESTRY_CHANGED,
                                "[\"" + TUNED + "\",\"pkg:huggingface/google/g\"]",
                                "[\"" + TUNED + "\",\"" + BASE + "\"]"));
        assertThat(after.getChanges()).allSatisfy(change -> {
            assertThat(change.getCause()).isEqualTo(Ids.change(redeclared.getId(), "parents"));
            assertThat(change.getEffectiveAt()).isEqualTo(at(3));
        });
    }

    @Test
    void shouldTellADeploymentOfAnInferredParentAsOfAGuess() {
        send(model(1, BASE, "a", "mit"));
        send(model(1, "pkg:huggingface/google/g", "a", "mit"));
        send(model(1, TUNED, "a", "mit"));
        send(model(1, LEAF, "a", "mit", TUNED));
        send(deployment(2, LEAF, null, "NL"));
        Observation inferred = model(3, TUNED, null, null, BASE);
        inferred.setSource(ReservedSources.INFERENCE);
        inferred.setConfidence(Confidence.INFERRED);

        Mbom after = only(send(inferred));

        assertThat(after.getChanges())
                .isNotEmpty()
                .extracting(ProvenanceChange::getKind)
                .containsOnly(ChangeKind.LINEAGE_INFERRED);
        assertThat(after.getComponents().getFirst().getAncestry())
                .extracting(Ancestor::getId, Ancestor::getConfidence)
                .containsExactly(tuple(TUNED, Confidence.DECLARED), tuple(BASE, Confidence.INFERRED));

        send(deployment(4, TUNED, null, "NL"));
        Observation other = model(5, TUNED, null, null, "pkg:huggingface/google/g");
        other.setSource(ReservedSources.INFERENCE);
        other.setConfidence(Confidence.INFERRED);
        Mbom own = only(send(other));
        assertThat(own.getChanges())
                .extracting(ProvenanceChange::getKind, ProvenanceChange::getField)
                .containsExactlyInAnyOrder(
                        tuple(ChangeKind.LINEAGE_INFERRED, "models.primary.parents"),
                        tuple(ChangeKind.LINEAGE_INFERRED, "models.primary.origins"));
        assertThat(own.getClaims())
                .filteredOn(claim -> claim.getField().equals("models.primary.parents"))
                .singleElement()
                .satisfies(claim -> {
                    assertThat(claim.getConfidence()).isEqualTo(Confidence.INFERRED);
                    assertThat(claim.getSource()).isEqualTo(ReservedSources.INFERENCE);
                });
    }

    @Test
    void shouldEndInTheSameMbomWhateverTheOrder() throws IOException {
        long seed = 20261124;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Observation> told = List.of(
                model(1, TUNED, "a", "mit", BASE),
                model(9, TUNED, "b", "qwen", BASE),
                model(1, BASE, "x", "apache-2.0"),
                deployment(2, TUNED, null, "NL"),
                deployment(5, BASE, null, "NL"),
                deployment(7, TUNED, null, "US"));
        String expected = null;
        for (int run = 0; run < 30; run++) {
            stop();
            Utils.delete(stateDir.toFile());
            start();
            lineageFirst = random.nextBoolean();
            List<Observation> shuffled = new ArrayList<>(told);
            Collections.shuffle(shuffled, random);
            Mbom last = null;
            for (Observation observation : shuffled) {
                for (Mbom revision : send(observation)) {
                    last = revision;
                }
            }
            assertThat(last).isNotNull();
            String components = last.getComponents() + " " + last.getHosting();
            expected = expected == null ? components : expected;
            assertThat(components).as("run %d, order %s", run, shuffled).isEqualTo(expected);
        }
    }

    @Test
    void shouldHearOfAncestriesOnlyWhileADeploymentRunsTheModel() {
        send(model(1, BASE, "x", "apache-2.0"));
        send(model(2, TUNED, "a", "mit", BASE));
        assertThat(ancestries).as("nobody runs anything").isZero();

        send(deployment(3, TUNED, null, "NL"));
        assertThat(ancestries).as("the one it runs").isOne();
        only(send(model(4, BASE, "x", "mit")));
        assertThat(ancestries).as("and its changes").isEqualTo(2);

        only(send(deployment(5, BASE, null, "NL")));
        int before = ancestries;
        send(model(6, TUNED, "a", "apache-2.0", BASE));
        assertThat(ancestries).as("nobody runs that any more").isEqualTo(before);

        Mbom back = only(send(deployment(7, TUNED, null, "NL")));
        assertThat(back.getComponents().getFirst().getAncestry())
                .as("told as it is now")
                .singleElement()
                .satisfies(a -> assertThat(a.getLicense()).isEqualTo("mit"));
        assertThat(back.getComponents().getFirst().getLicense()).isEqualTo("apache-2.0");
    }

    private List<Mbom> send(Observation observation) {
        observations.pipeInput(observation.getSubject(), observation);
        var told = facts.readRecordsToList();
        told.forEach(factsToLineage::pipeInput);
        if (lineageFirst) {
            deliverLineage();
            told.forEach(factsIn::pipeInput);
        } else {
            told.forEach(factsIn::pipeInput);
            deliverLineage();
        }
        subscriptions.readRecordsToList().forEach(subscriptionsToLineage::pipeInput);
        deliverLineage();
        return mboms.readValuesToList();
    }

    private void deliverLineage() {
        var records = lineages.readRecordsToList();
        ancestries += records.size();
        records.forEach(lineageIn::pipeInput);
    }

    private static Mbom only(List<Mbom> revisions) {
        assertThat(revisions).hasSize(1);
        return revisions.getFirst();
    }

    private TopologyTestDriver driver(String name, Topology topology) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
        return new TopologyTestDriver(topology, properties);
    }

    private static Observation model(int second, String id, String revision, String license, String... parents) {
        ModelFacts model = ModelFacts.newBuilder()
                .setId(id)
                .setRevision(revision)
                .setLicense(license)
                .setParents(List.of(parents).stream()
                        .map(parent -> new ParentRef(parent, "finetune"))
                        .toList())
                .build();
        String digest = Ids.factsDigest(model);
        return Observation.newBuilder()
                .setId(Ids.observation("hub", null, id, at(second), digest))
                .setKind(ObservationKind.MODEL)
                .setSource("hub")
                .setSubject(id)
                .setObservedAt(at(second))
                .setFactsDigest(digest)
                .setModel(model)
                .build();
    }

    private static Observation deployment(int second, String model, String revision, String country) {
        DeploymentFacts facts = DeploymentFacts.newBuilder()
                .setId("copilot")
                .setVendor("acme")
                .setModels(List.of(DeployedModel.newBuilder()
                        .setId(model)
                        .setRevision(revision)
                        .setRole("primary")
                        .build()))
                .setHosting(List.of(new Hosting("azure", "r", country)))
                .build();
        return observed(second, "gateway", facts).build();
    }

    private static Observation page(int second, String... names) {
        DeploymentFacts facts = DeploymentFacts.newBuilder()
                .setId("copilot")
                .setVendor("acme")
                .setAttributes(Map.of("mentions.acme-page", List.of(names)))
                .build();
        return observed(second, "acme-page", facts)
                .setConfidence(Confidence.INFERRED)
                .setEvidence(Evidence.newBuilder()
                        .setMethod("page")
                        .setBasis("the sentence")
                        .build())
                .build();
    }

    private static Observation.Builder observed(int second, String source, DeploymentFacts facts) {
        String digest = Ids.factsDigest(facts);
        return Observation.newBuilder()
                .setId(Ids.observation(source, null, facts.getId(), at(second), digest))
                .setKind(ObservationKind.DEPLOYMENT)
                .setSource(source)
                .setSubject(facts.getId())
                .setObservedAt(at(second))
                .setFactsDigest(digest)
                .setDeployment(facts);
    }

    private static Instant at(int second) {
        return Instant.parse("2026-03-01T10:00:00Z").plusSeconds(second);
    }
}
