package io.modelwatch.app.cli;

import io.modelwatch.app.config.Config;
import io.modelwatch.app.role.Erasure;
import io.modelwatch.app.role.Role;
import io.modelwatch.schemas.KafkaConnection;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lets one role begin anew. */
@Command(
        name = "reset",
        mixinStandardHelpOptions = true,
        description = {
            "Lets a role begin anew on an external Kafka: deletes how far it has read and what it holds, and nothing that"
                    + " it has written for others. docs/operations.md has the table of what each deletes.",
            "Stop every instance of the role first; this data directory's stores are deleted, those of other machines are"
                    + " not."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch reset alerts --config company.yaml --dry-run",
            "  modelwatch reset streams --config company.yaml --yes"
        })
final class ResetCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ServerOptions options = new ServerOptions();

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Parameters(paramLabel = "ROLE", description = "${COMPLETION-CANDIDATES}")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Role role;

    @Override
    public Integer call() {
        Config config = options.config();
        KafkaConnection kafka = options.externalKafka("reset");
        return new Erasing(spec, confirmation).run(Erasure.ofRole(kafka, config.dataDir(), role), kafka);
    }
}
