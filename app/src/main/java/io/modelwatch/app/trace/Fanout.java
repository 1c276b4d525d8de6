package io.modelwatch.app.trace;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bounds the spans that one trace gets of one kind: a change of a base model may reach a hundred thousand derivatives, and
 * no backend shows such a trace. Thread-safe.
 */
final class Fanout {

    /** Spans of one kind in one trace, of this instance. */
    static final int MOST = 100;

    /** Of traces that have been quiet longest, nothing is remembered. */
    private static final int KEPT = 10_000;

    private final Map<String, Integer> counts = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > KEPT;
        }
    };

    /** Returns whether the trace may have one more of that kind. */
    boolean admits(String traceId, String kind) {
        return count(traceId + kind) <= MOST;
    }

    /** Returns whether it is asked for the first time, as far as is remembered. */
    boolean isFirst(String spanId) {
        return count(spanId) == 1;
    }

    private synchronized int count(String key) {
        return counts.merge(key, 1, Integer::sum);
    }
}
