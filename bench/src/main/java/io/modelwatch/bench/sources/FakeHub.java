package io.modelwatch.bench.sources;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.bench.measure.BenchException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * No hub: a listing of as many models as wanted, sorted by time of change and paged by {@code Link} as the Hugging Face
 * Hub's is, that counts who asks.
 */
final class FakeHub implements AutoCloseable {

    private final int models;
    private final Instant oldest;
    private final HttpServer server;
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    /** Changes, the newest last; the models that never changed follow by their number, the last the newest. */
    private final List<Integer> changed = new ArrayList<>();

    private final List<Instant> changedAt = new ArrayList<>();

    /** Of each model one more than the place of its last change, or 0: earlier changes of it are passed over. */
    private final int[] lastChange;

    /** @param oldest when the first model was changed; each further one a second later */
    FakeHub(int models, Instant oldest) {
        this.models = models;
        this.oldest = oldest;
        this.lastChange = new int[models];
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new BenchException("no port for the fake hub: " + e.getMessage());
        }
        server.createContext("/api/models", this::list);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    synchronized void change(int model, Instant at) {
        changed.add(model);
        changedAt.add(at);
        lastChange[model] = changed.size();
    }

    /** Returns the requests since the last call. */
    long requests() {
        return requests.getAndSet(0);
    }

    /** Returns the bytes answered since the last call. */
    long bytes() {
        return bytes.getAndSet(0);
    }

    private void list(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        String query = exchange.getRequestURI().getQuery();
        int size = Integer.parseInt(query.replaceFirst(".*limit=(\\d+).*", "$1"));
        String cursor = query.contains("cursor=") ? query.replaceFirst(".*cursor=(\\w+).*", "$1") : "c0";
        StringBuilder body = new StringBuilder("[");
        String next = page(body, cursor.charAt(0) == 'c', Integer.parseInt(cursor.substring(1)), size);
        byte[] answer = body.append(']').toString().getBytes(UTF_8);
        bytes.addAndGet(answer.length);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        if (next != null) {
            String link = url() + "/api/models?limit=" + size + "&cursor=" + next;
            exchange.getResponseHeaders().set("Link", "<" + link + ">; rel=\"next\"");
        }
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    /** Returns the cursor of the next page, or null after the last. */
    private synchronized @Nullable String page(StringBuilder body, boolean fromChanged, int from, int size) {
        int written = 0;
        int rest = fromChanged ? 0 : from;
        if (fromChanged) {
            for (int i = changed.size() - 1 - from; i >= 0; i--) {
                if (lastChange[changed.get(i)] != i + 1) {
                    continue;
                }
                if (written == size) {
                    return "c" + (changed.size() - 1 - i);
                }
                write(body, changed.get(i), changedAt.get(i), written++ > 0);
            }
        }
        for (int i = rest; i < models; i++) {
            int model = models - 1 - i;
            if (lastChange[model] == 0) {
                if (written == size) {
                    return "r" + i;
                }
                write(body, model, oldest.plusSeconds(model), written++ > 0);
            }
        }
        return null;
    }

    private static void write(StringBuilder body, int model, Instant at, boolean comma) {
        body.append(comma ? "," : "")
                .append("{\"id\":\"author-")
                .append(model % 1000)
                .append("/model-")
                .append(model)
                .append("\",\"sha\":\"")
                .append(Integer.toHexString(model ^ (int) at.getEpochSecond()))
                .append("\",\"lastModified\":\"")
                .append(at)
                .append("\",\"gated\":false,\"private\":false,\"tags\":[\"license:apache-2.0\",\"region:us\"]}");
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
