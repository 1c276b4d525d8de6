package io.modelwatch.app.cli;

import picocli.CommandLine.Command;

/** Publishes procurement events (JSON Lines). */
@Command(
        name = "procure",
        mixinStandardHelpOptions = true,
        description = {
            "Publishes procurement events (JSON Lines). What is legal but odd, such as an event that names an unknown",
            "deployment or a glob that matches every model, is published with a warning, which changes no exit status."
        },
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
