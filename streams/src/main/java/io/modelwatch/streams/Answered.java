package io.modelwatch.streams;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Which subscription an ancestry answers. The lineage and the mbom topology both read the subscriptions, each at its own
 * pace: by the offset of the one that is answered, an answer that comes before its question is told from one that comes
 * after its end.
 */
public final class Answered {

    /** No subscription: an ancestry that has changed since. */
    public static final long NONE = -1;

    private static final String HEADER = "mw_answers";

    private Answered() {}

    /** Says which subscription is answered, by its offset. */
    public static void stamp(Headers headers, long offset) {
        headers.remove(HEADER);
        headers.add(HEADER, Long.toString(offset).getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the offset of the subscription that is answered, or {@link #NONE}. */
    public static long of(Headers headers) {
        Header header = headers.lastHeader(HEADER);
        if (header == null || header.value() == null) {
            return NONE;
        }
        try {
            return Long.parseLong(new String(header.value(), StandardCharsets.UTF_8));
        } catch (NumberFormatException e) {
            return NONE;
        }
    }
}
