package io.modelwatch.app.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Explains what of a deployment is covered. */
@Command(
        name = "cover",
        mixinStandardHelpOptions = true,
        description = {
            "Explains what of a deployment is covered: by which procurement event and until when; and what is not, with",
            "the event that comes nearest and why it does not cover. One row for each change that holds, by role.",
            "until is the end of the event behind the verdict, or its revocation: 'no end' where it has none."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch procurement cover support-copilot",
            "  modelwatch procurement cover support-copilot --format jsonl"
        })
final class ProcurementCoverCommand extends ListCommand {
    @Parameters(paramLabel = "DEPLOYMENT", description = "the deployment's id")
    private String deployment = "";

    @Override
    public Integer call() {
        requireListFormat();
        ApiClient client = api.client();
        JsonNode mbom = mbom(client);
        List<JsonNode> verdicts = new ArrayList<>();
        client.forEach("/v1/verdicts", Map.of("deployment", deployment, "live", "true"), verdicts::add);
        Map<String, JsonNode> alerts = new HashMap<>();
        client.forEach(
                "/v1/alerts", Map.of("deployment", deployment), alert -> alerts.put(Text.at(alert, "id"), alert));
        Map<String, JsonNode> events = new HashMap<>();
        for (JsonNode verdict : verdicts) {
            String by = Text.at(verdict, "by");
            if (!by.isEmpty() && !events.containsKey(by)) {
                event(client, by, events);
            }
        }
        List<JsonNode> rows = new Cover(mbom, verdicts, alerts, events).rows();
        Output output = new Output(spec.commandLine().getOut(), format, Cover.COLUMNS, Terminal.detect());
        output.write(rows);
        output.end();
        PrintWriter err = spec.commandLine().getErr();
        err.println(Text.plain(Cover.summary(rows)));
        unmatched(client).ifPresent(err::println);
        err.flush();
        return 0;
    }

    /** They may have been meant for this deployment: nobody can know. */
    private static Optional<String> unmatched(ApiClient client) {
        JsonNode page = client.get("/v1/procurement-events", Map.of("unmatched", "true", "limit", "10"));
        List<String> odd = new ArrayList<>();
        page.path("items").forEach(one -> odd.add(Text.at(one, "id") + " of " + Text.at(one, "revokes")));
        return odd.isEmpty()
                ? Optional.empty()
                : Optional.of(Text.plain("revocations of events that are not known: " + String.join(", ", odd)
                        + (Text.at(page, "next").isEmpty() ? "" : " and more")));
    }

    /** An event may name a deployment that nobody has told of: that is the answer then, not that nothing is there. */
    private JsonNode mbom(ApiClient client) {
        try {
            return client.get("/v1/mboms/" + ApiClient.encode(deployment), Map.of());
        } catch (ApiClient.NotFound e) {
            List<String> waiting = new ArrayList<>();
            client.forEach(
                    "/v1/procurement-events",
                    Map.of("deployment", deployment),
                    event -> waiting.add(Text.at(event, "id")));
            throw new CliException(e.getMessage()
                    + (waiting.isEmpty()
                            ? ""
                            : "; " + waiting.size() + " procurement events name it and cover nothing until it is seen: "
                                    + String.join(", ", waiting.subList(0, Math.min(10, waiting.size())))));
        }
    }

    private static void event(ApiClient client, String id, Map<String, JsonNode> events) {
        try {
            events.put(id, client.get("/v1/procurement-events/" + ApiClient.encode(id), Map.of()));
        } catch (ApiClient.NotFound e) {
            // Said in the row.
        }
    }
}
