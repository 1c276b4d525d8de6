package io.modelwatch.history.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    private final AtomicLong nanos = new AtomicLong();

    @Test
    void admitsTwiceTheRateAtOnceAndTheRateFromThenOn() {
        RateLimit limit = new RateLimit(10, nanos::get);
        for (int i = 0; i < 20; i++) {
            assertThat(limit.take("a")).isZero();
        }
        assertThat(limit.take("a")).isEqualTo(Duration.ofMillis(100));
        assertThat(limit.take("b")).isZero();

        nanos.addAndGet(Duration.ofMillis(150).toNanos());
        assertThat(limit.take("a")).isZero();
        assertThat(limit.take("a")).isEqualTo(Duration.ofMillis(50));
        nanos.addAndGet(Duration.ofDays(1).toNanos());
        for (int i = 0; i < 20; i++) {
            assertThat(limit.take("a")).isZero();
        }
        assertThat(limit.take("a")).isPositive();
    }

    @Test
    void forgetsWhoWasQuietLongest() {
        RateLimit limit = new RateLimit(1, nanos::get);
        limit.take("a");
        limit.take("a");
        assertThat(limit.take("a")).isPositive();
        for (int i = 0; i < 10_000; i++) {
            limit.take("client " + i);
        }
        assertThat(limit.take("a")).isZero();
    }

    @Test
    void zeroIsNoLimit() {
        RateLimit limit = new RateLimit(0, nanos::get);
        for (int i = 0; i < 100; i++) {
            assertThat(limit.take("a")).isZero();
        }
    }
}
