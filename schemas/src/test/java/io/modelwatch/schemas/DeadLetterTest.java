package io.modelwatch.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class DeadLetterTest {

    private static final DeadLetter LETTER =
            new DeadLetter("modelwatch.observations.v1", 2, 17, "not Avro", "modelwatch-changes");

    @Test
    void saysWhereTheRecordStoodAndKeepsItAsItWas() {
        RecordHeaders headers = new RecordHeaders();
        headers.add("ce_id", "1".getBytes(UTF_8)).add("ce_id", "2".getBytes(UTF_8));

        ProducerRecord<byte[], byte[]> letter = LETTER.of("letters", new byte[] {1}, new byte[] {0, 2}, headers);

        assertThat(letter.key()).containsExactly(1);
        assertThat(letter.value()).containsExactly(0, 2);
        assertThat(DeadLetter.read(letter.headers())).isEqualTo(LETTER);
        assertThat(DeadLetter.original(letter.headers())).isEqualTo(headers);
    }

    @Test
    void aLetterThatFailedAgainLosesOnlyWhatWasAddedLast() {
        RecordHeaders once = new RecordHeaders(
                LETTER.of("letters", null, null, new RecordHeaders()).headers());
        DeadLetter again = new DeadLetter("modelwatch.dead-letters.v1", 0, 1, "again", null);

        ProducerRecord<byte[], byte[]> letter = again.of("letters", null, null, once);

        assertThat(DeadLetter.read(letter.headers()))
                .isEqualTo(new DeadLetter("modelwatch.dead-letters.v1", 0, 1, "again", "modelwatch-changes"));
        assertThat(DeadLetter.read(DeadLetter.original(DeadLetter.original(letter.headers()))))
                .isNull();
    }

    @Test
    void aMarkIsNoLetterAndALetterNoMark() {
        ProducerRecord<byte[], byte[]> mark = DeadLetter.redriven("letters", 3, 9, null);

        assertThat(mark.partition()).isEqualTo(3);
        assertThat(DeadLetter.redriven(mark.headers())).isEqualTo(9);
        assertThat(DeadLetter.read(mark.headers())).isNull();
        // Whoever writes such a header into a record must not hide its letter.
        assertThat(DeadLetter.redriven(
                        LETTER.of("letters", null, null, mark.headers()).headers()))
                .isNull();
        assertThat(DeadLetter.read(new RecordHeaders().add("mw_topic", "t".getBytes(UTF_8))))
                .isNull();
    }
}
