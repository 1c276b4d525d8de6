package io.modelwatch.app.cli;

import com.zaxxer.hikari.HikariDataSource;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigException;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.app.role.ExternalDatabase;
import io.modelwatch.history.HistoryDatabase;
import io.modelwatch.history.HistoryRebuild;
import io.modelwatch.history.ledger.Ledger;
import io.modelwatch.history.ledger.LedgerKey;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What is done to the history as a whole. */
@Command(
        name = "history",
        mixinStandardHelpOptions = true,
        description = "Works on the history as a whole.",
        subcommands = HistoryCommand.Rebuild.class,
        footer = {"", "Examples:", "  modelwatch history rebuild"})
final class HistoryCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: rebuild.");
    }

    /** Makes every row again. */
    @Command(
            name = "rebuild",
            mixinStandardHelpOptions = true,
            description = {
                "Makes every row of the history again from the topics, and then holds the same as before.",
                "",
                "Revisions of bills, changes and states of alerts that the topics no longer hold (some are compacted after a",
                "week) are taken over from the rows that are there. What was believed of models, their lineage and",
                "procurement events before, and is no longer, comes back only as far as the topics still hold it.",
                "Stop `up` on the same data first; with an external Kafka and PostgreSQL nothing needs to be stopped."
            },
            footer = {
                "",
                "Examples:",
                "  modelwatch history rebuild",
                "  modelwatch history rebuild --config company.yaml --data-dir /var/lib/modelwatch"
            })
    static final class Rebuild implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private CommandSpec spec;

        @Mixin
        private ServerOptions options = new ServerOptions();

        @Override
        public Integer call() throws SQLException, InterruptedException {
            Config config = options.config();
            KafkaConnection external = config.kafka();
            if (external != null) {
                try (HikariDataSource database = ExternalDatabase.pool(config)) {
                    rebuild(external, database, ledger(config));
                }
                return 0;
            }
            try (EmbeddedPlatform platform = EmbeddedPlatform.start(config.platform(), this::say)) {
                KafkaConnection kafka = new KafkaConnection(
                        platform.bootstrap(), platform.registryUrl(), config.topics(), (short) 1, Map.of(), Map.of());
                rebuild(kafka, platform.dataSource(), ledger(config));
            }
            return 0;
        }

        private void rebuild(KafkaConnection kafka, DataSource database, Ledger ledger)
                throws SQLException, InterruptedException {
            ConfluentRegistry registry = new ConfluentRegistry(kafka.registryUrl(), kafka.registrySettings());
            TopicsAdmin.ensure(kafka, registry);
            HistoryDatabase.migrate(database);
            HistoryRebuild.run(kafka, new AvroSerdes(registry), database, ledger, this::say)
                    .forEach((table, rows) -> {
                        if (rows > 0) {
                            say("%,d rows of %s are on no topic any more and were taken over".formatted(rows, table));
                        }
                    });
        }

        private static Ledger ledger(Config config) {
            try {
                return new Ledger(LedgerKey.of(config.ledgerKey()), InstantSource.system());
            } catch (IllegalArgumentException e) {
                throw new ConfigException(String.valueOf(e.getMessage()), e);
            }
        }

        private void say(String line) {
            PrintWriter out = spec.commandLine().getOut();
            synchronized (out) {
                out.println(line);
                out.flush();
            }
        }
    }
}
