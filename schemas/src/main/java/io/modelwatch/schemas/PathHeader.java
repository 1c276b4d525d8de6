package io.modelwatch.schemas;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The header in which every stage notes when it handled a record, for {@code modelwatch trace} and for latency
 * figures. Its times are those of the wall clock; nothing is decided by them.
 *
 * <p>Form: {@code stage=epochMillis} pairs, joined by commas, in the order of the stages.
 */
public final class PathHeader {

    /** Name of the header. */
    public static final String NAME = "mw_path";

    /** A record that has been around in a circle must not grow its header for ever. */
    private static final int MAX_BYTES = 1024;

    private PathHeader() {}

    /** Appends a stage; a full header is left as it is. */
    public static void stamp(Headers headers, String stage, long epochMillis) {
        Header before = headers.lastHeader(NAME);
        String entry = stage + "=" + epochMillis;
        String text = before == null ? entry : new String(before.value(), StandardCharsets.UTF_8) + "," + entry;
        if (text.length() <= MAX_BYTES) {
            headers.remove(NAME);
            headers.add(NAME, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Reads the stages with their times (epoch milliseconds); entries of another form are passed over. */
    public static Map<String, Long> read(Headers headers) {
        Map<String, Long> stages = new LinkedHashMap<>();
        Header header = headers.lastHeader(NAME);
        if (header != null) {
            for (String entry : new String(header.value(), StandardCharsets.UTF_8).split(",", -1)) {
                int at = entry.indexOf('=');
                if (at > 0 && entry.substring(at + 1).matches("\\d{1,18}")) {
                    stages.put(entry.substring(0, at), Long.parseLong(entry.substring(at + 1)));
                }
            }
        }
        return stages;
    }
}
