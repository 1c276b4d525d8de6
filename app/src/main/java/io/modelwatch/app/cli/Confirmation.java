package io.modelwatch.app.cli;

import java.io.Console;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Asks before something is done that cannot be taken back; shared by every command that does. */
final class Confirmation {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--yes", description = "do not ask")
    private boolean yes;

    @Option(names = "--dry-run", description = "only say what would be done")
    private boolean dryRun;

    /** Returns whether nothing is to be done. */
    boolean dryRun() {
        return dryRun;
    }

    /**
     * Asks.
     *
     * @throws ParameterException if there is nobody who could be asked
     */
    boolean given(String question) {
        if (yes) {
            return true;
        }
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new ParameterException(
                    spec.commandLine(), "there is nobody to ask; --yes goes ahead, --dry-run says what would be done");
        }
        String answer = console.readLine("%s [y/N] ", Text.plain(question));
        return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
    }
}
