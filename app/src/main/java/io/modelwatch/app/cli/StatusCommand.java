package io.modelwatch.app.cli;

import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.Durations;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformException;
import io.modelwatch.app.role.ExternalDatabase;
import io.modelwatch.app.role.InstanceConfig;
import io.modelwatch.app.role.Role;
import io.modelwatch.app.status.Line;
import io.modelwatch.app.status.Status;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Says whether the pipeline lives. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Shows whether the pipeline lives: roles and their instances, what each reads and how many records wait for it,"
                    + " what is being restored, sources that cannot be read, and recent dead letters.",
            "Kafka is asked (kafka.bootstrap of the configuration, else that of 'up'), the database where there is one, and"
                    + " instances by --instances. Changes nothing. Exit status 1 if something is wrong: a role or a reader"
                    + " without instance, records that wait and are not read, a blind source, dead letters in the last"
                    + " hour, an instance that is not well. One that starts or restores is shown and is not wrong."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch status",
            "  modelwatch status --config company.yaml --instances http://node1:9464,http://node2:9464",
            "  modelwatch status streams alerts --config company.yaml",
            "  modelwatch status --format jsonl | jq -c 'select(.wrong)'"
        })
final class StatusCommand implements Callable<Integer> {
    /** The first is a mark on what is wrong. */
    private static final List<String> COLUMNS =
            List.of("!", "kind", "name", "role", "state", "instances", "partitions", "lag", "detail");

    private static final Set<String> GOOD_SOURCE = Set.of("verified", "changed");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ServerOptions options = new ServerOptions();

    @Parameters(
            arity = "0..*",
            paramLabel = "ROLE",
            description = "roles that should run: ${COMPLETION-CANDIDATES} (default: all)")
    private @Nullable List<Role> roles;

    @Option(
            names = "--instances",
            paramLabel = "URL",
            split = ",",
            defaultValue = "${env:MODELWATCH_INSTANCES}",
            description =
                    "health listeners (or APIs) of instances, to be asked how they are and what they restore (default:"
                            + " $MODELWATCH_INSTANCES, else that of 'up')")
    private @Nullable List<String> instances;

    @Option(
            names = "--patience",
            paramLabel = "TIME",
            defaultValue = "10s",
            description = "how long a reader for which records wait may take to read on (default: ${DEFAULT-VALUE})")
    private String patience = "10s";

    @Option(
            names = "--format",
            defaultValue = "table",
            description = "table, in which sources that are well are counted only; json, jsonl or csv")
    private Output.Format format = Output.Format.table;

    @Override
    public Integer call() throws InterruptedException {
        if (format == Output.Format.ocsf) {
            throw new ParameterException(
                    spec.commandLine(), "--format: ocsf is a form of alerts; here table, json, jsonl or csv");
        }
        Config config = options.config();
        KafkaConnection kafka = impatient(options.kafka());
        List<Line> lines;
        try {
            lines = Status.of(
                    InstanceConfig.of(config, kafka, database(config)),
                    new AvroSerdes(new ConfluentRegistry(kafka.registryUrl(), kafka.registrySettings())),
                    roles == null ? EnumSet.allOf(Role.class) : EnumSet.copyOf(roles),
                    addresses(config),
                    patience());
        } catch (PlatformException e) {
            if (config.kafka() != null) {
                throw e;
            }
            throw new CliException(
                    e.getMessage() + "; no external Kafka is configured, so that of 'up' was asked: is it running?");
        }
        Output output = new Output(spec.commandLine().getOut(), format, COLUMNS, Terminal.detect());
        output.write(format == Output.Format.table ? rows(lines) : forms(lines));
        output.end();
        return verdict(lines);
    }

    /** Who is on call waits seconds for a broker, not a minute. */
    private static KafkaConnection impatient(KafkaConnection kafka) {
        Map<String, String> settings = new HashMap<>(kafka.clientSettings());
        settings.putIfAbsent("request.timeout.ms", "5000");
        settings.putIfAbsent("default.api.timeout.ms", "10000");
        return new KafkaConnection(
                kafka.bootstrap(),
                kafka.registryUrl(),
                kafka.topics(),
                kafka.replication(),
                settings,
                kafka.registrySettings());
    }

    private static @Nullable DataSource database(Config config) {
        if (config.kafka() == null) {
            return ExternalDatabase.single(
                    new Config.Database(EmbeddedPlatform.jdbcUrl(config.platform()), null, null));
        }
        Config.Database database = config.database();
        return database == null ? null : ExternalDatabase.single(database);
    }

    private List<String> addresses(Config config) {
        List<String> asked = instances == null
                ? List.of()
                : instances.stream()
                        .map(String::strip)
                        .filter(one -> !one.isEmpty())
                        .toList();
        for (String address : asked) {
            try {
                ApiClient.of(address);
            } catch (IllegalArgumentException e) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--instances: '" + Text.plain(address) + "' is not an http or https address");
            }
        }
        if (!asked.isEmpty() || config.kafka() != null) {
            return asked;
        }
        Integer health = config.health().port();
        return List.of("http://127.0.0.1:" + (health == null || health == 0 ? config.apiPort() : health));
    }

    private Duration patience() {
        try {
            return Durations.parse(patience);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--patience: " + e.getMessage(), e);
        }
    }

    private static List<JsonNode> forms(List<Line> lines) {
        return lines.stream().map(line -> (JsonNode) line.form()).toList();
    }

    /** For one screen: sources that are well are only counted. */
    static List<JsonNode> rows(List<Line> lines) {
        List<JsonNode> rows = new ArrayList<>();
        int good = 0;
        for (Line line : lines) {
            if (line.kind() == Line.Kind.SOURCE && !line.isWrong() && GOOD_SOURCE.contains(line.state())) {
                good++;
                continue;
            }
            ObjectNode row = line.form();
            row.put("!", line.isWrong() ? "!" : "");
            rows.add(row);
        }
        if (good > 0) {
            ObjectNode row = ApiClient.JSON.createObjectNode();
            row.put("kind", Line.Kind.SOURCE.word());
            row.put("name", good + (rows.stream().anyMatch(one -> isSource(one)) ? " more" : " sources"));
            row.put("state", "verified");
            row.put("detail", "'modelwatch sources' shows them");
            rows.add(row);
        }
        return rows;
    }

    private static boolean isSource(JsonNode row) {
        return Text.at(row, "kind").equals(Line.Kind.SOURCE.word());
    }

    private int verdict(List<Line> lines) {
        List<Line> wrong = lines.stream().filter(Line::isWrong).toList();
        PrintWriter err = spec.commandLine().getErr();
        err.println(
                wrong.isEmpty()
                        ? "nothing is wrong"
                        : "wrong: "
                                + Text.plain(wrong.stream()
                                        .map(line -> line.kind().word() + " " + line.name() + " " + line.state())
                                        .collect(Collectors.joining(", "))));
        err.flush();
        return wrong.isEmpty() ? 0 : 1;
    }
}
