package io.modelwatch.app.cli;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Lists alerts. */
@Command(
        name = "alerts",
        mixinStandardHelpOptions = true,
        description = "Shows the alerts about drifts.",
        footer = {
            "",
            "Examples:",
            "  modelwatch alerts --state open",
            "  modelwatch alerts --severity high --since 7d --format jsonl",
            "  modelwatch alerts --follow --format ocsf",
            "  modelwatch alerts --deployment support-copilot --follow",
            "  modelwatch alerts --groups --state open",
            "  modelwatch alerts --group 3f2a…"
        })
final class AlertsCommand extends ListCommand {
    @Option(names = "--state", description = "open, acknowledged, suppressed or closed")
    private @Nullable String state;

    @Option(names = "--severity", description = "only of this severity, for example high")
    private @Nullable String severity;

    @Option(names = "--deployment", description = "only of this deployment")
    private @Nullable String deployment;

    @Option(
            names = "--groups",
            description = "show, instead, the groups: alerts of one cause as one, with how many there are")
    private boolean groups;

    @Option(names = "--group", description = "only the alerts of this group")
    private @Nullable String group;

    @Option(names = "--since", converter = When.class, description = "updated since a time, or an age such as 24h")
    private @Nullable Instant since;

    @Option(names = "--limit", description = "at most so many (default: 1000 in a table, else all)")
    private @Nullable Integer limit;

    @Option(names = "--follow", description = "keep showing new ones until Ctrl-C")
    private boolean follow;

    @Override
    boolean hasFindings() {
        return true;
    }

    @Override
    public Integer call() {
        if (groups) {
            if (deployment != null || group != null || format == Output.Format.ocsf) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--groups goes with --state, --severity and --since; a group is no finding of OCSF");
            }
            return list(
                    "/v1/alert-groups",
                    Map.of("state", text(state), "severity", text(severity), "since", text(since)),
                    List.of("updatedAt", "severity", "state", "verdict", "alerts", "deployments", "kinds", "id"),
                    limit,
                    follow);
        }
        return list(
                "/v1/alerts",
                Map.of(
                        "form", format == Output.Format.ocsf ? "ocsf" : "",
                        "state", text(state),
                        "severity", text(severity),
                        "deployment", text(deployment),
                        "group", text(group),
                        "since", text(since)),
                List.of("updatedAt", "severity", "state", "verdict", "deployment", "kinds", "id"),
                limit,
                follow);
    }
}
