package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells PagerDuty by its Events API v2: alert events for what nobody approved, change events, which page nobody, for
 * what was approved. Forms: developer.pagerduty.com, "Send an alert event", "Send a change event".
 */
public final class PagerDuty implements Destination {

    private static final int MAX_SUMMARY = 1024;

    /** Settings. */
    public static final List<Option> OPTIONS = List.of(
            Option.secret("routingKey", "integration key of the service").must(),
            Option.flag(
                    "changes",
                    true,
                    "also send a change event for every approved change (from the topic `verdicts`); `when` is not asked"),
            Option.address(
                    "baseUrl",
                    "https://events.pagerduty.com",
                    "where events go; `https://events.eu.pagerduty.com` for an account in the EU"),
            Option.secret(
                    "webhookSecret",
                    "secret of a webhook subscription (v3) to `/v1/callbacks/<name>`; with it, what people do with incidents"
                            + " is done with alerts"),
            Option.address("link", null, "address of an alert for people, with `{id}` for its id"),
            Settings.AUTHORITIES);

    private final Surroundings surroundings;
    private final Http http;
    private final Secret routingKey;
    private final boolean changes;
    private final String baseUrl;
    private final @Nullable String link;

    public PagerDuty(Settings settings, Surroundings surroundings) {
        this.surroundings = surroundings;
        this.http = new Http(surroundings, settings.trust());
        this.routingKey = settings.secret("routingKey");
        this.changes = settings.flag("changes");
        this.baseUrl = settings.address("baseUrl");
        this.link = settings.find("link");
    }

    /** Returns what understands its webhooks, or null where none is set up. */
    public static @Nullable Callback callback(Settings settings, Surroundings surroundings) {
        Secret secret = settings.secret("webhookSecret");
        return secret.isNamed(surroundings.environment())
                ? new PagerDutyCallback(secret, surroundings.environment())
                : null;
    }

    @Override
    public Set<Topic<?>> topics() {
        return changes ? Set.of(Topics.ALERTS, Topics.VERDICTS) : Set.of(Topics.ALERTS);
    }

    @Override
    public boolean takes(Message message) {
        return switch (message) {
            case Message.OfAlert alert -> true;
            case Message.OfVerdict(String id, ChangeVerdict verdict) -> isApproved(verdict);
            case Message.OfFinding finding -> false;
        };
    }

    /** A change that something newer took the place of is no news. */
    private static boolean isApproved(ChangeVerdict verdict) {
        Verdict is = verdict.getJudged().getVerdict();
        return verdict.getJudged().getLive() && (is == Verdict.APPROVED || is == Verdict.APPROVED_LATE);
    }

    /** An incident must end even if its alert has become less severe meanwhile; to end what never was harms nothing. */
    @Override
    public boolean needs(Message message) {
        return switch (message) {
            case Message.OfAlert(String id, Alert alert) ->
                action(alert.getState()).equals("resolve");
            case Message.OfVerdict verdict -> true;
            case Message.OfFinding finding -> false;
        };
    }

    @Override
    public String send(Message message) throws DeliveryException, InterruptedException {
        String key = routingKey.read(surroundings.environment());
        return switch (message) {
            case Message.OfAlert(String id, Alert alert) -> post("/v2/enqueue", alertEvent(alert, link), key);
            case Message.OfVerdict(String id, ChangeVerdict verdict) ->
                post("/v2/change/enqueue", changeEvent(verdict, link), key);
            case Message.OfFinding finding -> "nothing to say";
        };
    }

    private String post(String path, ObjectNode event, String key) throws DeliveryException, InterruptedException {
        event.put("routing_key", key);
        byte[] body = event.toString().getBytes(StandardCharsets.UTF_8);
        Answer answer = http.exchange("POST", URI.create(baseUrl + path), Map.of(), body, List.of(key));
        String status = answer.json().path("status").asString("");
        if (status.equals("success")) {
            return answer.status() + " " + status;
        }
        String what = "PagerDuty answers " + answer.status() + " but not success" + Words.of(answer, List.of(key));
        // It says "invalid event" of what it will never take; anything else is not PagerDuty speaking.
        throw status.startsWith("invalid") ? DeliveryException.refused(what) : DeliveryException.passing(what);
    }

    /** Returns an alert event without its routing key. */
    static ObjectNode alertEvent(Alert alert, @Nullable String linkTemplate) {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        String action = action(alert.getState());
        event.put("event_action", action).put("dedup_key", alert.getId());
        if (!action.equals("trigger")) {
            return event;
        }
        ObjectNode payload = event.putObject("payload");
        payload.put(
                "summary",
                AlertText.cut(AlertText.title(alert) + ": " + alert.getVerdict().name(), MAX_SUMMARY));
        payload.put("timestamp", alert.getUpdatedAt().toString());
        payload.put("source", AlertText.line(alert.getDeployment()));
        payload.put("severity", severity(alert.getSeverity()));
        payload.put("component", AlertText.line(alert.getDeployment()));
        if (alert.getOwner() != null) {
            payload.put("group", AlertText.line(alert.getOwner()));
        }
        if (!alert.getKinds().isEmpty()) {
            payload.put("class", alert.getKinds().getFirst().name());
        }
        ObjectNode details = payload.putObject("custom_details");
        AlertText.facts(alert).forEach(fact -> details.put(fact.name(), fact.text()));
        ArrayNode lines = details.putArray("Changes");
        AlertText.changes(alert).forEach(lines::add);
        event.put("client", "modelwatch");
        String link = AlertText.link(linkTemplate, alert.getId());
        if (link != null) {
            event.put("client_url", link);
            event.putArray("links").addObject().put("href", link).put("text", "Open the alert");
        }
        return event;
    }

    /** Returns a change event without its routing key. */
    static ObjectNode changeEvent(ChangeVerdict verdict, @Nullable String linkTemplate) {
        ProvenanceChange change = verdict.getJudged().getChange();
        String by = verdict.getJudged().getBy();
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        ObjectNode payload = event.putObject("payload");
        payload.put(
                "summary",
                AlertText.cut(
                        AlertText.title(change.getKind()) + " in " + AlertText.line(verdict.getDeployment()) + ": "
                                + AlertText.change(change) + " ("
                                + verdict.getJudged().getVerdict().name()
                                + (by == null ? "" : " by " + AlertText.line(by)) + ")",
                        MAX_SUMMARY));
        payload.put("timestamp", change.getEffectiveAt().toString());
        payload.put("source", AlertText.line(verdict.getDeployment()));
        ObjectNode details = payload.putObject("custom_details");
        details.put("Deployment", AlertText.line(verdict.getDeployment()));
        details.put("Change", change.getId());
        details.put("Field", AlertText.line(change.getField()));
        details.put("Verdict", verdict.getJudged().getVerdict().name());
        if (by != null) {
            details.put("Procurement event", AlertText.line(by));
        }
        details.put("Known since", change.getObservedAt().toString());
        details.put("Trace", change.getCorrelationId());
        String link = verdict.getAlert() == null ? null : AlertText.link(linkTemplate, verdict.getAlert());
        if (link != null) {
            event.putArray("links").addObject().put("href", link).put("text", "Open the alert");
        }
        return event;
    }

    /**
     * What becomes of the incident. PagerDuty knows no silence with an end: a suppressed alert resolves, so that the alert
     * that opens again by itself opens an incident again, and pages.
     */
    private static String action(AlertState state) {
        return switch (state) {
            case OPEN, UNKNOWN -> "trigger";
            case ACKNOWLEDGED -> "acknowledge";
            case SUPPRESSED, CLOSED -> "resolve";
        };
    }

    private static String severity(Severity severity) {
        return switch (severity) {
            case CRITICAL -> "critical";
            case HIGH -> "error";
            case MEDIUM, UNKNOWN -> "warning";
            case LOW, INFORMATIONAL -> "info";
        };
    }

    /** A change event: it takes the same way with the same key, and pages nobody. */
    @Override
    public Message probe(Probe probe) {
        return probe.verdict();
    }

    @Override
    public void close() {
        http.close();
    }
}
