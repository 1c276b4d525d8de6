package io.modelwatch.app.cli;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Everything that runs, or ran at a time. */
@Command(
        name = "fleet",
        mixinStandardHelpOptions = true,
        description = {
            "Lists the models that run in all deployments, or ran at a time, or counts them.",
            "",
            "Late facts count in the time of which they speak. With --known-at, nothing counts that became known later:",
            "so is found what was answered then. With --by, a model counts in each country from which one of its roots",
            "is, and as unresolved where that is not known; models: different ones; deployments: that run any;",
            "components: roles in which they run."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch fleet",
            "  modelwatch fleet --by origin",
            "  modelwatch fleet --as-of 2026-03-01T00:00:00Z --by license --format csv",
            "  modelwatch fleet --as-of 2026-03-01T00:00:00Z --known-at 2026-03-02T00:00:00Z"
        })
final class FleetCommand extends ListCommand {
    /** What a row stands for. */
    enum By {
        origin,
        vendor,
        model,
        license
    }

    @Option(
            names = "--as-of",
            paramLabel = "T",
            converter = When.class,
            description = "what ran at a time, or at an age such as 30d (default: now)")
    private @Nullable Instant asOf;

    @Option(
            names = "--known-at",
            paramLabel = "S",
            converter = When.class,
            description = "by what was known at a time, or at an age (default: by all that is known)")
    private @Nullable Instant knownAt;

    @Option(names = "--by", description = "one row a ${COMPLETION-CANDIDATES}")
    private @Nullable By by;

    @Option(names = "--limit", paramLabel = "N", description = "at most N rows (default: 100 in a table, else all)")
    private @Nullable Integer limit;

    @Override
    public Integer call() {
        return list(
                "/v1/fleet",
                Map.of("asOf", text(asOf), "knownAt", text(knownAt), "by", by == null ? "" : by.name()),
                by == null
                        ? List.of("deployment", "role", "model", "revision", "license", "vendor", "owner", "since")
                        : List.of(by.name(), "models", "deployments", "components"),
                by == null ? limit : limit == null ? Integer.valueOf(Integer.MAX_VALUE) : limit,
                false);
    }
}
