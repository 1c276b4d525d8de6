package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps one Jira issue an alert, by the REST API v2 of Jira Cloud and Data Center. The issue is found again by a label that
 * holds the alert's id; what was last said on it is kept in a property of the issue, so that a repeated message says
 * nothing twice. Sources: developer.atlassian.com, "The Jira Cloud platform REST API" v2 (issues, issue search, issue
 * comments, issue properties) and "Jira Data Center REST API".
 */
public final class Jira implements Destination {

    private static final int MAX_SUMMARY = 255;
    private static final String PROPERTY = "modelwatch";
    private static final String LABEL = "modelwatch";

    private static final String CLOUD = "cloud";
    private static final String DATA_CENTER = "data-center";

    private static final String ALWAYS = "changes";
    private static final String ENDS = "close";
    private static final String NEVER = "none";

    /** Settings. */
    public static final List<Option> OPTIONS = List.of(
            Option.address("baseUrl", null, "for example `https://example.atlassian.net`")
                    .must(),
            Option.choice(
                    "flavour",
                    List.of(CLOUD, DATA_CENTER),
                    CLOUD,
                    "`cloud` signs in with user and API token, `data-center` with a personal access token"),
            Option.text("user", null, "the account's e-mail address; for `cloud`"),
            Option.secret("token", "API token or personal access token").must(),
            Option.text("project", null, "key of the project, for example `SEC`")
                    .must(),
            Option.text("issueType", "Task", "name of the type of its issues"),
            Option.texts("labels", "labels beside `modelwatch` and `modelwatch-<alert id>`"),
            Option.map("fields", "further fields of a new issue, as the REST API wants them (priority, components …)"),
            Option.choice(
                    "comments",
                    List.of(ALWAYS, ENDS, NEVER),
                    ENDS,
                    "comment on every change of the alert, on its closing and reopening, or never"),
            Option.text("closeTransition", null, "name of the transition that ends an issue; none is made without it"),
            Option.text(
                    "reopenTransition",
                    null,
                    "name of the transition that takes an issue up again; none is made without it"),
            Option.address("link", null, "address of an alert for people, with `{id}` for its id"),
            Settings.AUTHORITIES);

    private final Surroundings surroundings;
    private final Http http;
    private final Secret token;
    private final String baseUrl;
    private final boolean cloud;
    private final @Nullable String user;
    private final String project;
    private final String issueType;
    private final List<String> labels;
    private final Map<String, Object> fields;
    private final String comments;
    private final @Nullable String closeTransition;
    private final @Nullable String reopenTransition;
    private final @Nullable String link;

    public Jira(Settings settings, Surroundings surroundings) {
        this.surroundings = surroundings;
        this.http = new Http(surroundings, settings.trust());
        this.token = settings.secret("token");
        this.baseUrl = settings.address("baseUrl");
        this.cloud = settings.text("flavour").equals(CLOUD);
        this.user = settings.find("user");
        if (cloud && user == null) {
            throw new IllegalArgumentException("delivery " + settings.delivery()
                    + " settings: 'user' is missing: the e-mail address of the account whose token it is");
        }
        this.project = settings.text("project");
        this.issueType = settings.text("issueType");
        this.labels = settings.texts("labels");
        this.fields = settings.map("fields");
        this.comments = settings.text("comments");
        this.closeTransition = settings.find("closeTransition");
        this.reopenTransition = settings.find("reopenTransition");
        this.link = settings.find("link");
    }

    @Override
    public Set<Topic<?>> topics() {
        return Set.of(Topics.ALERTS);
    }

    @Override
    public boolean takes(Message message) {
        return message instanceof Message.OfAlert;
    }

    /** An issue must end even if its alert has become less severe meanwhile. */
    @Override
    public boolean needs(Message message) {
        return message instanceof Message.OfAlert(String id, Alert alert) && alert.getState() == AlertState.CLOSED;
    }

    @Override
    public String send(Message message) throws DeliveryException, InterruptedException {
        if (!(message instanceof Message.OfAlert(String id, Alert alert))) {
            return "nothing to say";
        }
        Call call = new Call(token.read(surroundings.environment()));
        Issue issue = find(call, alert.getId());
        if (issue == null) {
            // An alert that ended before anybody opened an issue for it needs none.
            return alert.getState() == AlertState.OPEN || alert.getState() == AlertState.ACKNOWLEDGED
                    ? "created " + create(call, id, alert)
                    : "no issue to change";
        }
        if (id.equals(last(call, issue))) {
            return "told before on " + issue.key();
        }
        update(call, id, alert, issue);
        return "updated " + issue.key();
    }

    private record Issue(String key, boolean done) {}

    private @Nullable Issue find(Call call, String alert) throws DeliveryException, InterruptedException {
        String jql = "project = \"" + project.replace("\"", "\\\"") + "\" AND labels = \"" + label(alert)
                + "\" ORDER BY created ASC";
        String path = cloud ? "/rest/api/2/search/jql" : "/rest/api/2/search";
        JsonNode found = call.json(
                "GET",
                path + "?jql=" + URLEncoder.encode(jql, StandardCharsets.UTF_8) + "&fields=status&maxResults=1",
                null);
        if (!found.path("issues").isArray()) {
            throw DeliveryException.passing("Jira's answer to a search has no list of issues");
        }
        JsonNode first = found.path("issues").path(0);
        String category = first.path("fields")
                .path("status")
                .path("statusCategory")
                .path("key")
                .asString("");
        return first.isMissingNode() ? null : new Issue(first.path("key").asString(""), category.equals("done"));
    }

    private String create(Call call, String id, Alert alert) throws DeliveryException, InterruptedException {
        JsonNode made = call.json("POST", "/rest/api/2/issue", issue(id, alert));
        String key = made.path("key").asString("");
        if (key.isEmpty()) {
            throw DeliveryException.passing("Jira's answer names no new issue");
        }
        return key;
    }

    /** Returns the body that makes an issue. What was last said goes with it, so that both are there or neither. */
    ObjectNode issue(String id, Alert alert) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode of = body.putObject("fields");
        fields.forEach((name, value) -> of.set(name, JsonMapper.shared().valueToTree(value)));
        of.putObject("project").put("key", project);
        of.putObject("issuetype").put("name", issueType);
        of.put("summary", AlertText.cut(AlertText.title(alert), MAX_SUMMARY));
        of.put("description", description(alert));
        Set<String> all = new LinkedHashSet<>(List.of(LABEL, label(alert.getId())));
        all.addAll(labels);
        ArrayNode list = of.putArray("labels");
        all.forEach(list::add);
        ArrayNode properties = body.putArray("properties");
        properties.addObject().put("key", PROPERTY).putObject("value").put("last", id);
        return body;
    }

    private String description(Alert alert) {
        String facts = AlertText.facts(alert).stream()
                .map(fact -> fact.name() + ": " + plain(fact.text()))
                .collect(Collectors.joining("\n"));
        String changes = AlertText.changes(alert).stream()
                .map(line -> "- " + plain(line))
                .collect(Collectors.joining("\n"));
        String address = AlertText.link(link, alert.getId());
        return facts
                + (changes.isEmpty() ? "" : "\n\nChanges:\n" + changes)
                + (address == null ? "" : "\n\n" + address);
    }

    /** Takes their meaning from the signs of wiki markup with which a name from outside could draw or mention. */
    private static String plain(String text) {
        return text.replaceAll("([\\[\\]{}!|])", "\\\\$1");
    }

    private @Nullable String last(Call call, Issue issue) throws DeliveryException, InterruptedException {
        // The list of the properties' keys comes first: a property that is not there is an error 404 like any other.
        JsonNode keys = call.json("GET", "/rest/api/2/issue/" + issue.key() + "/properties", null)
                .path("keys");
        for (JsonNode one : keys) {
            if (PROPERTY.equals(one.path("key").asString(""))) {
                return call.json("GET", property(issue), null)
                        .path("value")
                        .path("last")
                        .asString(null);
            }
        }
        return null;
    }

    private void update(Call call, String id, Alert alert, Issue issue) throws DeliveryException, InterruptedException {
        boolean closed = alert.getState() == AlertState.CLOSED;
        boolean reopened = issue.done() && alert.getState() == AlertState.OPEN;
        if (comments.equals(ALWAYS) || (comments.equals(ENDS) && (closed || reopened))) {
            ObjectNode comment = JsonNodeFactory.instance.objectNode();
            comment.put("body", "modelwatch: " + plain(AlertText.summary(alert)) + "\n\n" + description(alert));
            call.json("POST", "/rest/api/2/issue/" + issue.key() + "/comment", comment);
        }
        if (closed && !issue.done() && closeTransition != null) {
            transition(call, issue, closeTransition);
        }
        if (reopened && reopenTransition != null) {
            transition(call, issue, reopenTransition);
        }
        call.json("PUT", property(issue), JsonNodeFactory.instance.objectNode().put("last", id));
    }

    private void transition(Call call, Issue issue, String name) throws DeliveryException, InterruptedException {
        String path = "/rest/api/2/issue/" + issue.key() + "/transitions";
        List<String> possible = new ArrayList<>();
        for (JsonNode one : call.json("GET", path, null).path("transitions")) {
            String is = one.path("name").asString("");
            if (is.equalsIgnoreCase(name)) {
                ObjectNode body = JsonNodeFactory.instance.objectNode();
                body.putObject("transition").put("id", one.path("id").asString(""));
                call.json("POST", path, body);
                return;
            }
            possible.add(is);
        }
        throw DeliveryException.refused("issue " + issue.key() + " has no transition '" + name + "' now; it has "
                + Words.clean(possible.toString(), List.of()));
    }

    private static String property(Issue issue) {
        return "/rest/api/2/issue/" + issue.key() + "/properties/" + PROPERTY;
    }

    private static String label(String alert) {
        return LABEL + "-" + alert.replaceAll("[^A-Za-z0-9-]", "-");
    }

    /** Requests of one message, with the token as it is now. */
    private final class Call {
        private final String token;
        private final String authorization;

        Call(String token) {
            this.token = token;
            this.authorization = cloud
                    ? "Basic "
                            + Base64.getEncoder().encodeToString((user + ":" + token).getBytes(StandardCharsets.UTF_8))
                    : "Bearer " + token;
        }

        JsonNode json(String method, String path, @Nullable ObjectNode body)
                throws DeliveryException, InterruptedException {
            Answer answer = http.exchange(
                    method,
                    URI.create(baseUrl + path),
                    Map.of("Authorization", authorization, "Accept", "application/json"),
                    body == null ? null : body.toString().getBytes(StandardCharsets.UTF_8),
                    List.of(token, authorization));
            JsonNode json = answer.json();
            // A page with status 200 is a sign-in form, not Jira's interface.
            if (answer.body().length > 0 && !json.isObject()) {
                throw DeliveryException.passing("Jira answers " + answer.status() + " but no JSON"
                        + Words.of(answer, List.of(token, authorization)));
            }
            return json;
        }
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
