package io.modelwatch.producers.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Answers over real HTTP what a test says; what it says nothing of is not found. */
public final class ScriptedServer implements AutoCloseable {

    /** Bytes that a fetcher of {@link #fetcher} takes at most. */
    public static final int MAX_BODY = 1 << 20;

    public record Answer(int status, Map<String, String> headers, String body) {

        public static Answer json(String body) {
            return new Answer(200, Map.of("Content-Type", "application/json"), body);
        }

        public static Answer status(int status) {
            return new Answer(status, Map.of("Content-Type", "application/json"), "{}");
        }

        public Answer with(String header, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(header, value);
            return new Answer(status, more, body);
        }
    }

    public final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Function<HttpExchange, Answer>> answers = new ConcurrentHashMap<>();
    private final HttpServer server;

    public ScriptedServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    public static HttpFetcher fetcher() {
        return new HttpFetcher(
                new HttpLimits(
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(10),
                        MAX_BODY,
                        2,
                        Duration.ofMillis(1),
                        Duration.ofSeconds(1),
                        0),
                InstantSource.system());
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** @param pathAndQuery or the path alone, for any query */
    public void on(String pathAndQuery, Answer answer) {
        answers.put(pathAndQuery, exchange -> answer);
    }

    public void on(String pathAndQuery, Function<HttpExchange, Answer> answer) {
        answers.put(pathAndQuery, answer);
    }

    /** Forgets everything that was said, or answers everything with one thing. */
    public void always(Answer answer) {
        answers.clear();
        if (answer != null) {
            answers.put("*", exchange -> answer);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String whole = exchange.getRequestURI().toString();
        requests.add(exchange.getRequestMethod() + " " + whole);
        Function<HttpExchange, Answer> scripted = answers.get(whole);
        if (scripted == null) {
            scripted = answers.get(exchange.getRequestURI().getPath());
        }
        if (scripted == null) {
            scripted = answers.getOrDefault("*", any -> Answer.status(404));
        }
        Answer answer = scripted.apply(exchange);
        if (answer.status() == 0) {
            exchange.close(); // cut
            return;
        }
        byte[] bytes = answer.body().getBytes(UTF_8);
        answer.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(answer.status(), head ? -1 : bytes.length);
        if (!head) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
