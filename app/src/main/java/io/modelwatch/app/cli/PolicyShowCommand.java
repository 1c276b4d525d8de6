package io.modelwatch.app.cli;

import io.modelwatch.alerts.policy.PolicySet;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the shipped policies. */
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Prints the policies that come with modelwatch, as a file to start from.",
        footer = {"", "Examples:", "  modelwatch policy show", "  modelwatch policy show > policies/mine.yaml"})
final class PolicyShowCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.print(PolicySet.shippedText());
        if (out.checkError()) {
            throw new Output.ReaderGone();
        }
        return 0;
    }
}
