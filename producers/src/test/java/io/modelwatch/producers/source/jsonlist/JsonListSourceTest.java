package io.modelwatch.producers.source.jsonlist;

import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JsonListSourceTest {

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(HttpLimits.defaults(), InstantSource.system());
    private final List<String> ids = new ArrayList<>();

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        http.close();
        server.stop();
    }

    @Test
    void anUnknownFieldNeverFails() throws Exception {
        assertThat(sweep("{\"data\":[{\"id\":\"gpt-4o\",\"object\":\"model\",\"brand_new\":{\"a\":[1]}}]}"))
                .isNull();
        assertThat(ids).containsExactly("pkg:generic/openai/gpt-4o");
    }

    @Test
    void anEmptyListIsNeverComplete() throws Exception {
        assertThat(sweep("{\"data\":[]}")).isEqualTo("the list is empty");
    }

    @Test
    void aMissingListFailsWithWords() {
        assertThatThrownBy(() -> sweep("{\"models\":[]}"))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("no list at 'data'");
    }

    private String sweep(String body) throws Exception {
        server.stubFor(get(urlPathEqualTo("/v1/models")).willReturn(okJson(body)));
        Settings settings =
                new Settings("test", Map.of("descriptor", "openai", "baseUrl", server.baseUrl()), JsonListConfig.KEYS);
        return new JsonListSource(JsonListConfig.of(settings), http)
                .sweep("", (page, next) -> page.forEach(r -> ids.add(r.facts().getId())));
    }
}
