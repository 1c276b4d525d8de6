package io.modelwatch.producers.source.jsonlist;

import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.ModelFacts;
import java.io.InputStream;
import java.net.URI;
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
    @CsvSource({"openai,60", "anthropic,10", "mistral,55", "openrouter,25", "together,2"})
    void the_same_state_read_twice_says_the_same(String vendor, int models) throws Exception {
        Map<String, ModelFacts> first = sweep(vendor, recorded(vendor));
        assertThat(first).hasSize(models);
        long seed = 20251125;
        System.out.println("seed " + seed);
        JsonNode again = recorded(vendor);
        ArrayNode rows = (ArrayNode) (again.isArray() ? again : again.path("data"));
        List<JsonNode> shuffled = new ArrayList<>();
        rows.forEach(shuffled::add);
        Collections.shuffle(shuffled, new Random(seed));
        rows.removeAll();
        rows.addAll(shuffled);
        if (!vendor.equals("openai") && !vendor.equals("anthropic")) {
            rows.forEach(row -> ((ObjectNode) row).put("created", 7));
        }
        rows.forEach(row -> {
            if (row.path("supported_parameters") instanceof ArrayNode parameters) {
                JsonNode head = parameters.remove(0);
                parameters.add(head);
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
                .containsEntry("pricing.prompt", "0.00000045");
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
                .containsEntry("pricing.input", 0.08);
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
        JsonListConfig config = JsonListConfig.of(
                new Settings("test", Map.of("descriptor", vendor, "baseUrl", server.baseUrl()), JsonListConfig.KEYS));
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
