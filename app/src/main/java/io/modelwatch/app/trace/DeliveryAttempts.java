package io.modelwatch.app.trace;

import io.modelwatch.alerts.delivery.AttemptWatcher;
import io.modelwatch.alerts.delivery.Deliveries;
import io.modelwatch.alerts.delivery.DeliveryConfig;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.TraceParent;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Makes a span of each attempt to deliver. One that is made again after a kill is another attempt, so their ids are random.
 * Of the address nothing is said: it may be secret.
 */
final class DeliveryAttempts implements AttemptWatcher {

    private static final String WEBHOOK = "webhook";
    private static final Pattern STATUS = Pattern.compile("(\\d{3})\\b.*", Pattern.DOTALL);

    private final Traces traces;
    private final Topics topics;

    DeliveryAttempts(Traces traces, Topics topics) {
        this.traces = traces;
        this.topics = topics;
    }

    @Override
    public Attempt begin(DeliveryConfig delivery, ConsumerRecord<byte[], byte[]> record, int number) {
        TraceParent parent = TraceParent.read(record.headers());
        if (parent == null) {
            return Attempt.UNWATCHED;
        }
        if (!parent.sampled() || !traces.admits(parent.traceId(), "delivery " + delivery.name())) {
            return new Passed(parent);
        }
        Span span = traces.span(
                "alerts",
                "deliver " + delivery.name(),
                SpanKind.CLIENT,
                parent.traceId(),
                null,
                parent.spanId(),
                Instant.now());
        Consumed.describe(span, record, Deliveries.group(topics, delivery.name()));
        span.setAttribute(Words.DELIVERY, delivery.name())
                .setAttribute(Words.DELIVERY_TYPE, delivery.type().title())
                .setAttribute(Words.ATTEMPT, (long) number);
        if (delivery.type().title().equals(WEBHOOK)) {
            span.setAttribute(Words.METHOD, "POST");
            if (number > 1) {
                span.setAttribute(Words.RESEND, number - 1L);
            }
        }
        return new Traced(span);
    }

    /** One without a span of its own, whose endpoint hears of the span before it. */
    private record Passed(TraceParent parent) implements Attempt {
        @Override
        public String traceParent() {
            return parent.text();
        }

        @Override
        public void accepted(String how) {}

        @Override
        public void failed(String error) {}
    }

    private record Traced(Span span) implements Attempt {
        @Override
        public String traceParent() {
            return new TraceParent(
                            span.getSpanContext().getTraceId(),
                            span.getSpanContext().getSpanId(),
                            true)
                    .text();
        }

        @Override
        public void accepted(String how) {
            status(how);
            span.end();
        }

        @Override
        public void failed(String error) {
            String status = status(error);
            span.setAttribute(Words.ERROR, status.isEmpty() ? "_OTHER" : status);
            span.setStatus(StatusCode.ERROR, error);
            span.end();
        }

        private String status(String words) {
            Matcher status = STATUS.matcher(words);
            if (!status.matches()) {
                return "";
            }
            span.setAttribute(Words.STATUS, Long.parseLong(status.group(1)));
            return status.group(1);
        }
    }
}
