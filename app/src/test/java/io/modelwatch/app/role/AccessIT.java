package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.modelwatch.app.cli.ModelwatchCommand;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.app.config.Setting;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.app.platform.SecuredPlatform;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each role on a broker that lets nobody do anything, with its template and nothing more, over TLS: the pollers with a
 * token, streams and history with a password, the alerts with a client certificate. Everything that is secret there is
 * planted, much of what is asked fails and quotes it, and at the end it is looked for wherever the program says something.
 */
class AccessIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final String DEPLOYMENT = """
            {"kind":"deployment","source":"manual","observedAt":"2026-03-01T11:00:00Z","deployment":{"id":"bot","vendor":"acme","models":[{"id":"pkg:huggingface/acme/tuned","role":"primary"}],"hosting":[{"provider":"azure","country":"NL"}]}}
            """;

    @TempDir
    Path dir;

    private PlantedSecrets secrets;
    private HostileWorld outside;

    @BeforeEach
    void plant() throws IOException {
        secrets = new PlantedSecrets(dir.resolve("secrets"));
        outside = new HostileWorld(secrets);
    }

    @AfterEach
    void stop() {
        outside.close();
        secrets.close();
    }

    @Test
    void everyRoleWorksWithItsTemplateAndNothingMoreAndNoSecretIsToldAnywhere() throws Exception {
        try (SecuredPlatform platform = SecuredPlatform.start(
                dir.resolve("platform"),
                List.of("streams", "history", "operator", "status"),
                List.of("alerts"),
                secrets.plant("kafka-password"))) {
            Map<Role, Config> configs = new EnumMap<>(Role.class);
            configs.put(Role.POLLERS, config(platform, "pollers", platform.saslBootstrap(), platform.token("pollers")));
            configs.put(Role.STREAMS, config(platform, "streams", platform.saslBootstrap(), platform.scram("streams")));
            configs.put(
                    Role.ALERTS, config(platform, "alerts", platform.tlsBootstrap(), platform.certificate("alerts")));
            configs.put(Role.HISTORY, config(platform, "history", platform.saslBootstrap(), platform.scram("history")));
            Config operator = config(platform, "operator", platform.saslBootstrap(), platform.scram("operator"));
            Config watching = config(platform, "status", platform.saslBootstrap(), platform.scram("status"));
            try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", platform.bootstrap()))) {
                allow(admin, Access.Grantee.OPERATOR, "User:operator", operator);
                allow(admin, Access.Grantee.POLLERS, "User:pollers", configs.get(Role.POLLERS));
                allow(admin, Access.Grantee.STREAMS, "User:streams", configs.get(Role.STREAMS));
                allow(admin, Access.Grantee.ALERTS, "User:CN=alerts", configs.get(Role.ALERTS));
                allow(admin, Access.Grantee.HISTORY, "User:history", configs.get(Role.HISTORY));
                allow(admin, Access.Grantee.STATUS, "User:status", watching);
            }
            KafkaConnection operating = kafka(operator);
            assertThat(TopicsAdmin.ensure(operating, new ConfluentRegistry(operating.registryUrl(), Map.of())))
                    .hasSameSizeAs(Topics.all());

            try (HikariDataSource database = ExternalDatabase.pool(Objects.requireNonNull(configs.get(Role.HISTORY)));
                    Instance alerts = start(Role.ALERTS, configs, null);
                    Instance streams = start(Role.STREAMS, configs, null);
                    Instance history = start(Role.HISTORY, configs, database);
                    Instance pollers = start(Role.POLLERS, configs, null)) {
                assertThat(history.intake()
                                .observations(new ByteArrayInputStream(DEPLOYMENT.getBytes(UTF_8)), true, name -> null)
                                .errors())
                        .isEmpty();
                assertThat(outside.delivered().await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .as("the alert reached its delivery")
                        .isTrue();
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(swept(database))
                                .containsEntry("hub", "seeing")
                                .containsEntry("gateway", "seeing")
                                .containsEntry("private-feed", "seeing")
                                .containsEntry("refusing-hub", "blind")
                                .containsEntry("refusing-list", "blind")
                                .containsEntry("refusing-registry", "blind")
                                .containsEntry("nobody", "blind"));
                outside.call(history.port());
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(
                                        rows(
                                                database,
                                                "select count(*) from changes"
                                                        + " where subject in ('pkg:generic/vendor/swift-1', 'litellm/route', 'spans')"))
                                .isGreaterThanOrEqualTo(3));
                assertThat(List.of(streams, history, pollers))
                        .allSatisfy(instance -> assertThat(instance.troubles()).isEmpty());
                assertThat(alerts.troubles().keySet())
                        .as("deliveries that fail")
                        .allMatch(name -> name.contains("nowhere"));
                for (Instance instance : List.of(alerts, streams, history, pollers)) {
                    outside.crawlHealth(instance.healthPort());
                }
                outside.crawlApi(history.port());
                outside.acknowledge(history.port(), text(database, "select id from alerts limit 1"), "Kim (token soc)");
                assertThat(text(database, "select document->>'author' from alerts where state = 'ACKNOWLEDGED'"))
                        .as("whatever it claims, it says by which token it came")
                        .isEqualTo("Kim (token soc) (token admin)");
                outside.commands(history.port(), dir.resolve("pollers.yaml"), dir.resolve("operator.yaml"));
                assertThat(secrets.topics(platform.bootstrap(), "modelwatch")).isGreaterThan(50);
                assertThat(secrets.rows(database)).isGreaterThan(50);
                forbidden(kafka(configs.get(Role.STREAMS)));
                statusSaysWhatIsWrong(platform, streams, history);
            }

            // What brokers keep to themselves is not needed: a start says that it did not see it.
            assertThat(platform.refused())
                    .filteredOn(line -> !line.contains("DESCRIBE_CONFIGS CLUSTER"))
                    .containsExactly("User:streams WRITE TOPIC modelwatch.alert-actions.v1");
        }
        assertThat(List.of("streams", "alerts", "history"))
                .allSatisfy(name -> assertThat(secrets.files(dir.resolve(name))).isPositive());
        assertThat(secrets.logs()).isGreaterThan(10_000);
        assertThat(secrets.found()).isEmpty();
        outside.assertAsked();
    }

    private void statusSaysWhatIsWrong(SecuredPlatform platform, Instance streams, Instance history)
            throws IOException {
        assertThat(status(platform, List.of(), "--patience", "1s"))
                .as("all roles live, and some sources are blind")
                .startsWith("1 ")
                .contains(
                        "\"name\":\"pollers\",\"state\":\"running\",\"wrong\":false",
                        "\"name\":\"streams\",\"state\":\"running\",\"wrong\":false,\"instances\":1",
                        "\"name\":\"alerts\",\"state\":\"running\",\"wrong\":false,\"instances\":1",
                        "\"name\":\"history\",\"state\":\"running\",\"wrong\":false,\"instances\":1",
                        "\"kind\":\"health\",\"name\":\"instances\",\"state\":\"not asked\"",
                        "\"kind\":\"source\",\"name\":\"refusing-hub\",\"state\":\"blind\",\"wrong\":true")
                .doesNotContain("\"state\":\"not known\"", "\"state\":\"unreachable\"");
        assertThat(status(platform, List.of(streams, history), "streams", "history")
                        .lines()
                        .filter(line -> line.contains("\"wrong\":true")))
                .as("of these roles nothing is wrong, but for what deliveries put aside")
                .allMatch(line -> line.contains("\"kind\":\"dead-letters\""));
        streams.close();
        assertThat(status(platform, List.of(history), "streams", "history")
                        .lines()
                        .filter(line -> line.contains("\"wrong\":true") && !line.contains("\"kind\":\"dead-letters\"")))
                .as("what is missing is said, and nothing else is wrong")
                .allMatch(line -> line.contains("\"state\":\"absent\"") && line.contains("streams"))
                .anyMatch(line -> line.contains("\"kind\":\"role\",\"name\":\"streams\""))
                .anyMatch(line -> line.contains("\"kind\":\"reader\",\"name\":\"lineage\""));
    }

    /** Returns the exit status of the command and what it says of a platform, some instances asked. */
    private String status(SecuredPlatform platform, List<Instance> instances, String... more) throws IOException {
        Path config = Files.writeString(
                dir.resolve("watching.yaml"),
                Files.readString(dir.resolve("status.yaml")) + "database: {url: '" + platform.jdbcUrl() + "'}\n");
        List<String> words = new ArrayList<>(List.of("status", "--config", config.toString(), "--format", "jsonl"));
        if (!instances.isEmpty()) {
            words.add("--instances");
            words.add(instances.stream()
                    .map(one -> "http://127.0.0.1:" + one.healthPort())
                    .collect(Collectors.joining(",")));
        }
        words.addAll(List.of(more));
        StringWriter said = new StringWriter();
        int exit = ModelwatchCommand.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(said))
                .execute(words.toArray(String[]::new));
        secrets.hear("the command status", said.toString());
        return exit + " " + said;
    }

    /** Nobody silences alerts who only computes lineage. */
    private static void forbidden(KafkaConnection kafka) {
        Properties settings = kafka.clientProperties();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            assertThatThrownBy(() -> producer.send(
                                    new ProducerRecord<>(kafka.topics().name(Topics.ALERT_ACTIONS), new byte[] {1}))
                            .get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(TopicAuthorizationException.class);
        }
    }

    private static void allow(Admin admin, Access.Grantee who, String principal, Config config) throws Exception {
        admin.createAcls(Access.of(who, InstanceConfig.of(config, kafka(config), null)).stream()
                        .flatMap(grant -> grant.bindings(principal).stream())
                        .toList())
                .all()
                .get();
    }

    private static KafkaConnection kafka(Config config) {
        return Objects.requireNonNull(config.kafka());
    }

    private Instance start(Role role, Map<Role, Config> configs, @Nullable DataSource database) {
        Config config = Objects.requireNonNull(configs.get(role));
        return Instance.start(
                InstanceConfig.of(config, kafka(config), database),
                EnumSet.of(role),
                InstantSource.system(),
                line -> secrets.hear("what a start says", line));
    }

    private static Map<String, String> swept(DataSource database) throws Exception {
        Map<String, String> states = new TreeMap<>();
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select source, lower(state) from sources")) {
            while (rows.next()) {
                states.put(rows.getString(1), rows.getString(2));
            }
        }
        return states;
    }

    private static long rows(DataSource database, String query) throws Exception {
        return Long.parseLong(text(database, query));
    }

    private static String text(DataSource database, String query) throws Exception {
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            assertThat(rows.next()).as(query).isTrue();
            return rows.getString(1);
        }
    }

    private Config config(SecuredPlatform platform, String name, String bootstrap, Map<String, String> client)
            throws IOException {
        String settings = client.entrySet().stream()
                .map(one -> "    " + one.getKey() + ": '" + one.getValue() + "'")
                .sorted()
                .collect(Collectors.joining("\n"));
        String account = PlantedSecrets.USER + ":" + secrets.plant("registry-client");
        Path yaml = Files.writeString(dir.resolve(name + ".yaml"), """
                kafka:
                  bootstrap: %s
                  registry: %s
                  replication: 1
                  client:
                %s
                  registryClient: {basic.auth.credentials.source: USER_INFO, basic.auth.user.info: '%s'}
                inference: {enabled: true}
                telemetry: {enabled: true}
                %s
                """.formatted(
                        bootstrap, platform.registryUrl(), settings, account, outside.configuration(name)));
        Map<Setting, String> options = new EnumMap<>(Setting.class);
        options.put(Setting.DATA_DIR, dir.resolve(name).toString());
        options.put(Setting.TICKS_EVERY, "PT0.2S");
        options.put(Setting.API_PORT, Ports.free(1).getFirst().toString());
        options.put(Setting.HEALTH_PORT, "0");
        options.put(Setting.DATABASE_URL, platform.jdbcUrl());
        Map<String, String> environment = Map.of(
                "MODELWATCH_DATABASE_PASSWORD", secrets.plant("database-password"),
                "MODELWATCH_API_TOKENS_ADMIN", secrets.plant("api-token"),
                "MODELWATCH_TRACES_HEADERS", "authorization=Bearer " + secrets.plant("traces-token"));
        return Config.of(ConfigFile.read(yaml), options, environment::get);
    }
}
