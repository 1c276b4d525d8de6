package io.modelwatch.app.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.modelwatch.app.role.Erasure;
import io.modelwatch.app.role.Role;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPlatformIT {

    private static final Schema SCHEMA = new Schema.Parser()
            .parse("{\"type\":\"record\",\"name\":\"Kept\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"}]}");

    @TempDir
    Path dir;

    @Test
    void shouldKeepWhatWasWrittenAcrossRestarts() throws Exception {
        PlatformConfig config = config();
        int id;
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(config, System.out::println)) {
            try (Admin admin = admin(platform)) {
                admin.createTopics(List.of(new NewTopic("kept", 1, (short) 1)))
                        .all()
                        .get();
            }
            execute(platform, "CREATE TABLE kept AS SELECT 42 AS answer");
            id = new ConfluentRegistry(platform.registryUrl(), Map.of()).register("kept-value", SCHEMA);
            assertThatThrownBy(() -> EmbeddedPlatform.start(config, line -> {}))
                    .isInstanceOf(PlatformException.class)
                    .hasMessageContaining("in use by another modelwatch")
                    .hasMessageContaining("--data-dir");
        }
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(config, System.out::println)) {
            try (Admin admin = admin(platform)) {
                assertThat(admin.listTopics().names().get()).contains("kept");
            }
            try (Connection connection = platform.dataSource().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT answer FROM kept")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getInt(1)).isEqualTo(42);
            }
            execute(platform, "ALTER TABLE kept ADD UNIQUE (answer)");
            // What an error says may be told to anybody.
            assertThatThrownBy(() -> execute(platform, "INSERT INTO kept VALUES (42)"))
                    .hasMessageContaining("duplicate key")
                    .hasMessageNotContaining("42");
            assertThat(new ConfluentRegistry(platform.registryUrl(), Map.of()).byId(id))
                    .isEqualTo(SCHEMA);
            instancesOfEveryVersionRegisterTheirSchemasInAnyOrder(platform);
            topicsAreMadeHeldAgainstTheCatalogueAndTakenAway(platform);
            assertThatReadersMayComeButWriteNothing(platform.readerUrl());
        }
    }

    /** Of a rolling upgrade: one version after the other, and then the first again, which finds what it had. */
    private static void instancesOfEveryVersionRegisterTheirSchemasInAnyOrder(EmbeddedPlatform platform)
            throws IOException {
        ConfluentRegistry registry = new ConfluentRegistry(platform.registryUrl(), Map.of());
        List<Path> released;
        try (Stream<Path> files = Files.walk(Path.of("../schemas/src/main/avro-history"))) {
            released = files.filter(Files::isRegularFile)
                    .sorted(Comparator.comparing(file -> file.getParent().getFileName()))
                    .toList();
        }
        Map<String, Schema> first = new TreeMap<>();
        for (Path file : released) {
            Schema schema = new Schema.Parser().parse(Files.readString(file));
            String subject = "released-" + schema.getName() + "-value";
            registry.register(subject, schema);
            if (first.putIfAbsent(subject, schema) == null) {
                registry.requireCompatibility(subject);
            }
        }
        assertThat(first).hasSizeGreaterThan(25);
        ConfluentRegistry another = new ConfluentRegistry(platform.registryUrl(), Map.of());
        first.forEach((subject, schema) -> {
            assertThat(another.obstacles(subject, schema)).as(subject).isEmpty();
            assertThat(another.register(subject, schema)).isEqualTo(registry.register(subject, schema));
        });
    }

    private static void assertThatReadersMayComeButWriteNothing(String url) throws Exception {
        String reader = "postgresql://modelwatch_reader@";
        assertThat(url).startsWith(reader + "127.0.0.1:").endsWith("/modelwatch");
        String jdbc = "jdbc:postgresql://" + url.substring(reader.length()) + "?user=modelwatch_reader";
        try (Connection connection = DriverManager.getConnection(jdbc);
                Statement statement = connection.createStatement()) {
            assertThat(statement.execute("select 1")).isTrue();
            statement.execute("set default_transaction_read_only = off");
            for (String refused : List.of(
                    "select * from public.kept", "create table public.mine (x int)", "create temp table t (x int)")) {
                assertThatThrownBy(() -> statement.execute(refused)).hasMessageContaining("permission denied");
            }
        }
    }

    private void topicsAreMadeHeldAgainstTheCatalogueAndTakenAway(EmbeddedPlatform platform) throws Exception {
        KafkaConnection kafka = connection(platform, "acme", 1);
        ConfluentRegistry registry = new ConfluentRegistry(platform.registryUrl(), Map.of());
        assertThat(TopicsAdmin.verify(kafka, registry).problems())
                .contains(
                        "topic acme.changes.v1 is missing: 'modelwatch topics create' makes it",
                        "subject acme.changes.v1-value: has no schema: 'modelwatch topics create' registers it");
        assertThatThrownBy(() -> TopicsAdmin.ensure(connection(platform, "acme", 3), registry))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("kafka.replication is 3, but there is 1 broker")
                .hasMessageContaining("MODELWATCH_KAFKA_REPLICATION");

        assertThat(TopicsAdmin.ensure(kafka, registry)).contains("acme.changes.v1");

        assertThat(TopicsAdmin.ensure(kafka, registry)).isEmpty();
        Findings good = TopicsAdmin.verify(kafka, registry);
        assertThat(good.problems()).isEmpty();
        assertThat(good.remarks()).isEmpty();
        try (Admin admin = admin(platform)) {
            // As where another instance made one of them since they were looked for.
            assertThat(TopicsAdmin.create(
                            admin,
                            List.of(new NewTopic("acme.changes.v1", 4, (short) 1), new NewTopic("acme-late", 1, (short)
                                    1))))
                    .containsExactly("acme-late");
            assertThatThrownBy(() -> TopicsAdmin.create(admin, List.of(new NewTopic("a wrong name", 1, (short) 1))))
                    .hasCauseInstanceOf(InvalidTopicException.class);
            admin.deleteTopics(List.of("acme-late")).all().get();
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, "acme.mboms.v1"),
                            List.of(set("cleanup.policy", "delete"), set("max.message.bytes", "1000")),
                            new ConfigResource(ConfigResource.Type.TOPIC, "acme.changes.v1"),
                            List.of(set("retention.ms", "1000"))))
                    .all()
                    .get();
            admin.createPartitions(Map.of("acme.alerts.v1", NewPartitions.increaseTo(5)))
                    .all()
                    .get();
        }
        registry.delete("acme.mboms.v1-value");
        registry.register("acme.mboms.v1-value", SCHEMA);
        await().untilAsserted(() -> assertThat(
                        TopicsAdmin.verify(kafka, registry).problems())
                .anyMatch(one -> one.contains("acme.mboms.v1: cleanup.policy is delete, modelwatch needs compact"))
                .anyMatch(one -> one.contains("acme.mboms.v1: max.message.bytes is 1000"))
                .anyMatch(one -> one.contains("acme.alerts.v1: partitions is 5, modelwatch needs 4"))
                .anyMatch(one -> one.startsWith("subject acme.mboms.v1-value: its newest schema does not go with")));
        assertThat(TopicsAdmin.verify(kafka, registry).remarks())
                .containsExactly("topic acme.changes.v1: retention.ms is 1000, declared is -1");

        Path store = Files.createDirectories(dir.resolve("streams/acme-drift/0_0"));
        try (Admin admin = admin(platform)) {
            admin.createTopics(List.of(
                            new NewTopic("acme-drift-states-changelog", 1, (short) 1),
                            new NewTopic("acme-drift-of-another", 1, (short) 1)))
                    .all()
                    .get();
            admin.alterConsumerGroupOffsets(
                            "acme-drift", Map.of(new TopicPartition("acme.mboms.v1", 0), new OffsetAndMetadata(0)))
                    .all()
                    .get();
            Erasure reset = Erasure.ofRole(kafka, dir, Role.ALERTS);
            assertThat(reset.topics()).containsExactly("acme-drift-states-changelog");
            assertThat(reset.groups()).containsExactly("acme-drift");
            reset.run(kafka, registry);
            assertThat(store).doesNotExist();
            await().untilAsserted(() -> assertThat(admin.listTopics().names().get())
                    .contains("acme-drift-of-another", "acme.alerts.v1")
                    .doesNotContain("acme-drift-states-changelog"));
            assertThat(Erasure.ofRole(kafka, dir, Role.ALERTS).isEmpty()).isTrue();

            Erasure.ofRole(kafka, dir, Role.POLLERS).run(kafka, registry);
            Erasure.ofAll(kafka, dir).run(kafka, registry);
            await().untilAsserted(() -> assertThat(admin.listTopics().names().get())
                    .contains("kept", "acme-drift-of-another")
                    .noneMatch(name -> name.startsWith("acme.")));
        }
    }

    private static KafkaConnection connection(EmbeddedPlatform platform, String prefix, int replication) {
        return new KafkaConnection(
                platform.bootstrap(),
                platform.registryUrl(),
                new Topics(prefix),
                (short) replication,
                Map.of(),
                Map.of());
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    @Test
    void shouldNameThePortThatIsTakenAndTheOptionThatChangesIt() throws Exception {
        PlatformConfig config = config();
        try (ServerSocket taken = new ServerSocket(config.registryPort(), 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> EmbeddedPlatform.start(config, line -> {}))
                    .isInstanceOf(PlatformException.class)
                    .hasMessageContaining("port " + taken.getLocalPort())
                    .hasMessageContaining("--registry-port");
        }
    }

    private static Admin admin(EmbeddedPlatform platform) {
        return Admin.create(Map.of("bootstrap.servers", platform.bootstrap()));
    }

    private static void execute(EmbeddedPlatform platform, String sql) throws Exception {
        try (Connection connection = platform.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private PlatformConfig config() throws IOException {
        try (ServerSocket a = new ServerSocket(0);
                ServerSocket b = new ServerSocket(0);
                ServerSocket c = new ServerSocket(0);
                ServerSocket d = new ServerSocket(0)) {
            return new PlatformConfig(dir, a.getLocalPort(), b.getLocalPort(), c.getLocalPort(), d.getLocalPort());
        }
    }
}
