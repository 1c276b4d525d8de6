package io.modelwatch.producers.source.openrouter;

import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.notFound;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.Settings;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OpenRouterSourceTest {

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(HttpLimits.defaults(), InstantSource.system());

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        http.close();
        server.stop();
    }

    @Test
    void anEndpointIsASubjectBelowItsModelAndAModelIsAScope() throws Exception {
        try (InputStream in = OpenRouterSourceTest.class.getResourceAsStream("/recorded/openrouter-endpoints.json")) {
            server.stubFor(get(urlPathEqualTo("/api/v1/models/z-ai/glm-5.3/endpoints"))
                    .willReturn(okJson(new String(in.readAllBytes(), StandardCharsets.UTF_8))));
        }
        server.stubFor(get(urlPathEqualTo("/api/v1/models/acme/gone/endpoints")).willReturn(notFound()));
        OpenRouterSource source =
                new OpenRouterSource(config(Map.of("models", List.of("z-ai/glm-5.3", "acme/gone"))), http);
        assertThat(source.scopes()).containsExactly("model:z-ai/glm-5.3", "model:acme/gone");
        List<String> seen = new ArrayList<>();
        assertThat(source.sweep("model:z-ai/glm-5.3", (page, next) -> page.forEach(one -> seen.add(one.subject()))))
                .isNull();
        assertThat(seen)
                .containsExactly(
                        "pkg:generic/openrouter-endpoints/z-ai/glm-5.3/io-net/fp8",
                        "pkg:generic/openrouter-endpoints/z-ai/glm-5.3/acme");
        assertThatThrownBy(() -> source.sweep("model:acme/gone", (page, next) -> {}))
                .hasMessageContaining("404");
    }

    @Test
    void aNameThatIsNoneIsRefused() {
        for (Object models : List.of(List.of(), List.of("glm"), List.of("a/b/c"), List.of("../secrets/x"))) {
            assertThatThrownBy(() -> config(Map.of("models", models))).hasMessageContaining("models: ");
        }
    }

    private OpenRouterConfig config(Map<String, Object> settings) {
        Map<String, Object> all = new java.util.HashMap<>(settings);
        all.put("baseUrl", server.baseUrl());
        return OpenRouterConfig.of(new Settings("test", all, OpenRouterConfig.KEYS));
    }
}
