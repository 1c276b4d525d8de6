package io.modelwatch.app.trace;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ended and is not sent yet. Nobody waits for it: what finds it full is dropped and counted. The SDK's own processor
 * makes the batches; its bound is never reached, since a span counts here until its batch was answered.
 */
final class SpanQueue implements SpanProcessor {

    private static final Logger LOGGER = LoggerFactory.getLogger(SpanQueue.class);

    /** Spans held, those of the batch under way among them: about 10 MB. */
    static final int MOST = 8192;

    private static final int BATCH = 512;
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final long COMPLAINT_NANOS = Duration.ofMinutes(1).toNanos();
    private static final Pattern STATUS = Pattern.compile("status code (\\d{3})");

    private final AtomicInteger held = new AtomicInteger();
    private final LongAdder exported = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final SpanProcessor batches;
    private volatile long complainedAt = System.nanoTime() - COMPLAINT_NANOS;

    SpanQueue(SpanExporter exporter) {
        this.batches = BatchSpanProcessor.builder(new Counting(exporter))
                .setMaxQueueSize(MOST)
                .setMaxExportBatchSize(BATCH)
                .setScheduleDelay(EVERY)
                .build();
    }

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
        // Only what ended is sent.
    }

    @Override
    public boolean isStartRequired() {
        return false;
    }

    @Override
    public void onEnd(ReadableSpan span) {
        if (held.incrementAndGet() > MOST) {
            held.decrementAndGet();
            dropped.increment();
        } else {
            batches.onEnd(span);
        }
    }

    @Override
    public boolean isEndRequired() {
        return true;
    }

    @Override
    public CompletableResultCode forceFlush() {
        return batches.forceFlush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return batches.shutdown();
    }

    /** Returns how many the receiver has taken. */
    long exported() {
        return exported.sum();
    }

    /** Returns how many were sent and not taken. */
    long failed() {
        return failed.sum();
    }

    /** Returns how many found the queue full. */
    long dropped() {
        return dropped.sum();
    }

    /** Once a minute: a receiver that is away is no trouble of the roles. */
    private void complain(@Nullable Throwable cause) {
        long now = System.nanoTime();
        if (now - complainedAt >= COMPLAINT_NANOS) {
            complainedAt = now;
            LOGGER.atWarn().addKeyValue("error", reason(cause)).log("traces are not taken by traces.endpoint");
        }
    }

    /** In words of our own: a receiver may quote the headers that it was sent. */
    private static String reason(@Nullable Throwable cause) {
        if (cause == null) {
            return "no answer in time";
        }
        Matcher status = STATUS.matcher(String.valueOf(cause.getMessage()));
        if (status.find()) {
            return "status " + status.group(1);
        }
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getClass().getSimpleName();
    }

    /** Counts what becomes of the batches. */
    private final class Counting implements SpanExporter {
        private final SpanExporter exporter;

        Counting(SpanExporter exporter) {
            this.exporter = exporter;
        }

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            int count = spans.size();
            CompletableResultCode result;
            try {
                result = exporter.export(spans);
            } catch (RuntimeException e) {
                result = CompletableResultCode.ofExceptionalFailure(e);
            }
            CompletableResultCode answer = result;
            return result.whenComplete(() -> {
                held.addAndGet(-count);
                if (answer.isSuccess()) {
                    exported.add(count);
                } else {
                    failed.add(count);
                    complain(answer.getFailureThrowable());
                }
            });
        }

        @Override
        public CompletableResultCode flush() {
            return exporter.flush();
        }

        @Override
        public CompletableResultCode shutdown() {
            return exporter.shutdown();
        }
    }
}
