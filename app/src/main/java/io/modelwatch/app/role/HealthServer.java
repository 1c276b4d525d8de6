package io.modelwatch.app.role;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.app.config.ConfigException;
import io.modelwatch.app.config.HealthSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.function.Supplier;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says over HTTP how an instance is, from its first moment on and whatever its roles: {@code /health/live}, {@code
 * /health/ready} and {@code /metrics}. It asks nobody who they are: what it tells are names of parts, sources and
 * deliveries, numbers, and of what does not work the words of Kafka's or PostgreSQL's error; no records.
 */
final class HealthServer implements AutoCloseable {

    private static final String PROBLEM = "application/problem+json";
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private HealthServer(HttpServer server) {
        this.server = server;
    }

    /**
     * Starts to answer.
     *
     * @param metrics text in the format of Prometheus
     * @throws ConfigException if it cannot listen there
     */
    static HealthServer start(HealthSettings settings, Supplier<Condition> condition, Supplier<String> metrics) {
        int port = Objects.requireNonNull(settings.port());
        HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(settings.host()), port), 0);
        } catch (UnknownHostException e) {
            throw new ConfigException("health.host: '" + settings.host() + "' is no address of this machine", e);
        } catch (IOException e) {
            throw new ConfigException(
                    "cannot listen on " + settings.host() + ":" + port + " for health and metrics: is the port taken?"
                            + " Choose another with health.port, or 0 for any free one",
                    e);
        }
        HealthServer health = new HealthServer(server);
        server.setExecutor(health.threads);
        server.createContext("/", exchange -> answer(exchange, 404, PROBLEM, problem(404, "nothing is served here")));
        health.serve("/health/live", probe(condition, Condition::live, "live\n"));
        health.serve("/health/ready", probe(condition, Condition::ready, "ready\n"));
        health.serve("/metrics", exchange -> answer(exchange, 200, PROMETHEUS, metrics.get()));
        server.start();
        return health;
    }

    /** Returns the port that it listens on. */
    int port() {
        return server.getAddress().getPort();
    }

    /** Answers GET and HEAD of exactly this path. */
    private void serve(String path, Answer answer) {
        server.createContext(path, exchange -> {
            if (!exchange.getRequestURI().getPath().equals(path)) {
                answer(exchange, 404, PROBLEM, problem(404, "nothing is served here"));
            } else if (!exchange.getRequestMethod().matches("GET|HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                answer(exchange, 405, PROBLEM, problem(405, "only GET, HEAD here"));
            } else {
                answer.to(exchange);
            }
        });
    }

    /** Returns what says yes, or else how it is. */
    private static Answer probe(Supplier<Condition> condition, Predicate<Condition> well, String yes) {
        return exchange -> {
            Condition now = condition.get();
            if (well.test(now)) {
                answer(exchange, 200, TEXT, yes);
            } else {
                answer(exchange, 503, PROBLEM, problem(now));
            }
        };
    }

    private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        try (exchange) {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    private static String problem(int status, String detail) {
        return form(status, detail).toString();
    }

    /** The same form as that of the API, and the state in one word. */
    private static String problem(Condition condition) {
        ObjectNode form = form(503, condition.words());
        form.put("state", condition.state().word());
        ObjectNode parts = form.putObject("parts");
        condition.parts().forEach(parts::put);
        return form.toString();
    }

    private static ObjectNode form(int status, String detail) {
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("type", "about:blank");
        form.put(
                "title",
                switch (status) {
                    case 404 -> "Not Found";
                    case 405 -> "Method Not Allowed";
                    default -> "Service Unavailable";
                });
        form.put("status", status);
        form.put("detail", detail);
        return form;
    }

    /** Answers one request. */
    @FunctionalInterface
    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
