package io.modelwatch.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.bench.measure.BenchException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** No vendors: lists of models, of which one is another at each tenth poll, that note when each was asked for. */
public final class CountingVendors implements AutoCloseable {

    private static final int MODELS = 50;
    private static final int CHANGES_EACH = 10;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<List<Long>> polls = new ArrayList<>();

    /** @param vendors how many */
    public CountingVendors(int vendors) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new BenchException("no port for the vendors: " + e.getMessage());
        }
        server.setExecutor(threads);
        for (int i = 0; i < vendors; i++) {
            polls.add(new ArrayList<>());
            int vendor = i;
            server.createContext("/" + i + "/", exchange -> list(exchange, vendor));
        }
        server.start();
    }

    /** Returns a configuration of a source for each, polled at an interval of seconds. */
    public String sources(int every) {
        StringBuilder yaml = new StringBuilder("sources:\n");
        for (int i = 0; i < polls.size(); i++) {
            yaml.append("  - {name: ")
                    .append(name(i))
                    .append(", type: json-list, every: ")
                    .append(every)
                    .append("s, settings: {descriptor: openrouter, baseUrl: \"http://127.0.0.1:")
                    .append(server.getAddress().getPort())
                    .append('/')
                    .append(i)
                    .append("\"}}\n");
        }
        return yaml.toString();
    }

    /** Returns the name of the source of a vendor, which ends with its number. */
    public static String name(int vendor) {
        return "vendor-" + vendor;
    }

    /** Returns when each vendor was polled so far, by {@link System#nanoTime()}. */
    public List<List<Long>> polls() {
        return polls.stream()
                .map(times -> {
                    synchronized (times) {
                        return List.copyOf(times);
                    }
                })
                .toList();
    }

    private void list(HttpExchange exchange, int vendor) throws IOException {
        List<Long> times = polls.get(vendor);
        int poll;
        synchronized (times) {
            times.add(System.nanoTime());
            poll = times.size();
        }
        StringBuilder body = new StringBuilder("{\"data\":[");
        for (int i = 0; i < MODELS; i++) {
            int version = i == 0 ? poll / CHANGES_EACH : 0;
            body.append(i == 0 ? "" : ",")
                    .append("{\"id\":\"vendor-")
                    .append(vendor)
                    .append("/model-")
                    .append(i)
                    .append("\",\"name\":\"Model ")
                    .append(i)
                    .append("\",\"context_length\":131072,\"version\":")
                    .append(version)
                    .append('}');
        }
        byte[] answer = body.append("]}").toString().getBytes(UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
