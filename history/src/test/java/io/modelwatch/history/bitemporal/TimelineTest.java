package io.modelwatch.history.bitemporal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TimelineTest {

    private final Timeline timeline = new Timeline();

    @Test
    void shouldKeepWhatWasBelievedWhenALaterFactEndsIt() {
        timeline.set(day(1), day(1), "c1", "a");
        timeline.set(day(5), day(6), "c2", "b");

        assertThat(now()).isEqualTo("1..5 known 1: a | 5.. known 6: b");
        assertThat(before()).isEqualTo("5.. known 1..6: a");
    }

    @Test
    void shouldSetWhatIsNewlyKnownOfThePastInBetween() {
        timeline.set(day(1), day(1), "c1", "a");
        timeline.set(day(9), day(9), "c2", "b");
        timeline.set(day(4), day(7), day(12), "c3", old -> "late");

        assertThat(now()).isEqualTo("1..4 known 1: a | 4..7 known 12: late | 7..9 known 1: a | 9.. known 9: b");
        assertThat(before()).isEqualTo("9.. known 1..9: a | 4..7 known 1..12: a");
    }

    @Test
    void shouldSayWhatWasBeforeTheFirst() {
        timeline.set(day(5), day(5), "c1", "a");
        timeline.set(day(2), day(3), day(6), "c2", old -> "late");

        assertThat(now()).isEqualTo("2..3 known 6: late | 3..5 known 6: null | 5.. known 5: a");
        assertThat(before()).isEmpty();
    }

    @Test
    void shouldNotHaveBelievedWhatWasPutRightInTheSameMoment() {
        timeline.set(day(1), day(3), "c1", "a");
        timeline.set(day(1), day(3), "c2", "b");

        assertThat(now()).isEqualTo("1.. known 3: b");
        assertThat(before()).isEmpty();
    }

    @Test
    void shouldOverrideEverythingFromAnEarlierTimeOn() {
        timeline.set(day(1), day(1), "c1", "a");
        timeline.set(day(8), day(8), "c2", "b");
        timeline.set(day(4), day(9), "c3", "c");

        assertThat(timeline.at(day(7)).document()).isEqualTo("c");
        assertThat(timeline.newestDocument()).isEqualTo("c");
        assertThat(timeline.at(day(2)).document()).isEqualTo("a");
    }

    @Test
    void shouldLeaveAloneWhatStaysAsItIs() {
        timeline.load(new Span(day(1), null, day(1), "a", "c1", "row"));
        timeline.set(day(5), day(6), "c2", "a");

        assertThat(timeline.fresh()).isEmpty();
        assertThat(timeline.dead()).isEmpty();
    }

    private String now() {
        return timeline.fresh().stream()
                .map(span -> day(span.from()) + ".." + day(span.until()) + " known " + day(span.known()) + ": "
                        + span.document())
                .collect(Collectors.joining(" | "));
    }

    private String before() {
        List<Timeline.Superseded> all = timeline.superseded();
        return all.stream()
                .map(one -> day(one.span().from()) + ".." + day(one.span().until()) + " known "
                        + day(one.span().known()) + ".." + day(one.until()) + ": "
                        + one.span().document())
                .collect(Collectors.joining(" | "));
    }

    private static Instant day(int day) {
        return Instant.parse("2026-03-%02dT00:00:00Z".formatted(day));
    }

    private static String day(Instant time) {
        return time == null
                ? ""
                : String.valueOf(Integer.parseInt(time.toString().substring(8, 10)));
    }
}
