package io.modelwatch.app.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.app.demo.Outages.Kind;
import io.modelwatch.app.demo.Outages.Outage;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.producers.SourceConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves the recorded lists on loopback, at the paths of the real APIs below one prefix a vendor, as they were on the
 * day that the replay's clock shows.
 */
final class ReplayServer implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** The vendors with a recording, and the path of each one's list. */
    private static final Map<String, String> VENDORS = new TreeMap<>(Map.of(
            "openai", "/v1/models",
            "anthropic", "/v1/models",
            "mistral", "/v1/models",
            "openrouter", "/api/v1/models"));

    static final String HUB = "huggingface";

    /** What the hub's source sweeps: the authors in the table, and one model's derivatives. */
    static final List<String> HUB_SCOPES = List.of(
            "author:Qwen",
            "author:deepseek-ai",
            "author:meta-llama",
            "author:mistralai",
            "author:google",
            "author:fictional-lexara",
            "author:fictional-talenta",
            "base:deepseek-ai/DeepSeek-R1-0528-Qwen3-8B");

    /** Smaller than what the real ones allow, so that the pages are turned. */
    private static final int ANTHROPIC_PAGE = 5;

    private static final int HUB_PAGE = 20;

    private final ReplayClock clock;
    private final Outages outages = Outages.load();
    private final HubTable hub = HubTable.load();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<String> answeredBusy = new HashSet<>();

    private ReplayServer(HttpServer server, ReplayClock clock) {
        this.server = server;
        this.clock = clock;
    }

    /**
     * Starts serving.
     *
     * @param port on loopback; evidence names it, so that two runs agree only on the same port
     * @throws io.modelwatch.app.platform.PlatformException if the port is taken
     */
    static ReplayServer start(int port, ReplayClock clock) {
        Ports.requireFree(port, "the replay server", "--replay-port");
        try {
            HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            ReplayServer server = new ReplayServer(http, clock);
            http.setExecutor(server.threads);
            VENDORS.forEach((vendor, path) -> {
                Recording recording = Recording.of(vendor);
                http.createContext("/" + vendor + path, exchange -> server.vendor(vendor, recording, exchange));
            });
            http.createContext("/" + HUB + "/api/models", server::hub);
            http.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the sources that poll this server, by the descriptors and settings of the real ones. */
    List<SourceConfig> sources() {
        List<SourceConfig> sources = new ArrayList<>();
        sources.add(source(HUB, "huggingface", Map.of("baseUrl", url(HUB), "scopes", HUB_SCOPES)));
        VENDORS.keySet()
                .forEach(vendor ->
                        sources.add(source(vendor, "json-list", Map.of("baseUrl", url(vendor), "descriptor", vendor))));
        return sources;
    }

    private static SourceConfig source(String name, String type, Map<String, Object> settings) {
        // No source of the demo fails for a week: what it shows is drift.
        return new SourceConfig(name, type, Duration.ofDays(1), null, 2, 50, Duration.ofDays(7), null, settings);
    }

    /** Returns the address below which a vendor's paths are. */
    String url(String vendor) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/" + vendor;
    }

    private void vendor(String vendor, Recording recording, HttpExchange exchange) throws IOException {
        LocalDate day = clock.day();
        Optional<Outage> outage = outages.of(vendor, day);
        if (refused(outage, exchange)) {
            return;
        }
        List<JsonNode> entries = recording.on(day);
        if (outage.isPresent() && outage.get().kind() == Kind.HALF) {
            entries = entries.subList(0, entries.size() / 2);
        }
        ObjectNode body = JSON.createObjectNode();
        if (vendor.equals("anthropic")) {
            String after = query(exchange).getOrDefault("after_id", "");
            if (!after.isEmpty() && outage.isPresent() && outage.get().kind() == Kind.LATER_PAGES) {
                answer(exchange, outage.get().status(), "{}");
                return;
            }
            page(body, entries, after);
        } else {
            if (!vendor.equals("openrouter")) {
                body.put("object", "list");
            }
            body.putArray("data").addAll(entries);
        }
        answer(exchange, 200, body.toString());
    }

    private static void page(ObjectNode body, List<JsonNode> entries, String after) {
        int from = 0;
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).path("id").asString("").equals(after)) {
                from = i + 1;
            }
        }
        List<JsonNode> page = entries.subList(from, Math.min(entries.size(), from + ANTHROPIC_PAGE));
        body.putArray("data").addAll(page);
        body.put("has_more", from + page.size() < entries.size());
        if (!page.isEmpty()) {
            body.set("first_id", page.getFirst().path("id"));
            body.set("last_id", page.getLast().path("id"));
        }
    }

    private void hub(HttpExchange exchange) throws IOException {
        LocalDate day = clock.day();
        if (refused(outages.of(HUB, day), exchange)) {
            return;
        }
        Map<String, String> query = query(exchange);
        String author = query.get("author");
        String filter = query.getOrDefault("filter", "");
        List<JsonNode> models;
        if (author != null) {
            models = hub.byAuthor(author, day);
        } else if (filter.startsWith("base_model:")) {
            models = hub.byParent(filter.substring("base_model:".length()), day);
        } else {
            answer(exchange, 400, "{\"error\":\"the replay knows ?author= and ?filter=base_model: only\"}");
            return;
        }
        int from = Integer.parseInt(query.getOrDefault("cursor", "0"));
        int to = Math.min(models.size(), from + HUB_PAGE);
        if (to < models.size()) {
            String which = author != null ? "author=" + author : "filter=" + encode(filter);
            exchange.getResponseHeaders()
                    .set("Link", "<" + url(HUB) + "/api/models?" + which + "&cursor=" + to + ">; rel=\"next\"");
        }
        answer(
                exchange,
                200,
                JSON.createArrayNode()
                        .addAll(models.subList(Math.min(from, to), to))
                        .toString());
    }

    private boolean refused(Optional<Outage> outage, HttpExchange exchange) throws IOException {
        if (outage.isEmpty()) {
            return false;
        }
        Outage now = outage.get();
        if (now.kind() == Kind.BUSY) {
            synchronized (answeredBusy) {
                if (!answeredBusy.add(now.source() + now.from())) {
                    return false;
                }
            }
            exchange.getResponseHeaders().set("Retry-After", "1");
        }
        if (now.kind() == Kind.BUSY || now.kind() == Kind.STATUS) {
            answer(exchange, now.status(), "{}");
            return true;
        }
        return false;
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        try (exchange) {
            byte[] body = json.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** The first value of each parameter; those that ask for more fields repeat and do not matter here. */
    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new LinkedHashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                query.putIfAbsent(
                        URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return query;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
