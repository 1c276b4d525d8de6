package io.modelwatch.producers.source.jsonlist;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.ModelFacts;
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
    private final List<ModelFacts> facts = new ArrayList<>();

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

    @Test
    void aRenamedFieldFailsWithWords() {
        assertThatThrownBy(() -> sweep("{\"data\":[{\"name\":\"a\"},{\"name\":\"b\"}]}"))
                .hasMessageContaining("none of the 2 entries")
                .hasMessageContaining("adapt the descriptor");
    }

    @Test
    void anEntryThatCannotBeUsedIsLeftOutAndTold() throws Exception {
        StringBuilder many = new StringBuilder("{\"id\":\"many\"");
        for (int i = 0; i < 5000; i++) {
            many.append(",\"a").append(i).append("\":1");
        }
        assertThat(sweep(
                        "{\"data\":[{\"id\":\"ok\"},{\"id\":7},{\"id\":\"a\\u0007b\"},{\"id\":\" x\"},{\"id\":\"a//b\"},"
                                + many + "}]}"))
                .startsWith("5 of 6 entries left out");
        assertThat(ids).containsExactly("pkg:generic/openai/ok");
    }

    @Test
    void nothingThatCannotBeStoredComesThrough() throws Exception {
        assertThat(sweep(
                        "{\"data\":[{\"id\":\"with space\",\"nul\":\"a\\u0000b\",\"half\":\"a\\ud800b\",\"n\\u0000\":1,"
                                + "\"big\":1e999999999,\"long\":" + "9".repeat(900)
                                + ",\"list\":[1e999999999,\"\\udc00\"]}]}"))
                .isNull();
        assertThat(facts).singleElement().satisfies(one -> {
            assertThat(one.getId()).isEqualTo("pkg:generic/openai/with%20space");
            assertThat(one.getAttributes())
                    .containsEntry("nul", "a\uFFFDb")
                    .containsEntry("half", "a\uFFFDb")
                    .containsEntry("n\uFFFD", 1L)
                    .containsEntry("list", List.of("\uFFFD"))
                    .doesNotContainKeys("big", "long");
            assertThat(Ids.factsDigest(one)).hasSize(32);
        });
    }

    @Test
    void aBodyTooDeepFailsWithWords() {
        assertThatThrownBy(() -> sweep("{\"data\":" + "[".repeat(100_000))).hasMessageContaining("no JSON");
    }

    @Test
    void aListThatMayBeCutIsNeverComplete() {
        for (String body : List.of(
                "{\"data\":[{\"id\":\"a\"}]}",
                "{\"data\":[{\"id\":\"a\"}],\"has_more\":true}",
                "{\"data\":[{\"id\":\"a\"}],\"has_more\":true,\"last_id\":{}}",
                "{\"data\":[{\"id\":\"a\"}],\"has_more\":true,\"last_id\":\"a\"}")) {
            ids.clear();
            assertThatThrownBy(() -> sweep("anthropic", body)).as(body).isInstanceOf(SourceException.class);
            assertThat(ids).containsExactly("pkg:generic/anthropic/a");
        }
    }

    @Test
    void withoutTheTokenThatAVendorWantsNothingIsAsked() {
        JsonListConfig config = JsonListConfig.of(new Settings(
                "test", Map.of("descriptor", "openai", "tokenEnv", "NO_SUCH_VARIABLE"), JsonListConfig.KEYS));
        assertThatThrownBy(() -> new JsonListSource(config, http).sweep("", (page, next) -> {}))
                .hasMessageContaining("put one into the environment variable NO_SUCH_VARIABLE");
    }

    @Test
    void aTokenThatIsRefusedIsNamedByItsPlace() {
        server.stubFor(get(urlPathEqualTo("/v1/models")).willReturn(aResponse().withStatus(401)));
        assertThatThrownBy(() -> source("openai").sweep("", (page, next) -> {}))
                .hasMessageContaining("401")
                .hasMessageContaining("environment variable OPENAI_API_KEY");
    }

    private String sweep(String body) throws Exception {
        return sweep("openai", body);
    }

    private String sweep(String descriptor, String body) throws Exception {
        server.stubFor(get(urlPathEqualTo("/v1/models")).willReturn(okJson(body)));
        return source(descriptor)
                .sweep(
                        "",
                        (page, next) -> page.forEach(r -> {
                            ids.add(r.subject());
                            facts.add(((ModelReading) r).facts());
                        }));
    }

    private JsonListSource source(String descriptor) {
        Settings settings = new Settings(
                "test", Map.of("descriptor", descriptor, "baseUrl", server.baseUrl()), JsonListConfig.KEYS);
        return new JsonListSource(JsonListConfig.of(settings), http);
    }
}
