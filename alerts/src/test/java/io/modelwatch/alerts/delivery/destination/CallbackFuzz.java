package io.modelwatch.alerts.delivery.destination;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What Slack and PagerDuty post back, after they have proved who they are. */
class CallbackFuzz {

    private static final Instant NOW = Instant.parse("2026-03-02T00:00:00Z");
    private static final Secret SECRET = new Secret("s3cret", "X", null);

    private static final List<Callback> CALLBACKS =
            List.of(new SlackCallback(SECRET, name -> null), new PagerDutyCallback(SECRET, name -> null));

    static Stream<Arguments> samples() {
        return Stream.of(
                        "payload=%7B%22user%22%3A%7B%22username%22%3A%22kim%22%7D%2C%22actions%22%3A%5B%7B%22action_id%22%3A%22modelwatch%3Aclose%22%2C%22value%22%3A%22a%22%7D%5D%7D",
                        "{\"event\":{\"event_type\":\"incident.acknowledged\",\"agent\":{\"type\":\"user_reference\",\"summary\":\"Kim\"},\"data\":{\"incident_key\":\"a\",\"id\":\"Q1\"}}}")
                .map(text -> Arguments.of((Object) text.getBytes(StandardCharsets.UTF_8)));
    }

    @MethodSource("samples")
    @FuzzTest
    void aBodyIsReadOrRefused(byte[] body) throws Exception {
        for (Callback callback : CALLBACKS) {
            callback.admits(name -> new String(body, StandardCharsets.ISO_8859_1), body, NOW);
            try {
                callback.read(body, NOW);
            } catch (IllegalArgumentException refused) {
                // Said so.
            }
        }
    }
}
