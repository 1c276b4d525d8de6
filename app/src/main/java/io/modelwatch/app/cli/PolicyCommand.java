package io.modelwatch.app.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Everything about policies that needs no server. */
@Command(
        name = "policy",
        mixinStandardHelpOptions = true,
        description = "Shows, checks and tries the policies that say what an unapproved change raises.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {PolicyTestCommand.class, PolicyCheckCommand.class, PolicyShowCommand.class},
        footer = {
            "",
            "Examples:",
            "  modelwatch policy show > policies/mine.yaml",
            "  modelwatch policy check policies/",
            "  modelwatch policy test policies/mine.yaml",
            "",
            "docs/policies.md says what a policy can speak of. policies.files in modelwatch.yaml makes policies hold."
        })
final class PolicyCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command: test, check or show.");
    }
}
