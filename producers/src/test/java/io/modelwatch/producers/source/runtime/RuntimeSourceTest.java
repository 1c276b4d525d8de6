package io.modelwatch.producers.source.runtime;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.ParentRef;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuntimeSourceTest {

    private static final HttpLimits LIMITS = new HttpLimits(
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            1 << 20,
            2,
            Duration.ofMillis(1),
            Duration.ofSeconds(1),
            0);

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(LIMITS, InstantSource.system());
    private final List<Reading> readings = new ArrayList<>();

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
    void vllmTellsItsModelAndWhatTheSettingsSayOfThePlaceComesWithIt() throws Exception {
        serve("/v1/models", recorded("vllm-hub.json"));
        serve("/version", "{\"version\":\"0.10.1\"}");
        assertThat(sweep(Map.of("owner", "claims", "country", "NL", "provider", "own")))
                .isNull();
        DeploymentFacts facts = deployment();
        assertThat(facts.getModels())
                .containsExactly(new DeployedModel(
                        "pkg:huggingface/zai-org/GLM-OCR", null, "primary", "glm-ocr", null, null, null, null, null));
        assertThat(facts.getOwner()).isEqualTo("claims");
        assertThat(facts.getHosting()).containsExactly(new Hosting("own", null, "NL"));
        assertThat(facts.getAttributes())
                .containsOnly(
                        Map.entry("runtime", "vllm"),
                        Map.entry("runtime_version", "0.10.1"),
                        Map.entry("primary.context_length", 2048L));
        assertThat(readings.getFirst().confidence()).isEqualTo(Confidence.OBSERVED);
        assertThat(readings.getFirst().evidence().getUrl()).endsWith("/v1/models");
    }

    @Test
    void whatVllmMakesAnewAtEachCallIsNoChange() throws Exception {
        serve("/v1/models", recorded("vllm-hub.json"));
        sweep(Map.of());
        serve(
                "/v1/models",
                recorded("vllm-hub.json").replace("1764000000", "1764000777").replace("perm-0", "perm-9"));
        sweep(Map.of());
        assertThat(Ids.factsDigest(((DeploymentReading) readings.get(0)).facts()))
                .isEqualTo(Ids.factsDigest(((DeploymentReading) readings.get(1)).facts()));
    }

    @Test
    void aPathStaysUnresolvedUnlessTheSettingsSayWhatItIs() throws Exception {
        serve("/v1/models", recorded("vllm-path.json"));
        sweep(Map.of());
        assertThat(deployment().getModels().getFirst().getId()).isEqualTo("pkg:generic/claims-llm/mnt_models");
        assertThat(deployment().getAttributes()).containsEntry("unresolved", List.of("primary (/mnt/models)"));
        readings.clear();
        sweep(Map.of("models", Map.of("/mnt/models", "pkg:huggingface/ibm-granite/granite-3.1-8b-instruct")));
        assertThat(deployment().getModels().getFirst().getId())
                .isEqualTo("pkg:huggingface/ibm-granite/granite-3.1-8b-instruct");
        assertThat(deployment().getAttributes()).doesNotContainKey("unresolved");
    }

    @Test
    void anAdapterIsAModelOfItsOwnThatDescendsFromItsBase() throws Exception {
        serve("/v1/models", recorded("vllm-adapters.json"));
        sweep(Map.of());
        assertThat(deployment().getModels())
                .extracting(DeployedModel::getRole, DeployedModel::getId, DeployedModel::getRequested)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("primary", "pkg:huggingface/Qwen/Qwen3-0.6B", "claims-llm"),
                        org.assertj.core.groups.Tuple.tuple(
                                "claims-lora", "pkg:generic/claims-llm/adapters_claims", "claims-lora"));
        assertThat(deployment().getAttributes()).containsEntry("primary.names", List.of("claims-llm", "qwen"));
        assertThat(readings.get(1)).isInstanceOfSatisfying(ModelReading.class, model -> {
            assertThat(model.subject()).isEqualTo("pkg:generic/claims-llm/adapters_claims");
            assertThat(model.facts().getParents())
                    .containsExactly(new ParentRef("pkg:huggingface/Qwen/Qwen3-0.6B", "adapter"));
        });
    }

    @Test
    void tgiTellsTheCommitOfItsWeightsAndTeiNone() throws Exception {
        serve("/info", recorded("tgi.json"));
        sweep(Map.of());
        assertThat(deployment().getAttributes()).containsEntry("runtime", "tgi");
        assertThat(deployment().getModels().getFirst())
                .isEqualTo(new DeployedModel(
                        "pkg:huggingface/meta-llama/Llama-3.1-8B-Instruct",
                        "0e9e39f249a16976918f6564b8830bc894c89659",
                        "primary",
                        "meta-llama/Llama-3.1-8B-Instruct",
                        null,
                        null,
                        null,
                        null,
                        null));
        readings.clear();
        serve("/info", recorded("tei.json"));
        sweep(Map.of());
        assertThat(deployment().getAttributes())
                .containsEntry("runtime", "tei")
                .containsEntry("primary.dtype", "float16");
        assertThat(deployment().getModels().getFirst().getRevision()).isNull();
    }

    @Test
    void aVersionThatTritonSwitchesHotIsAnotherRevision() throws Exception {
        index(recorded("triton-before.json"));
        sweep(Map.of());
        assertThat(deployment().getAttributes()).containsEntry("runtime", "triton");
        assertThat(deployment().getModels())
                .extracting(DeployedModel::getRevision)
                .containsExactly("1", "2");
        readings.clear();
        index("[{\"name\":\"action_transformer\",\"version\":\"1\",\"state\":\"LOADING\"}]");
        assertThat(sweep(Map.of())).contains("being loaded or unloaded: action_transformer");
        assertThat(readings).isEmpty();
        index(recorded("triton-after.json"));
        assertThat(sweep(Map.of())).isNull();
        assertThat(deployment().getModels())
                .extracting(DeployedModel::getRole, DeployedModel::getRevision)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("action_transformer", "2"),
                        org.assertj.core.groups.Tuple.tuple("rt_detr", "2"));
    }

    @Test
    void ollamaTellsDigestsAndWhatAFileNamesAsItsBase() throws Exception {
        serve("/api/tags", recorded("ollama-tags.json"));
        server.stubFor(post(urlPathEqualTo("/api/show")).willReturn(okJson("{\"model_info\":{}}")));
        server.stubFor(post(urlPathEqualTo("/api/show"))
                .withRequestBody(equalToJson("{\"model\":\"llama3.1:8b\"}"))
                .willReturn(okJson(recorded("ollama-show.json"))));
        assertThat(sweep(Map.of())).isNull();
        assertThat(deployment().getModels()).hasSize(3).anySatisfy(model -> {
            assertThat(model.getId()).isEqualTo("pkg:ollama/library/llama3.1%3A8b");
            assertThat(model.getRole()).isEqualTo("llama3_1:8b");
            assertThat(model.getRequested()).isEqualTo("llama3.1:8b");
            assertThat(model.getRevision())
                    .isEqualTo("sha256:46e0c10c039e019119339687c3c1757cc81b9da49709a3b3924863ba87ca666e");
        });
        assertThat(deployment().getAttributes())
                .containsEntry("llama3_1:8b.quantization", "Q4_K_M")
                .doesNotContainKey("unresolved");
        assertThat(readings).hasSize(2);
        assertThat(((ModelReading) readings.get(1)).facts().getParents())
                .containsExactly(new ParentRef("pkg:huggingface/meta-llama/Llama-3.1-8B-Instruct", "unknown"));
    }

    @Test
    void llamaCppTellsTheRepositoryOfItsFile() throws Exception {
        serve("/v1/models", recorded("llama-cpp.json"));
        serve("/props", "{\"build_info\":\"b4200-abc\",\"model_path\":\"/x.gguf\"}");
        sweep(Map.of());
        assertThat(deployment().getModels().getFirst().getId())
                .isEqualTo("pkg:huggingface/TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF");
        assertThat(deployment().getAttributes())
                .containsEntry("runtime", "llama.cpp")
                .containsEntry("runtime_version", "b4200-abc")
                .containsEntry("primary.parameters", 1100048384L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vllm   | 401 | {}                                  | no token is set",
                "vllm   | 403 | {}                                  | 403 Forbidden",
                "vllm   | 404 | {}                                  | 404 Not Found",
                "vllm   | 503 | {}                                  | 503 Service Unavailable",
                "vllm   | 200 | <html/>                             | a page (HTML)",
                "vllm   | 200 | {\"data\":[{                        | no JSON",
                "vllm   | 200 | {\"models\":[]}                     | no list 'data'",
                "vllm   | 200 | {\"data\":[{\"name\":\"x\"}]}       | an entry without 'id'",
                "vllm   | 200 | {\"data\":[{\"id\":\"a\\u0007\"}]}  | whose name cannot be one",
                "tgi    | 200 | {\"model\":\"x\"}                   | no 'model_id'",
                "ollama | 200 | {\"data\":[]}                       | no list 'models'",
                "ollama | 200 | {\"models\":[{\"name\":\"x\"}]}     | without 'name' or 'digest'",
                "triton | 200 | {\"error\":\"no\"}                  | no list in",
                "triton | 200 | [{\"version\":\"1\"}]               | an entry without 'name'",
            })
    void whatCannotBeReadFailsWithWordsAndTellsNothing(String runtime, int status, String body, String words) {
        server.stubFor(any(anyUrl()).willReturn(answer(status, body)));
        assertThatThrownBy(() -> sweep(Map.of("runtime", runtime))).hasMessageContaining(words);
        assertThat(readings).isEmpty();
    }

    @Test
    void aBodyTooLargeAndACutConnectionFail() {
        server.stubFor(any(anyUrl()).willReturn(okJson(" ".repeat(2 << 20))));
        assertThatThrownBy(() -> sweep(Map.of("runtime", "vllm"))).hasMessageContaining("more than 1048576 bytes");
        server.stubFor(any(anyUrl()).willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
        assertThatThrownBy(() -> sweep(Map.of("runtime", "triton"))).hasMessageContaining("no answer");
    }

    @Test
    void nothingServedRemovesNothing() throws Exception {
        serve("/api/tags", "{\"models\":[]}");
        assertThat(sweep(Map.of())).contains("it serves no model");
        assertThat(readings).isEmpty();
    }

    @Test
    void whatIsNoModelServerIsSaid() {
        assertThatThrownBy(() -> sweep(Map.of()))
                .hasMessageContaining("no model server that is known answers at http://localhost:" + server.port())
                .hasMessageContaining("vllm, llama.cpp, tgi, tei, triton, ollama");
    }

    @Test
    void aKeyIsSentAndToldNowhere(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("key"), "very-secret-key\n");
        serve("/v1/models", recorded("vllm-hub.json"));
        sweep(Map.of("tokenFile", file.toString()));
        server.verify(getRequestedFor(urlPathEqualTo("/v1/models"))
                .withHeader("Authorization", equalTo("Bearer very-secret-key")));
        server.stubFor(any(anyUrl()).willReturn(answer(401, "{\"error\":\"very-secret-key is wrong\"}")));
        assertThatThrownBy(() -> sweep(Map.of("tokenFile", file.toString())))
                .hasMessageContaining("the token in the file " + file + " is not accepted")
                .hasMessageNotContaining("very-secret");
    }

    @Test
    void illegalSettingsNameTheKeyAndTheLegalForm() {
        assertThatThrownBy(() -> config(Map.of())).hasMessageContaining("endpoints: a map");
        assertThatThrownBy(() -> config(Map.of("endpoints", Map.of("a", Map.of()))))
                .hasMessageContaining("endpoints.a: 'url'");
        assertThatThrownBy(() -> config(Map.of("endpoints", Map.of("a", Map.of("uri", "x")))))
                .hasMessageContaining("unknown key 'uri'");
        assertThatThrownBy(() -> config(endpoint(Map.of("country", "Holland")))).hasMessageContaining("ISO 3166");
        assertThatThrownBy(() -> config(endpoint(Map.of("deploymentType", "x"))))
                .hasMessageContaining("one of saas");
        assertThatThrownBy(() -> config(endpoint(Map.of("runtime", "x")))).hasMessageContaining("one of vllm");
        assertThatThrownBy(() -> config(endpoint(Map.of("models", Map.of("/m", "Qwen/x")))))
                .hasMessageContaining("'/m' must stand for a package URL");
    }

    private String sweep(Map<String, Object> more) throws Exception {
        return new RuntimeSource(config(endpoint(more)), http)
                .sweep("claims-llm", (page, next) -> readings.addAll(page));
    }

    private Map<String, Object> endpoint(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("endpoints", Map.of("claims-llm", Map.of("url", "http://localhost:" + port())));
        return settings;
    }

    private int port() {
        return server.isRunning() ? server.port() : 1;
    }

    private static RuntimeConfig config(Map<String, Object> settings) {
        return RuntimeConfig.of(new Settings("test", settings, RuntimeConfig.KEYS));
    }

    private DeploymentFacts deployment() {
        return ((DeploymentReading) readings.getFirst()).facts();
    }

    private void serve(String path, String body) {
        server.stubFor(get(urlPathEqualTo(path)).willReturn(okJson(body)));
    }

    private void index(String body) {
        server.stubFor(post(urlPathEqualTo("/v2/repository/index")).willReturn(okJson(body)));
    }

    private static ResponseDefinitionBuilder answer(int status, String body) {
        return aResponse()
                .withStatus(status)
                .withHeader("Content-Type", "application/json")
                .withBody(body);
    }

    private static String recorded(String name) throws Exception {
        try (var in = RuntimeSourceTest.class.getResourceAsStream("/recorded/internal/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
