package io.modelwatch.app.cli;

import com.zaxxer.hikari.HikariDataSource;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.Durations;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.role.ExternalDatabase;
import io.modelwatch.history.reconcile.Account;
import io.modelwatch.history.reconcile.Reconciliation;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.apache.kafka.common.KafkaException;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Accounts for every record from topic to row. */
@Command(
        name = "reconcile",
        mixinStandardHelpOptions = true,
        description = {
            "Accounts for what was taken in, from observation to change, MBOM, verdict, alert, finding and row: what is"
                    + " lost, what is there twice, and what says something else than its record, by counts and digests.",
            "Beside a pipeline at work; changes nothing. Exit status 1 if something does not add up."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch reconcile",
            "  modelwatch reconcile --config company.yaml --patience 5m --format jsonl"
        })
final class ReconcileCommand implements Callable<Integer> {
    private static final List<String> COLUMNS =
            List.of("step", "counted", "lost", "duplicated", "differing", "examples", "remark");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ServerOptions options = new ServerOptions();

    @Option(
            names = "--patience",
            paramLabel = "TIME",
            defaultValue = "60s",
            description = "how long what is on its way may take to arrive (default: ${DEFAULT-VALUE})")
    private String patience = "60s";

    @Option(names = "--format", defaultValue = "table", description = "table, json, jsonl or csv")
    private Output.Format format = Output.Format.table;

    @Override
    public Integer call() throws SQLException, InterruptedException {
        Config config = options.config();
        KafkaConnection external = config.kafka();
        if (external == null) {
            PGSimpleDataSource database = new PGSimpleDataSource();
            database.setUrl(EmbeddedPlatform.jdbcUrl(config.platform()));
            return reconcile(options.kafka(), database);
        }
        try (HikariDataSource database = ExternalDatabase.pool(config)) {
            return reconcile(external, database);
        }
    }

    private int reconcile(KafkaConnection kafka, DataSource database) throws InterruptedException {
        List<Account> accounts;
        try {
            accounts = Reconciliation.run(
                    kafka,
                    new AvroSerdes(new ConfluentRegistry(kafka.registryUrl(), kafka.registrySettings())),
                    database,
                    patience(),
                    this::progress);
        } catch (SQLException e) {
            throw new CliException("the history's database does not answer: " + e.getMessage()
                    + "; database.url says where it is, and 'up' must be running where there is none");
        } catch (KafkaException | IllegalStateException e) {
            throw new CliException("cannot reconcile: " + e.getMessage());
        }
        Output output = new Output(spec.commandLine().getOut(), format, COLUMNS, Terminal.detect());
        output.write(accounts.stream().map(ReconcileCommand::form).toList());
        output.end();
        long wrong = accounts.stream().filter(account -> !account.isBalanced()).count();
        PrintWriter err = spec.commandLine().getErr();
        err.println(
                wrong == 0
                        ? "everything is accounted for"
                        : wrong + " of " + accounts.size()
                                + " steps do not add up; 'modelwatch dead-letters' shows what" + " was put aside");
        err.flush();
        return wrong == 0 ? 0 : 1;
    }

    private Duration patience() {
        try {
            return Durations.parse(patience);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--patience: " + e.getMessage(), e);
        }
    }

    private static JsonNode form(Account account) {
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("step", account.step());
        form.put("counted", account.counted());
        form.put("lost", account.lost());
        form.put("duplicated", account.duplicated());
        form.put("differing", account.differing());
        account.examples().forEach(form.putArray("examples")::add);
        if (account.remark() != null) {
            form.put("remark", account.remark());
        }
        return form;
    }

    private void progress(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(line);
        err.flush();
    }
}
