package io.modelwatch.app.trace;

import io.modelwatch.history.HistorySink;
import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.TraceParent;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Makes spans of what the history has written. */
final class WrittenRecords implements HistorySink.Watcher {

    private static final String ROLE = "history";

    private final Traces traces;
    private final String group;
    private final String otherForm;

    /** @param group consumer group of the history */
    WrittenRecords(Traces traces, Topics topics, String group) {
        this.traces = traces;
        this.group = group;
        this.otherForm = topics.name(Topics.ALERTS_OCSF);
    }

    @Override
    public void written(ConsumerRecord<byte[], byte[]> record, Instant since) {
        TraceParent parent = TraceParent.read(record.headers());
        String event = CloudEvents.id(record.headers());
        if (parent == null
                || !parent.sampled()
                || event == null
                || record.topic().equals(otherForm)
                || !traces.admits(parent.traceId(), ROLE + record.topic())) {
            return;
        }
        Span span = traces.span(
                ROLE,
                Words.PROCESS + " " + record.topic(),
                SpanKind.CONSUMER,
                parent.traceId(),
                SpanIds.spanId(parent.traceId(), ROLE + "/" + record.topic(), event),
                parent.spanId(),
                since);
        Consumed.describe(span, record, group);
        span.end();
    }
}
