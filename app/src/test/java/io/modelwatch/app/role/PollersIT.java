package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.app.Programs;
import io.modelwatch.app.Programs.Program;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.producers.Pollers;
import io.modelwatch.producers.SourceConfig;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.shared.PollersDatabase;
import io.modelwatch.producers.telemetry.SpanHealth;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.NewerSchemaException;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.SweepOutcome;
import io.modelwatch.schemas.avro.Tick;
import io.modelwatch.streams.changes.ChangesTopology;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Pollers on a real broker and registry: what they see, and above all what they make of not seeing. */
class PollersIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int VENDORS = 5;

    @TempDir
    static Path dataDir;

    private static EmbeddedPlatform platform;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private HttpServer server;

    /** Pages of the hub that answer; the ones from here on do not. */
    private volatile int pagesUp = 3;

    private volatile String newestRevision = "s1";

    @BeforeAll
    static void startPlatform() throws IOException {
        PlatformConfig ports = new PlatformConfig(dataDir, freePort(), freePort(), freePort(), freePort());
        platform = EmbeddedPlatform.start(ports, System.out::println);
    }

    @AfterAll
    static void stopPlatform() {
        platform.close();
    }

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
        KafkaConnection kafka = kafka("modelwatch");
        AvroSerdes serdes = serdes(kafka);
        Reader reader = new Reader(kafka, serdes);
        try (StreamsRunner changes = RoleTopology.CHANGES.start(
                ChangesTopology.build(kafka.topics(), serdes), kafka, dataDir.resolve("streams"))) {
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

    /** Polls of each vendor, by its number. */
    private final List<AtomicInteger> polls =
            Stream.generate(AtomicInteger::new).limit(VENDORS).toList();

    private final AtomicInteger olderPages = new AtomicInteger();
    private volatile int failing = -1;

    @Test
    void shouldShareSourcesAmongTwoProcessesAndSurviveTheLossOfOne() throws Exception {
        for (int i = 0; i < VENDORS; i++) {
            int vendor = i;
            server.createContext("/vendor" + i, exchange -> vendor(exchange, vendor));
        }
        server.createContext("/hub/api/models", this::sortedHub);
        KafkaConnection kafka = kafka("shared");
        Reader reader = new Reader(kafka, serdes(kafka));
        try (Programs programs = new Programs()) {
            Map<String, Program> running = new TreeMap<>();
            for (String name : List.of("one", "two")) {
                Path own = Files.createDirectories(dataDir.resolve(name));
                Path config = Files.writeString(own.resolve("modelwatch.yaml"), sharedConfig(kafka));
                Program program = programs.start(
                        own.resolve("log"),
                        Map.of(),
                        List.of("run", "pollers", "--config", config.toString(), "--data-dir", own.toString()));
                Path id = own.resolve("streams").resolve("instance-id");
                await().atMost(PATIENCE).until(() -> Files.exists(id));
                running.put(Files.readString(id).strip(), program);
            }
            // Six sources and the ticks: neither has more than its half of seven.
            await().atMost(PATIENCE)
                    .until(() -> running.keySet().stream().allMatch(one -> Collections.frequency(owners(), one) >= 2));
            await().atMost(PATIENCE).until(() -> polls.stream().allMatch(one -> one.get() >= 2));

            // From here on nobody is new: no source is polled more often than it is due.
            long begin = System.nanoTime();
            List<Integer> before = polls.stream().map(AtomicInteger::get).toList();
            await().atMost(PATIENCE)
                    .until(() -> polls.getFirst().get() >= before.getFirst() + 8
                            && polls.getLast().get() >= before.getLast() + 8);
            List<Integer> after = polls.stream().map(AtomicInteger::get).toList();
            double seconds = (System.nanoTime() - begin) / 1e9;
            for (int i = 0; i < VENDORS; i++) {
                assertThat(after.get(i) - before.get(i))
                        .as("polls of vendor %d", i)
                        .isLessThan((int) seconds + 3);
            }

            String victim = owner("hub");
            assertThat(olderPages).hasValue(1);
            failing = IntStream.range(0, VENDORS)
                    .filter(vendor -> victim.equals(owner("vendor" + vendor)))
                    .findFirst()
                    .orElseThrow();
            await().atMost(PATIENCE)
                    .until(() -> health(reader, "vendor" + failing).getConsecutiveFailures() >= 2);
            SourceHealth failed = health(reader, "vendor" + failing);
            newestRevision = "s2";
            running.get(victim).kill();
            Instant killed = Instant.now();
            List<Integer> atDeath = polls.stream().map(AtomicInteger::get).toList();
            await().atMost(PATIENCE).until(() -> owners().stream().noneMatch(victim::equals));
            await().atMost(PATIENCE).until(() -> {
                for (int i = 0; i < VENDORS; i++) {
                    if (polls.get(i).get() < atDeath.get(i) + 3) {
                        return false;
                    }
                }
                return true;
            });
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(reader.values(Topics.TICKS))
                            .anyMatch(tick -> tick.getAt().isAfter(killed.plusSeconds(5))));
            // Where it was is known to whoever took it: the older page was read once in all, and failures go on.
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(reader.values(Topics.OBSERVATIONS))
                            .filteredOn(one -> one.getModel() != null)
                            .anyMatch(one -> "s2".equals(one.getModel().getRevision())));
            assertThat(olderPages).hasValue(1);
            SourceHealth still = health(reader, "vendor" + failing);
            assertThat(still.getSince()).isEqualTo(failed.getSince());
            assertThat(still.getConsecutiveFailures()).isGreaterThan(failed.getConsecutiveFailures());
            for (Program program : running.values()) {
                program.stop();
            }
        }
        assertThatNothingIsLostOrDoubled(reader);
    }

    @Test
    void shouldForgetWhatPushesOnlyOnceNoInstanceHasIt() {
        KafkaConnection kafka = kafka("pushing");
        AvroSerdes serdes = serdes(kafka);
        Reader reader = new Reader(kafka, serdes);
        SourceHealth silent = SpanHealth.starting(Duration.ofMinutes(5), Instant.parse("2026-03-01T00:00:00Z"));
        try (SpanHealth spans = new SpanHealth(
                        Duration.ofMinutes(5),
                        new Publisher(kafka, serdes, "pushing-spans", InstantSource.system()),
                        InstantSource.system());
                Pollers has = startShared(List.of(), kafka, "has", List.of(silent))) {
            assertThat(has.sources()).isEmpty();
            spans.heard();
            startShared(sources(), kafka, "other", List.of()).close();
            assertThat(reader.forgotten(Topics.SOURCES)).isEmpty();
        }
        startShared(sources(), kafka, "other", List.of()).close();
        assertThat(reader.forgotten(Topics.SOURCES)).containsExactly(silent.getSource());
    }

    @Test
    void shouldNotStartOnASchemaThatANewerVersionHasMadeOfTheDatabase() throws Exception {
        PollersDatabase.open(platform.dataSource(), "newer", "one").close();
        try (Connection connection = platform.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("insert into pollers.flyway_schema_history (installed_rank, version, description, type,"
                    + " script, checksum, installed_by, execution_time, success)"
                    + " values (999, '999', 'later', 'SQL', 'V999__later.sql', 1, 'test', 1, true)");
            assertThatThrownBy(() -> PollersDatabase.open(platform.dataSource(), "newer", "one"))
                    .isInstanceOf(NewerSchemaException.class)
                    .hasMessageContaining("to version 999 of its schema, and this one knows 2");

            // The way back that it names.
            statement.execute("drop schema pollers cascade");
        }
        PollersDatabase.open(platform.dataSource(), "newer", "one").close();
    }

    private static Pollers startShared(
            List<SourceConfig> sources, KafkaConnection kafka, String instance, List<SourceHealth> unpolled) {
        return Pollers.start(
                sources,
                kafka,
                serdes(kafka),
                InstantSource.system(),
                Duration.ofMinutes(1),
                true,
                unpolled,
                PollersDatabase.open(platform.dataSource(), kafka.topics().prefix(), instance));
    }

    /** A vendor tells the number of the poll: each is observed once, in order, but for one that the kill cut. */
    private void assertThatNothingIsLostOrDoubled(Reader reader) {
        List<Observation> all = reader.values(Topics.OBSERVATIONS);
        for (int i = 0; i < VENDORS; i++) {
            if (i == failing) {
                continue;
            }
            String source = "vendor" + i;
            List<Long> seen = all.stream()
                    .filter(one -> one.getSource().equals(source) && one.getModel() != null)
                    .map(one -> (Long) one.getModel().getAttributes().get("poll"))
                    .toList();
            assertThat(seen).as(source).isSorted().doesNotHaveDuplicates();
            // One more may have been cut by the stop at the end, which is then the last.
            assertThat(seen.getLast() - seen.size())
                    .as("polls of %s without an observation", source)
                    .isBetween(0L, 1L);
        }
        List<Instant> ticks = reader.values(Topics.TICKS).stream()
                .map(Tick::getAt)
                .distinct()
                .sorted()
                .toList();
        // One of the two ticked: late ones there may be, but not more than seconds.
        long seconds = Duration.between(ticks.getFirst(), ticks.getLast()).toSeconds();
        assertThat((long) ticks.size()).isLessThan(seconds + 5);
    }

    private String sharedConfig(KafkaConnection kafka) {
        StringBuilder config =
                new StringBuilder("""
                kafka: {bootstrap: "%s", registry: "%s", replication: 1}
                topics: {prefix: shared}
                database: {url: "%s"}
                ticks: {every: 1s}
                sources:
                  - name: hub
                    type: huggingface
                    every: 1s
                    settings: {baseUrl: "%s/hub", scopes: ["author:acme"]}
                """.formatted(kafka.bootstrap(), kafka.registryUrl(), platform.jdbcUrl(), url()));
        for (int i = 0; i < VENDORS; i++) {
            config.append("""
                      - name: vendor%d
                        type: json-list
                        every: 1s
                        settings: {baseUrl: "%s/vendor%d", descriptor: openrouter}
                    """.formatted(i, url(), i));
        }
        return config.toString();
    }

    private void vendor(HttpExchange exchange, int vendor) throws IOException {
        int poll = polls.get(vendor).incrementAndGet();
        answer(exchange, vendor == failing ? 401 : 200, "{\"data\":[{\"id\":\"m\",\"poll\":" + poll + "}]}");
    }

    /** Two pages, the newest model first; who knows the newest needs the first page alone. */
    private void sortedHub(HttpExchange exchange) throws IOException {
        if (String.valueOf(exchange.getRequestURI().getRawQuery()).contains("page=1")) {
            olderPages.incrementAndGet();
            answer(exchange, 200, "[{\"id\":\"acme/m2\",\"sha\":\"s\",\"lastModified\":\"2026-01-01T00:00:00Z\"}]");
            return;
        }
        exchange.getResponseHeaders().set("Link", "<" + url() + "/hub/api/models?page=1>; rel=\"next\"");
        String day = newestRevision.equals("s1") ? "03" : "04";
        answer(
                exchange,
                200,
                "[{\"id\":\"acme/m0\",\"sha\":\"" + newestRevision + "\",\"lastModified\":\"2026-01-" + day
                        + "T00:00:00Z\"},{\"id\":\"acme/m1\",\"sha\":\"s\",\"lastModified\":\"2026-01-02T00:00:00Z\"}]");
    }

    private static List<String> owners() {
        return column("select instance_name from pollers.owners");
    }

    private static String owner(String source) {
        return column("select instance_name from pollers.owners where job_name = '" + source + "'")
                .getFirst();
    }

    /** Empty while nobody has made the schema yet. */
    private static List<String> column(String sql) {
        List<String> values = new ArrayList<>();
        try (Connection connection = platform.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        } catch (SQLException e) {
            return List.of();
        }
        return values;
    }

    private static KafkaConnection kafka(String prefix) {
        return new KafkaConnection(
                platform.bootstrap(), platform.registryUrl(), new Topics(prefix), (short) 1, Map.of(), Map.of());
    }

    private static AvroSerdes serdes(KafkaConnection kafka) {
        ConfluentRegistry registry = new ConfluentRegistry(kafka.registryUrl(), Map.of());
        TopicsAdmin.ensure(kafka, registry);
        return new AvroSerdes(registry);
    }

    private Pollers start(KafkaConnection kafka, AvroSerdes serdes, boolean scheduled) {
        return Pollers.start(sources(), kafka, serdes, InstantSource.system(), null, scheduled, List.of(), null);
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
        return health(reader, "hub");
    }

    private static SourceHealth health(Reader reader, String source) {
        return reader.values(Topics.SOURCES).stream()
                .filter(one -> one.getSource().equals(source))
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

        List<String> forgotten(Topic<?> topic) {
            return records(topic).stream()
                    .filter(one -> one.value() == null)
                    .map(ConsumerRecord::key)
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
