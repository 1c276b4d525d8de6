package io.modelwatch.app.cli;

import io.modelwatch.app.role.Erasure;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;

/** Shows what would be deleted, asks, and deletes it. */
final class Erasing {
    private final CommandSpec spec;
    private final Confirmation confirmation;

    Erasing(CommandSpec spec, Confirmation confirmation) {
        this.spec = spec;
        this.confirmation = confirmation;
    }

    int run(Erasure erasure, KafkaConnection kafka) {
        PrintWriter out = spec.commandLine().getOut();
        erasure.topics().forEach(topic -> out.println("topic      " + topic));
        erasure.groups().forEach(group -> out.println("group      " + group));
        erasure.subjects().forEach(subject -> out.println("subject    " + subject));
        erasure.directories().forEach(directory -> out.println("directory  " + directory));
        if (erasure.cursors()) {
            out.println("cursors    where each source's poller goes on");
        }
        if (erasure.isEmpty()) {
            out.println("there is nothing to delete");
        }
        out.flush();
        if (erasure.isEmpty() || confirmation.dryRun()) {
            return 0;
        }
        if (!confirmation.given("Delete all of this at " + kafka.bootstrap() + "?")) {
            out.println("nothing was done");
            out.flush();
            return 1;
        }
        erasure.run(kafka, new ConfluentRegistry(kafka.registryUrl(), kafka.registrySettings()));
        out.println("deleted");
        out.flush();
        return 0;
    }
}
