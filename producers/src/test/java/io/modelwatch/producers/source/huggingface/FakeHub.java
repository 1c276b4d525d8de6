package io.modelwatch.producers.source.huggingface;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** A hub of our own that lists its models as the real one does: by time of change, page by page, by Link. */
final class FakeHub implements AutoCloseable {

    record Model(String id, String sha, Instant lastModified) {
        String json() {
            return "{\"id\":\"" + id + "\",\"sha\":\"" + sha + "\",\"lastModified\":\"" + lastModified + "\"}";
        }
    }

    final Map<String, Model> models = new ConcurrentSkipListMap<>();
    final Map<String, String> owners = new ConcurrentHashMap<>();
    final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    /** Done after a page was answered. */
    volatile Runnable afterPage = () -> {};

    volatile boolean sorts = true;
    volatile int failFromPage = Integer.MAX_VALUE;

    private final HttpServer server;

    FakeHub() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/models", this::listing);
        server.createContext("/api/organizations", this::owner);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void put(String id, String sha, Instant lastModified) {
        models.put(id, new Model(id, sha, lastModified));
    }

    /** Returns how many pages of the listing were asked for since the last call. */
    long pagesAsked() {
        long pages =
                requests.stream().filter(one -> one.startsWith("/api/models?")).count();
        requests.clear();
        return pages;
    }

    private void owner(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestURI().toString());
        String name = exchange.getRequestURI().getPath().split("/")[3];
        String id = owners.get(name);
        answer(exchange, id == null ? 404 : 200, "{\"_id\":\"" + id + "\",\"name\":\"" + name + "\"}");
    }

    private void listing(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestURI().toString());
        String path = exchange.getRequestURI().getPath();
        if (!path.equals("/api/models")) {
            Model model = models.get(path.substring("/api/models/".length()));
            answer(exchange, model == null ? 404 : 200, model == null ? "{}" : model.json());
            return;
        }
        String query = exchange.getRequestURI().getQuery();
        int size = Integer.parseInt(query.replaceFirst(".*limit=(\\d+).*", "$1"));
        int from = query.contains("cursor=") ? Integer.parseInt(query.replaceFirst(".*cursor=(\\d+).*", "$1")) : 0;
        if (from / size >= failFromPage) {
            answer(exchange, 500, "{}");
            return;
        }
        List<Model> all = new ArrayList<>(models.values());
        if (sorts) {
            all.sort(Comparator.comparing(Model::lastModified).reversed());
        }
        List<Model> page = all.subList(Math.min(from, all.size()), Math.min(from + size, all.size()));
        if (from + size < all.size()) {
            exchange.getResponseHeaders()
                    .set(
                            "Link",
                            "<" + url() + "/api/models?limit=" + size + "&cursor=" + (from + size) + ">; rel=\"next\"");
        }
        answer(
                exchange,
                200,
                "[" + String.join(",", page.stream().map(Model::json).toList()) + "]");
        afterPage.run();
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
