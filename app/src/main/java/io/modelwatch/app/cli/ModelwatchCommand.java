package io.modelwatch.app.cli;

import io.modelwatch.app.config.ConfigException;
import io.modelwatch.app.export.ExportException;
import io.modelwatch.app.platform.PlatformException;
import io.modelwatch.app.role.SettlementException;
import io.modelwatch.schemas.NewerSchemaException;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
            DemoCommand.class,
            UpCommand.class,
            RunCommand.class,
            TrainCommand.class,
            HealthCommand.class,
            StatusCommand.class,
            ObserveCommand.class,
            ProcureCommand.class,
            DiscloseCommand.class,
            ChangesCommand.class,
            MbomCommand.class,
            VerifyCommand.class,
            FleetCommand.class,
            LineageCommand.class,
            AlertsCommand.class,
            AlertCommand.class,
            VerdictsCommand.class,
            PolicyCommand.class,
            ProcurementCommand.class,
            ReportCommand.class,
            SourcesCommand.class,
            DeliveriesCommand.class,
            TraceCommand.class,
            ExportCommand.class,
            HistoryCommand.class,
            ReconcileCommand.class,
            TopicsCommand.class,
            ResetCommand.class,
            CleanCommand.class,
            DeadLettersCommand.class,
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch demo",
            "  modelwatch up",
            "  modelwatch observe observations.jsonl --wait",
            "  modelwatch alerts --state open --severity high",
            "  modelwatch COMMAND --help",
            "",
            "Exit codes: 0 done, 1 failed, 2 wrong usage."
        })
public final class ModelwatchCommand implements Runnable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ModelwatchCommand.class);

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
        if (isTold(exception) && message != null) {
            line.getErr().println(message);
        } else {
            // A bug of ours: the log has the stack, the user the chain of causes.
            LOGGER.atError().setCause(exception).log("unexpected failure");
            line.getErr().println("unexpected failure: " + Text.plain(causes(exception)));
        }
        line.getErr().flush();
        return 1;
    }

    private static String causes(Throwable exception) {
        StringBuilder text = new StringBuilder(exception.toString());
        for (Throwable cause = exception.getCause(); cause != null; cause = cause.getCause()) {
            text.append("; because of ").append(cause);
        }
        return text.toString();
    }

    /** Their messages are made for people: what, where, what to do. */
    private static boolean isTold(Exception exception) {
        return exception instanceof CliException
                || exception instanceof ConfigException
                || exception instanceof ExportException
                || exception instanceof NewerSchemaException
                || exception instanceof PlatformException
                || exception instanceof SettlementException;
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
