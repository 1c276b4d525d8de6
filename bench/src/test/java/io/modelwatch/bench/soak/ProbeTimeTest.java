package io.modelwatch.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.app.role.Role;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ProbeTimeTest {

    private static final Kill KILL = new Kill(Role.STREAMS, seconds(100), OptionalDouble.empty());

    @Test
    void shouldCountWhatWasUnderWayAtTheKillAndWhatWasSentInTheMinuteAfterIt() {
        assertThat(new ProbeTime(seconds(98), seconds(99)).isAfter(KILL)).isFalse();
        assertThat(new ProbeTime(seconds(99), seconds(120)).isAfter(KILL)).isTrue();
        assertThat(new ProbeTime(seconds(160), seconds(161)).isAfter(KILL)).isTrue();
        assertThat(new ProbeTime(seconds(161), seconds(162)).isAfter(KILL)).isFalse();
    }

    @Test
    void shouldBeQuietAfterNoneOfTheKills() {
        ProbeTime probe = new ProbeTime(seconds(200), seconds(201));
        assertThat(probe.isQuiet(List.of(KILL))).isTrue();
        assertThat(probe.isQuiet(List.of(KILL, new Kill(Role.ALERTS, seconds(150), OptionalDouble.of(3)))))
                .isFalse();
        assertThat(probe.millis()).isEqualTo(1000);
    }

    private static long seconds(long seconds) {
        return seconds * 1_000_000_000L;
    }
}
