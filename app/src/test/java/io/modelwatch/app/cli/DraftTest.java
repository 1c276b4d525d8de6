package io.modelwatch.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.drift.DriftTopology;
import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.IntakeParser;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Tick;
import io.modelwatch.schemas.json.JsonForms;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A draft goes back into the topology that raised the alert, and closes it. */
class DraftTest {

    private static final Topics TOPICS = new Topics("test");
    private static final String A = "pkg:huggingface/acme/a";
    private static final String B = "pkg:huggingface/acme/b";

    @TempDir
    private Path stateDir;

    private TopologyTestDriver driver;
    private TestInputTopic<String, Mbom> mboms;
    private TestInputTopic<String, ProcurementEvent> procurement;
    private TestInputTopic<String, Tick> ticks;
    private TestOutputTopic<String, Alert> alerts;
    private final List<Mbom> bills = new ArrayList<>();
    private Draft draft;

    @BeforeEach
    void start() {
        AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "drift");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
        driver = new TopologyTestDriver(DriftTopology.build(TOPICS, serdes, DriftConfig.DEFAULT), properties);
        StringSerializer key = new StringSerializer();
        mboms = driver.createInputTopic(
                TOPICS.name(Topics.MBOMS), key, serdes.of(Topics.MBOMS).serializer());
        procurement = driver.createInputTopic(
                TOPICS.name(Topics.PROCUREMENT_EVENTS),
                key,
                serdes.of(Topics.PROCUREMENT_EVENTS).serializer());
        ticks = driver.createInputTopic(
                TOPICS.name(Topics.TICKS), key, serdes.of(Topics.TICKS).serializer());
        alerts = driver.createOutputTopic(
                TOPICS.name(Topics.ALERTS),
                new StringDeserializer(),
                serdes.of(Topics.ALERTS).deserializer());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    private static Instant day(int day) {
        return Instant.parse("2026-01-01T00:00:00Z").plusSeconds(86_400L * day);
    }

    private static Component component(String role, String model, String license, String... countries) {
        List<Origin> origins = new ArrayList<>();
        for (String country : countries) {
            origins.add(Origin.newBuilder()
                    .setModel(model)
                    .setCountry(country.isEmpty() ? null : country)
                    .build());
        }
        return Component.newBuilder()
                .setRole(role)
                .setModel(model)
                .setLicense(license)
                .setOrigins(origins)
                .build();
    }

    private static ProvenanceChange change(ChangeKind kind, String field, String before, String after, int day) {
        return ProvenanceChange.newBuilder()
                .setId(field + day)
                .setKind(kind)
                .setField(field)
                .setBefore(before == null ? null : "\"" + before + "\"")
                .setAfter(after == null ? null : "\"" + after + "\"")
                .setEffectiveAt(day(day))
                .setObservedAt(day(day))
                .setCorrelationId("observation-" + day)
                .build();
    }

    /** A revision a day. */
    private void bill(int day, String country, List<Component> components, ProvenanceChange... changes) {
        Mbom bill = Mbom.newBuilder()
                .setDeployment("d")
                .setSerialNumber("urn:uuid:0")
                .setRevision(bills.size() + 1)
                .setAt(day(day))
                .setVendor("acme")
                .setComponents(components)
                .setHosting(country == null ? List.of() : List.of(new Hosting("azure", null, country)))
                .setChanges(List.of(changes))
                .setCorrelationId("observation-" + day)
                .build();
        bills.add(bill);
        mboms.pipeInput("d", bill);
    }

    private void approve(ProcurementEvent event) {
        procurement.pipeInput(event.getId(), event);
    }

    private void tick(int day) {
        ticks.pipeInput("tick", new Tick(day(day)));
    }

    private JsonNode billAt(String at) {
        return bills.reversed().stream()
                .filter(bill -> at == null || !bill.getAt().isAfter(Instant.parse(at)))
                .findFirst()
                .map(JsonForms::mbom)
                .map(form -> (JsonNode) ApiClient.JSON.readTree(form.toString()))
                .orElse(null);
    }

    private ProcurementEvent draftOf(Alert alert, String type, int day) throws Exception {
        draft = new Draft(ApiClient.JSON.readTree(JsonForms.alert(alert).toString()), this::billAt);
        String line =
                draft.event("draft-1", type, day(day), Duration.ofDays(90)).toString();
        assertThat(line).doesNotContain("\n");
        Batch<ProcurementEvent> read = new IntakeParser()
                .procurement(
                        new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)), InstantSource.fixed(day(day)));
        assertThat(read.errors()).isEmpty();
        return read.accepted().getFirst();
    }

    /** Drafts what would settle the newest alert, and expects that it does, for ninety days. */
    private ProcurementEvent settle(String type, int day) throws Exception {
        Alert open = alerts.readValuesToList().getLast();
        assertThat(open.getState()).isEqualTo(AlertState.OPEN);
        ProcurementEvent event = draftOf(open, type, day);
        approve(event);
        tick(day);
        Alert closed = alerts.readValuesToList().getLast();
        assertThat(closed.getId()).isEqualTo(open.getId());
        assertThat(closed.getState()).isEqualTo(AlertState.CLOSED);
        assertThat(closed.getCloseReason()).isEqualTo("approved_late");
        return event;
    }

    @ParameterizedTest
    @ValueSource(strings = {"approval", "exception", "contract", "change-ticket"})
    void shouldSettleAFirstSightingAndAllowNoMore(String type) throws Exception {
        bill(
                1,
                "NL",
                List.of(component("primary", A, "apache-2.0", "US", "CN")),
                change(ChangeKind.COMPONENT_ADDED, "models.primary.id", null, A, 1));

        ProcurementEvent event = settle(type, 2);
        assertThat(event.getDeployment()).isEqualTo("d");
        assertThat(event.getAllows().getModels()).containsExactly(A);
        assertThat(event.getAllows().getOrigins()).containsExactly("CN", "US");
        assertThat(event.getAllows().getLicenses()).containsExactly("apache-2.0");
        assertThat(event.getAllows().getCountries()).containsExactly("NL");
        assertThat(event.getAllows().getChanges()).containsExactly("component_added");
        assertThat(event.getValidTo()).isEqualTo(day(92));
        assertThat(draft.notes()).isEmpty();

        bill(
                3,
                "NL",
                List.of(component("primary", B, "apache-2.0", "US")),
                change(ChangeKind.MODEL_SWAPPED, "models.primary.id", A, B, 3));
        assertThat(alerts.readValuesToList()).extracting(Alert::getState).contains(AlertState.OPEN);
    }

    @Test
    void shouldSettleWhatIsNotKnownByLeavingItOutAndSaySo() throws Exception {
        bill(
                1,
                null,
                List.of(component("primary", A, null, "US", "")),
                change(ChangeKind.COMPONENT_ADDED, "models.primary.id", null, A, 1));

        ProcurementEvent event = settle("approval", 2);
        assertThat(event.getAllows().getOrigins()).isNull();
        assertThat(event.getAllows().getLicenses()).isNull();
        assertThat(event.getAllows().getCountries()).isNull();
        assertThat(draft.notes())
                .containsExactly(
                        "the origin of " + A + " is unresolved: any origin is allowed",
                        "the licence of " + A + " is unknown: any licence is allowed",
                        "no hosting country is known: any is allowed");
    }

    @Test
    void shouldSettleMovedHostingWhichConcernsEveryModel() throws Exception {
        List<Component> both = List.of(component("primary", A, "mit", "US"), component("judge", B, "apache-2.0", "FR"));
        bill(
                1,
                "NL",
                both,
                change(ChangeKind.COMPONENT_ADDED, "models.primary.id", null, A, 1),
                change(ChangeKind.COMPONENT_ADDED, "models.judge.id", null, B, 1));
        settle("approval", 2);
        bill(3, "US", both, change(ChangeKind.HOSTING_MOVED, "hosting", "NL", "US", 3));

        Alert moved = alerts.readValuesToList().getLast();
        ProcurementEvent event = draftOf(moved, "exception", 4);
        assertThat(event.getAllows().getModels()).containsExactly(A, B);
        assertThat(event.getAllows().getCountries()).containsExactly("US");
        approve(ProcurementEvent.newBuilder(event).setId("moved").build());
        tick(4);
        assertThat(alerts.readValuesToList())
                .filteredOn(alert -> alert.getId().equals(moved.getId()))
                .last()
                .extracting(Alert::getState)
                .isEqualTo(AlertState.CLOSED);
    }

    @Test
    void shouldSettleARemovalByItsKind() throws Exception {
        bill(
                1,
                "NL",
                List.of(component("primary", A, "mit", "US"), component("judge", B, "mit", "US")),
                change(ChangeKind.COMPONENT_ADDED, "models.primary.id", null, A, 1),
                change(ChangeKind.COMPONENT_ADDED, "models.judge.id", null, B, 1));
        settle("approval", 2);
        bill(
                3,
                "NL",
                List.of(component("primary", A, "mit", "US")),
                change(ChangeKind.COMPONENT_REMOVED, "models.judge.id", B, null, 3));

        Alert removed = alerts.readValuesToList().getLast();
        ProcurementEvent event = draftOf(removed, "approval", 4);
        assertThat(event.getAllows().getChanges()).containsExactly("component_removed");
        assertThat(event.getAllows().getModels()).isNull();
        approve(ProcurementEvent.newBuilder(event).setId("removed").build());
        tick(4);
        assertThat(alerts.readValuesToList().getLast().getState()).isEqualTo(AlertState.CLOSED);
    }

    @Test
    void shouldDraftNothingWhereNothingIsLeftToSettle() throws Exception {
        bill(
                1,
                "NL",
                List.of(component("primary", A, "mit", "US")),
                change(ChangeKind.COMPONENT_ADDED, "models.primary.id", null, A, 1));
        Alert open = alerts.readValuesToList().getLast();
        approve(draftOf(open, "approval", 2));
        tick(2);
        Alert closed = alerts.readValuesToList().getLast();

        assertThatThrownBy(() -> draftOf(closed, "approval", 3))
                .isInstanceOf(CliException.class)
                .hasMessage("the alert is closed already (approved_late)");
    }
}
