package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class CloudEventsTest {

    @Test
    void headersOfBinaryModeReplaceThoseBefore() {
        Headers headers = new RecordHeaders();
        headers.add("other", new byte[] {'x'});
        Instant time = Instant.parse("2026-03-01T10:00:00Z");

        CloudEvents.set(headers, Topics.OBSERVATIONS, "1", "huggingface", "pkg:huggingface/a/b", time);
        CloudEvents.set(headers, Topics.CHANGES, "2", "modelwatch/changes", "pkg:huggingface/a/b", time);

        assertThat(StreamSupport.stream(headers.spliterator(), false)
                        .map(header -> header.key() + ": " + new String(header.value(), StandardCharsets.UTF_8)))
                .containsExactlyInAnyOrder(
                        "other: x",
                        "ce_specversion: 1.0",
                        "ce_id: 2",
                        "ce_source: modelwatch/changes",
                        "ce_type: modelwatch.changes.v1",
                        "ce_subject: pkg:huggingface/a/b",
                        "ce_time: 2026-03-01T10:00:00Z");
    }

    @Test
    void whatFollowsFromAnotherSaysFromWhich() {
        Headers headers = new RecordHeaders();
        Instant time = Instant.parse("2026-03-01T10:00:00Z");
        CloudEvents.set(headers, Topics.OBSERVATIONS, "o", "huggingface", "pkg:huggingface/a/b", time);
        assertThat(CloudEvents.correlationId(headers)).isEqualTo("o");

        CloudEvents.set(headers, Topics.CHANGES, "c", "modelwatch/changes", "pkg:huggingface/a/b", time);
        CloudEvents.correlate(headers, "o");
        assertThat(CloudEvents.correlationId(headers)).isEqualTo("o");
        assertThat(CloudEvents.id(headers)).isEqualTo("c");

        // Where the value does not know it, what the headers say stays.
        CloudEvents.correlate(headers, "");
        assertThat(CloudEvents.correlationId(headers)).isEqualTo("o");
        assertThat(CloudEvents.correlationId(new RecordHeaders())).isNull();
    }
}
