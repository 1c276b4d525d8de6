package io.modelwatch.producers.source.jsonlist;

import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
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
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.ModelFacts;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Each shipped descriptor, over HTTP, on what the vendor's API really answered. */
class ShippedDescriptorsTest {

    private static final JsonMapper JSON = JsonMapper.shared();

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(HttpLimits.defaults(), InstantSource.system());

    @TempDir
    Path dir;

    private Path token;

    @BeforeEach
    void start() throws Exception {
        token = Files.writeString(dir.resolve("token"), "secret");
        server.start();
    }

    @AfterEach
    void stop() {
        http.close();
        server.stop();
    }

    @ParameterizedTest
    @CsvSource({
        "openai,60",
        "anthropic,10",
        "mistral,55",
        "openrouter,25",
        "together,2",
        "google-gemini,20",
        "google-vertex,6",
        "cohere,21",
        "xai,9",
        "deepseek,2",
        "perplexity,39",
        "fireworks,2",
        "groq,2",
        "deepinfra,2",
        "github-models,2",
        "elevenlabs,2",
        "azure-foundry,20",
        "azure-models,3",
        "bedrock-mantle,20",
        "bedrock,15",
        "bedrock-profiles,2",
        "openrouter-endpoints,2"
    })
    void the_same_state_read_twice_says_the_same(String vendor, int models) throws Exception {
        Map<String, ModelFacts> first = sweep(vendor, recorded(vendor));
        assertThat(first).hasSize(models);
        long seed = 20251125;
        System.out.println("seed " + seed);
        JsonNode again = recorded(vendor);
        String items = Descriptor.load(vendor).items();
        ArrayNode rows = (ArrayNode) (items.isEmpty() ? again : again.at("/" + items.replace('.', '/')));
        List<JsonNode> shuffled = new ArrayList<>();
        rows.forEach(shuffled::add);
        Collections.shuffle(shuffled, new Random(seed));
        rows.removeAll();
        rows.addAll(shuffled);
        rows.forEach(row -> {
            if (row.has("created") && !vendor.equals("openai")) {
                ((ObjectNode) row).put("created", 7);
            }
            if (row.path("supported_parameters") instanceof ArrayNode parameters) {
                JsonNode head = parameters.remove(0);
                parameters.add(head);
            }
            if (row.has("uptime_last_30m")) {
                ((ObjectNode) row)
                        .put("uptime_last_30m", 1.5)
                        .put("latency_last_30m", 7)
                        .put("status", -2);
            }
            if (row.has("running")) {
                ((ObjectNode) row).put("running", !row.path("running").booleanValue());
            }
        });
        Map<String, ModelFacts> second = sweep(vendor, again);
        assertThat(digests(second)).isEqualTo(digests(first));
    }

    @Test
    void mistral_says_what_an_alias_stands_for() throws Exception {
        Map<String, ModelFacts> facts = sweep("mistral", recorded("mistral"));
        ModelFacts alias = facts.get("pkg:generic/mistral/mistral-small-latest");
        assertThat(alias.getRevision()).isEqualTo("mistral-small-2506");
        assertThat(alias.getAuthor()).isEqualTo("mistralai");
        assertThat(alias.getAttributes())
                .containsEntry("aliases", List.of("mistral-small-2506"))
                .containsEntry("capabilities.vision", true)
                .doesNotContainKeys("created", "name", "description", "deprecation");
        // Two rows of one id that differ: one is kept, and it is told.
        assertThat(facts.get("pkg:generic/mistral/voxtral-mini-latest").getAttributes())
                .containsEntry("listed_twice", true);
    }

    @Test
    void openrouter_says_snapshot_weights_and_prices() throws Exception {
        Map<String, ModelFacts> facts = sweep("openrouter", recorded("openrouter"));
        ModelFacts kimi = facts.get("pkg:generic/openrouter/moonshotai/kimi-k2.5");
        assertThat(kimi.getRevision()).isEqualTo("moonshotai/kimi-k2.5-0127");
        assertThat(kimi.getAuthor()).isEqualTo("moonshotai");
        assertThat(kimi.getAttributes())
                .containsEntry("hugging_face_id", "moonshotai/Kimi-K2.5")
                .containsEntry("input_price", 0.45);
    }

    @Test
    void openrouter_says_what_an_alias_stands_for() throws Exception {
        JsonNode alias = JSON.readTree("""
                {"data":[{"id":"~x/latest","canonical_slug":"~x/latest","alias_target":{"name":"X 2","slug":"x/two"}}]}""");
        assertThat(sweep("openrouter", alias).values())
                .singleElement()
                .satisfies(facts -> assertThat(facts.getRevision()).isEqualTo("x/two"));
    }

    @Test
    void together_says_licence_and_link() throws Exception {
        ModelFacts facts = sweep("together", recorded("together")).get("pkg:generic/together/acme/tuned-8b");
        assertThat(facts.getLicense()).isEqualTo("apache-2.0");
        assertThat(facts.getAttributes())
                .containsEntry("link", "https://huggingface.co/api/models/acme/tuned-8b")
                .containsEntry("input_price", 0.08);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "google-gemini | google/gemini-2.5-flash | revision 001, author google, context_length 1048576,"
                        + " max_output_tokens 65536",
                "google-vertex | vertex/google/models/gemini-1.5-flash-002 | revision default, author google, lifecycle GA",
                "cohere | cohere/command-r-08-2024 | author cohere, context_length 132096",
                "xai | xai/grok-3 | revision fp_898ae9f31c, author xai, input_price 3, output_price 15,"
                        + " aliases [grok-3-beta grok-3-latest]",
                "deepseek | deepseek/deepseek-chat | author deepseek",
                "perplexity | perplexity/anthropic/claude-sonnet-5 | author anthropic, input_price 2, output_price 10",
                "fireworks | fireworks/accounts/acme/models/tuned-8b | author acme, context_length 131072",
                "groq | groq/acme/tuned-8b | author Acme, context_length 131072, max_output_tokens 65536,"
                        + " hugging_face_id acme/tuned-8b",
                "deepinfra | deepinfra/acme/Tuned-8B | author acme, context_length 65536, input_price 0.2,"
                        + " output_price 0.6, root acme/Tuned-8B",
                "github-models | github-models/acme/tuned-8b | revision 3, author Acme, context_length 131072,"
                        + " max_output_tokens 4096, input_modalities [image text]",
                "elevenlabs | elevenlabs/voice_v9 | name Voice v9, character_price_factor 0.5",
                "azure-foundry | azure-foundry/dall-e-3-3.0 | lifecycle generally-available,"
                        + " retirement_date 2026-02-18T00:00:00Z",
                "azure-models | azure/OpenAI.gpt-35-turbo.1106 | revision 1106, author OpenAI, lifecycle GenerallyAvailable,"
                        + " retirement_date 2025-11-11T00:00:00Z, retirement_replacement gpt-4.1-mini,"
                        + " retirement_replacement_version 2025-04-14, retirement_upgrade_from 2025-10-27T00:00:00Z",
                "bedrock-mantle | bedrock-mantle/google.gemma-3-4b-it | author google, lifecycle available,"
                        + " data_retention.mode default",
                "bedrock-profiles | bedrock/eu.acme.large-v1%3A0 | lifecycle ACTIVE, alias_targets [acme.large-v1:0]",
                "openrouter-endpoints | openrouter-endpoints/acme | author Acme, quantization fp16, input_price 30,"
                        + " output_price 60, max_output_tokens 4096",
                "openrouter | openrouter/moonshotai/kimi-k2.5 | context_length 262144, input_modalities [image text]"
            })
    void what_vendors_name_differently_has_one_name_here(String vendor, String id, String expected) throws Exception {
        ModelFacts facts = sweep(vendor, recorded(vendor)).get("pkg:generic/" + id);
        Map<String, Object> said = new TreeMap<>(facts.getAttributes());
        said.put("author", facts.getAuthor());
        said.put("revision", facts.getRevision());
        for (String one : expected.split(", ")) {
            String name = one.substring(0, one.indexOf(' '));
            Object value = said.get(name);
            assertThat(value instanceof List<?> list ? list.toString().replace(",", "") : Text.of(value))
                    .as(name)
                    .isEqualTo(one.substring(one.indexOf(' ') + 1));
        }
    }

    /** A whole number may be a long or a double by now; what is compared is the number. */
    private static final class Text {
        static String of(Object value) {
            return value instanceof Number number
                    ? new BigDecimal(number.toString()).stripTrailingZeros().toPlainString()
                    : String.valueOf(value);
        }
    }

    @Test
    void every_descriptor_is_tested() throws Exception {
        try (var files = Files.list(Path.of("src/main/resources/io/modelwatch/producers/descriptors"))) {
            assertThat(files.map(file -> file.getFileName().toString().replace(".yaml", ".json")))
                    .isNotEmpty()
                    .allMatch(name -> ShippedDescriptorsTest.class.getResource("/recorded/" + name) != null);
        }
    }

    @Test
    void cohere_goes_on_until_a_page_brings_nothing_new() throws Exception {
        // As recorded: a token on the one page that there is, and the same page again for whoever follows it.
        assertThat(recorded("cohere").path("next_page_token").asString("")).isNotEmpty();
        assertThat(sweep("cohere", recorded("cohere"))).hasSize(21);
        server.verify(2, getRequestedFor(urlPathEqualTo("/v1/models")));
    }

    @Test
    void azure_is_paged_by_addresses_of_the_same_host() throws Exception {
        ObjectNode first = (ObjectNode) recorded("azure-models");
        ArrayNode rows = (ArrayNode) first.path("value");
        ObjectNode second = JSON.createObjectNode();
        second.putArray("value").add(rows.remove(0));
        first.put("nextLink", server.baseUrl() + "/list?$skiptoken=2");
        server.stubFor(get(urlPathEqualTo("/list"))
                .withQueryParam("$skiptoken", equalTo("2"))
                .atPriority(1)
                .willReturn(okJson(second.toString())));
        assertThat(sweep("azure-models", first)).hasSize(3);
        first.put("nextLink", "https://elsewhere.example.com/list");
        assertThatThrownBy(() -> sweep("azure-models", first)).hasMessageContaining("on another host");
    }

    @Test
    void anthropic_is_paged_by_the_last_id() throws Exception {
        JsonNode all = recorded("anthropic");
        ArrayNode rows = (ArrayNode) all.path("data");
        ObjectNode first = JSON.createObjectNode().put("has_more", true).put("last_id", "page-one");
        ArrayNode head = first.putArray("data");
        for (int i = 0; i < 6; i++) {
            head.add(rows.remove(0));
        }
        server.stubFor(get(urlPathEqualTo("/v1/models"))
                .withQueryParam("after_id", equalTo("page-one"))
                .withHeader("anthropic-version", equalTo("2023-06-01"))
                .atPriority(1)
                .willReturn(okJson(all.toString())));
        assertThat(sweep("anthropic", first)).hasSize(10);
    }

    private static JsonNode recorded(String vendor) throws Exception {
        try (InputStream in = ShippedDescriptorsTest.class.getResourceAsStream("/recorded/" + vendor + ".json")) {
            return JSON.readTree(in);
        }
    }

    private Map<String, ModelFacts> sweep(String vendor, JsonNode body) throws Exception {
        Map<String, Object> settings = Descriptor.load(vendor).url() == null
                ? Map.of("descriptor", vendor, "url", server.baseUrl() + "/list", "tokenFile", token.toString())
                : Map.of("descriptor", vendor, "baseUrl", server.baseUrl());
        JsonListConfig config = JsonListConfig.of(new Settings("test", settings, JsonListConfig.KEYS));
        server.stubFor(get(urlPathEqualTo(URI.create(config.url()).getPath())).willReturn(okJson(body.toString())));
        Map<String, ModelFacts> facts = new TreeMap<>();
        String left = new JsonListSource(config, http)
                .sweep("", (page, next) -> page.forEach(r -> facts.put(r.subject(), ((ModelReading) r).facts())));
        assertThat(left).isNull();
        return facts;
    }

    private static Map<String, String> digests(Map<String, ModelFacts> facts) {
        Map<String, String> digests = new TreeMap<>();
        facts.forEach((id, one) -> digests.put(id, Ids.factsDigest(one)));
        return digests;
    }
}
