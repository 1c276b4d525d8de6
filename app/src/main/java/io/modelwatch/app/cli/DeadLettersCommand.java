package io.modelwatch.app.cli;

import java.io.PrintWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Lists what could not be read, and takes it back. */
@Command(
        name = "dead-letters",
        mixinStandardHelpOptions = true,
        description = {
            "Shows records that could not be read, with the reason and the place where they stand; with an ID one of them"
                    + " in whole.",
            "'redrive' writes records back to their topics, once what kept them from being read is put right."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch dead-letters --since 24h",
            "  modelwatch dead-letters --topic observations --format csv",
            "  modelwatch dead-letters 2-17",
            "  modelwatch dead-letters redrive --topic observations --dry-run"
        })
final class DeadLettersCommand extends ListCommand {
    private static final List<String> COLUMNS =
            List.of("id", "at", "topic", "partition", "offset", "by", "key", "bytes", "reason", "redrivenAt");

    @Parameters(arity = "0..1", paramLabel = "ID", description = "one letter, as the list names it")
    private @Nullable String id;

    @Mixin
    private Filters filters = new Filters();

    @Option(names = "--redriven", arity = "0..1", fallbackValue = "true", description = "only those that were redriven")
    private @Nullable Boolean redriven;

    @Option(names = "--limit", description = "at most so many (default: 1000 in a table, else all)")
    private @Nullable Integer limit;

    /** Which letters. */
    static final class Filters {
        @Option(names = "--topic", description = "only of records of this topic, for example observations")
        private @Nullable String topic;

        @Option(names = "--reason", paramLabel = "TEXT", description = "only where the reason has this in it")
        private @Nullable String reason;

        @Option(names = "--since", converter = When.class, description = "a time, or an age such as 24h or 7d")
        private @Nullable Instant since;

        @Option(names = "--until", converter = When.class, description = "before this time, or age")
        private @Nullable Instant until;

        Map<String, String> query() {
            return new LinkedHashMap<>(
                    Map.of("topic", text(topic), "reason", text(reason), "since", text(since), "until", text(until)));
        }

        boolean isEmpty() {
            return topic == null && reason == null && since == null && until == null;
        }
    }

    @Override
    public Integer call() {
        if (id != null) {
            JsonNode letter = api.client().get("/v1/dead-letters/" + ApiClient.encode(id), Map.of());
            spec.commandLine().getOut().println(letter.toPrettyString());
            spec.commandLine().getOut().flush();
            return 0;
        }
        Map<String, String> query = filters.query();
        query.put("redriven", redriven == null ? "" : redriven.toString());
        return list("/v1/dead-letters", query, COLUMNS, limit, false);
    }

    /** Takes letters back to their topics. */
    @Command(
            name = "redrive",
            mixinStandardHelpOptions = true,
            description = {
                "Writes records back to their topics exactly as they were, key, value and headers, and marks their letters,"
                        + " so that none goes back twice. What cannot go back stays, with the reason: a record of which"
                        + " there is a newer one where only the newest counts, and what an endpoint of a delivery refused.",
                "One letter, those that the filters let through, or --all. It needs the role admin."
            },
            footer = {
                "",
                "Examples:",
                "  modelwatch dead-letters redrive 2-17",
                "  modelwatch dead-letters redrive --topic observations --since 2h --dry-run",
                "  modelwatch dead-letters redrive --all --yes"
            })
    int redrive(
            @Mixin ApiOptions server,
            @Mixin Filters which,
            @Mixin Confirmation confirmation,
            @Option(names = "--all", description = "all that were not redriven yet") boolean all,
            @Parameters(arity = "0..1", paramLabel = "ID", description = "one letter, as the list names it") @Nullable
                    String one) {
        if ((one == null ? 0 : 1) + (all ? 1 : 0) + (which.isEmpty() ? 0 : 1) != 1) {
            throw new ParameterException(
                    spec.subcommands().get("redrive"), "give an ID, or filters such as --topic, or --all");
        }
        Map<String, String> query = which.query();
        query.put("id", text(one));
        query.put("all", all ? "true" : "");
        ApiClient client = server.client();
        PrintWriter out = spec.commandLine().getOut();
        query.put("dryRun", "true");
        JsonNode plan = client.post("/v1/dead-letters/redrive", query);
        int planned = plan.path("redriven").asInt(0);
        say(out, plan, "would go back");
        if (confirmation.dryRun() || planned == 0) {
            return one != null && planned == 0 ? 1 : 0;
        }
        if (!confirmation.given("Write " + planned + " back?")) {
            out.println("nothing was done");
            out.flush();
            return 1;
        }
        query.put("dryRun", "");
        // What stays was said above.
        out.println(
                client.post("/v1/dead-letters/redrive", query).path("redriven").asInt(0) + " went back");
        out.flush();
        return 0;
    }

    private static void say(PrintWriter out, JsonNode outcome, String verb) {
        int count = outcome.path("redriven").asInt(0);
        out.println(count == 1 ? "1 record " + verb : count + " records " + verb);
        outcome.path("topics")
                .properties()
                .forEach(topic -> out.println(Text.plain("  " + topic.getValue() + " to " + topic.getKey())));
        for (JsonNode left : outcome.path("left")) {
            out.println(Text.plain("  " + Text.at(left, "id") + " stays: " + Text.at(left, "why")));
        }
        if (outcome.path("more").asBoolean(false)) {
            out.println("  there are more: do it again afterwards");
        }
        out.flush();
    }
}
