package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.app.cli.ModelwatchCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What surrounds modelwatch, with planted secrets in all of it: servers that are polled and quote the token that they were
 * sent, endpoints that refuse, people and programs that call, with the right secret and with wrong ones.
 */
final class HostileWorld implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final PlantedSecrets secrets;
    private final HttpServer server;
    private final HttpClient http = HttpClient.newHttpClient();
    private final CountDownLatch delivered = new CountDownLatch(1);
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    HostileWorld(PlantedSecrets secrets) throws IOException {
        this.secrets = secrets;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        on("/hub/api/models", 200, "[{\"id\":\"acme/tuned\",\"sha\":\"s1\"}]");
        on("/gateway/model/info", 200, """
                {"data":[{"model_name":"route","litellm_params":{"model":"openai/gpt-4o","api_key":"%s",
                "api_base":"https://kim:%s@gw.example/v1?sig=%s"},"model_info":{"id":"1"}}]}
                """.formatted(
                        secrets.plant("backend-key"), secrets.plant("backend-account"), secrets.plant("backend-sig")));
        on("/gateway/fallback/route", 404, "{}");
        on("/feed", 200, """
                <rss version="2.0"><channel><item><title>Swift 1</title><link>https://kim:%s@feed.example/1?token=%s</link>
                <description>model swift-1 will be retired on May 1, 2026</description></item></channel></rss>
                """.formatted(secrets.plant("link-account"), secrets.plant("link-token")));
        quoting("/refusing-hub", 401);
        quoting("/refusing-list", 400);
        quoting("/refusing-registry", 403);
        quoting("/refusing-hook", 403);
        quoting("/refusing-traces", 401);
        server.createContext("/alerts", exchange -> {
            asked.add("/alerts");
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
            delivered.countDown();
        });
        server.start();
    }

    private void on(String path, int status, String body) {
        server.createContext(path, exchange -> answer(exchange, path, status, body));
    }

    /** Refuses, in words that hold all that was sent. */
    private void quoting(String path, int status) {
        server.createContext(path, exchange -> {
            String sent = exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization") + " "
                    + exchange.getRequestHeaders().getFirst("X-Api-Key");
            answer(exchange, path, status, JSON.writeValueAsString(new Refusal("you sent " + sent)));
        });
    }

    private record Refusal(String message) {}

    private void answer(HttpExchange exchange, String path, int status, String body) throws IOException {
        asked.add(path);
        byte[] bytes = body.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", body.startsWith("<") ? "text/xml" : "application/json");
        exchange.getResponseHeaders().set("Set-Cookie", "session=" + secrets.plant("cookie"));
        exchange.getResponseHeaders().set("X-Request-Token", secrets.plant("answer-header"));
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    CountDownLatch delivered() {
        return delivered;
    }

    /** Makes sure that every server was asked: else nothing was proved. */
    void assertAsked() {
        assertThat(asked)
                .contains(
                        "/hub/api/models",
                        "/gateway/model/info",
                        "/feed",
                        "/refusing-hub",
                        "/refusing-list",
                        "/refusing-registry",
                        "/refusing-hook",
                        "/refusing-traces",
                        "/alerts");
    }

    /** Returns what a configuration says of sources, deliveries and ways in. */
    String configuration(String instance) throws IOException {
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        String tokens = instance.equals("history") ? "api: {tokens: [{name: admin, role: admin}]}" : "";
        Path descriptor = Files.writeString(
                secrets.file("descriptor").resolveSibling("list.yaml"), """
                vendor: acme
                url: %s/refusing-list
                tokenEnv: NOBODY_SETS_THIS
                authHeader: X-Api-Key
                authPrefix: none
                query: {api_key: %s}
                id: id
                """.formatted(url, secrets.plant("query-key")));
        return """
                %s
                sources:
                  - {name: hub, type: huggingface, every: 1d, settings: {baseUrl: '%s/hub', scopes: ['author:acme'], tokenFile: '%s', webhookSecretFile: '%s'}}
                  - {name: gateway, type: litellm, every: 1d, settings: {baseUrl: '%s/gateway', tokenFile: '%s'}}
                  - {name: private-feed, type: feed, every: 1d, settings: {url: '%s/feed?token=%s', vendor: vendor, pattern: 'model (?<model>[a-z0-9-]+) will be retired on (?<date>[A-Za-z]+ \\d+, \\d+)'}}
                  - {name: refusing-hub, type: huggingface, every: 1d, settings: {baseUrl: '%s/refusing-hub', scopes: ['author:acme'], tokenFile: '%s'}}
                  - {name: refusing-list, type: json-list, every: 1d, settings: {descriptor: '%s', tokenFile: '%s'}}
                  - {name: refusing-registry, type: oci, every: 1d, settings: {baseUrl: '%s/refusing-registry', repositories: ['a/b:c'], user: kim, tokenFile: '%s'}}
                  - {name: nobody, type: disclosures, every: 1d, settings: {url: 'http://127.0.0.1:1/a?key=%s', vendor: acme, tokenFile: '%s'}}
                deliveries:
                  - {name: soc, type: webhook, settings: {url: '%s/alerts?token=%s', secretFile: '%s', tokenFile: '%s'}}
                  - {name: refusing, type: webhook, settings: {url: '%s/refusing-hook/%s', secretFile: '%s', tokenFile: '%s'}}
                  - {name: nowhere, type: slack, when: 'true', settings: {urlFile: '%s', signingSecretFile: '%s'}}
                procurement:
                  webhooks: [{name: jira, mapping: jira, secretFile: '%s'}]
                traces: {endpoint: '%s/refusing-traces'}
                receivers: [{name: cluster, type: k8s-aibom, tokenFile: '%s'}]
                """.formatted(
                        tokens,
                        url,
                        secrets.file("hub-token"),
                        secrets.file("hub-webhook"),
                        url,
                        secrets.file("gateway-token"),
                        url,
                        secrets.plant("feed-token"),
                        url,
                        secrets.file("refused-token"),
                        descriptor,
                        secrets.file("list-token"),
                        url,
                        secrets.file("registry-password"),
                        secrets.plant("disclosures-key"),
                        secrets.file("disclosures-token"),
                        url,
                        secrets.plant("delivery-address"),
                        secrets.file("delivery-key"),
                        secrets.file("delivery-token"),
                        url,
                        secrets.plant("refused-address"),
                        secrets.file("refused-key"),
                        secrets.file("refused-delivery-token"),
                        Files.writeString(
                                secrets.file("slack-secret").resolveSibling("slack-url"),
                                "http://127.0.0.1:1/services/" + secrets.plant("slack-address")),
                        secrets.file("slack-signing"),
                        secrets.file("jira-webhook"),
                        url,
                        secrets.file("receiver-token"));
    }

    /** Sends what applications, hubs and people send: spans with prompts, and proofs that are none. */
    void call(int port) throws Exception {
        String prompt = secrets.plant("prompt");
        post(port, "/v1/traces", secrets.plant("api-token"), "", """
                {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"spans"}},
                 {"key":"service.instance.token","value":{"stringValue":"%1$s"}}]},"scopeSpans":[{"spans":[{
                 "traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"chat %1$s","attributes":[
                 {"key":"gen_ai.provider.name","value":{"stringValue":"openai"}},
                 {"key":"gen_ai.request.model","value":{"stringValue":"gpt-4o"}},
                 {"key":"gen_ai.response.model","value":{"stringValue":"gpt-4o-2024-08-06"}},
                 {"key":"gen_ai.input.messages","value":{"stringValue":"%1$s"}},
                 {"key":"http.request.header.authorization","value":{"stringValue":"%1$s"}},
                 {"key":"user.id","value":{"stringValue":"%1$s"}}],
                 "events":[{"name":"gen_ai.user.message","attributes":[{"key":"content","value":{"stringValue":"%1$s"}}]}]}]}]}]}
                """.formatted(prompt), 200);
        post(port, "/v1/traces", secrets.plant("api-token"), "", "{\"resourceSpans\":[{\"" + prompt + "\":", 400);
        post(port, "/v1/observations", secrets.plant("wrong-token"), "", "{}", 401);
        post(
                port,
                "/v1/observations",
                secrets.plant("api-token"),
                "",
                """
                {"kind":"model","source":"manual","observedAt":"2026-03-01T11:00:00Z","model":{"id":"pkg:generic/acme/pushed"},"evidence":{"url":"https://h.example/a?access_token=%s"}}
                """.formatted(secrets.plant("evidence-token")),
                200);
        post(port, "/v1/webhooks/hub", "", "X-Webhook-Secret", secrets.plant("wrong-hook"), 401);
        post(port, "/v1/procurement/jira", "", "X-Hub-Signature", secrets.plant("wrong-signature"), 401);
        post(port, "/v1/callbacks/nowhere", "", "X-Slack-Signature", secrets.plant("wrong-slack"), 401);
        post(port, "/v1/receivers/cluster", secrets.plant("wrong-receiver"), "", "{}", 401);
    }

    private void post(int port, String path, String token, String header, String body, int status) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (!header.isEmpty()) {
            request.header(header, body);
        }
        assertThat(heard(path, request.build())).as(path).isEqualTo(status);
    }

    private int heard(String where, HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        secrets.hear("the answer of " + where, answer.headers().map() + " " + answer.body());
        return answer.statusCode();
    }

    void crawlHealth(int port) throws Exception {
        for (String path : List.of("/health/live", "/health/ready", "/metrics")) {
            heard(
                    path,
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .build());
        }
    }

    /** Asks whatever the API's own document says can be asked without knowing anything. */
    void crawlApi(int port) throws Exception {
        String base = "http://127.0.0.1:" + port;
        JsonNode document = JSON.readTree(http.send(
                        HttpRequest.newBuilder(URI.create(base + "/openapi.json"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body());
        int answered = 0;
        List<String> paths = new ArrayList<>(document.path("paths").propertyNames());
        for (String path : paths) {
            if (document.path("paths").path(path).has("get") && !path.contains("{")) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                        .header("Authorization", "Bearer " + secrets.plant("api-token"))
                        .timeout(Duration.ofSeconds(20))
                        .build();
                answered += heard(path, request) == 200 ? 1 : 0;
            }
        }
        assertThat(answered).isGreaterThan(8);
    }

    /** Acknowledges an alert in somebody's name. */
    void acknowledge(int port, String alert, String author) throws IOException {
        assertThat(command(
                        "alert",
                        alert,
                        "ack",
                        "--author",
                        author,
                        "--url",
                        "http://127.0.0.1:" + port,
                        "--token-file",
                        secrets.file("api-token").toString()))
                .isZero();
    }

    /** Runs commands of an operator and of somebody who asks, with right and wrong tokens and passwords. */
    void commands(int port, Path pollers, Path operator) throws IOException {
        String url = "http://127.0.0.1:" + port;
        String token = secrets.file("api-token").toString();
        for (String list : List.of("changes", "alerts", "sources", "dead-letters", "verdicts")) {
            assertThat(command(list, "--url", url, "--token-file", token, "--format", "jsonl"))
                    .isZero();
        }
        assertThat(command(
                        "changes",
                        "--url",
                        url,
                        "--token-file",
                        secrets.file("wrong-token").toString()))
                .isEqualTo(1);
        assertThat(command("changes", "--url", "http://kim:" + secrets.plant("url-account") + "@127.0.0.1:1"))
                .isEqualTo(2);
        assertThat(command("health", "--url", "http://kim:" + secrets.plant("health-account") + "@127.0.0.1:1"))
                .isEqualTo(2);
        assertThat(command("sources", "check", "--config", pollers.toString())).isEqualTo(1);
        assertThat(command("deliveries", "check", "--config", pollers.toString()))
                .isEqualTo(1);
        assertThat(command("topics", "verify", "--config", operator.toString())).isZero();
        assertThat(command("topics", "acls", "streams", "--config", operator.toString()))
                .isZero();
        String text = Files.readString(operator);
        Path wrong = operator.resolveSibling("wrong.yaml");
        Files.writeString(
                wrong, text.replace(secrets.plant("kafka-password") + "\";", secrets.plant("wrong-sasl") + "\";"));
        assertThat(command("topics", "verify", "--config", wrong.toString())).isEqualTo(1);
        Files.writeString(wrong, text.replaceFirst("registry: .*", "registry: http://127.0.0.1:1"));
        assertThat(command("topics", "verify", "--config", wrong.toString())).isEqualTo(1);
    }

    private int command(String... words) {
        StringWriter said = new StringWriter();
        int status = ModelwatchCommand.commandLine()
                .setOut(new PrintWriter(said, true))
                .setErr(new PrintWriter(said, true))
                .execute(words);
        secrets.hear("the command " + String.join(" ", List.of(words).subList(0, 2)), said.toString());
        return status;
    }

    @Override
    public void close() {
        http.close();
        server.stop(0);
    }
}
