package io.modelwatch.app.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
import tools.jackson.databind.node.ObjectNode;

/** Writes the procurement event that would settle an alert. */
@Command(
        name = "draft",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the procurement event that would settle an alert, in one line that 'modelwatch procure -' reads; it",
            "approves nothing by itself. It is as narrow as the rules allow: the deployment, the models concerned, their",
            "licences and origins, the hosting countries and the kinds of change; where one is unknown, that limit is left",
            "out, and said on standard error. Who approves, and where that is written down, is for a person to add."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch procurement draft 3f2a… > draft.json",
            "  modelwatch procurement draft 3f2a… --id CHG-1042 --approver 'Kim Doe' --reference https://tickets/CHG-1042 \\",
            "    | modelwatch procure - --wait",
            "  modelwatch procurement draft 3f2a… --type exception --valid-for 14d"
        })
final class ProcurementDraftCommand implements Callable<Integer> {

    private static final Set<String> TYPES = Set.of("approval", "exception", "contract", "change-ticket");

    /** So much of an alert's id is enough to tell drafts apart. */
    private static final int ID_LENGTH = 12;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ApiOptions api = new ApiOptions();

    @Parameters(paramLabel = "ALERT", description = "id of the alert")
    private String alert = "";

    @Option(names = "--id", description = "id of the event (default: draft- and the beginning of the alert's)")
    private @Nullable String id;

    @Option(
            names = "--type",
            defaultValue = "approval",
            description = "approval, exception, contract or change-ticket (default: ${DEFAULT-VALUE})")
    private String type = "approval";

    @Option(
            names = "--valid-for",
            paramLabel = "AGE",
            defaultValue = "90d",
            description = "how long it holds, for example 30d or 2w (default: ${DEFAULT-VALUE})")
    private String validFor = "90d";

    @Option(names = "--approver", description = "who approves")
    private @Nullable String approver;

    @Option(names = "--reference", description = "where that is written down, for example a link to the ticket")
    private @Nullable String reference;

    @Override
    public Integer call() {
        Duration holds = When.age(validFor);
        if (holds == null || holds.isZero()) {
            throw new ParameterException(
                    spec.commandLine(), "--valid-for: not an age: " + Text.plain(validFor) + "; for example 30d or 2w");
        }
        if (!TYPES.contains(type)) {
            throw new ParameterException(
                    spec.commandLine(), "--type: must be approval, exception, contract or change-ticket");
        }
        ApiClient client = api.client();
        JsonNode found = client.get("/v1/alerts/" + ApiClient.encode(alert), Map.of());
        String deployment = Text.at(found, "deployment");
        Draft draft = new Draft(found, at -> bill(client, deployment, at));
        String name = id != null ? id : "draft-" + alert.substring(0, Math.min(ID_LENGTH, alert.length()));
        ObjectNode event = draft.event(name, type, Instant.now(), holds);
        if (approver != null) {
            event.put("approver", approver);
        }
        if (reference != null) {
            event.put("reference", reference);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(event);
        out.flush();
        PrintWriter err = spec.commandLine().getErr();
        draft.notes().stream().distinct().forEach(note -> err.println(Text.plain(note)));
        List.of(
                        approver == null ? "it names no approver: add --approver" : "",
                        reference == null ? "it names no reference: add --reference" : "")
                .stream()
                .filter(note -> !note.isEmpty())
                .forEach(err::println);
        err.flush();
        return 0;
    }

    private static @Nullable JsonNode bill(ApiClient client, String deployment, @Nullable String at) {
        try {
            return client.get("/v1/mboms/" + ApiClient.encode(deployment), at == null ? Map.of() : Map.of("asOf", at));
        } catch (ApiClient.NotFound e) {
            return null;
        }
    }
}
