package io.modelwatch.alerts.delivery.destination;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertActionKind;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What people do with incidents in PagerDuty, as its webhooks v3 tell. Forms: developer.pagerduty.com, "Webhooks
 * overview" and "Verifying webhook signatures" ({@code v1=} and the hex of HMAC-SHA256 over the body; several while a
 * secret is changed).
 */
final class PagerDutyCallback implements Callback {

    private static final int MAX_AUTHOR = 200;

    private final Secret webhookSecret;
    private final UnaryOperator<@Nullable String> environment;

    PagerDutyCallback(Secret webhookSecret, UnaryOperator<@Nullable String> environment) {
        this.webhookSecret = webhookSecret;
        this.environment = environment;
    }

    /** PagerDuty sends no time that could be checked; an action that is said again changes nothing. */
    @Override
    public boolean admits(UnaryOperator<@Nullable String> headers, byte[] body, Instant now) throws DeliveryException {
        byte[] code = Hmac.of(webhookSecret.read(environment).getBytes(UTF_8), body);
        String given = headers.apply("X-PagerDuty-Signature");
        boolean proved = false;
        for (String one : given == null ? new String[0] : given.split(",", 10)) {
            proved |= one.strip().startsWith("v1=") && Hmac.isHexOf(one.strip().substring(3), code);
        }
        return proved;
    }

    @Override
    public List<AlertAction> read(byte[] body, Instant now) {
        JsonNode event;
        try {
            event = JsonMapper.shared().readTree(body).path("event");
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not what PagerDuty posts: not JSON", e);
        }
        AlertActionKind kind =
                switch (event.path("event_type").asString("")) {
                    case "incident.acknowledged" -> AlertActionKind.ACKNOWLEDGE;
                    case "incident.resolved" -> AlertActionKind.CLOSE;
                    default -> null;
                };
        String alert = event.path("data").path("incident_key").asString("");
        // What an integration does is what we told PagerDuty ourselves: a suppressed alert resolves there.
        boolean byPerson = event.path("agent").path("type").asString("").startsWith("user");
        if (kind == null || alert.isEmpty() || !byPerson) {
            return List.of();
        }
        return List.of(AlertAction.newBuilder()
                .setAlert(alert)
                .setAction(kind)
                .setAuthor(AlertText.cut(
                        AlertText.line("pagerduty:"
                                + event.path("agent").path("summary").asString("unknown")),
                        MAX_AUTHOR))
                .setReason("in PagerDuty, incident "
                        + AlertText.line(event.path("data").path("id").asString("")))
                .setAt(now)
                .build());
    }
}
