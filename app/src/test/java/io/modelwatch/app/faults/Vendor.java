package io.modelwatch.app.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.app.platform.Cluster;
import io.modelwatch.app.platform.Firewall;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/** A vendor's list of models that grows, over a link that can be made bad. */
final class Vendor implements AutoCloseable {

    /** Time between two polls. */
    private static final String EVERY = "2s";

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger models = new AtomicInteger(3);
    private final HttpServer server;
    private final Random random;
    private volatile boolean slow;

    Vendor(Random random) throws IOException {
        this.random = new Random(random.nextLong());
        this.server = HttpServer.create(
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(),
                        Cluster.ports(1, random).getFirst()),
                0);
        server.setExecutor(threads);
        server.createContext("/", this::list);
        server.start();
    }

    /** Returns the source that polls it, in the configuration's form. */
    String source() {
        return "{name: vendor, type: json-list, every: %s, settings: {descriptor: openrouter, baseUrl: 'http://127.0.0.1:%d'}}"
                .formatted(EVERY, server.getAddress().getPort());
    }

    /** Offers one more model. */
    void offerAnother() {
        models.incrementAndGet();
    }

    /** Loses three packets of ten in both directions, and lets half of the answers wait for up to three seconds. */
    void worsen() throws IOException, InterruptedException {
        Firewall.drop(some("--sport"));
        Firewall.drop(some("--dport"));
        slow = true;
    }

    /** Makes the link good again. */
    void mend() throws IOException, InterruptedException {
        slow = false;
        Firewall.pass(some("--sport"));
        Firewall.pass(some("--dport"));
    }

    /** Some of the packets from, or to, the server's port. */
    private String[] some(String port) {
        return new String[] {
            "-p",
            "tcp",
            port,
            "" + server.getAddress().getPort(),
            "-m",
            "statistic",
            "--mode",
            "random",
            "--probability",
            "0.3"
        };
    }

    private void list(HttpExchange exchange) throws IOException {
        byte[] answer = IntStream.range(0, models.get())
                .mapToObj(i -> "{\"id\":\"vendor/m-" + i + "\",\"name\":\"M " + i + "\",\"context_length\":4096}")
                .collect(Collectors.joining(",", "{\"data\":[", "]}"))
                .getBytes(UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            int half = answer.length / 2;
            exchange.getResponseBody().write(answer, 0, half);
            exchange.getResponseBody().flush();
            if (slow && random.nextBoolean()) {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(3_000));
            }
            exchange.getResponseBody().write(answer, half, answer.length - half);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until all that is offered is in the history. */
    void awaitSeen(DataSource database) {
        await().atMost(PATIENCE).until(() -> appeared(database).size() >= models.get());
    }

    /** Demands that each model appeared once, and that none was taken for removed. */
    void everyModelAppearedOnce(DataSource database) throws SQLException {
        assertThat(appeared(database))
                .as("models of the vendor that appeared")
                .doesNotHaveDuplicates()
                .hasSize(models.get());
        assertThat(Load.column(database, "select subject from changes where source = 'vendor' and kind = 'REMOVED'"))
                .as("models of the vendor that are said to be gone")
                .isEmpty();
    }

    private static List<String> appeared(DataSource database) throws SQLException {
        return Load.column(database, "select subject from changes where source = 'vendor' and kind = 'APPEARED'");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        mend();
        server.stop(0);
        threads.close();
    }
}
