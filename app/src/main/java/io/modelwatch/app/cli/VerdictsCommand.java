package io.modelwatch.app.cli;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists provenance changes with their verdicts. */
@Command(
        name = "verdicts",
        mixinStandardHelpOptions = true,
        description = {
            "Shows every provenance change with its verdict, the procurement event behind it and its alert;",
            "approved ones too."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch verdicts support-copilot",
            "  modelwatch verdicts --verdict UNAPPROVED --live",
            "  modelwatch verdicts --since 30d --format csv > verdicts.csv"
        })
final class VerdictsCommand extends ListCommand {
    @Parameters(arity = "0..1", paramLabel = "DEPLOYMENT", description = "only of this deployment")
    private @Nullable String deployment;

    @Option(names = "--verdict", description = "only of this verdict, for example UNAPPROVED")
    private @Nullable String verdict;

    @Option(names = "--kind", description = "only of this kind, for example MODEL_SWAPPED")
    private @Nullable String kind;

    @Option(names = "--live", description = "only of changes that still hold")
    private boolean live;

    @Option(names = "--since", converter = When.class, description = "known since a time, or an age such as 24h")
    private @Nullable Instant since;

    @Option(names = "--limit", description = "at most so many (default: 1000 in a table, else all)")
    private @Nullable Integer limit;

    @Option(names = "--follow", description = "keep showing new ones until Ctrl-C")
    private boolean follow;

    @Override
    public Integer call() {
        return list(
                "/v1/verdicts",
                Map.of(
                        "deployment", text(deployment),
                        "verdict", text(verdict),
                        "kind", text(kind),
                        "live", live ? "true" : "",
                        "since", text(since)),
                List.of("effectiveAt", "verdict", "live", "deployment", "kind", "field", "after", "by", "alert"),
                limit,
                follow);
    }
}
