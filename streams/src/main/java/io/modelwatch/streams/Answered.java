package io.modelwatch.streams;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Which subscription an ancestry follows. The lineage and the mbom topology both read the subscriptions, each at its own
 * pace: by the offset of the one that is answered, an answer that comes before its question is told from one that comes
 * after its end.
 */
public final class Answered {

    /** It is not said: a version wrote it that did not say. */
    public static final long NONE = -1;

    private static final String HEADER = "mw_answers";

    private Answered() {}

    /** Says which subscription is answered, or was last, by its offset. */
    public static void stamp(Headers headers, long offset) {
        headers.remove(HEADER);
        headers.add(HEADER, Long.toString(offset).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns the offset of the subscription that is answered, or {@link #NONE}, and takes it away: records that follow
     * answer nobody.
     */
    public static long take(Headers headers) {
        Header header = headers.lastHeader(HEADER);
        headers.remove(HEADER);
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
