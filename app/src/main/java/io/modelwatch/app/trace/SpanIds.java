package io.modelwatch.app.trace;

import io.modelwatch.schemas.Ids;
import io.opentelemetry.sdk.trace.IdGenerator;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Ids of traces and spans. They are made of what a span is about, so that instances that know nothing of one another
 * agree on them, and what is done again after a crash has the ids that it had before.
 */
final class SpanIds implements IdGenerator {

    private static final Pattern TRACE_ID = Pattern.compile("(?!0{32})[0-9a-f]{32}");

    private static final int SPAN_ID_CHARS = 16;

    /** What the span that is started next has; SDKs have no other way to be told. */
    private static final ScopedValue<Given> NEXT = ScopedValue.newInstance();

    private final IdGenerator random = IdGenerator.random();

    private record Given(String traceId, @Nullable String spanId) {}

    /** Returns the trace of an observation, which bears its correlation id where that has the form of such an id. */
    static String traceId(String correlationId) {
        return TRACE_ID.matcher(correlationId).matches() ? correlationId : Ids.digest("trace", correlationId);
    }

    /**
     * Returns the id of the span of a record.
     *
     * @param what was done with it: the entity of the topic that it was sent to, for example
     * @param event its {@code ce_id}
     */
    static String spanId(String traceId, String what, String event) {
        return Ids.digest("span", traceId, what, event).substring(0, SPAN_ID_CHARS);
    }

    /** @param spanId null for a random one */
    static <T> T with(String traceId, @Nullable String spanId, Supplier<T> starting) {
        return ScopedValue.where(NEXT, new Given(traceId, spanId)).call(starting::get);
    }

    @Override
    public String generateSpanId() {
        String given = NEXT.isBound() ? NEXT.get().spanId() : null;
        return given == null ? random.generateSpanId() : given;
    }

    @Override
    public String generateTraceId() {
        return NEXT.isBound() ? NEXT.get().traceId() : random.generateTraceId();
    }
}
