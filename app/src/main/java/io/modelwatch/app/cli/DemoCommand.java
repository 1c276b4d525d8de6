package io.modelwatch.app.cli;

import io.modelwatch.app.demo.Demo;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.Ports;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the demo. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = {
            "Shows the whole pipeline at work, offline: real lists of models as they were recorded day by day in 2025,"
                    + " served again on this machine and polled over HTTP, and a fictional company that runs on them."
                    + " Alerts are printed as they come, then a summary; after it the API stays up until Ctrl-C."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch demo",
            "  modelwatch demo --exit",
            "  modelwatch demo --days 30 --data-dir /tmp/demo --port 8090"
        })
final class DemoCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--exit",
            description = "leave after the summary",
            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER)
    private boolean exit;

    @Option(names = "--days", paramLabel = "N", description = "how many of the recorded days, from the first")
    private int days = Demo.DEFAULT_DAYS;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description =
                    "where everything is kept; made afresh by every demo, which deletes only what a demo has made")
    private Path dataDir = Path.of(".modelwatch", "demo");

    @Option(names = "--port", paramLabel = "N", description = "port of the HTTP API")
    private int port = 8080;

    @Option(
            names = "--replay-port",
            paramLabel = "N",
            description = "port of the replay server; evidence names it, so that two runs agree only on the same")
    private int replayPort = 8079;

    @Option(names = "--kafka-port", paramLabel = "N", description = "port of the embedded broker")
    private int kafkaPort = 9092;

    @Option(names = "--kafka-controller-port", paramLabel = "N", description = "port of the broker's controller")
    private int kafkaControllerPort = 9093;

    @Option(names = "--registry-port", paramLabel = "N", description = "port of the embedded schema registry")
    private int registryPort = 8081;

    @Option(names = "--postgres-port", paramLabel = "N", description = "port of the embedded PostgreSQL")
    private int postgresPort = 15432;

    @Override
    public Integer call() throws InterruptedException {
        Demo.Config config;
        try {
            config = new Demo.Config(
                    new PlatformConfig(dataDir, kafkaPort, kafkaControllerPort, registryPort, postgresPort),
                    port,
                    replayPort,
                    days);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
        PrintWriter out = spec.commandLine().getOut();
        Ports.requireFree(port, "the HTTP API", "--port");
        Console console = System.console();
        boolean terminal = console != null && console.isTerminal();
        try (Shutdown shutdown = Shutdown.install()) {
            try {
                Demo.run(config, out, terminal, exit ? null : shutdown::await);
            } catch (RuntimeException | InterruptedException e) {
                if (Thread.interrupted() || shutdown.asked()) {
                    out.println("stopped");
                    out.flush();
                    return 1;
                }
                throw e;
            }
        }
        return 0;
    }
}
