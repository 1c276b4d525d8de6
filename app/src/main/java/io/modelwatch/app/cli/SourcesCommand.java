package io.modelwatch.app.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** Lists the sources and their health. */
@Command(
        name = "sources",
        mixinStandardHelpOptions = true,
        description = "Shows the health of every source.",
        footer = {"", "Examples:", "  modelwatch sources", "  modelwatch sources --format jsonl"})
final class SourcesCommand extends ListCommand {
    @Override
    public Integer call() {
        return list("/v1/sources", Map.of(), SOURCE_COLUMNS, Integer.MAX_VALUE, false);
    }

    private static final List<String> SOURCE_COLUMNS =
            List.of("source", "type", "state", "lastSuccessAt", "outcome", "subjects", "nextSweepAt", "error");
}
