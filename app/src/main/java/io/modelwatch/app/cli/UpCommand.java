package io.modelwatch.app.cli;

import io.modelwatch.alerts.delivery.DeliveryConfig;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformException;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.app.role.Instance;
import io.modelwatch.app.role.InstanceConfig;
import io.modelwatch.app.role.Role;
import io.modelwatch.producers.SourceConfig;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs everything in this process: the embedded platform, every role, and the sources of the configuration. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = {
            "Runs everything: an embedded Kafka, schema registry and PostgreSQL, every role, and the sources of"
                    + " modelwatch.yaml. Ctrl-C stops it; a later start goes on with the same data.",
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch up",
            "  modelwatch up --config company.yaml --data-dir /var/lib/modelwatch --port 8090",
            "  MODELWATCH_API_PORT=8090 modelwatch up"
        })
final class UpCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ServerOptions options = new ServerOptions();

    @Override
    public Integer call() throws InterruptedException {
        long begin = System.nanoTime();
        Config config = options.config();
        PrintWriter out = spec.commandLine().getOut();
        Ports.requireFree(config.apiPort(), "the HTTP API", "--port");
        try (Shutdown shutdown = Shutdown.install();
                EmbeddedPlatform platform = EmbeddedPlatform.start(config.platform(), line -> say(out, line))) {
            InstanceConfig roles = InstanceConfig.embedded(config, platform);
            try (Instance instance = Instance.start(
                            roles, EnumSet.allOf(Role.class), InstantSource.system(), line -> say(out, line));
                    SourceReports reports =
                            SourceReports.start(roles.kafka(), instance.serdes(), line -> say(out, line))) {
                double seconds = (System.nanoTime() - begin) / 1e9;
                say(
                        out,
                        "modelwatch is up after %.1f s: %s://%s:%d (Ctrl-C stops it)"
                                .formatted(seconds, config.api().scheme(), config.apiHost(), instance.port()));
                say(out, "  SQL      " + platform.jdbcUrl());
                say(out, "  psql     psql " + platform.readerUrl() + "  (reads only; docs/history.md)");
                say(out, "  data     " + config.dataDir());
                say(out, "  sources  " + sources(config));
                if (!config.deliveries().isEmpty()) {
                    say(out, "  alerts   go to " + deliveries(config));
                }
                shutdown.await();
                say(out, "stopping");
            }
        } catch (IllegalStateException | PlatformException e) {
            if (Thread.interrupted()) {
                say(out, "stopped while starting");
                return 1;
            }
            throw e;
        }
        return 0;
    }

    private static String sources(Config config) {
        return config.sources().isEmpty()
                ? "none: what is pushed is served"
                : config.sources().stream().map(SourceConfig::name).collect(Collectors.joining(", "));
    }

    private static String deliveries(Config config) {
        return config.deliveries().stream().map(DeliveryConfig::name).collect(Collectors.joining(", "));
    }

    private static void say(PrintWriter out, String line) {
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }
}
