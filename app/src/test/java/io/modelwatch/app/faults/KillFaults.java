package io.modelwatch.app.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.modelwatch.app.Programs;
import io.modelwatch.app.Programs.Program;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.app.role.Role;
import io.modelwatch.history.reconcile.Account;
import io.modelwatch.history.reconcile.Reconciliation;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Roles in processes of their own are killed at random moments while observations come in. In the end what was
 * acknowledged is accounted for once, from topic to row, and exactly those deployments have an open alert that run what
 * nobody approved. Run by {@code mvn verify -Pfaults}; {@code -Dfaults.kills=N -Dfaults.seed=N}.
 */
class KillFaults {

    private static final int KILLS = Integer.getInteger("faults.kills", 12);
    private static final long SEED = Long.getLong("faults.seed", 20261126L);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final List<Role> KILLED = List.of(Role.STREAMS, Role.ALERTS, Role.HISTORY, Role.POLLERS);

    /** Deployments that are observed between two kills, at most. */
    private static final int BETWEEN = 60;

    private static final int BATCH = 5;
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final String APPROVAL =
            "{\"id\":\"A-1\",\"type\":\"approval\",\"issuedAt\":\"2026-02-01T00:00:00Z\",\"subject\":{\"model\":\"pkg:generic/good/*\"}}\n";

    @TempDir
    Path dir;

    private final Programs programs = new Programs();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<Role, Program> running = new EnumMap<>(Role.class);
    private final Map<Role, Integer> healthPorts = new EnumMap<>(Role.class);

    /** Deployments whose observations were acknowledged. */
    private final AtomicInteger acknowledged = new AtomicInteger();

    /** Deployments that may be observed, beyond those that were. */
    private final Semaphore allowed = new Semaphore(0);

    private final HttpClient http = HttpClient.newHttpClient();
    private int apiPort;

    /** What became of one kill. */
    private record Kill(Role role, int at, Duration recovery) {}

    @AfterEach
    void end() throws InterruptedException {
        threads.shutdownNow();
        programs.close();
        http.close();
    }

    @Test
    void whatWasAcknowledgedIsThereOnceWhicheverRoleIsKilled() throws Exception {
        System.out.println("seed " + SEED + ", kills " + KILLS + " (-Dfaults.seed, -Dfaults.kills)");
        Random random = new Random(SEED);
        List<Integer> ports = Ports.free(9);
        apiPort = ports.get(4);
        for (int i = 0; i < KILLED.size(); i++) {
            healthPorts.put(KILLED.get(i), ports.get(5 + i));
        }
        PlatformConfig platformConfig =
                new PlatformConfig(dir.resolve("platform"), ports.get(0), ports.get(1), ports.get(2), ports.get(3));
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(platformConfig, System.out::println)) {
            Path config = Files.writeString(
                    dir.resolve("modelwatch.yaml"),
                    "kafka: {bootstrap: '%s', registry: '%s', replication: 1}\ndatabase: {url: '%s'}\nticks: {every: 1s}\nsources: []\n"
                            .formatted(platform.bootstrap(), platform.registryUrl(), platform.jdbcUrl()));
            for (Role role : KILLED) {
                start(role, config);
            }
            push("procurement-events", APPROVAL);

            Future<?> load = threads.submit(this::load);
            List<Kill> kills = new ArrayList<>();
            int at = 0;
            // So that observations come in while a role is away.
            allowed.release(BETWEEN);
            for (int i = 0; i < KILLS; i++) {
                int more = BATCH * (1 + random.nextInt(BETWEEN / BATCH));
                Role role = KILLED.get(random.nextInt(KILLED.size()));
                at += more;
                allowed.release(more);
                awaitAcknowledged(at, load);
                running.get(role).kill();
                long begin = System.nanoTime();
                start(role, config);
                kills.add(new Kill(role, at, Duration.ofNanos(System.nanoTime() - begin)));
            }
            awaitAcknowledged(at + BETWEEN, load);
            threads.shutdownNow();
            assertThat(push("observations?wait=true", "\n")).isEqualTo(200);

            report(kills);
            KafkaConnection kafka = new KafkaConnection(
                    platform.bootstrap(),
                    platform.registryUrl(),
                    new Topics("modelwatch"),
                    (short) 1,
                    Map.of(),
                    Map.of());
            AvroSerdes serdes = new AvroSerdes(new ConfluentRegistry(kafka.registryUrl(), Map.of()));
            assertThat(Reconciliation.run(kafka, serdes, platform.dataSource(), PATIENCE, System.out::println))
                    .allMatch(Account::isBalanced);
            // An alert opens at the tick after its change.
            await().atMost(PATIENCE).untilAsserted(() -> everyDeploymentIsJudgedAsItIs(platform.dataSource()));
        }
    }

    private void everyDeploymentIsJudgedAsItIs(DataSource database) throws SQLException {
        int count = acknowledged.get();
        assertThat(column(database, "select deployment from deployments"))
                .as("deployments")
                .containsAll(names(IntStream.range(0, count)));
        TreeSet<String> open = new TreeSet<>(column(database, "select deployment from alerts where state = 'OPEN'"));
        assertThat(open)
                .as(
                        "open alerts, where verdicts are %s",
                        column(
                                database,
                                "select kind || ' ' || verdict || ' ' || count(*) from verdicts group by kind, verdict"
                                        + " union all select state || ' ' || count(*) from alerts group by state"))
                .containsAll(names(IntStream.range(0, count).filter(KillFaults::swapped)))
                .doesNotContainAnyElementsOf(names(IntStream.range(0, count).filter(i -> !swapped(i))));
        assertThat(column(database, "select deployment from alerts"))
                .as("one cause, one alert")
                .doesNotHaveDuplicates();
    }

    private static List<String> names(IntStream numbers) {
        return numbers.mapToObj(i -> "d-" + i).toList();
    }

    /** Every third deployment is swapped for what nobody approved, the moment after it was first seen. */
    private static boolean swapped(int i) {
        return i % 3 == 0;
    }

    private void awaitAcknowledged(int count, Future<?> load) {
        await().atMost(PATIENCE).until(() -> load.isDone() || acknowledged.get() >= count);
        assertThat(acknowledged.get()).as("the load went on").isGreaterThanOrEqualTo(count);
    }

    /** Pushes what is allowed until it is interrupted; what is not acknowledged is pushed again. */
    private Void load() throws InterruptedException {
        while (true) {
            allowed.acquire(BATCH);
            int first = acknowledged.get();
            StringBuilder lines = new StringBuilder();
            for (int i = first; i < first + BATCH; i++) {
                lines.append(observation(i, "good", 0));
                if (swapped(i)) {
                    lines.append(observation(i, "bad", 60));
                }
            }
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> push("observations", lines.toString()) == 200);
            acknowledged.addAndGet(BATCH);
        }
    }

    private static String observation(int i, String maker, int later) {
        return "{\"kind\":\"deployment\",\"source\":\"load\",\"observedAt\":\"" + START.plusSeconds(i * 300L + later)
                + "\",\"deployment\":{\"id\":\"d-" + i + "\",\"type\":\"internal\",\"models\":[{\"id\":\"pkg:generic/"
                + maker + "/m-" + i % 7 + "\",\"role\":\"primary\"}]}}\n";
    }

    /** Returns the status, or 0 where nobody answered. */
    private int push(String path, String lines) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + apiPort + "/v1/" + path))
                .header("Content-Type", "application/x-ndjson")
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(lines))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    private void start(Role role, Path config) throws IOException {
        Path log = dir.resolve(role.title() + ".log");
        Program program = programs.start(
                log,
                Map.of("MODELWATCH_HEALTH_PORT", String.valueOf(healthPorts.get(role))),
                List.of(
                        "run",
                        role.title(),
                        "--config",
                        config.toString(),
                        "--port",
                        Integer.toString(apiPort),
                        "--data-dir",
                        dir.resolve(role.title()).toString()));
        running.put(role, program);
        await().atMost(PATIENCE).until(() -> !program.alive() || program.said().contains("roles are up"));
        assertThat(program.alive()).as(program.said()).isTrue();
    }

    /** Prints the table; lost and duplicated are what the reconciliation says afterwards. */
    private static void report(List<Kill> kills) {
        System.out.println("| fault | times | recovery, median | recovery, longest |\n|---|---|---|---|");
        for (Role role : KILLED) {
            List<Duration> times = kills.stream()
                    .filter(kill -> kill.role() == role)
                    .map(Kill::recovery)
                    .sorted(Comparator.naturalOrder())
                    .toList();
            if (!times.isEmpty()) {
                System.out.printf(
                        "| kill -9 of %s | %d | %.1f s | %.1f s |%n",
                        role.title(),
                        times.size(),
                        times.get(times.size() / 2).toMillis() / 1000.0,
                        times.getLast().toMillis() / 1000.0);
            }
        }
    }

    private static List<String> column(DataSource database, String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }
}
