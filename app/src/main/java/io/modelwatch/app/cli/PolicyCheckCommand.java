package io.modelwatch.app.cli;

import io.modelwatch.alerts.policy.PolicySet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Compiles and type-checks policies. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = {
            "Compiles and type-checks policies and lists them, with the shipped ones, in the order in which they are asked.",
            "A mistake is told with file, line and column, and the exit status is 1."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch policy check policies/",
            "  modelwatch policy check policies/mine.yaml --config company.yaml",
            "  modelwatch policy check --format jsonl"
        })
final class PolicyCheckCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private PolicyOptions policies = new PolicyOptions();

    @Option(names = "--format", defaultValue = "table", description = "table or jsonl")
    private PolicyTestCommand.Format format = PolicyTestCommand.Format.table;

    @Override
    public Integer call() {
        List<PolicySet.Summary> all = policies.drift().policies().summaries();
        Output output = format.output(
                spec.commandLine().getOut(), List.of("priority", "name", "version", "mode", "place", "description"));
        List<JsonNode> lines = all.stream()
                .<JsonNode>map(policy -> ApiClient.JSON
                        .createObjectNode()
                        .put("priority", policy.priority())
                        .put("name", policy.name())
                        .put("version", policy.version())
                        .put("mode", policy.mode())
                        .put("shipped", policy.shipped())
                        .put("place", policy.place())
                        .put("description", policy.description()))
                .toList();
        output.write(lines);
        output.end();
        return 0;
    }
}
