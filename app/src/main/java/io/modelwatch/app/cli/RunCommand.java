package io.modelwatch.app.cli;

import com.zaxxer.hikari.HikariDataSource;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.app.role.ExternalDatabase;
import io.modelwatch.app.role.Instance;
import io.modelwatch.app.role.InstanceConfig;
import io.modelwatch.app.role.Role;
import io.modelwatch.schemas.KafkaConnection;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs some roles against a Kafka, registry and PostgreSQL that are there already. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Runs chosen roles against an external Kafka, as many instances as wanted: pollers, streams, alerts, history.",
            "kafka.bootstrap and kafka.registry say where it is; the history role needs database.url too, and so do pollers"
                    + " that share the sources with other instances: without it, run one."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch run streams alerts --config company.yaml",
            "  MODELWATCH_KAFKA_BOOTSTRAP=kafka:9092 MODELWATCH_KAFKA_REGISTRY=http://registry:8081 \\",
            "    modelwatch run streams --data-dir /var/lib/modelwatch"
        })
final class RunCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ServerOptions options = new ServerOptions();

    @Parameters(arity = "1..*", paramLabel = "ROLE", description = "${COMPLETION-CANDIDATES}")
    private List<Role> roles = List.of();

    @Override
    public Integer call() throws InterruptedException {
        Config config = options.config();
        Set<Role> chosen = EnumSet.copyOf(roles);
        KafkaConnection kafka = options.externalKafka("run");
        PrintWriter out = spec.commandLine().getOut();
        if (chosen.contains(Role.HISTORY)) {
            Ports.requireFree(config.apiPort(), "the HTTP API", "--port");
        }
        try (Shutdown shutdown = Shutdown.install();
                HikariDataSource database = database(config, chosen)) {
            try (Instance instance = Instance.start(
                    InstanceConfig.of(config, kafka, database),
                    chosen,
                    InstantSource.system(),
                    line -> say(out, line))) {
                say(
                        out,
                        chosen.contains(Role.HISTORY)
                                ? "API at " + config.api().scheme() + "://" + config.apiHost() + ":" + instance.port()
                                : "Ctrl-C stops it");
                shutdown.await();
                say(out, "stopping");
            }
        }
        return 0;
    }

    private static @Nullable HikariDataSource database(Config config, Set<Role> roles) {
        boolean shared = roles.contains(Role.POLLERS) && config.database() != null;
        return shared || roles.contains(Role.HISTORY) ? ExternalDatabase.pool(config) : null;
    }

    private static void say(PrintWriter out, String line) {
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }
}
