package io.modelwatch.schemas;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** CloudEvents 1.0 attributes as Kafka headers, in binary mode. */
public final class CloudEvents {

    /** The attribute {@code correlationid} of CloudEvents' extension of that name. */
    private static final String CORRELATION = "ce_correlationid";

    private CloudEvents() {}

    /**
     * Sets the headers of a record, replacing those it has.
     *
     * @param id deterministic id of the event: the same event has the same id in every run
     * @param source who says it, for example {@code modelwatch/changes}
     * @param subject what it is about
     * @param time when it happened
     */
    public static Headers set(Headers headers, Topic<?> topic, String id, String source, String subject, Instant time) {
        put(headers, "ce_specversion", "1.0");
        put(headers, "ce_id", id);
        put(headers, "ce_source", source);
        put(headers, "ce_type", "modelwatch." + topic.entity() + ".v1");
        put(headers, "ce_subject", subject);
        put(headers, "ce_time", time.toString());
        return headers;
    }

    /**
     * Says by which observation, or else which procurement event or disclosure, a record came to be. On the records of
     * those themselves it is their own {@code ce_id}, and nothing is said twice.
     *
     * @param correlationId as the record's value has it; an empty one leaves the headers as they are
     */
    public static Headers correlate(Headers headers, String correlationId) {
        if (!correlationId.isEmpty()) {
            put(headers, CORRELATION, correlationId);
        }
        return headers;
    }

    /** Returns the correlation id of a record, or null where its headers have none. */
    public static @Nullable String correlationId(Headers headers) {
        String said = text(headers, CORRELATION);
        return said == null ? id(headers) : said;
    }

    /** Returns the id of the event, or null where the headers have none. */
    public static @Nullable String id(Headers headers) {
        return text(headers, "ce_id");
    }

    /** Returns what the event is about, or null where the headers do not say. */
    public static @Nullable String subject(Headers headers) {
        return text(headers, "ce_subject");
    }

    private static @Nullable String text(Headers headers, String key) {
        Header header = headers.lastHeader(key);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static void put(Headers headers, String key, String value) {
        headers.remove(key);
        headers.add(key, value.getBytes(StandardCharsets.UTF_8));
    }
}
