package io.modelwatch.app.cli;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.drift.RecordedChange;
import io.modelwatch.alerts.policy.Decision;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Runs policies over recorded changes. */
@Command(
        name = "test",
        mixinStandardHelpOptions = true,
        description = {
            "Runs policies over recorded changes and shows what each would have raised. Nothing is changed anywhere.",
            "FILEs are asked together with the shipped policies, as they would be in earnest. Every change is taken as it was",
            "while it held; an approved one raises nothing. Its models, hosting, vendor and owner are those of the bill as it",
            "was known when the change had become known.",
            "The exit status is 1 where a policy has a mistake or fails on a change."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch policy test policies/mine.yaml",
            "  modelwatch policy test policies/ --deployment support-copilot --since 30d",
            "  modelwatch policy test policies/ --only-policy hosting-moved --format jsonl",
            "  modelwatch verdicts --format jsonl > verdicts.jsonl && modelwatch mbom --format jsonl > mboms.jsonl",
            "  modelwatch policy test policies/ --verdicts verdicts.jsonl --mboms mboms.jsonl"
        })
final class PolicyTestCommand implements Callable<Integer> {

    /** The formats of what came of it. */
    enum Format {
        table,
        jsonl;

        Output output(PrintWriter out, List<String> columns) {
            return new Output(
                    out, this == table ? Output.Format.table : Output.Format.jsonl, columns, Terminal.detect());
        }
    }

    private static final List<String> COLUMNS =
            List.of("observedAt", "outcome", "severity", "policy", "logged", "deployment", "kind", "verdict");

    /** Lines of a table are laid out together, so that the columns agree. */
    private static final int TABLE_PAGE = 500;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ApiOptions api = new ApiOptions();

    @Mixin
    private PolicyOptions policies = new PolicyOptions();

    @Option(
            names = "--verdicts",
            paramLabel = "FILE|-",
            description =
                    "recorded changes, as `modelwatch verdicts --format jsonl` prints them (default: those of the API)")
    private @Nullable String verdicts;

    @Option(
            names = "--mboms",
            paramLabel = "FILE|-",
            description = "with --verdicts: bills, as `modelwatch mbom --format jsonl` prints them; without, models,"
                    + " hosting, vendor and owner are empty")
    private @Nullable String mboms;

    @Option(names = "--deployment", description = "only changes of this deployment")
    private @Nullable String deployment;

    @Option(names = "--since", converter = When.class, description = "known since a time, or an age such as 30d")
    private @Nullable Instant since;

    @Option(names = "--only-policy", paramLabel = "NAME", description = "only changes whose severity this policy sets")
    private @Nullable String onlyPolicy;

    @Option(
            names = "--at",
            converter = When.class,
            description = "ask the policies that are in force at this time (default: now)")
    private @Nullable Instant at;

    @Option(names = "--format", defaultValue = "table", description = "table or jsonl (one change a line)")
    private Format format = Format.table;

    private final List<JsonNode> page = new ArrayList<>();
    /** What failed, each once, with the number of changes. */
    private final Map<String, Long> failures = new TreeMap<>();

    private long changes;
    private long raised;
    private long approved;
    private long failed;
    private long unreadable;

    @Override
    public Integer call() {
        if (mboms != null && verdicts == null) {
            throw new ParameterException(spec.commandLine(), "--mboms goes with --verdicts; the API has the bills");
        }
        DriftConfig drift = policies.drift();
        Output output = format.output(spec.commandLine().getOut(), COLUMNS);
        Instant now = at == null ? Instant.now() : at;
        RecordedBills bills = verdicts == null ? RecordedBills.of(api.client()) : RecordedBills.of(mboms);
        each((number, verdict) -> {
            RecordedChange change;
            try {
                change = RecordedChange.of(verdict, bills.of(verdict));
            } catch (IllegalArgumentException e) {
                unreadable++;
                error("line " + number + ": " + e.getMessage());
                return;
            }
            weigh(verdict, change, drift, now, output);
        });
        output.write(page);
        output.end();
        failures.forEach((failure, count) -> error(failure + " (" + count + " changes)"));
        error(changes + " changes: " + raised + " raise an alert, " + (changes - raised - approved)
                + " are passed over, "
                + approved + " are approved" + (failed == 0 ? "" : "; policies failed on " + failed)
                + (unreadable == 0 ? "" : "; " + unreadable + " lines are no verdicts"));
        return failed == 0 && unreadable == 0 ? 0 : 1;
    }

    private void each(JsonLines.Each each) {
        if (verdicts == null) {
            long[] number = {0};
            api.client()
                    .forEach(
                            "/v1/verdicts",
                            Map.of("deployment", ListCommand.text(deployment), "since", ListCommand.text(since)),
                            verdict -> each.line(++number[0], verdict));
            return;
        }
        JsonLines.read(verdicts, (number, verdict) -> {
            boolean wanted = (deployment == null || deployment.equals(Text.at(verdict, "deployment")))
                    && (since == null || isKnownSince(verdict, since));
            if (wanted) {
                each.line(number, verdict);
            }
        });
    }

    private static boolean isKnownSince(JsonNode verdict, Instant since) {
        try {
            return !Instant.parse(Text.at(verdict, "observedAt")).isBefore(since);
        } catch (DateTimeParseException e) {
            // What is wrong with it is told when it is read.
            return true;
        }
    }

    private void weigh(JsonNode verdict, RecordedChange change, DriftConfig drift, Instant now, Output output) {
        ObjectNode line = ApiClient.JSON.createObjectNode();
        for (String field : List.of("deployment", "changeId", "kind", "field", "observedAt", "verdict", "live")) {
            line.set(field, verdict.path(field));
        }
        Decision decision = change.approved() ? null : drift.decide(change.state(), change.judgement(), now);
        if (onlyPolicy != null && (decision == null || !decision.policy().equals(onlyPolicy))) {
            return;
        }
        changes++;
        if (decision == null) {
            approved++;
            line.put("outcome", "approved");
        } else {
            raised += decision.raises() ? 1 : 0;
            failed += decision.failures().isEmpty() ? 0 : 1;
            decision.failures().forEach(failure -> failures.merge(failure, 1L, Long::sum));
            say(line, decision, change);
        }
        page.add(line);
        if (page.size() == (format == Format.table ? TABLE_PAGE : 1)) {
            output.write(List.copyOf(page));
            page.clear();
        }
    }

    private static void say(ObjectNode line, Decision decision, RecordedChange change) {
        boolean waits = decision.opensAt().isAfter(change.observedAt());
        line.put(
                "outcome",
                decision.raises()
                        ? "raised" + (waits ? " at " + decision.opensAt() : "")
                        : "passed over by " + decision.silencedBy());
        line.put("severity", decision.severity().name().toLowerCase(Locale.ROOT));
        line.put("policy", decision.policy()).put("policyVersion", decision.version());
        line.put("opensAt", decision.opensAt().toString());
        texts(line.putArray("routes"), decision.routes());
        if (decision.nextStep() != null) {
            line.put("nextStep", decision.nextStep());
        }
        texts(line.putArray("logged"), decision.logged());
        texts(line.putArray("failures"), decision.failures());
    }

    private static void texts(ArrayNode array, List<String> texts) {
        texts.forEach(array::add);
    }

    private void error(String line) {
        spec.commandLine().getErr().println(Text.plain(line));
        spec.commandLine().getErr().flush();
    }
}
