package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class PathHeaderTest {

    private final Headers headers = new RecordHeaders();

    @Test
    void stagesInTheirOrder() {
        PathHeader.stamp(headers, "poll", 5);
        PathHeader.stamp(headers, "changes", 7);

        assertThat(PathHeader.read(headers)).containsExactly(entry("poll", 5L), entry("changes", 7L));
        assertThat(headers.headers(PathHeader.NAME)).hasSize(1);
    }

    @Test
    void aFullHeaderIsLeftAsItIs() {
        for (int i = 0; i < 1000; i++) {
            PathHeader.stamp(headers, "stage" + i, i);
        }

        assertThat(headers.lastHeader(PathHeader.NAME).value()).hasSizeLessThanOrEqualTo(1024);
        assertThat(PathHeader.read(headers)).containsEntry("stage0", 0L).doesNotContainKey("stage999");
    }

    @Test
    void noHeaderNoStages() {
        assertThat(PathHeader.read(headers)).isEmpty();
    }

    @Test
    void foreignEntriesArePassedOver() {
        headers.add(
                PathHeader.NAME, "a,=1,b=,c=x,d=-1,e=99999999999999999999,poll=5,".getBytes(StandardCharsets.UTF_8));

        assertThat(PathHeader.read(headers)).containsExactly(entry("poll", 5L));
    }
}
