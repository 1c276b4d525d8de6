package io.modelwatch.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.modelwatch.schemas.avro.Observation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ObservationLoadTest {

    private static final int SUBJECTS = 200;
    private static final int SWEEPS = 10;
    private static final ObservationLoad LOAD = new ObservationLoad(SUBJECTS, SUBJECTS * SWEEPS, 0.1, 42);

    @Test
    void shouldGiveTheSameStreamForTheSameSeed() {
        assertThat(generate(LOAD)).isEqualTo(generate(LOAD));
        assertThat(generate(LOAD)).isNotEqualTo(generate(new ObservationLoad(SUBJECTS, SUBJECTS * SWEEPS, 0.1, 43)));
    }

    @Test
    void shouldCountEachFirstSightAndEachDifferenceFromTheObservationBefore() {
        Map<String, String> last = new HashMap<>();
        long[] differences = {0};
        long counted = LOAD.generate(
                observation -> {
                    if (!observation
                            .getFactsDigest()
                            .equals(last.put(observation.getSubject(), observation.getFactsDigest()))) {
                        differences[0]++;
                    }
                },
                marker -> {});
        assertThat(counted).isEqualTo(differences[0]);
        assertThat(last).hasSize(SUBJECTS);
        assertThat(counted - SUBJECTS).isBetween(100L, 260L);
    }

    @Test
    void shouldChangeNothingWhereNothingIsToChange() {
        assertThat(new ObservationLoad(10, 100, 0, 1).generate(observation -> {}, marker -> {}))
                .isEqualTo(10);
        assertThat(new ObservationLoad(10, 100, 1, 1).generate(observation -> {}, marker -> {}))
                .isEqualTo(100);
    }

    @Test
    void shouldCloseEachSweepWithAMarkerThatCoversItsObservations() {
        List<Observation> markers = new ArrayList<>();
        List<Instant> seen = new ArrayList<>();
        LOAD.generate(observation -> seen.add(observation.getObservedAt()), marker -> {
            markers.add(marker);
            assertThat(seen)
                    .allSatisfy(at -> assertThat(at)
                            .isAfterOrEqualTo(marker.getSweep().getStartedAt())
                            .isBeforeOrEqualTo(marker.getSweep().getCompletedAt()));
            assertThat(seen).hasSize(SUBJECTS);
            seen.clear();
        });
        assertThat(markers).hasSize(SWEEPS);
    }

    @Test
    void shouldRefuseABrokenSweepAndAnImpossibleShare() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ObservationLoad(100, 150, 0, 1))
                .withMessageContaining("a whole number of sweeps");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ObservationLoad(100, 200, 1.5, 1))
                .withMessageContaining("from 0 to 1");
    }

    private static List<Observation> generate(ObservationLoad load) {
        List<Observation> all = new ArrayList<>();
        load.generate(all::add, all::add);
        return all;
    }
}
