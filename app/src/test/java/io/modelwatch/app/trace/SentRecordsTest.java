package io.modelwatch.app.trace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.TraceParent;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SentRecordsTest {

    private static final String CORRELATION = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final Instant AT = Instant.parse("2026-03-01T10:00:00Z");

    private final Topics topics = new Topics("modelwatch");
    private final KeptSpans kept = new KeptSpans();
    private final Traces traces = new Traces(kept, 1, topics, "one");

    @AfterEach
    void close() {
        traces.close();
    }

    private SentRecords stage(Traces traces, String role, String topology) {
        SentRecords stage = new SentRecords();
        Map<String, Object> settings = traces.settings(role, topology);
        stage.configure(Map.of(SentRecords.STAGE, settings.get(StreamsConfig.producerPrefix(SentRecords.STAGE))));
        return stage;
    }

    /** As a stage hands it to the producer: with the headers of what led to it, changed. */
    private static Headers stamped(Headers before, String stage, long at) {
        Headers headers = new RecordHeaders(before.toArray());
        PathHeader.stamp(headers, stage, at);
        return headers;
    }

    private static Headers observation(@Nullable TraceParent parent) {
        Headers headers = new RecordHeaders();
        CloudEvents.set(headers, Topics.OBSERVATIONS, CORRELATION, "modelwatch/hub", "pkg:a", AT);
        if (parent != null) {
            parent.put(headers);
        }
        return stamped(headers, "poll", 1000);
    }

    private ProducerRecord<byte[], byte[]> record(Topic<?> topic, String event, Headers headers) {
        CloudEvents.set(headers, topic, event, "modelwatch/test", "pkg:a", AT);
        CloudEvents.correlate(headers, CORRELATION);
        return new ProducerRecord<>(topics.name(topic), null, "key".getBytes(UTF_8), new byte[] {1}, headers);
    }

    private Headers send(SentRecords stage, Topic<?> topic, String event, Headers headers) {
        ProducerRecord<byte[], byte[]> sent = stage.onSend(record(topic, event, headers));
        stage.onAcknowledgement(
                new RecordMetadata(new TopicPartition(sent.topic(), 2), 40, 0, 0, 0, 0), null, sent.headers());
        return sent.headers();
    }

    private List<SpanData> spans() {
        traces.close();
        return kept.spans();
    }

    private SpanData span(String name) {
        return spans().stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aTraceBearsTheCorrelationIdAndBeginsWithThePublicationOfTheObservation() {
        SentRecords changes = stage(traces, "streams", "changes");
        SentRecords mbom = stage(traces, "streams", "mbom");
        SentRecords drift = stage(traces, "alerts", "drift");
        Headers first = stamped(observation(null), "changes", 1040);
        Headers change = send(changes, Topics.CHANGES, "c1", new RecordHeaders(first.toArray()));
        Headers facts = send(changes, Topics.FACTS, "f1", new RecordHeaders(first.toArray()));
        Headers bill = send(mbom, Topics.MBOMS, "m1", stamped(facts, "mbom", 1100));
        Headers alert = send(drift, Topics.ALERTS, "a1", stamped(bill, "drift", 1200));
        Headers finding = send(drift, Topics.ALERTS_OCSF, "a1", stamped(bill, "drift", 1200));

        assertThat(spans())
                .extracting(SpanData::getName)
                .containsExactlyInAnyOrder(
                        "send modelwatch.observations.v1",
                        "send modelwatch.changes.v1",
                        "send modelwatch.facts.v1",
                        "send modelwatch.mboms.v1",
                        "send modelwatch.alerts.v1");
        assertThat(spans()).allSatisfy(span -> {
            assertThat(span.getTraceId()).isEqualTo(CORRELATION);
            assertThat(span.getKind()).isEqualTo(SpanKind.PRODUCER);
            assertThat(span.hasEnded()).isTrue();
        });
        SpanData published = span("send modelwatch.observations.v1");
        assertThat(published.getParentSpanContext().isValid()).isFalse();
        assertThat(published.getStartEpochNanos()).isEqualTo(1_000_000_000L);
        assertThat(published.getResource().getAttributes().asMap().toString()).contains("modelwatch-pollers");
        assertThat(span("send modelwatch.changes.v1").getParentSpanId()).isEqualTo(published.getSpanId());
        assertThat(span("send modelwatch.facts.v1").getParentSpanId()).isEqualTo(published.getSpanId());
        assertThat(span("send modelwatch.mboms.v1").getParentSpanId())
                .isEqualTo(span("send modelwatch.facts.v1").getSpanId());
        SpanData raised = span("send modelwatch.alerts.v1");
        assertThat(raised.getParentSpanId())
                .isEqualTo(span("send modelwatch.mboms.v1").getSpanId());
        assertThat(raised.getResource().getAttributes().asMap().toString()).contains("modelwatch-alerts");
        assertThat(raised.getAttributes().get(Words.PARTITION)).isEqualTo("2");
        assertThat(raised.getAttributes().get(Words.OFFSET)).isEqualTo(40);
        assertThat(raised.getAttributes().get(Words.CORRELATION)).isEqualTo(CORRELATION);
        assertThat(raised.getAttributes().get(Words.STAGE)).isEqualTo("drift");
        assertThat(TraceParent.read(change))
                .isEqualTo(new TraceParent(
                        CORRELATION, span("send modelwatch.changes.v1").getSpanId(), true));
        // Both forms of an alert are one step.
        assertThat(TraceParent.read(alert)).isEqualTo(new TraceParent(CORRELATION, raised.getSpanId(), true));
        assertThat(TraceParent.read(finding)).isEqualTo(TraceParent.read(alert));
    }

    @Test
    void whoeverPushesWithATraceHasItContinued() {
        TraceParent caller = new TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", true);
        Headers change = send(
                stage(traces, "streams", "changes"),
                Topics.CHANGES,
                "c1",
                stamped(observation(caller), "changes", 1040));

        assertThat(spans()).allSatisfy(span -> assertThat(span.getTraceId()).isEqualTo(caller.traceId()));
        assertThat(span("send modelwatch.observations.v1").getParentSpanId()).isEqualTo(caller.spanId());
        TraceParent after = TraceParent.read(change);
        assertThat(after).isNotNull();
        assertThat(after.traceId()).isEqualTo(caller.traceId());
    }

    @Test
    void whatIsDoneAgainHasTheIdsThatItHad() {
        Headers first = stamped(observation(null), "changes", 1040);
        Headers one =
                send(stage(traces, "streams", "changes"), Topics.CHANGES, "c1", new RecordHeaders(first.toArray()));
        Traces after = new Traces(kept, 1, topics, "another instance");
        Headers other =
                send(stage(after, "streams", "changes"), Topics.CHANGES, "c1", new RecordHeaders(first.toArray()));
        after.close();

        assertThat(TraceParent.read(one)).isEqualTo(TraceParent.read(other));
        assertThat(spans())
                .hasSize(4)
                .extracting(SpanData::getSpanId)
                .satisfies(ids -> assertThat(Set.copyOf(ids)).hasSize(2));
    }

    @Test
    void ofATraceThatIsNotSampledNothingIsMadeAndItsReadersHearSo() {
        Traces none = new Traces(kept, 0, topics, "one");
        Headers change = send(
                stage(none, "streams", "changes"), Topics.CHANGES, "c1", stamped(observation(null), "changes", 1040));
        TraceParent quiet = new TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", false);
        Headers ofCaller = send(
                stage(traces, "streams", "changes"),
                Topics.CHANGES,
                "c2",
                stamped(observation(quiet), "changes", 1040));
        none.close();

        assertThat(spans()).isEmpty();
        assertThat(TraceParent.read(change)).returns(false, TraceParent::sampled);
        assertThat(TraceParent.read(ofCaller))
                .returns(false, TraceParent::sampled)
                .returns(quiet.traceId(), TraceParent::traceId);
    }

    @Test
    void whatATickLeadsToBelongsToTheObservationThatItIsAbout() {
        Headers tick = new RecordHeaders();
        CloudEvents.set(tick, Topics.TICKS, "tick-1", "modelwatch/pollers", "pollers", AT);
        Headers alert = send(stage(traces, "alerts", "drift"), Topics.ALERTS, "a1", stamped(tick, "drift", 90_000));
        send(stage(traces, "streams", "changes"), Topics.CHANGES, "c1", stamped(observation(null), "changes", 1040));

        assertThat(TraceParent.read(alert)).returns(CORRELATION, TraceParent::traceId);
        assertThat(span("send modelwatch.alerts.v1").getParentSpanId())
                .isEqualTo(span("send modelwatch.observations.v1").getSpanId());
    }

    @Test
    void anAlertThatNoObservationLedToIsTheFirstOfItsTrace() {
        Headers tick = new RecordHeaders();
        CloudEvents.set(tick, Topics.TICKS, "tick-1", "modelwatch/pollers", "pollers", AT);
        send(stage(traces, "alerts", "blindness"), Topics.ALERTS, "a1", stamped(tick, "blindness", 90_000));

        assertThat(span("send modelwatch.alerts.v1").getParentSpanContext().isValid())
                .isFalse();
    }

    @Test
    void anObservationThatWasMadeOfAnotherIsTracedOnlyOnceItMakesADifference() {
        Headers made = stage(traces, "streams", "inference")
                .onSend(record(
                        Topics.OBSERVATIONS,
                        "o2",
                        observation(new TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", true))))
                .headers();

        assertThat(TraceParent.read(made)).isNull();
        assertThat(spans()).isEmpty();
    }

    @Test
    void aTraceHasSoManySpansOfAKindAndTheRestIsCounted() {
        SentRecords lineage = stage(traces, "streams", "lineage");
        TraceParent parent = new TraceParent(CORRELATION, "b7ad6b7169203331", true);
        Headers last = new RecordHeaders();
        for (int i = 0; i < Fanout.MOST + 20; i++) {
            last = send(lineage, Topics.LINEAGE, "l" + i, stamped(observation(parent), "lineage", 1040));
        }

        assertThat(spans()).hasSize(Fanout.MOST);
        assertThat(traces.leftOut()).isEqualTo(20);
        // Its readers go on from the last that has one.
        assertThat(TraceParent.read(last)).isEqualTo(parent);
    }

    @Test
    void whatTheBrokerDidNotTakeIsAnError() {
        SentRecords changes = stage(traces, "streams", "changes");
        ProducerRecord<byte[], byte[]> sent =
                changes.onSend(record(Topics.CHANGES, "c1", stamped(observation(null), "changes", 1040)));
        changes.onAcknowledgement(
                new RecordMetadata(new TopicPartition(sent.topic(), 2), -1, -1, 0, 0, 0),
                new TimeoutException("gone"),
                sent.headers());

        SpanData span = span("send modelwatch.changes.v1");
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(span.getAttributes().get(Words.ERROR)).isEqualTo(TimeoutException.class.getName());
        assertThat(span.getAttributes().get(Words.OFFSET)).isNull();
    }

    @Test
    void whatATopologySaysToItselfOrTakesBackIsLeftAlone() {
        SentRecords lineage = stage(traces, "streams", "lineage");
        Headers headers = observation(null);
        lineage.onSend(record(Topics.LINEAGE_ADVERTISEMENTS, "x", headers));
        lineage.onSend(new ProducerRecord<>(topics.name(Topics.LINEAGE), null, new byte[] {1}, null, headers));

        assertThat(TraceParent.read(headers)).isNull();
        assertThat(spans()).isEmpty();
    }
}
