package io.modelwatch.schemas;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.kafka.common.header.Headers;

/** CloudEvents 1.0 attributes as Kafka headers, in binary mode. */
public final class CloudEvents {

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

    private static void put(Headers headers, String key, String value) {
        headers.remove(key);
        headers.add(key, value.getBytes(StandardCharsets.UTF_8));
    }
}
