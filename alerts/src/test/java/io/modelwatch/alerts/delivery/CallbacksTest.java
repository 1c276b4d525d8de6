package io.modelwatch.alerts.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.alerts.delivery.destination.Samples;
import io.modelwatch.alerts.delivery.destination.Surroundings;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertActionKind;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallbacksTest {

    private static final String SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");
    private static final Map<String, String> ENVIRONMENT = Map.of("SIGNING", SECRET);

    private final Callbacks callbacks = Callbacks.of(
            List.of(
                    delivery("chat", "slack", Map.of("signingSecretEnv", "SIGNING")),
                    delivery("on-call", "pagerduty", Map.of("webhookSecretEnv", "SIGNING")),
                    delivery("silent", "slack", Map.of())),
            new Surroundings(Samples.limits(), ENVIRONMENT::get, InstantSource.fixed(NOW)));

    /** Slack's own example of a signature: docs.slack.dev, "Verifying requests from Slack". */
    @Test
    void theSignatureIsThatOfSlacksOwnExample() {
        String body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
                + "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
                + "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
                + "%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        Map<String, String> headers = Map.of(
                "X-Slack-Request-Timestamp", "1531420618",
                "X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");

        // Admitted, and then it is no button.
        assertThatThrownBy(() ->
                        callbacks.read("chat", headers::get, body.getBytes(UTF_8), Instant.ofEpochSecond(1531420618)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("payload");
    }

    @Test
    void aButtonInSlackIsAnActionInThePersonsName() throws Exception {
        byte[] body = slack("modelwatch:suppress", "abc", "jo");

        List<AlertAction> actions = callbacks.read("chat", slackHeaders(body, NOW)::get, body, NOW);

        assertThat(actions).singleElement().satisfies(action -> {
            assertThat(action.getAlert()).isEqualTo("abc");
            assertThat(action.getAction()).isEqualTo(AlertActionKind.SUPPRESS);
            assertThat(action.getUntil()).isEqualTo(NOW.plus(Duration.ofDays(7)));
            assertThat(action.getAuthor()).isEqualTo("slack:jo");
        });
    }

    @Test
    void anotherAppsButtonIsNobodysAction() throws Exception {
        byte[] body = slack("other:button", "abc", "jo");

        assertThat(callbacks.read("chat", slackHeaders(body, NOW)::get, body, NOW))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "v0=", "v0=zz", "v0=00", "v1=abcd"})
    void whoDoesNotProveToKnowTheSecretIsRefused(String signature) {
        byte[] body = slack("modelwatch:close", "abc", "jo");
        Map<String, String> headers = new HashMap<>(slackHeaders(body, NOW));
        headers.put("X-Slack-Signature", signature);

        assertThatThrownBy(() -> callbacks.read("chat", headers::get, body, NOW))
                .isInstanceOf(Callbacks.NotAdmittedException.class)
                .hasMessageNotContaining(SECRET);
    }

    @Test
    void whatWasSentLongAgoIsRefusedThoughItsSignatureHolds() {
        byte[] body = slack("modelwatch:close", "abc", "jo");
        Map<String, String> headers = slackHeaders(body, NOW.minus(Duration.ofMinutes(6)));

        assertThatThrownBy(() -> callbacks.read("chat", headers::get, body, NOW))
                .isInstanceOf(Callbacks.NotAdmittedException.class);
    }

    @Test
    void whatPeopleDoInPagerDutyIsDoneAndWhatWeToldItIsNot() throws Exception {
        assertThat(pagerDuty("incident.acknowledged", "user_reference"))
                .singleElement()
                .returns(AlertActionKind.ACKNOWLEDGE, AlertAction::getAction)
                .returns("abc", AlertAction::getAlert)
                .returns("pagerduty:Jo Doe", AlertAction::getAuthor);
        assertThat(pagerDuty("incident.resolved", "user_reference"))
                .singleElement()
                .returns(AlertActionKind.CLOSE, AlertAction::getAction);
        assertThat(pagerDuty("incident.resolved", "events_api_v2_inbound_integration_reference"))
                .isEmpty();
        assertThat(pagerDuty("incident.triggered", "user_reference")).isEmpty();
        byte[] body = "{}".getBytes(UTF_8);
        assertThatThrownBy(() -> callbacks.read("on-call", name -> "v1=00,v1=zz,,", body, NOW))
                .isInstanceOf(Callbacks.NotAdmittedException.class);
    }

    @Test
    void aDeliveryWithoutASecretTakesNothing() throws Exception {
        byte[] body = slack("modelwatch:close", "abc", "jo");

        assertThat(callbacks.read("silent", slackHeaders(body, NOW)::get, body, NOW))
                .isNull();
        assertThat(callbacks.read("nobody", slackHeaders(body, NOW)::get, body, NOW))
                .isNull();
    }

    private List<AlertAction> pagerDuty(String type, String agent) throws Exception {
        byte[] body = ("{\"event\":{\"id\":\"01\",\"event_type\":\"" + type
                        + "\",\"resource_type\":\"incident\",\"occurred_at\":\"2026-11-25T10:00:00Z\",\"agent\":{\"type\":\""
                        + agent + "\",\"summary\":\"Jo Doe\"},\"data\":{\"id\":\"PGR0VU2\",\"type\":\"incident\","
                        + "\"incident_key\":\"abc\"}}}")
                .getBytes(UTF_8);
        // Two, as while a secret is changed.
        String signature = "v1=" + "0".repeat(64) + ",v1=" + hmac(body);
        return callbacks.read("on-call", name -> name.equals("X-PagerDuty-Signature") ? signature : null, body, NOW);
    }

    private static byte[] slack(String button, String alert, String user) {
        String payload = "{\"type\":\"block_actions\",\"user\":{\"id\":\"U1\",\"username\":\"" + user
                + "\"},\"actions\":[{\"type\":\"button\",\"action_id\":\"" + button + "\",\"value\":\"" + alert
                + "\"}]}";
        return ("payload=" + URLEncoder.encode(payload, UTF_8)).getBytes(UTF_8);
    }

    private static Map<String, String> slackHeaders(byte[] body, Instant at) {
        String timestamp = Long.toString(at.getEpochSecond());
        byte[] before = ("v0:" + timestamp + ":").getBytes(UTF_8);
        byte[] signed = new byte[before.length + body.length];
        System.arraycopy(before, 0, signed, 0, before.length);
        System.arraycopy(body, 0, signed, before.length, body.length);
        return Map.of("X-Slack-Request-Timestamp", timestamp, "X-Slack-Signature", "v0=" + hmac(signed));
    }

    private static String hmac(byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static DeliveryConfig delivery(String name, String type, Map<String, Object> settings) {
        return DeliveryConfig.fromMap(Map.of("name", name, "type", type, "settings", settings));
    }
}
