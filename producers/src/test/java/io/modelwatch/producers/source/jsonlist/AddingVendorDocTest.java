package io.modelwatch.producers.source.jsonlist;

import static com.github.tomakehurst.wiremock.client.WireMock.absent;
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
import io.modelwatch.producers.source.huggingface.HuggingFaceConfig;
import io.modelwatch.producers.source.mlflow.MlflowConfig;
import io.modelwatch.producers.source.modelfiles.ModelFilesConfig;
import io.modelwatch.producers.source.modelscope.ModelScopeConfig;
import io.modelwatch.producers.source.oci.OciConfig;
import io.modelwatch.producers.source.ollamaregistry.OllamaRegistryConfig;
import io.modelwatch.schemas.avro.ModelFacts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page on sources says what the code does: its example works, its tables name every field. */
class AddingVendorDocTest {

    @TempDir
    Path dir;

    @Test
    void the_example_reads_the_answer_beside_it() throws Exception {
        String text = text();
        Path file = dir.resolve("example.yaml");
        Files.writeString(file, block(text, "yaml\n(vendor: .*?)"));
        String body = block(text, "json\n(\\{\"result\".*?)");
        WireMockServer server = new WireMockServer(options().dynamicPort());
        server.start();
        try (HttpFetcher http = new HttpFetcher(HttpLimits.defaults(), InstantSource.system())) {
            server.stubFor(get(urlPathEqualTo("/v2/catalog"))
                    .withQueryParam("size", equalTo("100"))
                    .withQueryParam("page", absent())
                    .willReturn(okJson(body)));
            server.stubFor(get(urlPathEqualTo("/v2/catalog"))
                    .withQueryParam("page", equalTo("p2"))
                    .willReturn(okJson("{\"result\":{\"models\":[{\"name\":\"swift-2\"}]}}")));
            List<ModelFacts> facts = new ArrayList<>();
            String left = new JsonListSource(
                            JsonListConfig.of(new Settings(
                                    "test",
                                    Map.of("descriptor", file.toString(), "baseUrl", server.baseUrl()),
                                    JsonListConfig.KEYS)),
                            http)
                    .sweep("", (page, next) -> page.forEach(one -> facts.add(((ModelReading) one).facts())));
            assertThat(left).isNull();
            assertThat(facts)
                    .extracting(ModelFacts::getId)
                    .containsExactly("pkg:generic/example/swift-1", "pkg:generic/example/swift-2");
            assertThat(facts.getFirst().getRevision()).isEqualTo("2026-02-11");
            assertThat(facts.getFirst().getAuthor()).isEqualTo("Example");
            assertThat(((Number) facts.getFirst().getAttributes().get("price_per_million")).doubleValue())
                    .isEqualTo(200_000);
            assertThat(facts.getFirst().getAttributes()).doesNotContainKey("updated");
        } finally {
            server.stop();
        }
    }

    @Test
    void the_tables_name_every_field() throws Exception {
        String text = text();
        assertThat(fields(text.substring(text.indexOf("## Adding a vendor")))).isEqualTo(Descriptor.KEYS);
        String lists = text.substring(text.indexOf("## json-list"), text.indexOf("| descriptor | token"));
        assertThat(fields(lists)).isEqualTo(JsonListConfig.KEYS);
        assertThat(fields(section(text, "huggingface"))).isEqualTo(HuggingFaceConfig.KEYS);
        Map<String, Set<String>> hubs = Map.of(
                "ollama-registry", OllamaRegistryConfig.KEYS,
                "oci", OciConfig.KEYS,
                "modelscope", ModelScopeConfig.KEYS,
                "mlflow", MlflowConfig.KEYS,
                "model-files", ModelFilesConfig.KEYS);
        hubs.forEach((family, keys) -> {
            Set<String> named = fields(section(text, family));
            named.add("requestsPerSecond"); // above, for all of them
            assertThat(named).as(family).isEqualTo(keys);
        });
    }

    private static String section(String text, String family) {
        int from = text.indexOf("\n## " + family + "\n") + 1;
        return text.substring(from, text.indexOf("\n## ", from));
    }

    private static String text() throws Exception {
        return Files.readString(Path.of("..", "docs", "sources.md"));
    }

    private static String block(String text, String start) {
        Matcher matcher = Pattern.compile("```" + start + "```", Pattern.DOTALL).matcher(text);
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    /** The names in the first column of a table. */
    private static Set<String> fields(String text) {
        Set<String> fields = new TreeSet<>();
        text.lines().filter(line -> line.startsWith("| `")).forEach(line -> {
            Matcher names = Pattern.compile("`(\\w+)`").matcher(line.substring(1, line.indexOf('|', 1)));
            while (names.find()) {
                fields.add(names.group(1));
            }
        });
        return fields;
    }
}
