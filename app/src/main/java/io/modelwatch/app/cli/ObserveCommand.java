package io.modelwatch.app.cli;

import picocli.CommandLine.Command;

/** Publishes observations (JSON Lines). */
@Command(
        name = "observe",
        mixinStandardHelpOptions = true,
        description = "Publishes observations (JSON Lines).",
        footer = {
            "",
            "Examples:",
            "  modelwatch observe observations.jsonl --wait",
            "  cat observations.jsonl | modelwatch observe -"
        })
final class ObserveCommand extends IntakeCommand {
    ObserveCommand() {
        super("/v1/observations", "observations");
    }
}
