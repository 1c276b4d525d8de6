package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Posts to a channel of Slack by an incoming webhook, in Block Kit. Limits of lengths: docs.slack.dev, Block Kit, header
 * (150), section (3,000; 10 fields of 2,000).
 */
public final class Slack implements Destination {

    private static final int MAX_HEADER = 150;
    private static final int MAX_SECTION = 3000;
    private static final int MAX_FIELD = 2000;
    private static final int MAX_FIELDS = 10;

    /** What Slack answers when it has taken a message; everything else is an error, whatever the status. */
    private static final String TAKEN = "ok";

    /** Errors of Slack that no second try changes; it may say them with status 200. */
    private static final Set<String> DEFINITE = Set.of(
            "invalid_payload",
            "invalid_blocks",
            "invalid_blocks_format",
            "invalid_token",
            "no_text",
            "no_service",
            "no_service_id",
            "no_team",
            "team_disabled",
            "user_not_found",
            "channel_not_found",
            "channel_is_archived",
            "action_prohibited",
            "posting_to_general_channel_denied",
            "too_many_attachments",
            "missing_text_or_fallback_or_attachments");

    /** Settings. */
    public static final List<Option> OPTIONS = List.of(
            Option.secret("url", "address of the incoming webhook: who has it can post")
                    .must(),
            Option.secret(
                    "signingSecret",
                    "signing secret of the Slack app; with it, messages have buttons, and `/v1/callbacks/<name>` takes what"
                            + " they do"),
            Option.address("link", null, "address of an alert for people, with `{id}` for its id"),
            Settings.AUTHORITIES);

    private final Surroundings surroundings;
    private final Http http;
    private final Secret url;
    private final Secret signingSecret;
    private final @Nullable String link;

    public Slack(Settings settings, Surroundings surroundings) {
        this.surroundings = surroundings;
        this.http = new Http(surroundings, settings.trust());
        this.url = settings.secret("url");
        this.signingSecret = settings.secret("signingSecret");
        this.link = settings.find("link");
    }

    /** Returns what understands its buttons, or null where it has none. */
    public static @Nullable Callback callback(Settings settings, Surroundings surroundings) {
        Secret secret = settings.secret("signingSecret");
        return secret.isNamed(surroundings.environment())
                ? new SlackCallback(secret, surroundings.environment())
                : null;
    }

    @Override
    public Set<Topic<?>> topics() {
        return Set.of(Topics.ALERTS);
    }

    @Override
    public boolean takes(Message message) {
        return message instanceof Message.OfAlert;
    }

    @Override
    public String send(Message message) throws DeliveryException, InterruptedException {
        if (!(message instanceof Message.OfAlert(String id, Alert alert))) {
            return "nothing to say";
        }
        String address = url.read(surroundings.environment());
        URI uri = Http.uri(address, url);
        byte[] body = payload(id, alert, link, signingSecret.isNamed(surroundings.environment()))
                .toString()
                .getBytes(StandardCharsets.UTF_8);
        Answer answer = http.exchange("POST", uri, Map.of(), body, List.of(address));
        String said = answer.text();
        if (said.equals(TAKEN)) {
            return TAKEN;
        }
        String what = "Slack answers " + answer.status() + " but not ok" + Words.of(answer, List.of(address));
        throw DEFINITE.contains(said) ? DeliveryException.refused(what) : DeliveryException.passing(what);
    }

    /**
     * Returns the body of the request.
     *
     * @param buttons whether people can do something with the alert from there
     */
    static ObjectNode payload(String id, Alert alert, @Nullable String linkTemplate, boolean buttons) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        // What a notification shows, and what is read out.
        payload.put("text", escape(AlertText.cut(AlertText.summary(alert), MAX_SECTION)));
        ArrayNode blocks = payload.putArray("blocks");
        blocks.addObject()
                .put("type", "header")
                .putObject("text")
                .put("type", "plain_text")
                .put("text", AlertText.cut(mark(alert) + " " + AlertText.title(alert), MAX_HEADER));
        ObjectNode facts = blocks.addObject().put("type", "section");
        ArrayNode fields = facts.putArray("fields");
        AlertText.facts(alert).stream()
                .filter(fact -> !fact.name().equals("Alert") && !fact.name().equals("Trace"))
                .limit(MAX_FIELDS)
                .forEach(fact -> text(
                        fields.addObject(),
                        "*" + fact.name() + "*\n" + escape(AlertText.cut(fact.text(), MAX_FIELD / 5))));
        String changes =
                AlertText.changes(alert).stream().map(line -> "• " + line).collect(Collectors.joining("\n"));
        if (!changes.isEmpty()) {
            // Escaping lengthens, at worst fivefold; a cut through an escaped sign would show.
            text(
                    blocks.addObject().put("type", "section").putObject("text"),
                    escape(AlertText.cut(
                            changes, changes.length() == escape(changes).length() ? MAX_SECTION : MAX_SECTION / 5)));
        }
        String link = AlertText.link(linkTemplate, alert.getId());
        if (link != null) {
            text(blocks.addObject().put("type", "section").putObject("text"), "<" + link + "|Open the alert>");
        }
        if (buttons && alert.getState() != AlertState.CLOSED) {
            SlackCallback.buttons(blocks, alert.getId());
        }
        ArrayNode context = blocks.addObject().put("type", "context").putArray("elements");
        text(
                context.addObject(),
                "alert " + alert.getId() + " · trace " + escape(alert.getCorrelationId()) + " · message " + id);
        return payload;
    }

    private static void text(ObjectNode node, String markdown) {
        node.put("type", "mrkdwn").put("text", markdown);
    }

    /** In capitals, so that it is seen in a list of channels. */
    private static String mark(Alert alert) {
        return "[" + alert.getSeverity().name() + "] " + AlertText.state(alert) + ":";
    }

    /** The three signs that Slack wants escaped; without that a name from outside could mention a channel. */
    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    @Override
    public Message probe(Probe probe) {
        return probe.alert();
    }

    @Override
    public void close() {
        http.close();
    }
}
