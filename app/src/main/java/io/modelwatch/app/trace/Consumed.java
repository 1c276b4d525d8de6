package io.modelwatch.app.trace;

import io.modelwatch.schemas.CloudEvents;
import io.opentelemetry.api.trace.Span;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What a span says of the record that it handles. */
final class Consumed {

    private Consumed() {}

    static void describe(Span span, ConsumerRecord<byte[], byte[]> record, String group) {
        span.setAttribute(Words.SYSTEM, Words.KAFKA)
                .setAttribute(Words.OPERATION, Words.PROCESS)
                .setAttribute(Words.OPERATION_TYPE, Words.PROCESS)
                .setAttribute(Words.DESTINATION, record.topic())
                .setAttribute(Words.PARTITION, Integer.toString(record.partition()))
                .setAttribute(Words.OFFSET, record.offset())
                .setAttribute(Words.GROUP, group);
        if (record.key() != null) {
            span.setAttribute(Words.KEY, new String(record.key(), StandardCharsets.UTF_8));
        }
        String event = CloudEvents.id(record.headers());
        if (event != null) {
            span.setAttribute(Words.MESSAGE, event);
        }
        String correlation = CloudEvents.correlationId(record.headers());
        if (correlation != null) {
            span.setAttribute(Words.CORRELATION, correlation);
        }
        String subject = CloudEvents.subject(record.headers());
        if (subject != null) {
            span.setAttribute(Words.SUBJECT, subject);
        }
    }
}
