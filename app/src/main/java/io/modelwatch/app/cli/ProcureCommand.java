package io.modelwatch.app.cli;

import picocli.CommandLine.Command;

/** Publishes procurement events (JSON Lines). */
@Command(
        name = "procure",
        mixinStandardHelpOptions = true,
        description = "Publishes procurement events (JSON Lines).",
        footer = {
            "",
            "Examples:",
            "  modelwatch procure procurement-events.jsonl --wait",
            "  cat procurement-events.jsonl | modelwatch procure -"
        })
final class ProcureCommand extends IntakeCommand {
    ProcureCommand() {
        super("/v1/procurement-events", "procurement events");
    }
}
