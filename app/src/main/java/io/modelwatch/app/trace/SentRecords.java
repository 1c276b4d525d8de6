package io.modelwatch.app.trace;

import io.modelwatch.alerts.blindness.BlindnessTopology;
import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.TraceParent;
import io.modelwatch.streams.changes.ChangesTopology;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/**
 * Makes spans of what a topology sends to others, and tells its readers by the header {@code traceparent}. It hangs in
 * Kafka's producer, so that topologies know nothing of it; Kafka calls it by the thread of the topology for what is sent
 * and by its own for what was acknowledged, and logs what it throws instead of failing.
 */
public final class SentRecords implements ProducerInterceptor<byte[], byte[]> {

    /** Key under which the producer's configuration has the {@link Stage}. */
    static final String STAGE = "modelwatch.traces.stage";

    /** Where a stage's records go to others: each is a step of the way, and what a topology says to itself is none. */
    private static final List<Topic<?>> TRACED = List.of(
            Topics.OBSERVATIONS,
            Topics.CHANGES,
            Topics.FACTS,
            Topics.LINEAGE,
            Topics.MBOMS,
            Topics.VERDICTS,
            Topics.ALERTS,
            Topics.ALERTS_OCSF,
            Topics.ALERT_GROUPS);

    /** The stage that publishes what was polled or pushed. */
    private static final String POLL = "poll";

    private static final String OCSF = Topics.ALERTS_OCSF.entity();
    private static final String OBSERVATIONS = Topics.OBSERVATIONS.entity();

    private final Map<String, Span> unacknowledged = new ConcurrentHashMap<>();
    /** Their entities by their names. */
    private final Map<String, String> traced = new HashMap<>();

    private @Nullable Stage stage;

    /**
     * Whose records they are.
     *
     * @param role which runs the topology
     * @param topology its name
     */
    record Stage(Traces traces, Topics topics, String role, String topology) {}

    /** The way so far, and where it goes on. */
    private record Way(String traceId, @Nullable String parent, boolean sampled) {}

    /** Returns the settings of Kafka Streams by which the records of a stage are traced. */
    static Map<String, Object> settings(Stage stage) {
        return Map.of(
                StreamsConfig.producerPrefix(ProducerConfig.INTERCEPTOR_CLASSES_CONFIG),
                List.of(SentRecords.class),
                StreamsConfig.producerPrefix(STAGE),
                stage);
    }

    @Override
    public void configure(Map<String, ?> configuration) {
        Stage of = (Stage) Objects.requireNonNull(configuration.get(STAGE));
        TRACED.forEach(topic -> traced.put(of.topics().name(topic), topic.entity()));
        stage = of;
    }

    @Override
    public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
        Stage of = Objects.requireNonNull(stage);
        Headers headers = record.headers();
        String entity = traced.get(record.topic());
        if (entity == null || record.value() == null) {
            return record;
        }
        String event = CloudEvents.id(headers);
        if (event == null) {
            return record;
        }
        if (entity.equals(OBSERVATIONS)) {
            // One that was made of another has a trace of its own: nobody knows yet whether it makes a difference.
            headers.remove(TraceParent.NAME);
            return record;
        }
        // An alert in its other form is the same step, and has no span of its own.
        boolean again = entity.equals(OCSF);
        Instant now = Instant.now();
        Way way = way(of, headers, event);
        String spanId = SpanIds.spanId(way.traceId(), again ? Topics.ALERTS.entity() : entity, event);
        if (way.sampled() && of.traces().admits(way.traceId(), record.topic())) {
            if (!again) {
                unacknowledged.put(record.topic() + spanId, sent(of, way, spanId, record, event, now));
            }
            new TraceParent(way.traceId(), spanId, true).put(headers);
        } else {
            String parent = way.parent() == null ? spanId : way.parent();
            new TraceParent(way.traceId(), parent, way.sampled()).put(headers);
        }
        return record;
    }

    private static Way way(Stage of, Headers headers, String event) {
        TraceParent before = TraceParent.read(headers);
        String said = CloudEvents.correlationId(headers);
        String correlation = said == null ? event : said;
        boolean found = of.topology().equals(ChangesTopology.NAME);
        if (before != null && !found) {
            return new Way(before.traceId(), before.spanId(), before.sampled());
        }
        // What a tick leads to, a grace that is over for example, belongs to the observation that it is about.
        String traceId = before == null ? SpanIds.traceId(correlation) : before.traceId();
        boolean sampled = before == null ? of.traces().samples(traceId) : before.sampled();
        String observation = SpanIds.spanId(traceId, OBSERVATIONS, correlation);
        if (!found) {
            // No observation led to a source's blindness.
            boolean first = of.topology().equals(BlindnessTopology.NAME);
            return new Way(traceId, first ? null : observation, sampled);
        }
        if (sampled && of.traces().isFirst(observation)) {
            published(of, headers, traceId, observation, before == null ? null : before.spanId(), correlation);
        }
        return new Way(traceId, observation, sampled);
    }

    /** The publication of an observation, which only now is known to be worth a span. */
    private static void published(
            Stage of, Headers headers, String traceId, String spanId, @Nullable String parent, String correlation) {
        Map.Entry<String, Long> before = before(headers, of.topology());
        Instant at = Instant.ofEpochMilli(before.getValue());
        // Else a topology made it, of another or of spans.
        String role = before.getKey().equals(POLL) ? "pollers" : of.role();
        String topic = of.topics().name(Topics.OBSERVATIONS);
        Span span = of.traces().span(role, Words.SEND + " " + topic, SpanKind.PRODUCER, traceId, spanId, parent, at);
        describe(span, topic, correlation, headers);
        span.setAttribute(Words.STAGE, before.getKey());
        span.end(at);
    }

    private static Span sent(
            Stage of, Way way, String spanId, ProducerRecord<byte[], byte[]> record, String event, Instant now) {
        Span span = of.traces()
                .span(
                        of.role(),
                        Words.SEND + " " + record.topic(),
                        SpanKind.PRODUCER,
                        way.traceId(),
                        spanId,
                        way.parent(),
                        now);
        describe(span, record.topic(), event, record.headers());
        span.setAttribute(Words.STAGE, of.topology());
        span.setAttribute(
                Words.WAIT,
                Math.max(
                        0,
                        now.toEpochMilli()
                                - before(record.headers(), of.topology()).getValue()));
        if (record.key() != null) {
            span.setAttribute(Words.KEY, new String(record.key(), StandardCharsets.UTF_8));
        }
        return span;
    }

    private static void describe(Span span, String topic, String event, Headers headers) {
        span.setAttribute(Words.SYSTEM, Words.KAFKA)
                .setAttribute(Words.OPERATION, Words.SEND)
                .setAttribute(Words.OPERATION_TYPE, Words.SEND)
                .setAttribute(Words.DESTINATION, topic)
                .setAttribute(Words.MESSAGE, event);
        String correlation = CloudEvents.correlationId(headers);
        if (correlation != null) {
            span.setAttribute(Words.CORRELATION, correlation);
        }
        String subject = CloudEvents.subject(headers);
        if (subject != null) {
            span.setAttribute(Words.SUBJECT, subject);
        }
    }

    /** Returns the last stage before a topology, with the time of it; the time is now where the record does not say. */
    private static Map.Entry<String, Long> before(Headers headers, String topology) {
        return PathHeader.read(headers).entrySet().stream()
                .filter(stamp -> !stamp.getKey().equals(topology))
                .max(Map.Entry.comparingByValue())
                .orElseGet(() -> Map.entry(POLL, System.currentTimeMillis()));
    }

    @Override
    public void onAcknowledgement(
            @Nullable RecordMetadata metadata, @Nullable Exception exception, @Nullable Headers headers) {
        TraceParent own = headers == null ? null : TraceParent.read(headers);
        Span span = own == null || metadata == null ? null : unacknowledged.remove(metadata.topic() + own.spanId());
        if (span == null || metadata == null) {
            return;
        }
        if (exception == null) {
            span.setAttribute(Words.PARTITION, Integer.toString(metadata.partition()));
            if (metadata.hasOffset()) {
                span.setAttribute(Words.OFFSET, metadata.offset());
            }
        } else {
            span.setAttribute(Words.ERROR, exception.getClass().getName());
            span.setStatus(StatusCode.ERROR);
        }
        span.end();
    }

    @Override
    public void close() {
        unacknowledged.values().forEach(Span::end);
        unacknowledged.clear();
    }
}
