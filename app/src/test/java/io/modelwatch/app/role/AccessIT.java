package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each role on a broker that lets nobody do anything, with its template and nothing more, over TLS: the pollers with a
 * token, streams and history with a password, the alerts with a client certificate.
 */
class AccessIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final String DEPLOYMENT = """
            {"kind":"deployment","source":"manual","observedAt":"2026-03-01T11:00:00Z","deployment":{"id":"bot","vendor":"acme","models":[{"id":"pkg:huggingface/acme/tuned","role":"primary"}],"hosting":[{"provider":"azure","country":"NL"}]}}
            """;

    @TempDir
    Path dir;

    private final CountDownLatch delivered = new CountDownLatch(1);

    @Test
    void everyRoleWorksWithItsTemplateAndNothingMore() throws Exception {
        HttpServer outside = outside();
        try (SecuredPlatform platform = SecuredPlatform.start(
                dir.resolve("platform"), List.of("streams", "history", "operator"), List.of("alerts"))) {
            Map<Role, Config> configs = new EnumMap<>(Role.class);
            configs.put(Role.POLLERS, config(platform, "pollers", platform.saslBootstrap(), platform.token("pollers")));
            configs.put(Role.STREAMS, config(platform, "streams", platform.saslBootstrap(), platform.scram("streams")));
            configs.put(
                    Role.ALERTS, config(platform, "alerts", platform.tlsBootstrap(), platform.certificate("alerts")));
            configs.put(Role.HISTORY, config(platform, "history", platform.saslBootstrap(), platform.scram("history")));
            Config operator = config(platform, "operator", platform.saslBootstrap(), platform.scram("operator"));
            try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", platform.bootstrap()))) {
                allow(admin, Access.Grantee.OPERATOR, "User:operator", operator);
                allow(admin, Access.Grantee.POLLERS, "User:pollers", configs.get(Role.POLLERS));
                allow(admin, Access.Grantee.STREAMS, "User:streams", configs.get(Role.STREAMS));
                allow(admin, Access.Grantee.ALERTS, "User:CN=alerts", configs.get(Role.ALERTS));
                allow(admin, Access.Grantee.HISTORY, "User:history", configs.get(Role.HISTORY));
            }
            KafkaConnection operating = kafka(operator);
            assertThat(TopicsAdmin.ensure(operating, new ConfluentRegistry(operating.registryUrl(), Map.of())))
                    .hasSameSizeAs(Topics.all());

            try (Instance alerts = start(Role.ALERTS, configs, null);
                    Instance streams = start(Role.STREAMS, configs, null);
                    Instance history = start(Role.HISTORY, configs, platform.dataSource());
                    Instance pollers = start(Role.POLLERS, configs, null)) {
                assertThat(history.intake()
                                .observations(new ByteArrayInputStream(DEPLOYMENT.getBytes(UTF_8)), true)
                                .errors())
                        .isEmpty();
                assertThat(delivered.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .as("the alert reached its delivery")
                        .isTrue();
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(swept(platform.dataSource())).isEqualTo("hub"));
                assertThat(List.of(alerts, streams, history, pollers))
                        .allSatisfy(instance -> assertThat(instance.troubles()).isEmpty());
                forbidden(kafka(configs.get(Role.STREAMS)));
            }

            // What brokers keep to themselves is not needed: a start says that it did not see it.
            assertThat(platform.refused())
                    .filteredOn(line -> !line.contains("DESCRIBE_CONFIGS CLUSTER"))
                    .containsExactly("User:streams WRITE TOPIC modelwatch.alert-actions.v1");
        } finally {
            outside.stop(0);
        }
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

    private static Instance start(Role role, Map<Role, Config> configs, @Nullable DataSource database) {
        Config config = Objects.requireNonNull(configs.get(role));
        return Instance.start(
                InstanceConfig.of(config, kafka(config), database),
                EnumSet.of(role),
                InstantSource.system(),
                System.out::println);
    }

    private static String swept(DataSource database) throws Exception {
        try (var connection = database.getConnection();
                var rows = connection
                        .createStatement()
                        .executeQuery("select max(source) from sources where lower(state) = 'seeing'")) {
            rows.next();
            return String.valueOf(rows.getString(1));
        }
    }

    /** A hub that is polled, and an endpoint for alerts. */
    private HttpServer outside() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/models", exchange -> {
            byte[] body = "[{\"id\":\"acme/tuned\",\"sha\":\"s1\"}]".getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.createContext("/alerts", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
            delivered.countDown();
        });
        server.start();
        port = server.getAddress().getPort();
        return server;
    }

    private int port;

    private Config config(SecuredPlatform platform, String name, String bootstrap, Map<String, String> client)
            throws IOException {
        String settings = client.entrySet().stream()
                .map(one -> "    " + one.getKey() + ": '" + one.getValue() + "'")
                .sorted()
                .collect(Collectors.joining("\n"));
        Path secret = Files.writeString(dir.resolve("secret"), "s3cret");
        Path yaml = Files.writeString(dir.resolve(name + ".yaml"), """
                kafka:
                  bootstrap: %s
                  registry: %s
                  replication: 1
                  client:
                %s
                inference: {enabled: true}
                telemetry: {enabled: true}
                sources:
                  - name: hub
                    type: huggingface
                    every: 1d
                    settings: {baseUrl: 'http://127.0.0.1:%d', scopes: ['author:acme']}
                deliveries:
                  - {name: soc, type: webhook, settings: {url: 'http://127.0.0.1:%d/alerts', secretFile: '%s'}}
                """.formatted(
                        bootstrap, platform.registryUrl(), settings, port, port, secret));
        Map<Setting, String> options = new EnumMap<>(Setting.class);
        options.put(Setting.DATA_DIR, dir.resolve(name).toString());
        options.put(Setting.TICKS_EVERY, "PT0.2S");
        options.put(Setting.API_PORT, Ports.free(1).getFirst().toString());
        return Config.of(ConfigFile.read(yaml), options, variable -> null);
    }
}
