package io.modelwatch.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.modelwatch.alerts.delivery.Backlog;
import io.modelwatch.alerts.delivery.Deliveries;
import io.modelwatch.alerts.delivery.DeliveryConfig;
import io.modelwatch.app.Programs.Program;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Deliveries of a real process on a real broker, killed with messages on their way: nothing is lost, and what is repeated
 * has the same id. Beside a live endpoint stands a dead one, which holds back nobody and gets everything once it lives.
 */
class DeliveriesIT {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int ALERTS = 40;

    @TempDir
    Path dir;

    private final Programs programs = new Programs();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Receiver> receivers = new ArrayList<>();

    /** One request as it came in, accepted or not. */
    private record Received(String id, String alert, String body) {}

    /** An endpoint that accepts everything, and may be held: then it takes requests in and says nothing. */
    private final class Receiver {
        private final HttpServer server;
        private final List<Received> received = Collections.synchronizedList(new ArrayList<>());
        private final CountDownLatch release = new CountDownLatch(1);
        private volatile int holdAfter = Integer.MAX_VALUE;

        Receiver(int port) throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            server.setExecutor(threads);
            server.createContext("/in", this::take);
            server.start();
            receivers.add(this);
        }

        private void take(HttpExchange exchange) throws IOException {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            JsonNode alert = JsonMapper.shared().readTree(body);
            received.add(new Received(
                    exchange.getRequestHeaders().getFirst("Idempotency-Key"),
                    alert.path("id").stringValue(),
                    body));
            if (received.size() > holdAfter) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        }

        List<Received> received() {
            synchronized (received) {
                return List.copyOf(received);
            }
        }
    }

    @AfterEach
    void end() throws InterruptedException {
        receivers.forEach(receiver -> {
            receiver.release.countDown();
            receiver.server.stop(0);
        });
        threads.shutdownNow();
        programs.close();
    }

    @Test
    void aKillLosesNothingAndADeadEndpointHoldsBackNobody() throws Exception {
        List<Integer> ports = Ports.free(5);
        PlatformConfig platformConfig =
                new PlatformConfig(dir.resolve("platform"), ports.get(0), ports.get(1), ports.get(2), ports.get(3));
        int deadPort = ports.get(4);
        Receiver live = new Receiver(0);
        live.holdAfter = 60;
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(platformConfig, System.out::println)) {
            KafkaConnection kafka = new KafkaConnection(
                    platform.bootstrap(),
                    platform.registryUrl(),
                    new Topics("modelwatch"),
                    (short) 1,
                    Map.of(),
                    Map.of());
            ConfluentRegistry registry = new ConfluentRegistry(kafka.registryUrl(), Map.of());
            AvroSerdes serdes = new AvroSerdes(registry);
            TopicsAdmin.ensure(kafka, registry);
            Path config = configuration(kafka, live.server.getAddress().getPort(), deadPort);
            List<DeliveryConfig> deliveries = List.of(delivery("live", 1), delivery("dead", 1));

            // What was said before anybody listened is not sent.
            publish(kafka, serdes, -1, -1);
            Program first = start("first", config);
            publish(kafka, serdes, 0, 3);
            await().atMost(PATIENCE)
                    .until(() -> !first.alive() || live.received().size() > 60);
            assertThat(first.alive()).as(first.said()).isTrue();
            first.kill();
            int beforeTheKill = live.received().size();
            live.release.countDown();

            publish(kafka, serdes, 4, 5);
            Program second = start("second", config);
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(ids(live)).hasSize(ALERTS * 6));
            assertThat(second.alive()).as(second.said()).isTrue();
            everythingIsThereInOrder(live);
            // What was on its way when the process was killed came twice, and under its own id.
            assertThat(live.received().size())
                    .isGreaterThan(ALERTS * 6)
                    .isLessThanOrEqualTo(ALERTS * 6 + beforeTheKill);

            await().atMost(PATIENCE).untilAsserted(() -> {
                Map<String, Backlog> now = backlogs(kafka, deliveries);
                assertThat(now.get("live").waiting()).isZero();
                assertThat(now.get("live").state()).isEqualTo("delivering");
                assertThat(now.get("live").lastSuccess()).isNotNull();
                assertThat(now.get("dead").waiting()).isEqualTo(ALERTS * 6L);
                assertThat(now.get("dead").state()).isEqualTo("retrying");
                assertThat(now.get("dead").failingSince()).isNotNull();
                assertThat(now.get("dead").lastError()).contains("no answer from http://127.0.0.1:" + deadPort);
            });

            Receiver risen = new Receiver(deadPort);
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(ids(risen)).hasSize(ALERTS * 6));
            everythingIsThereInOrder(risen);

            second.stop();
            assertThat(backlogs(kafka, deliveries).values())
                    .allSatisfy(one -> assertThat(one.waiting()).as(one.name()).isZero())
                    .allSatisfy(one -> assertThat(one.state()).as(one.name()).isEqualTo("stopped"));
            assertThat(second.said()).doesNotContain("geheim");

            partitionsMoveBetweenInstances(kafka, serdes);
        }
    }

    /** A second instance comes and the first one goes, with messages on their way. */
    private void partitionsMoveBetweenInstances(KafkaConnection kafka, AvroSerdes serdes) throws Exception {
        Receiver receiver = new Receiver(0);
        Path secret = Files.writeString(dir.resolve("secret"), "geheim-moving");
        List<DeliveryConfig> moving = List.of(DeliveryConfig.fromMap(Map.of(
                "name",
                "moving",
                "type",
                "webhook",
                "settings",
                Map.of(
                        "url",
                        "http://127.0.0.1:" + receiver.server.getAddress().getPort() + "/in",
                        "secretFile",
                        secret.toString()))));
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (Deliveries one = Deliveries.start(moving, kafka, serdes, meters, "one")) {
            publish(kafka, serdes, 0, 3);
            await().atMost(PATIENCE).until(() -> receiver.received().size() > 10);
            try (Deliveries two = Deliveries.start(moving, kafka, serdes, new SimpleMeterRegistry(), "two")) {
                await().atMost(PATIENCE).until(() -> two.troubles().isEmpty());
                one.close();
                publish(kafka, serdes, 4, 5);
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(ids(receiver)).hasSize(ALERTS * 6));
                everythingIsThereInOrder(receiver);
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(
                                        backlogs(kafka, moving).get("moving").waiting())
                                .isZero());
            }
        }
        assertThat(backlogs(kafka, moving).get("moving").state()).isEqualTo("stopped");
    }

    private static void everythingIsThereInOrder(Receiver receiver) {
        Map<String, List<String>> states = new LinkedHashMap<>();
        Map<String, String> bodies = new HashMap<>();
        for (Received one : receiver.received()) {
            String before = bodies.put(one.id(), one.body());
            if (before == null) {
                states.computeIfAbsent(one.alert(), alert -> new ArrayList<>())
                        .add(JsonMapper.shared()
                                .readTree(one.body())
                                .path("reason")
                                .stringValue());
            } else {
                assertThat(one.body()).as("the same id is the same message").isEqualTo(before);
            }
        }
        assertThat(states).hasSize(ALERTS);
        assertThat(states.values()).allSatisfy(of -> assertThat(of).containsExactly("0", "1", "2", "3", "4", "5"));
    }

    private static Set<String> ids(Receiver receiver) {
        Set<String> ids = new HashSet<>();
        receiver.received().forEach(one -> ids.add(one.id()));
        return ids;
    }

    private static Map<String, Backlog> backlogs(KafkaConnection kafka, List<DeliveryConfig> deliveries) {
        Map<String, Backlog> backlogs = new HashMap<>();
        Backlog.read(kafka, deliveries).forEach(one -> backlogs.put(one.name(), one));
        return backlogs;
    }

    /** Says some states of every alert, one round after the other. */
    private static void publish(KafkaConnection kafka, AvroSerdes serdes, int from, int to) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, Alert> producer = new KafkaProducer<>(
                kafka.clientProperties(),
                new StringSerializer(),
                serdes.of(Topics.ALERTS).serializer())) {
            for (int round = from; round <= to; round++) {
                for (int i = 0; i < ALERTS; i++) {
                    Instant at = Instant.parse("2026-03-01T10:00:00Z").plusSeconds(round);
                    Alert alert = Alert.newBuilder()
                            .setId(Ids.digest("alert", Integer.toString(i)))
                            .setDeployment("deployment-" + i)
                            .setKinds(List.of(ChangeKind.MODEL_SWAPPED))
                            .setVerdict(Verdict.UNAPPROVED)
                            .setSeverity(Severity.HIGH)
                            .setState(AlertState.OPEN)
                            .setOpenedAt(at)
                            .setUpdatedAt(at)
                            .setReason(Integer.toString(round))
                            .setCorrelationId("c")
                            .build();
                    ProducerRecord<String, Alert> record =
                            new ProducerRecord<>(kafka.topics().name(Topics.ALERTS), alert.getId(), alert);
                    CloudEvents.set(
                            record.headers(),
                            Topics.ALERTS,
                            Ids.digest(alert.getId(), Integer.toString(round)),
                            "modelwatch/drift",
                            alert.getDeployment(),
                            at);
                    sent.add(producer.send(record));
                }
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        }
    }

    private Program start(String name, Path config) throws IOException {
        Program program = programs.start(
                dir.resolve(name + ".log"),
                Map.of(
                        "MODELWATCH_DELIVERIES_LIVE_SECRET", "geheim-live",
                        "MODELWATCH_DELIVERIES_DEAD_SECRET", "geheim-dead"),
                List.of(
                        "run",
                        "alerts",
                        "--config",
                        config.toString(),
                        "--data-dir",
                        dir.resolve("alerts").toString()));
        await().atMost(PATIENCE).until(() -> !program.alive() || program.said().contains("roles are up"));
        assertThat(program.alive()).as(program.said()).isTrue();
        return program;
    }

    private Path configuration(KafkaConnection kafka, int live, int dead) throws IOException {
        return Files.writeString(
                dir.resolve("modelwatch.yaml"), """
                kafka:
                  bootstrap: %s
                  registry: %s
                  replication: 1
                deliveries:
                  - name: live
                    type: webhook
                    settings: {url: "http://127.0.0.1:%d/in"}
                  - name: dead
                    type: webhook
                    settings: {url: "http://127.0.0.1:%d/in"}
                """.formatted(kafka.bootstrap(), kafka.registryUrl(), live, dead));
    }

    private static DeliveryConfig delivery(String name, int port) {
        return DeliveryConfig.fromMap(
                Map.of("name", name, "type", "webhook", "settings", Map.of("url", "http://127.0.0.1:" + port + "/in")));
    }
}
