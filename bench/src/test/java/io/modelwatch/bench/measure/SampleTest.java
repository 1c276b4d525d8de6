package io.modelwatch.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampleTest {

    @Test
    void shouldTakeTheNearestRank() {
        Sample hundred = new Sample(
                IntStream.rangeClosed(1, 100).map(i -> 101 - i).asDoubleStream().toArray());
        assertThat(hundred.percentile(0.5)).isEqualTo(50);
        assertThat(hundred.percentile(0.99)).isEqualTo(99);
        assertThat(hundred.percentile(0.991)).isEqualTo(100);
        assertThat(hundred.percentile(1)).isEqualTo(100);
        assertThat(hundred.percentile(0)).isEqualTo(1);
        assertThat(hundred.max()).isEqualTo(100);
    }

    @Test
    void shouldGiveTheP99OfFewValuesAsTheLargest() {
        assertThat(new Sample(3, 1, 2).percentile(0.99)).isEqualTo(3);
    }

    @Test
    void shouldTakeTheMiddleOrTheMeanOfTheTwoMiddleOnes() {
        assertThat(new Sample(9, 1, 2).median()).isEqualTo(2);
        assertThat(new Sample(4, 1, 2, 9).median()).isEqualTo(3);
    }

    @Test
    void shouldNotChangeWhatItIsGiven() {
        double[] values = {2, 1};
        assertThat(new Sample(values).max()).isEqualTo(2);
        assertThat(values).containsExactly(2, 1);
    }

    @Test
    void shouldRefuseNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Sample());
    }
}
