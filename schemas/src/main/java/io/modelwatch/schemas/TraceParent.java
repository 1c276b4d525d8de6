package io.modelwatch.schemas;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code traceparent} of <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>, on a record and
 * on an HTTP request alike: the span that led to it. Records have it where traces are on; see {@code
 * docs/adr/0030-traces.md}.
 *
 * @param traceId 32 lower-case hex digits, not all zero
 * @param spanId 16 lower-case hex digits, not all zero
 * @param sampled whether the spans of the trace are recorded
 */
public record TraceParent(String traceId, String spanId, boolean sampled) {

    /** Name of the header. */
    public static final String NAME = "traceparent";

    /** A later version than 00, the only one so far, may have more behind the flags. */
    private static final Pattern FORM =
            Pattern.compile("(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    private static final int MAX_CHARS = 256;

    /** Reads a header's value; null where it is none that the specification allows. */
    public static @Nullable TraceParent parse(@Nullable String text) {
        if (text == null || text.length() > MAX_CHARS) {
            return null;
        }
        Matcher parts = FORM.matcher(text);
        if (!parts.matches() || (parts.group(5) != null && parts.group(1).equals("00"))) {
            return null;
        }
        boolean sampled = (Integer.parseInt(parts.group(4), 16) & 1) == 1;
        return new TraceParent(parts.group(2), parts.group(3), sampled);
    }

    /** Returns that of a record, or null where it has none that can be read. */
    public static @Nullable TraceParent read(Headers headers) {
        Header header = headers.lastHeader(NAME);
        return header == null || header.value() == null
                ? null
                : parse(new String(header.value(), StandardCharsets.US_ASCII));
    }

    /** Sets it on a record, in the place of the one it has. */
    public void put(Headers headers) {
        headers.remove(NAME);
        headers.add(NAME, text().getBytes(StandardCharsets.US_ASCII));
    }

    /** Returns the header's value. */
    public String text() {
        return "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
    }
}
