package io.modelwatch.producers.source.vertex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.DeploymentReading;
import io.modelwatch.producers.source.ScriptedServer;
import io.modelwatch.producers.source.ScriptedServer.Answer;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.Hosting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In the form that Google documents (projects.locations.endpoints); no answer of it was recorded. */
class VertexSourceTest {

    private static final String LIST = "/v1/projects/acme-prod/locations/europe-west4/endpoints?pageSize=100";

    private static final String ENDPOINT = """
            {"name":"projects/123/locations/europe-west4/endpoints/456","displayName":"support",
             "deployedModels":[
              {"id":"1","model":"projects/123/locations/europe-west4/models/789@2","modelVersionId":"2","displayName":"tuned-b","createTime":"2026-01-05T00:00:00Z"},
              {"id":"2","model":"projects/123/locations/europe-west4/models/790","modelVersionId":"1","displayName":"tuned-a"},
              {"id":"3","model":"publishers/google/models/gemini-2.5-flash@default","displayName":"gemini"}],
             "trafficSplit":{"1":20,"2":80},"etag":"AMEw9yM","updateTime":"2026-02-03T04:05:06.789Z"}""";

    private ScriptedServer server;
    private final HttpFetcher http = ScriptedServer.fetcher();
    private final Map<String, DeploymentReading> seen = new TreeMap<>();

    @TempDir
    Path dir;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
    }

    @Test
    void anEndpointIsADeploymentAndTheTrafficSaysWhichModelIsFirst() throws Exception {
        server.on(LIST, Answer.json("{\"endpoints\":[" + ENDPOINT + "],\"nextPageToken\":\"a+b\"}"));
        server.on(
                LIST + "&pageToken=a%2Bb",
                Answer.json("{\"endpoints\":[{\"name\":\"projects/123/locations/europe-west4/endpoints/457\"}]}"));
        assertThat(sweep(Map.of(
                        "countries",
                        Map.of("europe-west4", "NL"),
                        "deployments",
                        Map.of("support", "support-copilot"),
                        "models",
                        Map.of("tuned-a", "pkg:huggingface/acme/tuned-a"))))
                .isNull();
        assertThat(seen).containsOnlyKeys("support-copilot", "acme-prod/europe-west4/457");
        DeploymentReading support = seen.get("support-copilot");
        assertThat(support.confidence()).isEqualTo(Confidence.DECLARED);
        assertThat(support.effectiveAt()).isEqualTo(Instant.parse("2026-02-03T04:05:06.789Z"));
        assertThat(support.facts().getHosting()).containsExactly(new Hosting("gcp", "europe-west4", "NL"));
        assertThat(support.facts().getModels())
                .extracting(
                        DeployedModel::getRole,
                        DeployedModel::getId,
                        DeployedModel::getRevision,
                        DeployedModel::getWeight)
                .containsExactly(
                        tuple("primary", "pkg:huggingface/acme/tuned-a", "1", 0.8),
                        tuple("primary#2", "pkg:generic/vertex/acme-prod/europe-west4/789", "2", 0.2),
                        tuple("primary#3", "pkg:generic/vertex/gemini-2.5-flash", null, 0.0));
        assertThat(seen.get("acme-prod/europe-west4/457").facts().getModels()).isEmpty();
    }

    @Test
    void whatIsNotThereIsNeverRead() throws Exception {
        // Google leaves an empty list out.
        server.on(LIST, Answer.json("{}"));
        assertThat(sweep(Map.of())).isEqualTo("the list is empty");
        server.on(LIST, Answer.json("{\"endpoints\":[{\"displayName\":\"x\"}]}"));
        assertThat(sweep(Map.of())).isEqualTo("1 of 1 deployments without a name or a model left out");
        server.on(LIST, Answer.status(403));
        assertThatThrownBy(() -> sweep(Map.of()))
                .hasMessageContaining("403")
                .hasMessageContaining("is not accepted")
                .hasMessageNotContaining("s3cret");
        assertThatThrownBy(() -> sweep(Map.of("tokenFile", dir.resolve("none").toString())))
                .hasMessageContaining("cannot be read");
        assertThat(seen).isEmpty();
    }

    @Test
    void settingsThatAreWrongAreSaid() {
        assertThatThrownBy(() -> config(Map.of("locations", List.of()))).hasMessageContaining("locations:");
        assertThatThrownBy(() -> config(Map.of("countries", Map.of("us-central1", "US"))))
                .hasMessageContaining("countries:");
        assertThatThrownBy(() -> config(Map.of("countries", Map.of("europe-west4", "Holland"))))
                .hasMessageContaining("ISO 3166");
    }

    private String sweep(Map<String, Object> more) throws Exception {
        seen.clear();
        Map<String, Object> settings = new HashMap<>(more);
        settings.putIfAbsent(
                "tokenFile", Files.writeString(dir.resolve("token"), "s3cret").toString());
        VertexSource source = new VertexSource(config(settings), http);
        return source.sweep(
                "europe-west4", (page, next) -> page.forEach(one -> seen.put(one.subject(), (DeploymentReading) one)));
    }

    private VertexConfig config(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(
                Map.of("project", "acme-prod", "locations", List.of("europe-west4"), "baseUrl", server.url()));
        settings.putAll(more);
        return VertexConfig.of(new Settings("test", settings, VertexConfig.KEYS));
    }
}
