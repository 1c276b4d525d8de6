package io.modelwatch.producers.http;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.producers.source.ScriptedServer;
import io.modelwatch.producers.source.ScriptedServer.Answer;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpFetcherTest {

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T00:00:00Z"));
    private final HttpFetcher http = fetcher(Duration.ofSeconds(20));

    private HttpFetcher fetcher(Duration overall) {
        return new HttpFetcher(
                new HttpLimits(
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(10),
                        overall,
                        1 << 20,
                        3,
                        Duration.ofMillis(1),
                        Duration.ofSeconds(5),
                        0),
                now::get);
    }

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        http.close();
        server.stop();
    }

    @ParameterizedTest
    @CsvSource({
        "204,1,No Content",
        "206,1,Partial",
        "401,1,Unauthorized",
        "403,1,Forbidden",
        "404,1,Not Found",
        "410,1,Gone",
        "412,1,412",
        "429,3,Too Many",
        "500,3,Internal",
        "503,3,Unavailable"
    })
    void a_status_is_told_in_words_and_tried_again_where_it_may_pass(int status, int requests, String words) {
        answer(aResponse().withStatus(status));
        assertThatThrownBy(this::read)
                .isInstanceOf(FetchException.class)
                .hasMessageContaining(words)
                .hasMessageContaining("127.0.0.1")
                .hasMessageNotContaining("secret");
        server.verify(requests, getRequestedFor(anyUrl()));
    }

    @Test
    void what_passes_is_read_in_the_end() throws Exception {
        server.stubFor(get(anyUrl())
                .inScenario("s")
                .willReturn(aResponse().withStatus(503).withHeader("Retry-After", "0"))
                .willSetStateTo("up"));
        server.stubFor(get(anyUrl()).inScenario("s").whenScenarioStateIs("up").willReturn(okJson("{}")));
        assertThat(new String(read().body(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("{}");
    }

    @ParameterizedTest
    @CsvSource({"Retry-After,3600", "Retry-After,'Sun, 01 Mar 2026 01:00:00 GMT'", "RateLimit,'\"api\";r=0;t=3600'"})
    void a_server_that_asks_for_an_hour_is_left_alone_for_an_hour(String header, String value) throws Exception {
        answer(aResponse().withStatus(429).withHeader(header, value));
        assertThatThrownBy(this::read).hasMessageContaining("not to be asked again before 2026-03-01T01:00:00Z");
        now.set(Instant.parse("2026-03-01T00:59:59Z"));
        assertThatThrownBy(this::read).hasMessageContaining("not asked before 2026-03-01T01:00:00Z");
        server.verify(1, getRequestedFor(anyUrl()));
        now.set(Instant.parse("2026-03-01T01:00:00Z"));
        answer(okJson("{}"));
        assertThat(read().body()).hasSize(2);
    }

    @Test
    void what_is_no_whole_json_is_refused() {
        answer(aResponse().withHeader("Content-Type", "text/html").withBody("<html>"));
        assertThatThrownBy(this::read).hasMessageContaining("HTML");
        answer(aResponse().withHeader("Content-Type", "application/json").withBody("  <!DOCTYPE html>"));
        assertThatThrownBy(this::read).hasMessageContaining("HTML");
        answer(aResponse().withHeader("Content-Encoding", "gzip").withBody(new byte[] {31, (byte) 139, 8}));
        assertThatThrownBy(this::read).hasMessageContaining("compressed");
        answer(aResponse().withBody(new byte[(1 << 20) + 1]));
        assertThatThrownBy(this::read).hasMessageContaining("more than 1048576 bytes");
        answer(aResponse().withFault(Fault.MALFORMED_RESPONSE_CHUNK));
        assertThatThrownBy(this::read).hasMessageContaining("no answer");
        answer(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER));
        assertThatThrownBy(this::read).hasMessageContaining("no answer");
    }

    @Test
    void a_body_that_never_ends_ends_here() throws Exception {
        HttpServer endless = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                HttpFetcher hasty = fetcher(Duration.ofSeconds(1))) {
            endless.setExecutor(threads);
            endless.createContext("/", exchange -> {
                exchange.sendResponseHeaders(200, 0);
                try (OutputStream out = exchange.getResponseBody()) {
                    out.write('[');
                    out.flush();
                    Thread.currentThread().join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            endless.start();
            URI uri = URI.create("http://127.0.0.1:" + endless.getAddress().getPort() + "/");
            assertThatThrownBy(() -> hasty.getJson(uri, Map.of())).hasMessageContaining("no end of the body");
            endless.stop(0);
            threads.shutdownNow();
        }
    }

    @Test
    void what_is_unchanged_is_not_sent_again() throws Exception {
        answer(okJson("[1]").withHeader("ETag", "\"v1\""));
        read();
        server.stubFor(get(anyUrl())
                .withHeader("If-None-Match", equalTo("\"v1\""))
                .atPriority(1)
                .willReturn(aResponse().withStatus(304)));
        assertThat(read().body()).hasSize(3);
    }

    @Test
    void what_is_unchanged_is_there_even_if_others_pushed_it_out_while_the_server_was_asked() throws Exception {
        try (ScriptedServer pushing = new ScriptedServer()) {
            URI list = URI.create(pushing.url() + "/list");
            Answer changed = Answer.json("[1]").with("ETag", "\"v1\"");
            List<Throwable> failures = new ArrayList<>();
            answer(okJson("{}").withHeader("ETag", "\"other\""));
            pushing.on("/list", exchange -> {
                if (exchange.getRequestHeaders().getFirst("If-None-Match") == null) {
                    return changed;
                }
                try {
                    for (int i = 0; i < KeptBodies.BODIES; i++) {
                        http.getJson(URI.create("http://127.0.0.1:" + server.port() + "/" + i), Map.of());
                    }
                } catch (FetchException | InterruptedException e) {
                    failures.add(e);
                }
                return new Answer(304, Map.of(), "");
            });
            http.getJson(list, Map.of());
            assertThat(http.getJson(list, Map.of()).body()).hasSize(3);
            assertThat(failures).isEmpty();
            http.getJson(list, Map.of());
            assertThat(pushing.requests).as("each was answered at once").hasSize(3);
        }
    }

    @Test
    void a_token_never_leaves_its_host_and_is_in_no_error() {
        answer(aResponse().withStatus(302).withHeader("Location", "https://evil.example/"));
        assertThatThrownBy(this::read).hasMessageContaining("redirect to another host, evil.example");
        answer(aResponse().withStatus(400).withBody("{\"error\":{\"message\":\"bad key secret-token-1\\u0000\"}}"));
        assertThatThrownBy(this::read).hasMessageContaining("bad key ***").hasMessageNotContaining("secret");
        answer(aResponse().withStatus(400).withBody("{\"message\":\"unknown: /list?key=secret-in-query\"}"));
        assertThatThrownBy(this::read).hasMessageContaining("/list?key=***").hasMessageNotContaining("secret");
        answer(aResponse().withStatus(302).withHeader("Location", "/list"));
        assertThatThrownBy(this::read).hasMessageContaining("more than 5 redirects");
    }

    private void answer(ResponseDefinitionBuilder answer) {
        server.stubFor(get(anyUrl()).willReturn(answer));
    }

    private Fetched read() throws Exception {
        return http.getJson(
                URI.create("http://127.0.0.1:" + server.port() + "/list?key=secret-in-query"),
                Map.of("Authorization", "Bearer secret-token-1"));
    }
}
