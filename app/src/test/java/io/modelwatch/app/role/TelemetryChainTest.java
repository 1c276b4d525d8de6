package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.drift.DriftTopology;
import io.modelwatch.producers.alias.Aliases;
import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.IntakeParser;
import io.modelwatch.producers.telemetry.SpanReader;
import io.modelwatch.producers.telemetry.TelemetryConfig;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Tick;
import io.modelwatch.schemas.avro.Traffic;
import io.modelwatch.schemas.avro.Verdict;
import io.modelwatch.streams.OriginTable;
import io.modelwatch.streams.changes.ChangesTopology;
import io.modelwatch.streams.lineage.LineageConfig;
import io.modelwatch.streams.lineage.LineageTopology;
import io.modelwatch.streams.mbom.MbomTopology;
import io.modelwatch.streams.telemetry.TelemetryTopology;
import io.modelwatch.streams.telemetry.TelemetryWindow;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.streams.Topology;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From spans to alerts, through every topology, without a broker: recorded answers of models, and what may come of them. */
class TelemetryChainTest {

    private static final InstantSource CLOCK = () -> Instant.parse("2026-11-01T00:00:00Z");
    private static final String BOT = "claims-assistant";
    private static final Instant T = Instant.parse("2026-03-01T00:00:00Z");

    /** A recorded answer; an empty text where the recording has nothing. */
    private record Answer(Instant at, String host, String requested, String served, String fingerprint) {}

    @TempDir
    Path dir;

    private final IntakeParser parser = new IntakeParser();
    private final SpanReader spans = new SpanReader(new TelemetryConfig(
            List.of("service.name"), List.of("cloud.region"), List.of("fallback"), List.of(), Aliases.shipped(), null));
    private Chain chain;

    @BeforeEach
    void start() {
        Topics topics = new Topics("test");
        AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
        Map<String, Topology> topologies = new LinkedHashMap<>();
        topologies.put(
                "telemetry", TelemetryTopology.build(topics, serdes, new TelemetryWindow(Duration.ofDays(7), 64)));
        topologies.put("changes", ChangesTopology.build(topics, serdes));
        topologies.put("lineage", LineageTopology.build(topics, serdes, LineageConfig.shipped()));
        topologies.put("mbom", MbomTopology.build(topics, serdes, OriginTable.shipped()));
        topologies.put("drift", DriftTopology.build(topics, serdes, DriftConfig.DEFAULT));
        chain = new Chain(topics, serdes, dir, topologies);
    }

    @AfterEach
    void stop() {
        chain.close();
    }

    @Test
    void shouldSeeInRecordedAnswersWhatReallyChanged() throws Exception {
        declare("api.deepseek.com", "pkg:generic/deepseek/deepseek-chat", "deepseek-chat");
        declare("api.x.ai", "pkg:generic/xai/grok-3-mini", "grok-3-mini");
        declare("api.openai.com", "pkg:generic/openai/gpt-4.1-nano", "gpt-4.1-nano");
        for (String host : List.of("api.deepseek.com", "api.x.ai", "api.openai.com")) {
            approve(host, "pkg:generic/*");
        }
        Set<List<String>> said = new HashSet<>();
        for (Answer answer : recorded()) {
            said.add(List.of(answer.host(), answer.requested(), answer.served()));
            send(answer.host(), answer.at(), answer.host(), answer.requested(), answer.served(), answer.fingerprint());
        }

        // No more observations than there are different things to say: 14,581 answers, and 500 flips of fingerprints.
        List<Change> changes = chain.written(Topics.CHANGES);
        Set<String> observations =
                changes.stream().map(Change::getCorrelationId).collect(Collectors.toSet());
        assertThat(observations).hasSizeLessThanOrEqualTo(said.size() + 3);
        assertThat(changes)
                .noneMatch(change -> String.valueOf(change.getField()).contains("backends"));

        assertThat(changes)
                .filteredOn(change -> change.getKind() == ChangeKind.ROUTING_CHANGED
                        && List.of("api.deepseek.com", "api.x.ai", "api.mistral.ai")
                                .contains(change.getSubject()))
                .extracting(Change::getSubject, Change::getBefore, Change::getAfter)
                .contains(
                        tuple("api.deepseek.com", "\"deepseek-chat\"", "\"deepseek-v4-flash\""),
                        tuple("api.deepseek.com", "\"deepseek-reasoner\"", "\"deepseek-v4-flash\""),
                        tuple("api.x.ai", "\"grok-3-mini\"", "\"grok-3-mini-high\""),
                        tuple("api.mistral.ai", "\"pixtral-12b\"", "\"ministral-14b-latest\""));
        // What was asked for there changed itself: a model that nobody had declared.
        assertThat(changes)
                .filteredOn(change -> change.getKind() == ChangeKind.UNDECLARED_MODEL
                        && change.getAfter().contains("grok-4.3"))
                .singleElement()
                .satisfies(change -> {
                    assertThat(change.getField()).isEqualTo("models.traffic:xai/grok-4_3.id");
                    assertThat(change.getEffectiveAt()).isEqualTo(Instant.parse("2026-06-08T16:10:29Z"));
                });

        List<ChangeVerdict> verdicts = chain.written(Topics.VERDICTS);
        assertThat(verdicts)
                .filteredOn(
                        verdict -> verdict.getJudged().getChange().getField().equals("models.primary.served"))
                .extracting(
                        ChangeVerdict::getDeployment,
                        verdict -> verdict.getJudged().getChange().getKind(),
                        verdict -> verdict.getJudged().getChange().getAfter(),
                        verdict ->
                                verdict.getJudged().getChange().getEffectiveAt().toString())
                .containsOnly(
                        tuple(
                                "api.deepseek.com",
                                ChangeKind.ROUTING_CHANGED,
                                "\"deepseek-v4-flash\"",
                                "2026-05-06T23:51:22Z"),
                        tuple("api.x.ai", ChangeKind.ROUTING_CHANGED, "\"grok-3-mini-high\"", "2026-01-16T15:26:13Z"));
    }

    @Test
    void shouldRaiseAnAlertForWhatWasNotAskedForThoughTheModelIsApproved() throws Exception {
        declare(BOT, "pkg:generic/openai/gpt-4o", "gpt-4o");
        approve(BOT, "pkg:generic/openai/gpt-4o");
        send(BOT, T, "api.openai.com", "gpt-4o", "gpt-4o-2024-08-06", "");
        assertThat(alerts()).isEmpty();
        assertThat(mbom().getClaims())
                .extracting(Claim::getField, Claim::getValue, Claim::getConfidence, Claim::getSource)
                .contains(
                        tuple("models.primary.id", "\"pkg:generic/openai/gpt-4o\"", Confidence.OBSERVED, "manual"),
                        tuple("models.primary.id", "\"pkg:generic/openai/gpt-4o\"", Confidence.UNRESOLVED, "telemetry"),
                        tuple("models.primary.requested", "\"gpt-4o\"", Confidence.OBSERVED, "telemetry"),
                        tuple("models.primary.served", "\"gpt-4o-2024-08-06\"", Confidence.OBSERVED, "telemetry"),
                        tuple(
                                "models.primary.servedModel",
                                "\"pkg:generic/openai/gpt-4o\"",
                                Confidence.UNRESOLVED,
                                "telemetry"));

        send(BOT, T.plusSeconds(60), "api.openai.com", "gpt-4o", "gpt-4o-mini", "");
        Alert opened = onlyAlert();
        assertThat(opened.getState()).isEqualTo(AlertState.OPEN);
        assertThat(opened.getKinds()).containsExactly(ChangeKind.ROUTING_CHANGED);
        assertThat(opened.getVerdict()).isEqualTo(Verdict.UNAPPROVED);
        assertThat(opened.getSeverity()).isEqualTo(Severity.HIGH);
        assertThat(opened.getPolicy()).isEqualTo("served-not-requested");
        assertThat(opened.getNearestProcurement().getWhyNot())
                .isEqualTo("it does not allow the model pkg:generic/openai/gpt-4o-mini");
        Mbom bill = mbom();
        assertThat(bill.getComponents()).singleElement().satisfies(component -> {
            // What is declared stays as it was declared.
            assertThat(component.getModel()).isEqualTo("pkg:generic/openai/gpt-4o");
            assertThat(component.getServed()).isEqualTo("gpt-4o-mini");
        });

        // Once the window has left it behind, what was asked for answers again: the alert closes, and none takes its
        // place.
        send(BOT, T.plusSeconds(86_400), "api.openai.com", "gpt-4o", "gpt-4o-2024-08-06", "");
        tick(T.plusSeconds(7 * 86_400 + 3_600));
        assertThat(alerts()).extracting(Alert::getState).containsExactly(AlertState.CLOSED);
    }

    @Test
    void shouldTellOfASnapshotThatMovedUnderTheNameThatIsAskedFor() throws Exception {
        declare(BOT, "pkg:generic/openai/gpt-4o", "gpt-4o");
        approve(BOT, "pkg:generic/anthropic/*");
        send(BOT, T, "api.openai.com", "gpt-4o", "gpt-4o-2024-05-13", "");
        alerts();
        send(BOT, T.plusSeconds(60), "api.openai.com", "gpt-4o", "gpt-4o-2024-08-06", "");

        Alert alert = onlyAlert();
        assertThat(alert.getPolicy()).isEqualTo("alias-moved");
        assertThat(alert.getSeverity()).isEqualTo(Severity.MEDIUM);
    }

    @Test
    void shouldTellAnUndeclaredModelAndLetTheDeclarationEndIt() throws Exception {
        declare(BOT, "pkg:generic/openai/gpt-4o", "gpt-4o");
        approve(BOT, "pkg:generic/openai/*");
        send(BOT, T, "api.anthropic.com", "claude-haiku-4-5", "claude-haiku-4-5-20251001", "");

        Alert opened = onlyAlert();
        assertThat(opened.getKinds()).containsExactly(ChangeKind.UNDECLARED_MODEL);
        assertThat(opened.getPolicy()).isEqualTo("undeclared-model");
        assertThat(opened.getSeverity()).isEqualTo(Severity.HIGH);
        assertThat(chain.written(Topics.CHANGES))
                .extracting(Change::getKind, Change::getField)
                .contains(tuple(ChangeKind.UNDECLARED_MODEL, "models.traffic:anthropic/claude-haiku-4-5.id"));
        assertThat(mbom().getComponents())
                .extracting(component -> component.getRole() + " " + component.getModel())
                .containsExactly(
                        "primary pkg:generic/openai/gpt-4o",
                        "traffic:anthropic/claude-haiku-4-5 pkg:generic/anthropic/claude-haiku-4-5");

        observe("""
                {"kind":"deployment","source":"manual","observedAt":"2026-03-02T00:00:00Z","deployment":{"id":"claims-assistant","models":[
                 {"id":"pkg:generic/openai/gpt-4o","role":"primary","requested":"gpt-4o"},{"id":"pkg:generic/anthropic/claude-haiku-4-5","role":"fallback"}]}}
                """);
        assertThat(alerts())
                .extracting(Alert::getKinds, Alert::getState)
                .containsExactlyInAnyOrder(
                        tuple(List.of(ChangeKind.UNDECLARED_MODEL), AlertState.CLOSED),
                        tuple(List.of(ChangeKind.COMPONENT_ADDED), AlertState.OPEN));
        assertThat(mbom().getComponents())
                .extracting(component -> component.getRole() + " " + component.getServed())
                .containsExactly("primary null", "fallback claude-haiku-4-5-20251001");
    }

    @Test
    void shouldShowADeploymentThatNobodyDeclaresAndLetItGoWithItsTraffic() throws Exception {
        send("shadow", T, "api.openai.com", "gpt-4o", "gpt-4o", "");

        assertThat(onlyAlert().getKinds()).containsExactly(ChangeKind.UNDECLARED_MODEL);
        tick(T.plusSeconds(3_600));
        tick(T.plusSeconds(8 * 86_400));
        assertThat(alerts()).extracting(Alert::getState).containsExactly(AlertState.CLOSED);
        assertThat(mbom().getRemoved()).isTrue();
    }

    @Test
    void shouldTellARegionThatMovedAndTakeADeclaredCountryForItsRegions() throws Exception {
        observe("""
                {"kind":"deployment","source":"manual","observedAt":"2026-02-01T00:00:00Z","deployment":{"id":"claims-assistant","models":[
                 {"id":"pkg:generic/bedrock/claude","role":"primary","requested":"claude"}],"hosting":[{"provider":"aws","country":"IE"}]}}
                """);
        approve(BOT, "*");
        send(BOT, T, "bedrock-runtime.eu-west-1.amazonaws.com", "claude", "claude", "");
        assertThat(alerts()).isEmpty();
        assertThat(chain.written(Topics.CHANGES))
                .extracting(Change::getKind)
                .doesNotContain(ChangeKind.CLAIMS_DISAGREE);
        send(BOT, T.plusSeconds(60), "bedrock-runtime.us-east-1.amazonaws.com", "claude", "claude", "");

        assertThat(chain.written(Topics.VERDICTS))
                .extracting(verdict -> verdict.getJudged().getChange().getKind())
                .contains(ChangeKind.HOSTING_MOVED);
        assertThat(mbom().getHosting())
                .extracting(place -> place.getRegion() + " " + place.getCountry())
                .containsExactly("null IE", "us-east-1 US");
        assertThat(chain.written(Topics.CHANGES))
                .extracting(Change::getKind)
                .contains(ChangeKind.HOSTING_MOVED, ChangeKind.CLAIMS_DISAGREE);
    }

    private List<Alert> alerts() {
        return chain.written(Topics.ALERTS);
    }

    private Alert onlyAlert() {
        List<Alert> alerts = alerts();
        assertThat(alerts).hasSize(1);
        return alerts.getFirst();
    }

    private Mbom mbom() {
        return chain.written(Topics.MBOMS).getLast();
    }

    private void tick(Instant at) {
        chain.send(Topics.TICKS, "tick", new Tick(at));
    }

    private void declare(String deployment, String model, String requested) throws IOException {
        observe("""
                {"kind":"deployment","source":"manual","observedAt":"2025-01-02T00:00:00Z","deployment":{"id":"%s","models":[{"id":"%s","role":"primary","requested":"%s"}]}}
                """.formatted(deployment, model, requested));
    }

    private void observe(String lines) throws IOException {
        Batch<Observation> batch = parser.observations(
                new ByteArrayInputStream(lines.replace("\n ", " ").getBytes(UTF_8)), CLOCK);
        assertThat(batch.errors()).isEmpty();
        batch.accepted().forEach(one -> chain.send(Topics.OBSERVATIONS, one.getSubject(), one));
    }

    private void approve(String deployment, String models) throws IOException {
        approve("approval-" + deployment, deployment, models);
        alerts();
    }

    private void approve(String id, String deployment, String models) throws IOException {
        String line = """
                {"id":"%s","type":"approval","issuedAt":"2025-01-01T00:00:00Z","subject":{"deployment":"%s"},"allows":{"models":["%s"]}}
                """.formatted(id, deployment, models);
        Batch<ProcurementEvent> batch = parser.procurement(new ByteArrayInputStream(line.getBytes(UTF_8)), CLOCK);
        assertThat(batch.errors()).isEmpty();
        batch.accepted().forEach(one -> chain.send(Topics.PROCUREMENT_EVENTS, one.getId(), one));
    }

    private void send(String deployment, Instant at, String host, String requested, String served, String fingerprint)
            throws Exception {
        Span.Builder span = Span.newBuilder().setEndTimeUnixNano(at.toEpochMilli() * 1_000_000);
        attribute(span, "server.address", host);
        attribute(span, "gen_ai.request.model", requested);
        attribute(span, "gen_ai.response.model", served);
        attribute(span, "openai.response.system_fingerprint", fingerprint);
        attribute(span, "service.name", deployment);
        ExportTraceServiceRequest export = ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(ResourceSpans.newBuilder()
                        .addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
                .build();
        for (Traffic one : spans.read(export.toByteArray(), false, CLOCK).traffic()) {
            chain.send(Topics.TRAFFIC, one.getDeployment(), one);
        }
    }

    private static void attribute(Span.Builder span, String key, String value) {
        if (!value.isEmpty()) {
            span.addAttributes(KeyValue.newBuilder()
                    .setKey(key)
                    .setValue(AnyValue.newBuilder().setStringValue(value)));
        }
    }

    private static List<Answer> recorded() throws IOException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(TelemetryChainTest.class.getResourceAsStream("observed-inference.csv.gz")),
                UTF_8))) {
            return lines.lines()
                    .map(line -> line.split(",", -1))
                    .map(cells -> new Answer(Instant.parse(cells[0]), cells[1], cells[2], cells[3], cells[4]))
                    .toList();
        }
    }
}
