package io.modelwatch.app.cli;

import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of the command line. */
@Command(
        name = "modelwatch",
        description = "Watches the AI models that really run in a company, and says when one changes without approval.",
        mixinStandardHelpOptions = true,
        versionProvider = ModelwatchCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        // Every command of this module is named here and nowhere else; modules above add theirs by CommandProvider.
        subcommands = {
            ObserveCommand.class,
            ProcureCommand.class,
            ChangesCommand.class,
            MbomCommand.class,
            AlertsCommand.class,
            SourcesCommand.class,
            TraceCommand.class,
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch observe observations.jsonl --wait",
            "  modelwatch alerts --state open --severity high",
            "  modelwatch COMMAND --help",
            "",
            "Exit codes: 0 done, 1 failed, 2 wrong usage."
        })
public final class ModelwatchCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** The whole command line, ready to execute. */
    public static CommandLine commandLine() {
        CommandLine program = new CommandLine(new ModelwatchCommand());
        ServiceLoader.load(CommandProvider.class)
                .forEach(provider -> provider.commands().forEach(program::addSubcommand));
        return program.setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((exception, line, parsed) -> failed(exception, line));
    }

    private static int failed(Exception exception, CommandLine line) {
        if (exception instanceof Output.ReaderGone) {
            return 0;
        }
        String message = exception.getMessage();
        line.getErr()
                .println(
                        exception instanceof CliException && message != null
                                ? message
                                : "unexpected failure: " + Text.plain(exception.toString()));
        line.getErr().flush();
        return 1;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command.");
    }

    /** The version as the build wrote it into the jar. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = ModelwatchCommand.class.getPackage().getImplementationVersion();
            return new String[] {"modelwatch " + (version == null ? "development" : version)};
        }
    }
}
