package io.modelwatch.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.modelwatch.app.Programs.Program;
import io.modelwatch.app.cli.ModelwatchCommand;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.streams.changes.ChangesTopology;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The demo's process is killed half-way and {@code up} goes on with its data: what was observed is all there, once, on
 * the topics and in the database.
 */
class CrashIT {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Topics TOPICS = new Topics("modelwatch");

    @TempDir
    Path dir;

    private final Programs programs = new Programs();
    private String apiPort = "";
    private String kafkaPort = "";
    private String registryPort = "";
    private String postgresPort = "";
    private List<String> ports = List.of();

    @BeforeEach
    void choosePorts() throws IOException {
        List<Integer> free = Ports.free(5);
        apiPort = free.get(0).toString();
        kafkaPort = free.get(1).toString();
        registryPort = free.get(3).toString();
        postgresPort = free.get(4).toString();
        ports = List.of(
                "--port", apiPort,
                "--kafka-port", kafkaPort,
                "--kafka-controller-port", free.get(2).toString(),
                "--registry-port", registryPort,
                "--postgres-port", postgresPort);
    }

    @AfterEach
    void end() throws InterruptedException {
        programs.close();
    }

    @Test
    void whatAKilledDemoHasObservedIsThereOnceAfterUp() throws Exception {
        Path data = dir.resolve("data");
        Path demoLog = dir.resolve("demo.log");
        String replayPort = Ports.free(1).getFirst().toString();
        Program demo = start(
                demoLog, "demo", "--exit", "--days", "60", "--data-dir", data.toString(), "--replay-port", replayPort);
        await().atMost(PATIENCE).until(() -> !demo.alive() || demo.said().contains("-- day 30 of 60"));
        assertThat(demo.alive()).as(demo.said()).isTrue();
        demo.kill();

        Path upLog = dir.resolve("up.log");
        Path config = Files.writeString(dir.resolve("modelwatch.yaml"), "sources: []\n");
        Program up = start(upLog, "up", "--config", config.toString(), "--data-dir", data.toString());
        await().atMost(PATIENCE).until(() -> !up.alive() || up.said().contains("modelwatch is up"));
        assertThat(up.alive()).as(up.said()).isTrue();
        // Nothing is pushed; the answer comes when all that was there has passed through.
        HttpResponse<String> settled = push("?wait=true");
        assertThat(settled.statusCode()).as(settled.body()).isEqualTo(200);

        AvroSerdes serdes = new AvroSerdes(
                new ConfluentRegistry("http://127.0.0.1:" + registryPort + "/apis/ccompat/v7", Map.of()));
        List<ConsumerRecord<String, byte[]>> observations = read(Topics.OBSERVATIONS);
        assertThat(observations).hasSizeGreaterThan(1000);
        List<String> changes = new ArrayList<>();
        List<String> direct = new ArrayList<>();
        for (Change change : decoded(serdes, Topics.CHANGES)) {
            changes.add(change.getId());
            if (!change.getSource().equals("modelwatch")) {
                direct.add(change.getId());
            }
        }
        assertThat(changes).doesNotHaveDuplicates();
        assertThat(direct).containsExactlyInAnyOrderElementsOf(recomputed(serdes, observations));
        assertThat(column("select id from changes")).containsExactlyInAnyOrderElementsOf(changes);

        List<String> revisions = new ArrayList<>();
        Map<String, List<Long>> byDeployment = new TreeMap<>();
        for (Mbom mbom : decoded(serdes, Topics.MBOMS)) {
            revisions.add(mbom.getDeployment() + " " + mbom.getRevision());
            byDeployment
                    .computeIfAbsent(mbom.getDeployment(), d -> new ArrayList<>())
                    .add(mbom.getRevision());
        }
        assertThat(revisions).isNotEmpty();
        byDeployment.forEach((deployment, numbers) -> {
            for (int i = 0; i < numbers.size(); i++) {
                assertThat(numbers.get(i)).as(deployment).isEqualTo(i + 1L);
            }
        });
        assertThat(column("select deployment || ' ' || revision from mboms"))
                .containsExactlyInAnyOrderElementsOf(revisions);

        assertThatTheFleetIsThatOfAPlainReplay(decoded(serdes, Topics.MBOMS));

        List<String> transitions = new ArrayList<>();
        Map<String, Alert> last = new HashMap<>();
        for (Alert alert : decoded(serdes, Topics.ALERTS)) {
            transitions.add(alert.getId() + " " + alert.getState());
            assertThat(alert).as("an alert is told only when it changed").isNotEqualTo(last.put(alert.getId(), alert));
        }
        assertThat(transitions).isNotEmpty();
        assertThat(column("select id || ' ' || state from alert_transitions"))
                .containsExactlyInAnyOrderElementsOf(transitions);
        Set<String> states = new HashSet<>();
        last.values().forEach(alert -> states.add(alert.getId() + " " + alert.getState()));
        assertThat(column("select id || ' ' || state from alerts")).containsExactlyInAnyOrderElementsOf(states);
        assertThat(read(Topics.DEAD_LETTERS)).isEmpty();
        assertThat(proof()).contains("\"holds\":true", "\"rows\":" + (revisions.size() + transitions.size()) + ",");
        assertThatStatusSeesAllRolesAndMissesTheSourcesOfTheDemo(config);
        assertThatAllIsAccountedForAndWhatIsNotIsNamed(config);
    }

    private void assertThatStatusSeesAllRolesAndMissesTheSourcesOfTheDemo(Path config) {
        String said = said("status", "--config", config.toString(), "--format", "jsonl");
        assertThat(said)
                .contains(
                        "\"name\":\"pollers\",\"state\":\"running\",\"wrong\":false,\"instances\":1",
                        "\"name\":\"streams\",\"state\":\"running\",\"wrong\":false,\"instances\":1",
                        "\"name\":\"alerts\",\"state\":\"running\",\"wrong\":false,\"instances\":1",
                        "\"name\":\"history\",\"state\":\"running\",\"wrong\":false,\"instances\":1",
                        "\"name\":\"http://127.0.0.1:" + apiPort + "\",\"state\":\"ready\"");
        assertThat(said.lines().filter(line -> line.contains("\"wrong\":true")))
                .as("the sources of the demo, which nobody sweeps any more, and nothing else")
                .isNotEmpty()
                .allMatch(line -> line.contains("\"kind\":\"source\"") && line.contains("not swept since"));
    }

    private void assertThatAllIsAccountedForAndWhatIsNotIsNamed(Path config) throws SQLException {
        assertThat(reconciled(config, "20s")).startsWith("0 ").doesNotContain("\"examples\":[\"");

        String change = column("select min(id) from changes where kind not in ('APPEARED', 'REMOVED')")
                .getFirst();
        String deployment = column("select min(deployment) from mboms").getFirst();
        String alert = column("select min(alert) from verdicts").getFirst();
        String alike = "insert into alert_transitions (partition, \"offset\", id, deployment, state, verdict, severity,"
                + " updated_at, correlation_id, document, path) select 99, 1, id, deployment, state, verdict, severity,"
                + " updated_at, correlation_id, document, path from alerts where id = '" + alert + "'";
        List.of(
                        "delete from changes where id = '" + change + "'",
                        "update mboms set document = '{}' where revision = 1 and deployment = '" + deployment + "'",
                        alike)
                .forEach(this::tamper);
        assertThat(reconciled(config, "2s").lines().filter(line -> line.contains("\"examples\":[\"")))
                .as("what was done is found, and nothing else")
                .satisfiesExactly(
                        line -> assertThat(line)
                                .contains("changes -> rows", "\"lost\":1,\"duplicated\":0,\"differing\":0", change),
                        line -> assertThat(line)
                                .contains("MBOMs -> rows", "\"lost\":0,\"duplicated\":0,\"differing\":1", deployment),
                        line -> assertThat(line).contains("alerts -> rows", "\"duplicated\":1", alert),
                        line -> assertThat(line).contains("findings -> rows", "\"lost\":1", alert));
    }

    private String reconciled(Path config, String patience) {
        return said("reconcile", "--config", config.toString(), "--format", "jsonl", "--patience", patience);
    }

    /** Returns the exit status of a command and what it says. */
    private String said(String... command) {
        StringWriter said = new StringWriter();
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(ports);
        int exit = ModelwatchCommand.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(Writer.nullWriter()))
                .execute(arguments.toArray(String[]::new));
        return exit + " " + said;
    }

    private void tamper(String sql) {
        String url = "jdbc:postgresql://127.0.0.1:" + postgresPort + "/modelwatch?user=postgres";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isEqualTo(1);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** At a hundred moments of the recorded days: one map of times a role, without any SQL. */
    private void assertThatTheFleetIsThatOfAPlainReplay(List<Mbom> mboms) throws SQLException {
        Map<String, NavigableMap<Instant, String>> roles = new TreeMap<>();
        for (Mbom mbom : mboms) {
            Map<String, Instant> times = new HashMap<>();
            mbom.getChanges().forEach(change -> times.put(change.getField(), change.getEffectiveAt()));
            Map<String, String> runs = new HashMap<>();
            mbom.getComponents().forEach(one -> runs.put(mbom.getDeployment() + " " + one.getRole(), one.getModel()));
            runs.keySet().forEach(role -> roles.putIfAbsent(role, new TreeMap<>()));
            roles.forEach((role, models) -> {
                String newest = models.isEmpty() ? null : models.lastEntry().getValue();
                if (role.startsWith(mbom.getDeployment() + " ") && !Objects.equals(newest, runs.get(role))) {
                    String field =
                            "models." + role.substring(mbom.getDeployment().length() + 1) + ".id";
                    Instant from = times.getOrDefault(
                            field, mbom.getEffectiveAt() == null ? mbom.getAt() : mbom.getEffectiveAt());
                    models.tailMap(from, true).clear();
                    models.put(from, runs.get(role));
                }
            });
        }
        Instant first = mboms.stream().map(Mbom::getAt).min(Instant::compareTo).orElseThrow();
        Instant last = mboms.stream().map(Mbom::getAt).max(Instant::compareTo).orElseThrow();
        Random random = new Random(20261125);
        for (int i = 0; i < 100; i++) {
            Instant at = first.plusSeconds(
                    random.nextLong(Duration.between(first, last).toSeconds() + 86_400));
            List<String> fleet = new ArrayList<>();
            roles.forEach((role, models) -> {
                Map.Entry<Instant, String> model = models.floorEntry(at);
                if (model != null && model.getValue() != null) {
                    fleet.add(role + " " + model.getValue());
                }
            });
            assertThat(column("select deployment || ' ' || role || ' ' || model from modelwatch.fleet_as_of('" + at
                            + "')"))
                    .as("the fleet at %s", at)
                    .containsExactlyInAnyOrderElementsOf(fleet);
        }
    }

    /** What the changes topology makes of the same observations where nothing is ever killed, partition by partition. */
    private List<String> recomputed(AvroSerdes serdes, List<ConsumerRecord<String, byte[]>> observations) {
        List<String> ids = new ArrayList<>();
        for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
            Properties settings = new Properties();
            settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "recomputed-" + partition);
            settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:9092");
            settings.put(
                    StreamsConfig.STATE_DIR_CONFIG, dir.resolve("recomputed").toString());
            try (TopologyTestDriver driver = new TopologyTestDriver(ChangesTopology.build(TOPICS, serdes), settings)) {
                TestInputTopic<String, byte[]> in = driver.createInputTopic(
                        TOPICS.name(Topics.OBSERVATIONS), new StringSerializer(), new ByteArraySerializer());
                TestOutputTopic<String, Change> out = driver.createOutputTopic(
                        TOPICS.name(Topics.CHANGES),
                        new StringDeserializer(),
                        serdes.of(Topics.CHANGES).deserializer());
                for (ConsumerRecord<String, byte[]> observation : observations) {
                    if (observation.partition() == partition) {
                        in.pipeInput(observation.key(), observation.value());
                    }
                }
                out.readValuesToList().forEach(change -> ids.add(change.getId()));
            }
        }
        return ids;
    }

    private Program start(Path log, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(ports);
        return programs.start(log, Map.of(), all);
    }

    /** What the ledger says of the rows. */
    private String proof() throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI address = URI.create("http://127.0.0.1:" + apiPort + "/v1/ledger/verification");
            return http.send(HttpRequest.newBuilder(address).timeout(PATIENCE).build(), BodyHandlers.ofString())
                    .body();
        }
    }

    private HttpResponse<String> push(String query) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + apiPort + "/v1/observations" + query))
                            .header("Content-Type", "application/x-ndjson")
                            .timeout(PATIENCE)
                            .POST(BodyPublishers.ofString("\n"))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    private <V extends SpecificRecord> List<V> decoded(AvroSerdes serdes, Topic<V> topic) {
        return read(topic).stream()
                .map(record -> serdes.of(topic).deserializer().deserialize(record.topic(), record.value()))
                .toList();
    }

    /** Everything committed, partition by partition, in order. */
    private List<ConsumerRecord<String, byte[]>> read(Topic<?> topic) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", "127.0.0.1:" + kafkaPort);
        settings.put("isolation.level", "read_committed");
        settings.put("auto.offset.reset", "earliest");
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(TOPICS.name(topic)).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }

    private List<String> column(String sql) throws SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + postgresPort + "/modelwatch?user=postgres";
        List<String> values = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }
}
