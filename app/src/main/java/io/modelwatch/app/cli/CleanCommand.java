package io.modelwatch.app.cli;

import io.modelwatch.app.config.Config;
import io.modelwatch.app.role.Erasure;
import io.modelwatch.schemas.KafkaConnection;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Takes modelwatch off a Kafka. */
@Command(
        name = "clean",
        mixinStandardHelpOptions = true,
        description = {
            "Deletes everything that modelwatch has on an external Kafka and its registry: topics, consumer groups,"
                    + " subjects, and the stores in this data directory. The history in PostgreSQL stays.",
            "What was approved and what was alerted is gone then. docs/operations.md has the table of what it deletes."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch clean --config company.yaml --dry-run",
            "  modelwatch clean --config company.yaml --yes"
        })
final class CleanCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ServerOptions options = new ServerOptions();

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Override
    public Integer call() {
        Config config = options.config();
        KafkaConnection kafka = options.externalKafka("clean");
        return new Erasing(spec, confirmation).run(Erasure.ofAll(kafka, config.dataDir()), kafka);
    }
}
