package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.producers.Pollers;
import io.modelwatch.producers.SourceConfig;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.SweepOutcome;
import io.modelwatch.streams.changes.ChangesTopology;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Pollers on a real broker and registry: what they see, and above all what they make of not seeing. */
class PollersIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path dataDir;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private HttpServer server;

    /** Pages of the hub that answer; the ones from here on do not. */
    private volatile int pagesUp = 3;

    private volatile String newestRevision = "s1";

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/api/models", this::hub);
        server.createContext("/v1/models", exchange -> answer(exchange, 200, "{\"data\":[{\"id\":\"gpt-x\"}]}"));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void hub(HttpExchange exchange) throws IOException {
        String query = String.valueOf(exchange.getRequestURI().getRawQuery());
        int page = query.contains("page=") ? Integer.parseInt(query.replaceFirst(".*page=", "")) : 0;
        if (page >= pagesUp) {
            answer(exchange, 503, "{}");
            return;
        }
        if (page < 2) {
            exchange.getResponseHeaders()
                    .set("Link", "<" + url() + "/api/models?page=" + (page + 1) + ">; rel=\"next\"");
        }
        answer(exchange, 200, "[{\"id\":\"acme/m" + page + "\",\"sha\":\"" + newestRevision + "\"}]");
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private List<SourceConfig> sources() {
        return List.of(
                source("hub", "huggingface", Map.of("baseUrl", url(), "scopes", List.of("author:acme"))),
                source("vendor", "json-list", Map.of("baseUrl", url(), "descriptor", "openai")));
    }

    private static SourceConfig source(String name, String type, Map<String, Object> settings) {
        return new SourceConfig(name, type, Duration.ofSeconds(1), null, 2, settings);
    }

    @Test
    void shouldSeeWhatIsThereAndInventNothingWhereItCannotSee() throws Exception {
        PlatformConfig ports = new PlatformConfig(dataDir, freePort(), freePort(), freePort(), freePort());
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(ports, System.out::println)) {
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
            Reader reader = new Reader(kafka, serdes);
            try (StreamsRunner changes = StreamsRunner.start(
                    ChangesTopology.NAME,
                    ChangesTopology.build(kafka.topics(), serdes),
                    kafka,
                    dataDir.resolve("streams"))) {
                assertThat(changes.awaitRunning(PATIENCE)).isTrue();
                Instant blindSince;
                try (Pollers pollers = start(kafka, serdes, true)) {
                    assertThat(pollers.sources()).containsExactly("hub", "vendor");
                    await().atMost(PATIENCE)
                            .untilAsserted(() -> assertThat(reader.values(Topics.CHANGES))
                                    .extracting(Change::getSubject)
                                    .containsExactlyInAnyOrder(
                                            "pkg:huggingface/acme/m0",
                                            "pkg:huggingface/acme/m1",
                                            "pkg:huggingface/acme/m2",
                                            "pkg:generic/openai/gpt-x"));
                    pagesUp = 2;
                    await().atMost(PATIENCE).until(() -> sweeps(reader, SweepOutcome.PARTIAL) >= 3);
                    pagesUp = 0;
                    await().atMost(PATIENCE)
                            .until(() -> health(reader).getState() == SourceState.BLIND
                                    && health(reader).getConsecutiveFailures() >= 2);
                    assertThat(health(reader).getError()).contains("503 Service Unavailable");
                    blindSince = health(reader).getSince();
                }
                try (Pollers pollers = start(kafka, serdes, false)) {
                    assertThat(pollers.pollNow("hub").outcome()).isEqualTo(SweepOutcome.FAILED);
                    assertThat(health(reader).getSince()).isEqualTo(blindSince);
                    pagesUp = 3;
                    assertThat(pollers.pollNow("hub").outcome()).isEqualTo(SweepOutcome.COMPLETE);
                    assertThat(health(reader).getState()).isEqualTo(SourceState.SEEING);
                    assertThat(health(reader).getLastSuccessAt()).isNotNull();
                }
                // All is read once a change that was seen after it is told on every partition that the hub's models are
                // on.
                assertThat(reader.pagesWithoutCursor("hub|author:acme")).isEmpty();
                newestRevision = "s2";
                try (Pollers pollers = start(kafka, serdes, false)) {
                    assertThat(pollers.pollNow("hub").outcome()).isEqualTo(SweepOutcome.COMPLETE);
                }
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(reader.values(Topics.CHANGES))
                                .filteredOn(one -> one.getKind() != ChangeKind.APPEARED)
                                .extracting(Change::getField)
                                .containsExactly("revision", "revision", "revision"));
                assertThat(reader.values(Topics.CHANGES))
                        .filteredOn(one -> one.getKind() == ChangeKind.APPEARED)
                        .hasSize(4);
            }
        }
    }

    private Pollers start(KafkaConnection kafka, AvroSerdes serdes, boolean scheduled) {
        return Pollers.start(sources(), kafka, serdes, InstantSource.system(), null, scheduled);
    }

    private static long sweeps(Reader reader, SweepOutcome outcome) {
        return reader.values(Topics.OBSERVATIONS).stream()
                .filter(one ->
                        one.getKind() == ObservationKind.SWEEP && one.getSweep().getOutcome() == outcome)
                .map(Observation::getId)
                .distinct()
                .count();
    }

    private static SourceHealth health(Reader reader) {
        return reader.values(Topics.SOURCES).stream()
                .filter(one -> one.getSource().equals("hub"))
                .reduce((a, b) -> b)
                .orElseThrow();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Reads topics from their start, committed records only. */
    private record Reader(KafkaConnection kafka, AvroSerdes serdes) {

        <V extends SpecificRecord> List<V> values(Topic<V> topic) {
            return records(topic).stream()
                    .map(one -> serdes.of(topic).deserializer().deserialize(one.topic(), one.value()))
                    .toList();
        }

        /** Times of pages of which only one side, observations or cursor, was committed; each page has a time of its own. */
        Set<String> pagesWithoutCursor(String cursorKey) {
            Set<String> pages = new TreeSet<>();
            values(Topics.OBSERVATIONS).stream()
                    .filter(one -> one.getSource().equals("hub"))
                    .forEach(one -> pages.add(one.getObservedAt().toString()));
            Set<String> cursors = new TreeSet<>();
            records(Topics.CURSORS).stream()
                    .filter(one -> one.key().equals(cursorKey))
                    .forEach(one -> cursors.add(
                            JsonMapper.shared().readTree(one.value()).path("at").stringValue()));
            Set<String> both = new TreeSet<>(pages);
            both.retainAll(cursors);
            pages.addAll(cursors);
            pages.removeAll(both);
            return pages;
        }

        List<ConsumerRecord<String, byte[]>> records(Topic<?> topic) {
            Properties settings = kafka.clientProperties();
            settings.put("isolation.level", "read_committed");
            settings.put("auto.offset.reset", "earliest");
            List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
            try (KafkaConsumer<String, byte[]> consumer =
                    new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
                String name = kafka.topics().name(topic);
                List<TopicPartition> partitions = consumer.partitionsFor(name).stream()
                        .map(one -> new TopicPartition(name, one.partition()))
                        .toList();
                consumer.assign(partitions);
                Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
                while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                    consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                }
            }
            return records;
        }
    }
}
