package io.modelwatch.producers.source.huggingface;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.http.Fault;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.ParentRef;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HuggingFaceSourceTest {

    /** A hub's word for a model in the real shape; the model is made up. */
    private static final String TUNED = """
            {"_id":"64aa","id":"acme/tuned","author":"acme","sha":"aaa1","lastModified":"2026-03-01T09:58:12.000Z","gated":"manual","private":false,
            "disabled":false,"pipeline_tag":"text-generation","library_name":"transformers","downloads":7,"likes":1,
            "tags":["license:other","dataset:acme/tagged","base_model:acme/tag-only","base_model:quantized:acme/tag-only","region:us"],
            "baseModels":{"relation":"finetune","models":[{"_id":"1","id":"acme/hub-says"}]},
            "cardData":{"base_model":["acme/card-says","acme/hub-says","./local/path"],"base_model_relation":"merge","license":"other",
            "license_name":"acme-terms","datasets":["acme/card"],"new_version":"acme/tuned-2"},"safetensors":{"total":8000000000}}""";

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(
            new HttpLimits(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(10),
                    1 << 20,
                    2,
                    Duration.ofMillis(1),
                    Duration.ofSeconds(1),
                    0),
            InstantSource.system());
    private final Map<String, ModelReading> seen = new TreeMap<>();
    private HuggingFaceSource source;

    @BeforeEach
    void start() {
        server.start();
        source = source(Map.of());
    }

    @AfterEach
    void stop() {
        http.close();
        server.stop();
    }

    @Test
    void facts_are_what_card_hub_and_tags_say() throws Exception {
        list("", null, TUNED);
        assertThat(sweep("author:acme")).isNull();
        ModelReading reading = seen.get("pkg:huggingface/acme/tuned");
        assertThat(reading.effectiveAt()).isEqualTo(Instant.parse("2026-03-01T09:58:12Z"));
        assertThat(reading.facts().getRevision()).isEqualTo("aaa1");
        assertThat(reading.facts().getLicense()).isEqualTo("acme-terms");
        assertThat(reading.facts().getDatasets()).containsExactly("acme/card", "acme/tagged");
        assertThat(reading.facts().getParents())
                .extracting(ParentRef::getId, ParentRef::getRelation)
                .containsExactly(
                        tuple("pkg:huggingface/acme/card-says", "merge"),
                        tuple("pkg:huggingface/acme/hub-says", "merge"),
                        tuple("pkg:huggingface/acme/tag-only", "quantized"));
        assertThat(reading.facts().getAttributes())
                .containsEntry("gated", "manual")
                .containsEntry("private", false)
                .containsEntry("disabled", false)
                .containsEntry("pipeline_tag", "text-generation")
                .containsEntry("library", "transformers")
                .containsEntry("new_version", "acme/tuned-2")
                .containsEntry("repository_id", "64aa")
                .containsEntry("parameters", 8_000_000_000L)
                .doesNotContainKeys("downloads", "likes", "files");
        assertThat(reading.evidence().getSha256()).hasSize(64);
        server.verify(1, getRequestedFor(urlPathMatching("/api/models.*")));
    }

    @Test
    void what_points_to_an_undeclared_parent_is_handed_through() throws Exception {
        list("", null, """
                {"id":"acme/our-adapter","sha":"s1","tags":["peft","lora","mergekit","en","lora"],"config":{"architectures":["LlamaForCausalLM"],
                "model_type":"llama","tokenizer_config":{"chat_template":"{{ x }}"},"peft":{"base_model_name_or_path":"acme/base","task_type":"CAUSAL_LM"}}}""", """
                {"id":"acme/base-GGUF","sha":"s1","tags":["gguf"],"gguf":{"total":7000000000,"architecture":"llama","context_length":4096}}""", model("acme/plain", "s1"));
        assertThat(sweep("author:acme")).isNull();
        Map<String, Object> adapter =
                seen.get("pkg:huggingface/acme/our-adapter").facts().getAttributes();
        assertThat(adapter)
                .containsEntry("model_type", "llama")
                .containsEntry("peft_base_model", "acme/base")
                .containsEntry("form_tags", List.of("lora", "mergekit"))
                .containsEntry("chat_template", "sha256:" + Ids.sha256("{{ x }}".getBytes(StandardCharsets.UTF_8)))
                .doesNotContainKey("architecture");
        assertThat(seen.get("pkg:huggingface/acme/our-adapter").facts().getParents())
                .isEmpty();
        assertThat(seen.get("pkg:huggingface/acme/base-GGUF").facts().getAttributes())
                .containsEntry("architecture", "llama")
                .containsEntry("parameters", 7_000_000_000L)
                .containsEntry("form_tags", List.of("gguf"));
        assertThat(seen.get("pkg:huggingface/acme/plain").facts().getAttributes())
                .doesNotContainKeys("model_type", "peft_base_model", "form_tags");
    }

    @Test
    void pages_are_turned_by_the_link_header() throws Exception {
        list("", "c2", model("acme/a", "s1"), model("acme/b", "s1"));
        list("c2", null, model("acme/b", "s1"), model("acme/c", "s1"));
        assertThat(sweep("author:acme")).isNull();
        assertThat(seen.keySet())
                .containsExactly("pkg:huggingface/acme/a", "pkg:huggingface/acme/b", "pkg:huggingface/acme/c");
    }

    @Test
    void a_listing_that_breaks_off_is_no_whole_one() {
        for (Fault fault :
                List.of(Fault.CONNECTION_RESET_BY_PEER, Fault.MALFORMED_RESPONSE_CHUNK, Fault.EMPTY_RESPONSE)) {
            seen.clear();
            list("", "c2", model("acme/a", "s1"));
            server.stubFor(get(urlPathEqualTo("/api/models"))
                    .withQueryParam("cursor", equalTo("c2"))
                    .willReturn(aResponse().withFault(fault)));
            assertThatThrownBy(() -> sweep("author:acme")).as("%s", fault).isInstanceOf(SourceException.class);
            assertThat(seen).hasSize(1);
        }
    }

    @Test
    void a_circle_and_another_host_are_not_followed() {
        list("", "c2", model("acme/a", "s1"));
        list("c2", "c2", model("acme/b", "s1"));
        assertThatThrownBy(() -> sweep("author:acme")).hasMessageContaining("circle");
        server.resetAll();
        server.stubFor(get(urlPathEqualTo("/api/models"))
                .willReturn(okJson("[]").withHeader("Link", "<https://evil.example/api>; rel=\"next\"")));
        assertThatThrownBy(() -> sweep("author:acme")).hasMessageContaining("another host, evil.example");
    }

    @Test
    void a_wrong_parameter_is_told_in_the_hubs_words() {
        server.stubFor(get(urlPathEqualTo("/api/models"))
                .willReturn(aResponse().withStatus(400).withBody("{\"error\":\"expand must be one of sha, tags\"}")));
        assertThatThrownBy(() -> sweep("author:acme")).hasMessageContaining("it says: expand must be one of sha, tags");
    }

    @Test
    void an_author_without_models_may_be_a_misspelt_one() throws Exception {
        list("", null);
        assertThat(sweep("author:acme")).contains("is the name right?");
        assertThat(sweep("base:acme/none")).isNull();
    }

    @Test
    void a_missing_model_is_gone_only_if_the_hub_says_so() throws Exception {
        list("", null, model("acme/a", "s1"), model("acme/b", "s1"), model("acme/c", "s1"), model("acme/d", "s1"));
        assertThat(sweep("author:acme")).isNull();
        list("", null, model("acme/a", "s1"));
        server.stubFor(
                get(urlPathEqualTo("/api/models/acme/b")).willReturn(aResponse().withStatus(404)));
        server.stubFor(get(urlPathEqualTo("/api/models/acme/c")).willReturn(okJson(model("acme/c", "s2"))));
        server.stubFor(get(urlPathEqualTo("/api/models/acme/d"))
                .willReturn(aResponse().withStatus(307).withHeader("Location", "/api/models/other/d")));
        server.stubFor(get(urlPathEqualTo("/api/models/other/d")).willReturn(okJson(model("other/d", "s1"))));
        for (int i = 0; i < 2; i++) {
            seen.clear();
            assertThat(sweep("author:acme")).isNull();
            assertThat(seen.keySet())
                    .containsExactly("pkg:huggingface/acme/a", "pkg:huggingface/acme/c", "pkg:huggingface/acme/d");
            assertThat(seen.get("pkg:huggingface/acme/d").facts().getAttributes())
                    .containsEntry("moved_to", "pkg:huggingface/other/d");
        }
        server.verify(1, getRequestedFor(urlPathEqualTo("/api/models/acme/b")));
        server.stubFor(
                get(urlPathEqualTo("/api/models/acme/d")).willReturn(aResponse().withStatus(500)));
        assertThat(sweep("author:acme")).contains("whether acme/d is gone cannot be told");
    }

    @Test
    void many_missing_at_once_are_a_broken_listing_until_looked_into() throws Exception {
        String[] models = new String[30];
        for (int i = 0; i < models.length; i++) {
            models[i] = model("acme/m" + i, "s1");
        }
        list("", null, models);
        assertThat(sweep("author:acme")).isNull();
        list("", null, models[0]);
        server.stubFor(get(urlPathMatching("/api/models/acme/.*"))
                .willReturn(aResponse().withStatus(404)));
        assertThat(sweep("author:acme")).contains("29 models are missing");
        assertThat(sweep("author:acme")).isNull();
    }

    @Test
    void an_older_repository_under_the_same_name_is_no_late_word() throws Exception {
        list("", null, TUNED);
        assertThat(sweep("author:acme")).isNull();
        list("", null, TUNED.replace("2026-03-01", "2020-03-01").replace("aaa1", "bbb2"));
        assertThat(sweep("author:acme")).isNull();
        assertThat(seen.get("pkg:huggingface/acme/tuned").effectiveAt()).isNull();
    }

    @Test
    void files_are_read_once_a_revision_and_a_few_at_a_time() throws Exception {
        source = source(Map.of("details", true, "maxDetails", 1));
        list("", null, model("acme/a", "s1"), model("acme/b", "s1"));
        String files = """
                {"sha":"s1","siblings":[{"rfilename":"m.gguf","lfs":{"sha256":"ff"}},{"rfilename":"a"},{"rfilename":"generation_config.json","blobId":"g1"},
                {"rfilename":"tokenizer.json","lfs":{"sha256":"t1"}},{"rfilename":"vocab.json","blobId":"v1"},{"rfilename":"chat_template.jinja","blobId":"c1"}]}""";
        for (String id : List.of("acme/a", "acme/b")) {
            server.stubFor(get(urlPathEqualTo("/api/models/" + id)).willReturn(okJson(files)));
        }
        assertThat(sweep("author:acme")).contains("maxDetails");
        assertThat(seen).hasSize(1);
        assertThat(sweep("author:acme")).isNull();
        assertThat(seen.get("pkg:huggingface/acme/b").facts().getAttributes())
                .containsEntry(
                        "files",
                        List.of(
                                "a",
                                "chat_template.jinja@c1",
                                "generation_config.json@g1",
                                "m.gguf@ff",
                                "tokenizer.json@t1",
                                "vocab.json@v1"))
                .containsEntry("generation_config", "g1")
                .containsEntry("tokenizer_files", List.of("tokenizer.json@t1", "vocab.json@v1"))
                .containsEntry("chat_template_files", List.of("chat_template.jinja@c1"));
        assertThat(sweep("author:acme")).isNull();
        server.verify(2, getRequestedFor(urlPathMatching("/api/models/acme/.*")));
    }

    private HuggingFaceSource source(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("baseUrl", server.baseUrl());
        settings.put("tokenEnv", "NO_SUCH_VARIABLE");
        settings.put("scopes", List.of("author:acme", "base:acme/none"));
        return new HuggingFaceSource(
                HuggingFaceConfig.of(new Settings("test", settings, HuggingFaceConfig.KEYS)),
                http,
                InstantSource.system());
    }

    private String sweep(String scope) throws Exception {
        return source.sweep(scope, (page, next) -> page.forEach(r -> seen.put(r.subject(), (ModelReading) r)));
    }

    private static String model(String id, String sha) {
        return "{\"id\":\"" + id + "\",\"sha\":\"" + sha + "\"}";
    }

    private void list(String cursor, String next, String... models) {
        var answer = okJson("[" + String.join(",", models) + "]");
        if (next != null) {
            answer.withHeader("Link", "<" + server.baseUrl() + "/api/models?cursor=" + next + ">; rel=\"next\"");
        }
        var request = get(urlPathEqualTo("/api/models"));
        server.stubFor((cursor.isEmpty()
                        ? request.atPriority(9)
                        : request.withQueryParam("cursor", equalTo(cursor)).atPriority(1))
                .willReturn(answer));
    }
}
