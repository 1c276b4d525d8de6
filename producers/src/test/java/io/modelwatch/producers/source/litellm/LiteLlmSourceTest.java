package io.modelwatch.producers.source.litellm;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Hosting;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LiteLlmSourceTest {

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(HttpLimits.defaults(), InstantSource.system());
    private final Map<String, DeploymentFacts> facts = new LinkedHashMap<>();

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
    void eachRouteIsADeploymentAndWhatStandsBehindItAreItsModels() throws Exception {
        serve("/model/info", recorded());
        serve("/fallback/support-copilot", "{\"model\":\"support-copilot\",\"fallback_models\":[\"cheap\"]}");
        assertThat(sweep(Map.of("routes", Map.of("support-copilot", "support-copilot"), "owner", "cx-team")))
                .isNull();
        assertThat(facts.keySet()).containsExactly("litellm/pool", "support-copilot", "litellm/cheap", "litellm/azure");
        DeploymentFacts copilot = facts.get("support-copilot");
        assertThat(copilot.getModels())
                .extracting(
                        DeployedModel::getRole,
                        DeployedModel::getId,
                        DeployedModel::getRequested,
                        DeployedModel::getWeight)
                .containsExactly(
                        tuple("primary", "pkg:huggingface/Qwen/Qwen2.5-7B-Instruct", "support-copilot", 3.0),
                        tuple("primary#2", "pkg:generic/bedrock/anthropic.claude-3-haiku", "support-copilot", null),
                        tuple("fallback", "pkg:ollama/library/llama3.1%3A8b", "cheap", null));
        assertThat(copilot.getType()).isEqualTo("api");
        assertThat(copilot.getOwner()).isEqualTo("cx-team");
        assertThat(copilot.getHosting())
                .containsExactly(
                        new Hosting("hosted_vllm", null, null),
                        new Hosting("bedrock", "eu-central-1", null),
                        new Hosting("ollama", null, null));
        assertThat(copilot.getAttributes())
                .containsEntry("fallbacks", List.of("cheap"))
                .containsEntry("backends", List.of("http://ollama.edge:11434", "http://vllm.claims:8000"));
        assertThat(facts.get("litellm/azure").getModels().getFirst().getId()).isEqualTo("pkg:generic/azure/gpt-4o");
    }

    @Test
    void aServerThatOnlySpeaksOpenAisProtocolServesNoModelOfOpenAis() throws Exception {
        serve("/model/info", recorded());
        sweep(Map.of("fallbacks", false));
        assertThat(facts.get("litellm/pool").getModels().getFirst().getId())
                .isEqualTo("pkg:generic/litellm_pool/fake-model-a");
        assertThat(facts.get("litellm/pool").getAttributes())
                .containsEntry("unresolved", List.of("primary (openai/fake-model-a)"));
        sweep(Map.of("fallbacks", false, "models", Map.of("openai/fake-model-a", "pkg:huggingface/a/b")));
        assertThat(facts.get("litellm/pool").getModels().getFirst().getId()).isEqualTo("pkg:huggingface/a/b");
    }

    @Test
    void noKeyComesThrough() throws Exception {
        serve("/model/info", recorded());
        sweep(Map.of());
        assertThat(facts.toString()).doesNotContain("sk-", "password", "signature");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 | {}                               | no token is set",
                "403 | {}                               | 403 Forbidden",
                "404 | {}                               | 404 Not Found",
                "200 | <html>                           | a page (HTML)",
                "200 | {\"models\":[]}                  | no list 'data'",
                "200 | {\"data\":[{\"name\":\"a\"}]}    | none of the 1 rows has 'model_name'",
                "200 | {\"data\":[{\"model_name\":\"a\" | no JSON",
            })
    void whatCannotBeReadFailsWithWordsAndTellsNothing(int status, String body, String words) {
        server.stubFor(get(urlPathEqualTo("/model/info"))
                .willReturn(aResponse()
                        .withStatus(status)
                        .withHeader("Content-Type", "application/json")
                        .withBody(body)));
        assertThatThrownBy(() -> sweep(Map.of())).hasMessageContaining(words);
        assertThat(facts).isEmpty();
    }

    @Test
    void anEmptyListIsNeverCompleteAndABrokenRowIsLeftOutAndTold() throws Exception {
        serve("/model/info", "{\"data\":[]}");
        assertThat(sweep(Map.of())).contains("the list is empty");
        serve(
                "/model/info",
                "{\"data\":[{\"model_name\":\"a\",\"litellm_params\":{\"model\":\"openai/x\"}},{\"model_name\":\"b\"}]}");
        assertThat(sweep(Map.of())).startsWith("1 rows without");
        assertThat(facts).containsOnlyKeys("litellm/a");
    }

    @Test
    void fallbacksThatCannotBeReadFailTheSweep() {
        serve("/model/info", "{\"data\":[{\"model_name\":\"a\",\"litellm_params\":{\"model\":\"openai/x\"}}]}");
        server.stubFor(get(urlPathEqualTo("/fallback/a")).willReturn(aResponse().withStatus(403)));
        assertThatThrownBy(() -> sweep(Map.of())).hasMessageContaining("/fallback/a");
        assertThat(facts).isEmpty();
    }

    private String sweep(Map<String, Object> more) throws Exception {
        facts.clear();
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("baseUrl", server.baseUrl());
        return new LiteLlmSource(LiteLlmConfig.of(new Settings("test", settings, LiteLlmConfig.KEYS)), http)
                .sweep(
                        "",
                        (page, next) ->
                                page.forEach(one -> facts.put(one.subject(), ((DeploymentReading) one).facts())));
    }

    private void serve(String path, String body) {
        server.stubFor(get(urlPathEqualTo(path)).willReturn(okJson(body)));
    }

    private static String recorded() throws Exception {
        try (var in = LiteLlmSourceTest.class.getResourceAsStream("/recorded/internal/litellm.json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
