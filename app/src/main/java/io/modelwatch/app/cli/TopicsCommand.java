package io.modelwatch.app.cli;

import io.modelwatch.app.platform.Findings;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.app.role.Access;
import io.modelwatch.app.role.InstanceConfig;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes a Kafka and a registry ready, and says whether they are. */
@Command(
        name = "topics",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "create|verify|describe|acls",
        description = {
            "Creates the topics of modelwatch on a Kafka, checks them and the brokers, and shows them.",
            "kafka.bootstrap and kafka.registry say where it is, as for 'run'; without them it is the Kafka of 'up'."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch topics verify --config company.yaml",
            "  modelwatch topics create --config company.yaml",
            "  modelwatch topics describe --format csv",
            "  modelwatch topics acls streams --principal User:modelwatch-streams"
        })
final class TopicsCommand implements Runnable {
    private static final List<String> COLUMNS =
            List.of("topic", "key", "value", "partitions", "replication", "cleanup", "retention", "state");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: create, verify, describe or acls.");
    }

    /** Creates what is missing. */
    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = {
                "Checks the brokers, creates the topics that are missing, and registers the schemas with their"
                        + " compatibility. What is there already is checked and not changed.",
                "'run' does the same at its start: this is for who may create topics where 'run' may not."
            },
            footer = {"", "Examples:", "  modelwatch topics create --config company.yaml"})
    int create(@Mixin ServerOptions server) {
        KafkaConnection kafka = server.kafka();
        List<String> created = TopicsAdmin.ensure(kafka, registry(kafka));
        PrintWriter out = spec.commandLine().getOut();
        created.forEach(name -> out.println("created " + name));
        out.println(created.size() + " topics created; all fit, and their schemas are registered");
        out.flush();
        return 0;
    }

    /** Says what does not fit. */
    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Says what of the brokers, the topics and the registry does not fit, each with the setting that mends it."
                        + " Changes nothing.",
                "Exit code 1 if something does not fit."
            },
            footer = {"", "Examples:", "  modelwatch topics verify --config company.yaml"})
    int verify(@Mixin ServerOptions server) {
        KafkaConnection kafka = server.kafka();
        Findings findings = TopicsAdmin.verify(kafka, registry(kafka));
        PrintWriter out = spec.commandLine().getOut();
        findings.problems().forEach(problem -> out.println(Text.plain("PROBLEM  " + problem)));
        findings.remarks().forEach(remark -> out.println(Text.plain("remark   " + remark)));
        if (findings.problems().isEmpty()) {
            out.println("Kafka at " + kafka.bootstrap() + " and the registry fit");
        }
        out.flush();
        return findings.problems().isEmpty() ? 0 : 1;
    }

    /** Shows the catalogue and what there is of it. */
    @Command(
            name = "describe",
            mixinStandardHelpOptions = true,
            description = "Shows every topic: what it is to be, and whether it is there.",
            footer = {"", "Examples:", "  modelwatch topics describe", "  modelwatch topics describe --format json"})
    int describe(
            @Mixin ServerOptions server,
            @Option(names = "--format", defaultValue = "table", description = "table, json, jsonl or csv")
                    Output.Format format) {
        List<JsonNode> items = new ArrayList<>();
        TopicsAdmin.describe(server.kafka()).forEach(one -> items.add(form(one)));
        Output output = new Output(spec.commandLine().getOut(), format, COLUMNS, Terminal.detect());
        output.write(items);
        output.end();
        return 0;
    }

    /** Prints what gives somebody all that is needed, and no more. */
    @Command(
            name = "acls",
            mixinStandardHelpOptions = true,
            description = {
                "Prints the commands that let somebody use a Kafka whose authorizer is on, as the configuration has it, and"
                        + " no more: a role, 'redrive' (what the role history needs besides for 'dead-letters redrive'),"
                        + " 'operator' (who runs topics, reset and clean), or 'status' (who runs status, and changes"
                        + " nothing). Changes nothing."
            },
            footer = {
                "",
                "Examples:",
                "  modelwatch topics acls streams --config company.yaml",
                "  modelwatch topics acls pollers --principal User:CN=pollers --admin admin.properties | sh"
            })
    int acls(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "WHO", description = "${COMPLETION-CANDIDATES}") Access.Grantee who,
            @Option(
                            names = "--principal",
                            description = "to whom it is given (default: User:modelwatch-WHO)",
                            paramLabel = "PRINCIPAL")
                    @Nullable
                    String principal,
            @Option(
                            names = "--admin",
                            description = "the file with which kafka-acls.sh connects (default: admin.properties)",
                            paramLabel = "FILE",
                            defaultValue = "admin.properties")
                    String admin) {
        KafkaConnection kafka = server.kafka();
        String name =
                principal != null ? principal : "User:modelwatch-" + who.name().toLowerCase(Locale.ROOT);
        PrintWriter out = spec.commandLine().getOut();
        for (Access.Grant grant : Access.of(who, InstanceConfig.of(server.config(), kafka, null))) {
            out.println(grant.command(kafka.bootstrap(), admin, name));
        }
        out.flush();
        return 0;
    }

    private static ObjectNode form(TopicsAdmin.Described one) {
        Class<? extends SpecificRecord> type = one.topic().valueType();
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("topic", one.name());
        form.put("key", one.topic().key());
        form.put("value", type == null ? "bytes" : type.getSimpleName());
        form.put("partitions", one.topic().partitions());
        if (one.replication() != null) {
            form.put("replication", one.replication());
        }
        form.put("cleanup", one.topic().cleanup().policy());
        String retention = one.settings()
                .getOrDefault("retention.ms", one.topic().settings().get("retention.ms"));
        if (retention != null) {
            form.put("retention", retention.equals("-1") ? "for ever" : Long.parseLong(retention) / 86_400_000 + " d");
        }
        form.put("state", one.partitions() == null ? "missing" : "there");
        return form;
    }

    private static ConfluentRegistry registry(KafkaConnection kafka) {
        return new ConfluentRegistry(kafka.registryUrl(), kafka.registrySettings());
    }
}
