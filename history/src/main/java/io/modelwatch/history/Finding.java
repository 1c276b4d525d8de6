package io.modelwatch.history;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import org.apache.kafka.common.errors.SerializationException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An OCSF Detection Finding as it stands on its topic, with what it says of its alert in the words of the history.
 *
 * @param json the finding
 */
record Finding(
        String alert,
        String deployment,
        String state,
        String verdict,
        String severity,
        Instant updatedAt,
        String json) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** @throws SerializationException if the bytes are no finding */
    static Finding read(String topic, byte[] bytes) {
        try {
            JsonNode finding = JSON.readTree(bytes);
            String alert = finding.path("finding_info").path("uid").asString("");
            if (alert.isEmpty() || !finding.path("time").isIntegralNumber()) {
                throw new SerializationException(topic + ": no OCSF finding (finding_info.uid and time are required)");
            }
            return new Finding(
                    alert,
                    finding.path("resources").path(0).path("uid").asString(""),
                    state(finding.path("status_id").asInt(0)),
                    finding.path("unmapped").path("verdict").asString("UNKNOWN"),
                    finding.path("severity").asString("unknown").toUpperCase(Locale.ROOT),
                    Instant.ofEpochMilli(finding.path("time").asLong()),
                    finding.toString());
        } catch (JacksonException | DateTimeException e) {
            throw new SerializationException(topic + ": not JSON", e);
        }
    }

    private static String state(int status) {
        return switch (status) {
            case 1 -> "OPEN";
            case 2 -> "ACKNOWLEDGED";
            case 3 -> "SUPPRESSED";
            case 4 -> "CLOSED";
            default -> "UNKNOWN";
        };
    }
}
