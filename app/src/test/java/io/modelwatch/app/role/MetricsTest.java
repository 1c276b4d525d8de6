package io.modelwatch.app.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** {@code OwnObservationsIT} holds the list of metrics against a running instance. */
class MetricsTest {

    @Test
    void deadLettersAreCountedAfterGarbageWasCollectedToo() throws Exception {
        LongAdder sink = new LongAdder();
        try (Metrics metrics = new Metrics()) {
            metrics.letters("history", sink, LongAdder::sum);
            sink.increment();
            assertThat(metrics.scrape()).contains("modelwatch_dead_letters_total{by=\"history\"} 1.0\n");

            collectGarbage();
            sink.add(2);
            assertThat(metrics.scrape())
                    .contains("modelwatch_dead_letters_total{by=\"history\"} 3.0\n")
                    .contains("modelwatch_dead_letters_total{by=\"topologies\"} ");
        }
    }

    /** Returns when what nobody holds any more is gone. */
    private static void collectGarbage() {
        WeakReference<Object> nobodys = new WeakReference<>(new Object());
        while (nobodys.get() != null) {
            System.gc();
        }
    }
}
