package io.modelwatch.alerts.delivery;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How it goes on one partition. It is kept beside the committed offset, as its metadata: so whoever reads how far a
 * delivery has come reads this too, wherever the delivery runs, and there is no second place that could disagree.
 *
 * @param lastSuccess when the endpoint accepted a message last
 * @param failingSince since when the message at hand is tried in vain; null where none is
 * @param lastErrorAt when the last error was
 * @param lastError that error, in words
 */
record Note(
        @Nullable Instant lastSuccess,
        @Nullable Instant failingSince,
        @Nullable Instant lastErrorAt,
        @Nullable String lastError) {

    static final Note NOTHING = new Note(null, null, null, null);

    /** A broker refuses metadata of more than 4096 bytes ({@code offset.metadata.max.bytes}); a sign has up to 4. */
    private static final int MAX_ERROR = 600;

    /** Milliseconds are enough, as on every topic. */
    Note {
        lastSuccess = rounded(lastSuccess);
        failingSince = rounded(failingSince);
        lastErrorAt = rounded(lastErrorAt);
    }

    private static @Nullable Instant rounded(@Nullable Instant time) {
        return time == null ? null : time.truncatedTo(ChronoUnit.MILLIS);
    }

    Note accepted(Instant now) {
        return new Note(now, null, lastErrorAt, lastError);
    }

    Note failing(Instant now, String error) {
        return new Note(lastSuccess, failingSince == null ? now : failingSince, now, error);
    }

    /** The endpoint refused for good, and the message was put aside. */
    Note refused(Instant now, String error) {
        return new Note(lastSuccess, null, now, error);
    }

    /** Returns this and another partition's as one: the latest of each, and the longest failure. */
    Note with(Note other) {
        boolean its = later(lastErrorAt, other.lastErrorAt) == other.lastErrorAt && other.lastErrorAt != null;
        Instant failing =
                failingSince == null || (other.failingSince != null && other.failingSince.isBefore(failingSince))
                        ? other.failingSince
                        : failingSince;
        return new Note(
                later(lastSuccess, other.lastSuccess),
                failing,
                its ? other.lastErrorAt : lastErrorAt,
                its ? other.lastError : lastError);
    }

    private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
        return one == null || (other != null && other.isAfter(one)) ? other : one;
    }

    String text() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        time(node, "lastSuccess", lastSuccess);
        time(node, "failingSince", failingSince);
        time(node, "lastErrorAt", lastErrorAt);
        if (lastError != null) {
            node.put("lastError", lastError.length() <= MAX_ERROR ? lastError : lastError.substring(0, MAX_ERROR));
        }
        return node.toString();
    }

    /** Reads metadata; of another hand's it makes nothing. */
    static Note of(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return NOTHING;
        }
        try {
            JsonNode node = JsonMapper.shared().readTree(text);
            return new Note(
                    time(node, "lastSuccess"),
                    time(node, "failingSince"),
                    time(node, "lastErrorAt"),
                    node.path("lastError").asString(null));
        } catch (JacksonException | DateTimeException e) {
            return NOTHING;
        }
    }

    private static void time(ObjectNode node, String name, @Nullable Instant time) {
        if (time != null) {
            node.put(name, time.toString());
        }
    }

    private static @Nullable Instant time(JsonNode node, String name) {
        String text = node.path(name).asString("");
        return text.isEmpty() ? null : Instant.parse(text);
    }
}
