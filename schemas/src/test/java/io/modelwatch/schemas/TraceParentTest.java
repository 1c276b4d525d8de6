package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceParentTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";

    @Test
    void whatTheSpecificationShowsIsRead() {
        assertThat(TraceParent.parse("00-" + TRACE + "-" + SPAN + "-01")).isEqualTo(new TraceParent(TRACE, SPAN, true));
        assertThat(TraceParent.parse("00-" + TRACE + "-" + SPAN + "-00"))
                .isEqualTo(new TraceParent(TRACE, SPAN, false));
        assertThat(TraceParent.parse("cc-" + TRACE + "-" + SPAN + "-03-what-the-future-brings"))
                .isEqualTo(new TraceParent(TRACE, SPAN, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-" + TRACE + "-" + SPAN,
                "00-" + TRACE + "-" + SPAN + "-01-more",
                "ff-" + TRACE + "-" + SPAN + "-01",
                "00-00000000000000000000000000000000-" + SPAN + "-01",
                "00-" + TRACE + "-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + SPAN + "-01",
                "00-" + TRACE + "-" + SPAN + "-01\nset-cookie: a=b"
            })
    void whatItDoesNotAllowIsNone(String text) {
        assertThat(TraceParent.parse(text)).isNull();
    }

    @Test
    void aLongOneIsNone() {
        assertThat(TraceParent.parse("01-" + TRACE + "-" + SPAN + "-01-" + "x".repeat(10_000)))
                .isNull();
    }

    @Test
    void aRecordHasOne() {
        Headers headers = new RecordHeaders();
        assertThat(TraceParent.read(headers)).isNull();

        new TraceParent(TRACE, SPAN, true).put(headers);
        new TraceParent(TRACE, "1111111111111111", false).put(headers);

        assertThat(headers.headers(TraceParent.NAME)).hasSize(1);
        assertThat(TraceParent.read(headers)).isEqualTo(new TraceParent(TRACE, "1111111111111111", false));
    }
}
