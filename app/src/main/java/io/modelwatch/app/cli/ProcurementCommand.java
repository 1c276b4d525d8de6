package io.modelwatch.app.cli;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What was approved, what it covers, and what would settle an alert. */
@Command(
        name = "procurement",
        mixinStandardHelpOptions = true,
        description = "Shows procurement events, what they cover, and drafts those that are missing.",
        subcommands = {ProcurementCommand.ListEvents.class, ProcurementCoverCommand.class, ProcurementDraftCommand.class
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch procurement list --deployment support-copilot",
            "  modelwatch procurement cover support-copilot",
            "  modelwatch procurement draft 3f2a… --approver 'Kim Doe' | modelwatch procure -"
        })
final class ProcurementCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command: list, cover or draft.");
    }

    /** Lists procurement events. */
    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists procurement events, by id.",
            footer = {
                "",
                "Examples:",
                "  modelwatch procurement list --type exception",
                "  modelwatch procurement list --vendor acme --format jsonl",
                "  modelwatch procurement list --revokes CHG-1042"
            })
    static final class ListEvents extends ListCommand {
        @Option(
                names = "--type",
                description = "only of this type: approval, contract, change-ticket, exception or revocation")
        private @Nullable String type;

        @Option(names = "--deployment", description = "only those whose subject is this deployment")
        private @Nullable String deployment;

        @Option(names = "--vendor", description = "only those whose subject is this vendor")
        private @Nullable String vendor;

        @Option(names = "--model", description = "only those whose subject is this glob, as it is written")
        private @Nullable String model;

        @Option(names = "--revokes", paramLabel = "ID", description = "only revocations of this event")
        private @Nullable String revokes;

        @Option(names = "--unmatched", description = "only revocations of an event that is not known")
        private boolean unmatched;

        @Option(names = "--since", converter = When.class, description = "issued since a time, or an age such as 90d")
        private @Nullable Instant since;

        @Option(names = "--limit", description = "at most so many (default: 1000 in a table, else all)")
        private @Nullable Integer limit;

        @Override
        public Integer call() {
            return list(
                    "/v1/procurement-events",
                    Map.of(
                            "type", text(type),
                            "deployment", text(deployment),
                            "vendor", text(vendor),
                            "model", text(model),
                            "revokes", text(revokes),
                            "unmatched", unmatched ? "true" : "",
                            "since", text(since)),
                    List.of("id", "type", "issuedAt", "validTo", "subject", "allows", "revokes", "approver"),
                    limit,
                    false);
        }
    }
}
