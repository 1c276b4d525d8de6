package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.app.config.Setting;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.Ports;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Pushed models whose cards say nothing: what is inferred is there when the wait is over, and marked as inferred. */
class InferenceIT {

    private static final String BASE = "pkg:huggingface/Qwen/Qwen2.5-7B-Instruct";
    private static final String COPY = "pkg:huggingface/someone/Qwen2.5-7B-Instruct-GGUF";

    private static final String MODELS = """
            {"kind":"model","source":"huggingface","observedAt":"2026-03-01T10:00:00Z","model":{"id":"%s","license":"apache-2.0"}}
            {"kind":"model","source":"huggingface","observedAt":"2026-03-01T10:00:00Z","model":{"id":"%s"}}
            {"kind":"deployment","source":"manual","observedAt":"2026-03-01T10:00:00Z","deployment":{"id":"bot","models":[{"id":"%s","role":"primary"}]}}
            """.formatted(BASE, COPY, COPY);

    private static final String WRONG_CARD = """
            {"kind":"model","source":"huggingface","observedAt":"2026-03-02T10:00:00Z","model":{"id":"%s","parents":[{"id":"pkg:huggingface/meta-llama/Llama-3.1-8B","relation":"quantized"}]}}
            """.formatted(COPY);

    @TempDir
    Path dir;

    @Test
    void whatIsInferredIsThereWhenTheWaitIsOver() throws Exception {
        List<Integer> ports = Ports.free(5);
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        settings.put(Setting.DATA_DIR, dir.toString());
        settings.put(Setting.INFERENCE_ENABLED, "true");
        settings.put(Setting.API_PORT, ports.get(0).toString());
        settings.put(Setting.PORTS_KAFKA, ports.get(1).toString());
        settings.put(Setting.PORTS_KAFKA_CONTROLLER, ports.get(2).toString());
        settings.put(Setting.PORTS_REGISTRY, ports.get(3).toString());
        settings.put(Setting.PORTS_POSTGRES, ports.get(4).toString());
        Config config = Config.of(ConfigFile.none(), settings, name -> null);
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(config.platform(), System.out::println);
                Instance instance = Instance.start(
                        InstanceConfig.embedded(config, platform),
                        EnumSet.of(Role.STREAMS, Role.ALERTS, Role.HISTORY),
                        InstantSource.system(),
                        System.out::println);
                HttpClient http = HttpClient.newHttpClient()) {
            push(instance, MODELS);
            JsonNode mbom = get(http, instance, "/v1/mboms/bot");
            JsonNode ancestor = mbom.at("/components/0/ancestry/0");
            assertThat(ancestor.path("id").asString()).isEqualTo(BASE);
            assertThat(ancestor.path("relation").asString()).isEqualTo("quantized");
            assertThat(ancestor.path("confidence").asString()).isEqualTo("inferred");
            assertThat(mbom.path("claims").valueStream())
                    .filteredOn(claim -> claim.path("field").asString().equals("models.primary.parents"))
                    .singleElement()
                    .satisfies(claim -> {
                        assertThat(claim.path("confidence").asString()).isEqualTo("inferred");
                        assertThat(claim.path("source").asString()).isEqualTo("inference");
                        assertThat(claim.at("/evidence/basis").asString()).contains("qwen-2.5-7b-instruct");
                    });
            assertThat(changes(http, instance, COPY)).contains("APPEARED", "LINEAGE_INFERRED");

            push(instance, WRONG_CARD);
            assertThat(changes(http, instance, COPY)).contains("CLAIMS_DISAGREE");
            JsonNode declared = get(http, instance, "/v1/mboms/bot").at("/components/0/ancestry/0");
            assertThat(declared.path("id").asString()).isEqualTo("pkg:huggingface/meta-llama/Llama-3.1-8B");
        }
    }

    private static void push(Instance instance, String lines) throws Exception {
        assertThat(instance.intake()
                        .observations(new ByteArrayInputStream(lines.getBytes(UTF_8)), true)
                        .errors())
                .isEmpty();
    }

    private static List<String> changes(HttpClient http, Instance instance, String subject) throws Exception {
        JsonNode page = get(http, instance, "/v1/changes?subject=" + URLEncoder.encode(subject, UTF_8));
        return page.path("items")
                .valueStream()
                .map(change -> change.path("kind").asString())
                .toList();
    }

    private static JsonNode get(HttpClient http, Instance instance, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + instance.port() + path))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JsonMapper.builder().build().readTree(response.body());
    }
}
