package io.modelwatch.alerts.delivery.destination;

import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * What an endpoint answered.
 *
 * @param status HTTP status
 * @param headers headers of the answer
 * @param body the body, cut at the limit
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
record Answer(int status, HttpHeaders headers, byte[] body) {

    String text() {
        return new String(body, StandardCharsets.UTF_8).strip();
    }

    /** The body as JSON; missing where it is none. */
    JsonNode json() {
        try {
            return JsonMapper.shared().readTree(body);
        } catch (JacksonException e) {
            return MissingNode.getInstance();
        }
    }
}
