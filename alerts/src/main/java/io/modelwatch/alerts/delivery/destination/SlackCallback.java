package io.modelwatch.alerts.delivery.destination;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertActionKind;
import java.net.URLDecoder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The buttons under a message in Slack. Forms: docs.slack.dev, "block_actions payload" and "Verifying requests from Slack"
 * ({@code v0=} and the hex of HMAC-SHA256 over {@code v0:<timestamp>:<body>}).
 */
final class SlackCallback implements Callback {

    /** How old a request may be; Slack's own advice. */
    private static final Duration MAX_AGE = Duration.ofMinutes(5);

    private static final Duration SUPPRESSION = Duration.ofDays(7);
    private static final int MAX_AUTHOR = 200;
    private static final String PREFIX = "modelwatch:";
    private static final String FORM_FIELD = "payload=";

    private final Secret signingSecret;
    private final UnaryOperator<@Nullable String> environment;

    /** What a button does. */
    private enum Button {
        ACKNOWLEDGE("Acknowledge"),
        SUPPRESS("Suppress for 7 days"),
        CLOSE("Close");

        private final String title;

        Button(String title) {
            this.title = title;
        }

        private String id() {
            return PREFIX + name().toLowerCase(Locale.ROOT);
        }
    }

    SlackCallback(Secret signingSecret, UnaryOperator<@Nullable String> environment) {
        this.signingSecret = signingSecret;
        this.environment = environment;
    }

    /** Adds the buttons for an alert that is not closed. */
    static void buttons(ArrayNode blocks, String alert) {
        ArrayNode elements = blocks.addObject().put("type", "actions").putArray("elements");
        for (Button button : Button.values()) {
            ObjectNode element = elements.addObject().put("type", "button");
            element.put("action_id", button.id()).put("value", alert);
            element.putObject("text").put("type", "plain_text").put("text", button.title);
        }
    }

    @Override
    public boolean admits(UnaryOperator<@Nullable String> headers, byte[] body, Instant now) throws DeliveryException {
        String secret = signingSecret.read(environment);
        String timestamp = headers.apply("X-Slack-Request-Timestamp");
        String signature = headers.apply("X-Slack-Signature");
        if (timestamp == null || signature == null || !timestamp.matches("\\d{1,12}") || !signature.startsWith("v0=")) {
            return false;
        }
        Duration age = Duration.between(Instant.ofEpochSecond(Long.parseLong(timestamp)), now);
        byte[] code = Hmac.of(secret.getBytes(UTF_8), ("v0:" + timestamp + ":").getBytes(UTF_8), body);
        return age.abs().compareTo(MAX_AGE) <= 0 && Hmac.isHexOf(signature.substring(3), code);
    }

    @Override
    public List<AlertAction> read(byte[] body, Instant now) {
        String form = new String(body, UTF_8);
        if (!form.startsWith(FORM_FIELD)) {
            throw new IllegalArgumentException("not what Slack posts of a button: the form field payload is missing");
        }
        JsonNode payload;
        try {
            payload = JsonMapper.shared().readTree(URLDecoder.decode(form.substring(FORM_FIELD.length()), UTF_8));
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IllegalArgumentException("not what Slack posts of a button: its payload is not JSON", e);
        }
        String person = payload.path("user").path("username").asString("");
        String author =
                "slack:" + (person.isEmpty() ? payload.path("user").path("id").asString("unknown") : person);
        List<AlertAction> actions = new ArrayList<>();
        for (JsonNode action : payload.path("actions")) {
            for (Button button : Button.values()) {
                if (action.path("action_id").asString("").equals(button.id())) {
                    actions.add(AlertAction.newBuilder()
                            .setAlert(action.path("value").asString(""))
                            .setAction(AlertActionKind.valueOf(button.name()))
                            .setUntil(button == Button.SUPPRESS ? now.plus(SUPPRESSION) : null)
                            .setAuthor(AlertText.cut(AlertText.line(author), MAX_AUTHOR))
                            .setReason("in Slack")
                            .setAt(now)
                            .build());
                }
            }
        }
        return actions;
    }
}
