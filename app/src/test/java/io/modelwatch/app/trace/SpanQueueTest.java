package io.modelwatch.app.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.modelwatch.schemas.Topics;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

class SpanQueueTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    /** A receiver that answers when it is told to. */
    private static final class Slow implements SpanExporter {
        private final ConcurrentLinkedQueue<CompletableResultCode> open = new ConcurrentLinkedQueue<>();

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            CompletableResultCode result = new CompletableResultCode();
            open.add(result);
            return result;
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    private static void end(Traces traces, int spans) {
        for (int i = 0; i < spans; i++) {
            traces.span("streams", "a span", SpanKind.INTERNAL, TRACE, null, null, Instant.EPOCH)
                    .end();
        }
    }

    @Test
    void whatFindsTheQueueFullIsDroppedAndCountedAndNobodyWaits() {
        Slow receiver = new Slow();
        try (Traces traces = new Traces(receiver, 1, new Topics("t"), "one")) {
            end(traces, SpanQueue.MOST + 100);
            await().atMost(PATIENCE).until(() -> !receiver.open.isEmpty());

            assertThat(traces.dropped()).isEqualTo(100);
            assertThat(traces.exported()).isZero();

            // A batch that was answered makes room for as many.
            receiver.open.remove().succeed();
            await().atMost(PATIENCE).until(() -> traces.exported() == 512);
            end(traces, 513);
            assertThat(traces.dropped()).isEqualTo(101);
            await().atMost(PATIENCE).until(() -> {
                receiver.open.forEach(CompletableResultCode::succeed);
                return traces.exported() == SpanQueue.MOST + 512;
            });
        }
    }

    @Test
    void whatIsNotTakenIsCounted() {
        Slow receiver = new Slow();
        try (Traces traces = new Traces(receiver, 1, new Topics("t"), "one")) {
            end(traces, 3);
            await().atMost(PATIENCE).until(() -> !receiver.open.isEmpty());
            receiver.open.remove().failExceptionally(new IllegalStateException("status code 401"));

            await().atMost(PATIENCE).until(() -> traces.failed() == 3);
            assertThat(traces.exported()).isZero();
            assertThat(traces.dropped()).isZero();
        }
    }
}
