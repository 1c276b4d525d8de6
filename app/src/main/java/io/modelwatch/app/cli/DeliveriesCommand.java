package io.modelwatch.app.cli;

import io.modelwatch.alerts.delivery.Backlog;
import io.modelwatch.alerts.delivery.DeliveryCheck;
import io.modelwatch.alerts.delivery.DeliveryConfig;
import io.modelwatch.app.config.Config;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Says how far each delivery has come, and tries them. */
@Command(
        name = "deliveries",
        mixinStandardHelpOptions = true,
        description = {
            "Shows where alerts are sent, and how far each delivery has come: what waits, when its endpoint last"
                    + " accepted something, and what it said last where it did not.",
            "It asks Kafka itself, so it needs the configuration of the instance, not its API."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch deliveries --config company.yaml",
            "  modelwatch deliveries check",
            "  modelwatch deliveries check soc-slack"
        })
final class DeliveriesCommand implements Callable<Integer> {

    private static final List<String> COLUMNS = List.of(
            "delivery", "type", "state", "waiting", "lastSuccessAt", "failingSince", "lastErrorAt", "lastError");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ServerOptions options = new ServerOptions();

    @Option(names = "--format", defaultValue = "table", description = "table, json, jsonl or csv")
    private Output.Format format = Output.Format.table;

    @Override
    public Integer call() {
        Config config = options.config();
        Output output = new Output(spec.commandLine().getOut(), format, COLUMNS, Terminal.detect());
        List<JsonNode> items = new ArrayList<>();
        if (!config.deliveries().isEmpty()) {
            try {
                Backlog.read(options.kafka(), config.deliveries()).forEach(one -> items.add(form(one)));
            } catch (KafkaException e) {
                throw new CliException(e.getMessage() + "; is modelwatch up, with this configuration?");
            }
        }
        output.write(items);
        output.end();
        return 0;
    }

    /** Sends one test message through each delivery. */
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = {
                "Sends one test message through each delivery, or through those that are named, and says in one line what"
                        + " became of it. 'when' is not asked, nothing is tried twice, and Kafka is not needed.",
                "The message is about a deployment 'modelwatch-delivery-check' and says that it is a test. Jira gets an"
                        + " issue; PagerDuty a change event, which pages nobody."
            },
            footer = {
                "",
                "Exit code 1 if one of them was not accepted.",
                "",
                "Examples:",
                "  modelwatch deliveries check",
                "  modelwatch deliveries check soc-slack --config company.yaml"
            })
    int check(
            @Mixin ServerOptions server,
            @Parameters(arity = "0..*", paramLabel = "NAME", description = "names of deliveries") @Nullable
                    List<String> names)
            throws InterruptedException {
        Config config = server.config();
        List<DeliveryConfig> chosen = new ArrayList<>(config.deliveries());
        if (names != null) {
            for (String name : names) {
                if (chosen.stream().noneMatch(one -> one.name().equals(name))) {
                    throw new CliException("there is no delivery " + name + " in the configuration");
                }
            }
            chosen.removeIf(one -> !names.contains(one.name()));
        }
        PrintWriter out = spec.commandLine().getOut();
        if (chosen.isEmpty()) {
            out.println("no deliveries in the configuration");
        }
        boolean all = true;
        for (DeliveryConfig one : chosen) {
            DeliveryCheck check = DeliveryCheck.of(one);
            all &= check.accepted();
            out.println(Text.plain((check.accepted() ? "accepted  " : "FAILED    ") + check.name() + " ("
                    + check.type() + "): " + check.words() + ", after "
                    + check.took().toMillis() + " ms"));
            out.flush();
        }
        return all ? 0 : 1;
    }

    private static ObjectNode form(Backlog backlog) {
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("delivery", backlog.name());
        form.put("type", backlog.type());
        form.put("state", backlog.state());
        if (backlog.waiting() != null) {
            form.put("waiting", backlog.waiting());
        }
        put(form, "lastSuccessAt", backlog.lastSuccess());
        put(form, "failingSince", backlog.failingSince());
        put(form, "lastErrorAt", backlog.lastErrorAt());
        put(form, "lastError", backlog.lastError());
        return form;
    }

    private static void put(ObjectNode form, String name, @Nullable Object value) {
        if (value != null) {
            form.put(name, value.toString());
        }
    }
}
