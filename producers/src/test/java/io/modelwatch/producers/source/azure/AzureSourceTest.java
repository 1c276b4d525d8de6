package io.modelwatch.producers.source.azure;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.Hosting;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The deployments of an account, over HTTP, on what Azure really answered. */
class AzureSourceTest {

    private static final String PATH = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers"
            + "/Microsoft.CognitiveServices/accounts/acc/deployments";

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(HttpLimits.defaults(), InstantSource.system());
    private final Map<String, DeploymentReading> readings = new TreeMap<>();

    @TempDir
    Path dir;

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
    void aDeploymentRunsAModelAtAVersion() throws Exception {
        serve(recorded());
        assertThat(sweep(Map.of("country", "NL"))).isNull();
        DeploymentReading reading = readings.get("acc/dpy");
        assertThat(reading.facts().getModels())
                .containsExactly(new DeployedModel(
                        "pkg:generic/azure/OpenAI.gpt-35-turbo",
                        "0125",
                        "primary",
                        "dpy",
                        null,
                        null,
                        null,
                        null,
                        null));
        assertThat(reading.facts().getHosting()).containsExactly(new Hosting("azure", null, "NL"));
        assertThat(reading.facts().getAttributes())
                .containsEntry("version_upgrade", "OnceNewDefaultVersionAvailable")
                .containsEntry("last_modified_by", "User")
                .containsEntry("sku", "Standard");
        assertThat(reading.facts().toString()).doesNotContain("test@example.com");
        assertThat(reading.effectiveAt()).isEqualTo(Instant.parse("2025-10-28T14:48:25.3936328Z"));
    }

    @Test
    void pagesAreFollowedOnTheSameHostOnly() throws Exception {
        serve(recorded().replaceFirst("\\{", "{\"nextLink\":\"" + server.baseUrl() + PATH + "?page=2\","));
        server.stubFor(get(urlPathEqualTo(PATH))
                .withQueryParam("page", equalTo("2"))
                .atPriority(1)
                .willReturn(okJson(recorded().replace("\"dpy\"", "\"two\""))));
        assertThat(sweep(Map.of("deployments", Map.of("two", "support-copilot"))))
                .isNull();
        assertThat(readings).containsOnlyKeys("acc/dpy", "support-copilot");
        serve(recorded().replaceFirst("\\{", "{\"nextLink\":\"https://elsewhere.example.com/\","));
        assertThatThrownBy(() -> sweep(Map.of())).hasMessageContaining("on another host");
    }

    @Test
    void noFailureIsReadAsAList() throws Exception {
        for (int status : new int[] {401, 403, 404, 410}) {
            server.stubFor(get(urlPathEqualTo(PATH)).willReturn(aResponse().withStatus(status)));
            assertThatThrownBy(() -> sweep(Map.of())).hasMessageContaining(String.valueOf(status));
        }
        for (String body : new String[] {"{\"values\":[]}", "[]", "{\"value\":[{\"name\":\"x\"", "<html>"}) {
            serve(body);
            assertThatThrownBy(() -> sweep(Map.of()))
                    .isInstanceOf(io.modelwatch.producers.source.SourceException.class);
        }
        assertThat(readings).isEmpty();
        serve("{\"value\":[]}");
        assertThat(sweep(Map.of())).isEqualTo("the list is empty");
        serve("{\"value\":[{\"name\":\"x\",\"properties\":{\"modell\":{}}}]}");
        assertThat(sweep(Map.of())).startsWith("1 of 1 deployments");
        assertThatThrownBy(() -> sweep(Map.of("tokenFile", "no-such-file")))
                .hasMessageContaining("no-such-file cannot be read");
    }

    private void serve(String body) {
        server.stubFor(get(urlPathEqualTo(PATH)).willReturn(okJson(body)));
    }

    private String sweep(Map<String, Object> more) throws Exception {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "subscription",
                "00000000-0000-0000-0000-000000000000",
                "resourceGroup",
                "rg",
                "account",
                "acc",
                "baseUrl",
                server.baseUrl(),
                "tokenFile",
                Files.writeString(dir.resolve("token"), "secret").toString()));
        settings.putAll(more);
        AzureSource source = new AzureSource(AzureConfig.of(new Settings("test", settings, AzureConfig.KEYS)), http);
        return source.sweep(
                "", (page, next) -> page.forEach(one -> readings.put(one.subject(), (DeploymentReading) one)));
    }

    private static String recorded() throws Exception {
        try (InputStream in = AzureSourceTest.class.getResourceAsStream("/recorded/azure-deployments.json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
