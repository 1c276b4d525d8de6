package io.modelwatch.app.cli;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Does something with one alert, or shows it. */
@Command(
        name = "alert",
        mixinStandardHelpOptions = true,
        description = {
            "Acknowledges, suppresses or closes an alert; without an action, shows it with every state it went through.",
            "A suppressed alert opens again by itself. A closed one stays closed for the drifts that it told of; a new",
            "one of the same cause, or one that was approved and is so no longer, opens it again.",
            "What is done with a group (alerts --groups) is done with each of its alerts."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch alert 3f2a… ack --reason 'asked the vendor'",
            "  modelwatch alert 3f2a… suppress --for 7d --reason 'ticket CHG-1042 is under way'",
            "  modelwatch alert 3f2a… close --reason 'accepted: test system'",
            "  modelwatch alert 3f2a…"
        })
final class AlertCommand implements Callable<Integer> {

    /** What can be done with an alert. */
    enum Action {
        ack("acknowledge"),
        suppress("suppress"),
        close("close");

        private final String word;

        Action(String word) {
            this.word = word;
        }
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ApiOptions api = new ApiOptions();

    @Parameters(index = "0", paramLabel = "ID", description = "id of the alert")
    private String id = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "ACTION", description = "ack, suppress or close")
    private @Nullable Action action;

    @Option(names = "--reason", description = "why; goes out with the alert")
    private @Nullable String reason;

    @Option(names = "--author", description = "who (default: the name of the user)")
    private String author = System.getProperty("user.name", "unknown");

    @Option(names = "--until", description = "suppress: until this time, RFC 3339")
    private @Nullable Instant until;

    @Option(names = "--for", paramLabel = "AGE", description = "suppress: for so long, for example 8h or 7d")
    private @Nullable String period;

    @Override
    public Integer call() {
        ApiClient client = api.client();
        Named named = named(client);
        if (action == null) {
            print(named.document());
            return 0;
        }
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("alert", id).put("action", action.word).put("author", author);
        if (reason != null) {
            line.put("reason", reason);
        }
        Instant end = end();
        if (end != null) {
            line.put("until", end.toString());
        }
        // Nobody would hear of an action on an alert that is not there.
        String before = Text.at(named.document(), "state");
        if (before.equals("closed")) {
            throw new CliException("the alert is closed already");
        }
        JsonNode answer = client.post("/v1/alert-actions", (line + "\n").getBytes(StandardCharsets.UTF_8), true);
        for (JsonNode error : answer.path("errors")) {
            throw new CliException(Text.at(error, "field") + ": " + Text.at(error, "message"));
        }
        if (named.isGroup()) {
            // It is told of anew at the next tick only; its alerts are settled already.
            say("group " + id + ": " + action + " done with each of its " + Text.at(named.document(), "alerts")
                    + " alerts");
            return 0;
        }
        JsonNode after = client.get(named.path(), Map.of());
        say("alert " + id + ": " + before + " → " + Text.at(after, "state"));
        return 0;
    }

    private void say(String line) {
        spec.commandLine().getOut().println(Text.plain(line));
        spec.commandLine().getOut().flush();
    }

    /** What the id names, and where it is read. */
    private record Named(String path, JsonNode document, boolean isGroup) {}

    /** An alert, or else a group of alerts. */
    private Named named(ApiClient client) {
        String alert = "/v1/alerts/" + ApiClient.encode(id);
        try {
            return new Named(alert, client.get(alert, Map.of()), false);
        } catch (ApiClient.NotFound noAlert) {
            String group = "/v1/alert-groups/" + ApiClient.encode(id);
            try {
                return new Named(group, client.get(group, Map.of()), true);
            } catch (ApiClient.NotFound noGroup) {
                throw noAlert;
            }
        }
    }

    private void print(JsonNode alert) {
        spec.commandLine().getOut().println(alert.toPrettyString());
        spec.commandLine().getOut().flush();
    }

    private @Nullable Instant end() {
        if (action != Action.suppress) {
            if (until != null || period != null) {
                throw usage("--until and --for belong to suppress");
            }
            return null;
        }
        if ((until == null) == (period == null)) {
            throw usage("suppress: give --until TIME or --for AGE, for example --for 7d");
        }
        return period == null ? until : Instant.now().plus(age(period));
    }

    private Duration age(String text) {
        Duration age = When.age(text);
        if (age == null) {
            throw usage("--for: not an age: " + text + "; for example 8h or 7d");
        }
        return age;
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
