package io.modelwatch.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.app.platform.PlatformException;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReplayServerTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final ReplayClock clock = new ReplayClock(Replay.start());
    private final HttpClient http = HttpClient.newHttpClient();
    private ReplayServer server;
    private int port;

    @BeforeEach
    void start() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        server = ReplayServer.start(port, clock);
    }

    @AfterEach
    void stop() {
        server.close();
        http.close();
    }

    @Test
    void shouldListAModelUntilTheDayOnWhichItWasRecordedAsGone() throws Exception {
        on("2025-07-16");
        assertThat(ids(body("openai", "/v1/models").path("data"))).contains("gpt-4.5-preview");
        on("2025-07-17");
        assertThat(ids(body("openai", "/v1/models").path("data")))
                .doesNotContain("gpt-4.5-preview")
                .contains("o3-deep-research");
    }

    @Test
    void shouldTurnAnthropicsPages() throws Exception {
        List<String> ids = new ArrayList<>();
        String query = "?limit=1000";
        JsonNode page;
        do {
            page = body("anthropic", "/v1/models" + query);
            ids.addAll(ids(page.path("data")));
            query = "?after_id=" + page.path("last_id").asString("") + "&limit=1000";
        } while (page.path("has_more").asBoolean(false));
        assertThat(ids).hasSize(9).doesNotHaveDuplicates().contains("claude-3-sonnet-20240229", "claude-2.0");
    }

    @Test
    void shouldTurnTheHubsPagesByLink() throws Exception {
        on("2025-06-11");
        List<String> ids = new ArrayList<>();
        String next = server.url("huggingface") + "/api/models?author=Qwen&sort=lastModified&expand%5B%5D=sha";
        while (next != null) {
            HttpResponse<String> page = get(next);
            ids.addAll(ids(JSON.readTree(page.body())));
            next = page.headers()
                    .firstValue("Link")
                    .map(link -> link.substring(1, link.indexOf('>')))
                    .orElse(null);
        }
        assertThat(ids)
                .hasSizeGreaterThan(20)
                .doesNotHaveDuplicates()
                .allMatch(id -> id.startsWith("Qwen/"))
                .contains("Qwen/Qwen3-Reranker-8B");
    }

    @Test
    void shouldListDerivativesByTheirParent() throws Exception {
        on("2025-06-04");
        String list = "/api/models?filter=base_model%3Adeepseek-ai%2FDeepSeek-R1-0528-Qwen3-8B";
        assertThat(ids(body("huggingface", list))).contains("mlx-community/DeepSeek-R1-0528-Qwen3-8B-4bit-AWQ");
        on("2025-07-02");
        assertThat(ids(body("huggingface", list)))
                .doesNotContain("mlx-community/DeepSeek-R1-0528-Qwen3-8B-4bit-AWQ")
                .contains("mlx-community/DeepSeek-R1-Qwen3-0528-8B-4bit-AWQ");
    }

    @Test
    void shouldFailAsPlanned() throws Exception {
        on("2025-06-20");
        assertThat(get(server.url("openrouter") + "/api/v1/models").statusCode())
                .isEqualTo(503);
        on("2025-07-05");
        HttpResponse<String> busy = get(server.url("openai") + "/v1/models");
        assertThat(busy.statusCode()).isEqualTo(429);
        assertThat(busy.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(get(server.url("openai") + "/v1/models").statusCode()).isEqualTo(200);
        on("2025-08-12");
        int whole = body("openrouter", "/api/v1/models").path("data").size();
        on("2025-08-13");
        assertThat(body("openrouter", "/api/v1/models").path("data").size()).isEqualTo(whole / 2);
        on("2025-08-22");
        JsonNode first = body("anthropic", "/v1/models");
        assertThat(get(server.url("anthropic") + "/v1/models?after_id="
                                + first.path("last_id").asString(""))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void shouldSayWhosePortIsTaken() {
        assertThatThrownBy(() -> ReplayServer.start(port, clock))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining(Integer.toString(port))
                .hasMessageContaining("--replay-port");
    }

    private void on(String day) {
        clock.moveTo(Instant.parse(day + "T22:00:00Z"));
    }

    private JsonNode body(String vendor, String path) throws Exception {
        HttpResponse<String> answer = get(server.url(vendor) + path);
        assertThat(answer.statusCode()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private HttpResponse<String> get(String url) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static List<String> ids(JsonNode list) {
        List<String> ids = new ArrayList<>();
        list.forEach(entry -> ids.add(entry.path("id").asString("")));
        return ids;
    }
}
