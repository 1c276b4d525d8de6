package io.modelwatch.app.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;

/**
 * Deployments that are observed one after the other, some each second, until it is told to rest. What is not
 * acknowledged is pushed again. Every third is swapped for what nobody approved, the moment after it was first seen.
 */
final class Load implements AutoCloseable {

    /** Deployments in one request. */
    private static final int BATCH = 5;

    /** From one request to the next. */
    private static final Duration PACE = Duration.ofMillis(400);

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final String APPROVAL =
            "{\"id\":\"A-1\",\"type\":\"approval\",\"issuedAt\":\"2026-02-01T00:00:00Z\",\"subject\":{\"model\":\"pkg:generic/good/*\"}}\n";

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient http = HttpClient.newHttpClient();
    private final int apiPort;

    /** Deployments whose observations were acknowledged. */
    private final AtomicInteger acknowledged = new AtomicInteger();

    /** Held by a request under way, and by who wants none. */
    private final Semaphore turn = new Semaphore(0, true);

    private int probes;
    private final Future<?> pushing;

    /** Approves what is good; it rests at first. */
    Load(int apiPort) throws InterruptedException {
        this.apiPort = apiPort;
        assertThat(push("procurement-events", APPROVAL)).isEqualTo(200);
        this.pushing = threads.submit(this::pushAll);
    }

    /** Goes on. */
    void resume() {
        turn.release();
    }

    /** Ends when what is under way is acknowledged; nothing more is observed until it goes on. */
    void rest() throws InterruptedException {
        while (!turn.tryAcquire(1, TimeUnit.SECONDS)) {
            assertThat(pushing.isDone()).as("the load ended by itself").isFalse();
        }
    }

    /** Waits until some more deployments are acknowledged. */
    void await(int deployments) {
        int goal = acknowledged.get() + deployments;
        Awaitility.await().atMost(PATIENCE).until(() -> pushing.isDone() || acknowledged.get() >= goal);
        assertThat(acknowledged.get()).as("the load went on").isGreaterThanOrEqualTo(goal);
    }

    /**
     * Observes one more deployment, which is swapped, until it is acknowledged.
     *
     * @return its name; once every role works, it has an alert
     */
    String probe() {
        String name = "probe-" + probes++;
        String lines = observation(name, probes, "good", 0) + observation(name, probes, "bad", 60);
        Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> push("observations", lines) == 200);
        return name;
    }

    private Void pushAll() throws InterruptedException {
        while (true) {
            TimeUnit.NANOSECONDS.sleep(PACE.toNanos());
            turn.acquire();
            int first = acknowledged.get();
            StringBuilder lines = new StringBuilder();
            for (int i = first; i < first + BATCH; i++) {
                lines.append(observation("d-" + i, i, "good", 0));
                if (swapped(i)) {
                    lines.append(observation("d-" + i, i, "bad", 60));
                }
            }
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> push("observations", lines.toString()) == 200);
            acknowledged.addAndGet(BATCH);
            turn.release();
        }
    }

    private static String observation(String name, int i, String maker, int later) {
        return "{\"kind\":\"deployment\",\"source\":\"load\",\"observedAt\":\"" + START.plusSeconds(i * 300L + later)
                + "\",\"deployment\":{\"id\":\"" + name + "\",\"type\":\"internal\",\"models\":[{\"id\":\"pkg:generic/"
                + maker + "/m-" + i % 7 + "\",\"role\":\"primary\"}]}}\n";
    }

    private static boolean swapped(int i) {
        return i % 3 == 0;
    }

    /** Returns the status, or 0 where nobody answered. */
    private int push(String path, String lines) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + apiPort + "/v1/" + path))
                .header("Content-Type", "application/x-ndjson")
                .timeout(TIMEOUT)
                .POST(HttpRequest.BodyPublishers.ofString(lines))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Demands that exactly those deployments have an open alert that run what nobody approved, and one each. */
    void everyDeploymentIsJudgedAsItIs(DataSource database) throws SQLException {
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
                .containsAll(names(IntStream.range(0, count).filter(Load::swapped)))
                .doesNotContainAnyElementsOf(names(IntStream.range(0, count).filter(i -> !swapped(i))));
        assertThat(column(database, "select deployment from alerts where deployment not like 'source:%'"))
                .as("one cause, one alert")
                .doesNotHaveDuplicates();
    }

    private static List<String> names(IntStream numbers) {
        return numbers.mapToObj(i -> "d-" + i).toList();
    }

    static List<String> column(DataSource database, String sql) throws SQLException {
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

    /** Lets nothing more be observed. */
    @Override
    public void close() {
        threads.shutdownNow();
        http.close();
    }
}
