package io.modelwatch.app.cli;

import picocli.CommandLine.Command;

/** Publishes what vendors announced (JSON Lines). */
@Command(
        name = "disclose",
        mixinStandardHelpOptions = true,
        description = {
            "Publishes what vendors announced (JSON Lines): which models, or hosting countries, and when. A change that the",
            "vendor had announced when it took effect is disclosed, any other silent; neither is an approval."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch disclose disclosures.jsonl --wait",
            "  echo '{\"id\":\"acme-2026-07\",\"vendor\":\"acme\",\"observedAt\":\"2026-07-01T00:00:00Z\","
                    + "\"models\":[{\"id\":\"pkg:huggingface/Qwen/Qwen3-8B\"}]}' | modelwatch disclose -"
        })
final class DiscloseCommand extends IntakeCommand {
    DiscloseCommand() {
        super("/v1/disclosures", "disclosures");
    }
}
