package io.modelwatch.app.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Figures for whoever answers for approvals. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = "Counts approvals, what expires soon, what is dated back, and what runs where from.",
        subcommands = {
            ReportCommand.Approvals.class,
            ReportCommand.Expiring.class,
            ReportCommand.Backdated.class,
            ReportCommand.Models.class
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch report approvals --by month",
            "  modelwatch report expiring --within 30d",
            "  modelwatch report backdated --since 90d",
            "  modelwatch report models --by origin --format csv > models.csv"
        })
final class ReportCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a report: approvals, expiring, backdated or models.");
    }

    /** How many changes were approved, late or not, and how long late ones took. */
    @Command(
            name = "approvals",
            mixinStandardHelpOptions = true,
            description = {
                "How many provenance changes were approved in time, late, or not at all.",
                "",
                "changes: all of them, by when they took effect; first sightings count, also where policies.baseline",
                "accepts them. A change that holds counts by its present verdict, one that holds no more by the best",
                "verdict that it ever had. approved: APPROVED; late: APPROVED_LATE; unapproved: any other, of which",
                "lapsed: EXPIRED, REVOKED or EXHAUSTED. Shares are of changes. mean and median seconds to approval: of",
                "late ones, from the effect of the change to the time from which the event behind the verdict was",
                "issued and valid. Vendor and owner are those of the deployment's newest bill."
            },
            footer = {
                "",
                "Examples:",
                "  modelwatch report approvals",
                "  modelwatch report approvals --by owner --since 90d",
                "  modelwatch report approvals --by vendor --format csv"
            })
    static final class Approvals extends ListCommand {
        /** What a row stands for. */
        enum By {
            month,
            vendor,
            owner,
            all
        }

        @Option(
                names = "--by",
                defaultValue = "month",
                description = "one row a ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
        private By by = By.month;

        @Option(
                names = "--since",
                converter = When.class,
                description = "took effect since a time, or an age such as 90d")
        private @Nullable Instant since;

        @Option(names = "--until", converter = When.class, description = "took effect before a time, or an age")
        private @Nullable Instant until;

        @Override
        public Integer call() {
            return list(
                    "/v1/reports/approvals",
                    Map.of("by", by.name(), "since", text(since), "until", text(until)),
                    List.of(
                            by.name(),
                            "changes",
                            "approved",
                            "late",
                            "unapproved",
                            "lapsed",
                            "approvedShare",
                            "lateShare",
                            "unapprovedShare",
                            "meanSecondsToApproval",
                            "medianSecondsToApproval"),
                    Integer.MAX_VALUE,
                    false);
        }
    }

    /** What ends soon. */
    @Command(
            name = "expiring",
            mixinStandardHelpOptions = true,
            description = {
                "Approvals, contracts and exceptions that end soon and are not revoked, soonest first.",
                "",
                "changes and deployments: what rests on each now, that is changes that hold and are approved by it;",
                "another event may cover them as well. A change ticket covers an act, which its end does not take",
                "back: tickets are left out."
            },
            footer = {
                "",
                "Examples:",
                "  modelwatch report expiring",
                "  modelwatch report expiring --within 90d --format jsonl"
            })
    static final class Expiring extends ListCommand {
        @Option(
                names = "--within",
                paramLabel = "AGE",
                defaultValue = "30d",
                description = "so far ahead, in whole days or weeks such as 30d or 2w (default: ${DEFAULT-VALUE})")
        private String within = "30d";

        @Override
        public Integer call() {
            Duration ahead = When.age(within);
            if (ahead == null || ahead.toDays() < 1 || !ahead.equals(Duration.ofDays(ahead.toDays()))) {
                throw new ParameterException(
                        spec.commandLine(), "--within: must be whole days or weeks, for example 30d or 2w");
            }
            return list(
                    "/v1/reports/expiring",
                    Map.of("days", Long.toString(ahead.toDays())),
                    List.of("validTo", "id", "type", "subject", "changes", "deployments", "approver", "reference"),
                    Integer.MAX_VALUE,
                    false);
        }
    }

    /** What says that it is older than it is. */
    @Command(
            name = "backdated",
            mixinStandardHelpOptions = true,
            description = {
                "Procurement events that are dated before a change and came in after the alert about it.",
                "",
                "Such an event makes a change APPROVED that was not, as if it had been so in time. It may be a ticket that",
                "was slow to arrive, or one that somebody dated back: look at who wrote it, and when, where it was written.",
                "receivedAt: when it came in, by the clock of modelwatch; alertedAt: the first alert about such a change;",
                "changes, deployments and alerts: of these alone, not of all that it covers."
            },
            footer = {
                "",
                "Examples:",
                "  modelwatch report backdated",
                "  modelwatch report backdated --since 90d --format csv"
            })
    static final class Backdated extends ListCommand {
        @Option(names = "--since", converter = When.class, description = "came in since a time, or an age such as 90d")
        private @Nullable Instant since;

        @Option(names = "--until", converter = When.class, description = "came in before a time, or an age")
        private @Nullable Instant until;

        @Override
        public Integer call() {
            return list(
                    "/v1/reports/backdated",
                    Map.of("since", text(since), "until", text(until)),
                    List.of(
                            "issuedAt",
                            "alertedAt",
                            "receivedAt",
                            "id",
                            "type",
                            "subject",
                            "changes",
                            "deployments",
                            "alerts",
                            "approver",
                            "reference"),
                    Integer.MAX_VALUE,
                    false);
        }
    }

    /** What runs. */
    @Command(
            name = "models",
            mixinStandardHelpOptions = true,
            description = {
                "Models in production: those of the newest bill of each deployment that is not gone.",
                "",
                "models: different ones; deployments: that run any; components: roles in which they run. By origin, a",
                "model counts in each country from which one of its roots is, and as unresolved where that is not known."
            },
            footer = {"", "Examples:", "  modelwatch report models", "  modelwatch report models --by owner"})
    static final class Models extends ListCommand {
        /** What a row stands for. */
        enum By {
            origin,
            owner,
            vendor
        }

        @Option(
                names = "--by",
                defaultValue = "origin",
                description = "one row a ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
        private By by = By.origin;

        @Override
        public Integer call() {
            return list(
                    "/v1/reports/models",
                    Map.of("by", by.name()),
                    List.of(by.name(), "models", "deployments", "components"),
                    Integer.MAX_VALUE,
                    false);
        }
    }
}
