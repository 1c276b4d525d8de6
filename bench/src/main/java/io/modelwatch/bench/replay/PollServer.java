package io.modelwatch.bench.replay;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.producers.SourceConfig;
import io.modelwatch.producers.source.jsonlist.Descriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Serves what was recorded of each source, in the form of its vendor's API: the list, the error, or no answer at all. */
final class PollServer implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Pattern STATUS = Pattern.compile("\\bHTTP (\\d{3})\\b");

    /** Sources that the recorder calls otherwise than the descriptor that reads them. */
    private static final Map<String, String> DESCRIPTORS = Map.of("google-gemini-openai-compat", "google-gemini");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Descriptor> descriptors = new LinkedHashMap<>();
    private final Map<String, Reply> replies = new ConcurrentHashMap<>();

    /** @param status 0 for hanging up without an answer */
    private record Reply(int status, String body) {}

    /**
     * Starts serving on a free port of loopback.
     *
     * @throws IllegalArgumentException if no descriptor reads one of the sources
     */
    PollServer(Collection<String> sources) {
        sources.forEach(source -> descriptors.put(source, descriptor(source)));
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        sources.forEach(source -> server.createContext("/" + source, exchange -> reply(source, exchange)));
        server.start();
    }

    /** Returns the descriptor that reads a source of the recording. */
    static Descriptor descriptor(String source) {
        return Descriptor.load(DESCRIPTORS.getOrDefault(source, source));
    }

    /** Returns the sources that poll this server, by the descriptors of the real ones. */
    List<SourceConfig> configs() {
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
        return descriptors.keySet().stream()
                .map(source -> new SourceConfig(
                        source,
                        "json-list",
                        Duration.ofDays(1),
                        null,
                        PlainReplay.REMOVAL_SWEEPS,
                        Map.of("descriptor", DESCRIPTORS.getOrDefault(source, source), "baseUrl", url + source)))
                .toList();
    }

    /** From now on a source answers as it did at a poll. */
    void set(String source, PollRecording.Answer answer, Collection<ObjectNode> entries) {
        replies.put(source, answer.error() == null ? list(source, entries) : failure(answer.error()));
    }

    private Reply list(String source, Collection<ObjectNode> entries) {
        Descriptor descriptor = descriptors.get(source);
        if (descriptor == null) {
            throw new IllegalArgumentException(source + " is not served");
        }
        ArrayNode items = JSON.createArrayNode();
        entries.forEach(entry -> items.add(entry(descriptor, entry)));
        if (descriptor.items().isEmpty()) {
            return new Reply(200, items.toString());
        }
        ObjectNode body = JSON.createObjectNode();
        body.set(descriptor.items(), items);
        if (descriptor.moreField() != null) {
            body.put(descriptor.moreField(), false);
        }
        return new Reply(200, body.toString());
    }

    /** The recorder gave every entry an {@code id}, from whatever field of the vendor's. */
    static JsonNode entry(Descriptor descriptor, ObjectNode recorded) {
        if (recorded.has(descriptor.id())) {
            return recorded;
        }
        ObjectNode entry = recorded.deepCopy();
        entry.set(descriptor.id(), recorded.path("id"));
        return entry;
    }

    /** What has no status was a connection that timed out or broke. */
    private static Reply failure(String error) {
        Matcher status = STATUS.matcher(error);
        return new Reply(status.find() ? Integer.parseInt(status.group(1)) : 0, "{}");
    }

    private void reply(String source, HttpExchange exchange) throws IOException {
        try (exchange) {
            @Nullable Reply reply = replies.get(source);
            if (reply == null || reply.status() == 0) {
                return;
            }
            byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(reply.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
