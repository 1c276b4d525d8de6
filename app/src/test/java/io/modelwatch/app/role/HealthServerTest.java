package io.modelwatch.app.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.app.config.ConfigException;
import io.modelwatch.app.config.HealthSettings;
import io.modelwatch.app.role.Condition.State;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class HealthServerTest {

    private final HttpClient http = HttpClient.newHttpClient();
    private volatile Condition condition = new Condition(State.STARTING, Map.of());
    private HealthServer server;

    @BeforeEach
    void start() {
        server = HealthServer.start(new HealthSettings("127.0.0.1", 0), () -> condition, () -> "a_metric 1\n");
    }

    @AfterEach
    void stop() {
        server.close();
        http.close();
    }

    @ParameterizedTest
    @CsvSource({
        "STARTING, 200, 503",
        "RESTORING, 200, 503",
        "READY, 200, 200",
        "TROUBLED, 200, 503",
        "STOPPING, 200, 503",
        "DEAD, 503, 503"
    })
    void onlyWhatAnotherStartWouldHelpIsNotAlive(State state, int live, int ready) throws Exception {
        condition = new Condition(state, state == State.READY ? Map.of() : Map.of("topology mbom", "restoring"));

        assertThat(get("/health/live").statusCode()).isEqualTo(live);
        assertThat(get("/health/ready").statusCode()).isEqualTo(ready);
    }

    @Test
    void itSaysWhatItWaitsFor() throws Exception {
        condition = new Condition(State.RESTORING, Map.of("topology mbom", "restoring, 12 records left"));

        HttpResponse<String> answer = get("/health/ready");

        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonNode problem = JsonMapper.shared().readTree(answer.body());
        assertThat(problem.path("state").asString()).isEqualTo("restoring");
        assertThat(problem.path("detail").asString()).isEqualTo("restoring; topology mbom: restoring, 12 records left");
        assertThat(problem.at("/parts/topology mbom").asString()).isEqualTo("restoring, 12 records left");
    }

    @Test
    void nothingElseIsServed() throws Exception {
        assertThat(get("/metrics").body()).isEqualTo("a_metric 1\n");
        assertThat(get("/").statusCode()).isEqualTo(404);
        assertThat(get("/metrics/../health").statusCode()).isEqualTo(404);
        assertThat(get("/health/liveness").statusCode()).isEqualTo(404);
        HttpRequest post = HttpRequest.newBuilder(uri("/health/ready"))
                .POST(BodyPublishers.ofString("x"))
                .build();
        assertThat(http.send(post, BodyHandlers.ofString()).statusCode()).isEqualTo(405);
        HttpRequest head = HttpRequest.newBuilder(uri("/health/live"))
                .method("HEAD", BodyPublishers.noBody())
                .build();
        assertThat(http.send(head, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }

    @Test
    void aTakenPortIsNamed() {
        assertThatThrownBy(() ->
                        HealthServer.start(new HealthSettings("127.0.0.1", server.port()), () -> condition, () -> ""))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("127.0.0.1:" + server.port(), "health.port");
        assertThatThrownBy(() ->
                        HealthServer.start(new HealthSettings("no.such.host.invalid", 0), () -> condition, () -> ""))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("health.host");
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }
}
