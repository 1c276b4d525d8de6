package io.modelwatch.history.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.history.Recorder;
import io.modelwatch.history.ledger.LedgerKey;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.json.JsonForms;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the API says of ancestors, descendants and the deployments that run them. */
class LineageApiIT {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String BASE = "pkg:huggingface/Qwen/Qwen2.5-7B";
    private static final String TUNED = "pkg:huggingface/a/Tuned";
    private static final String QUANT = "pkg:huggingface/b/Tuned-GGUF";

    private static Recorder recorder;

    private final HttpClient http = HttpClient.newHttpClient();
    private HistoryApi api;

    @BeforeAll
    static void startDatabase() throws IOException {
        recorder = new Recorder();
    }

    @AfterAll
    static void stopDatabase() throws IOException {
        recorder.close();
    }

    @BeforeEach
    void start() throws Exception {
        recorder.clear();
        api = HistoryApi.start(
                ApiConfig.loopback(0),
                recorder.database(),
                LedgerKey.generate(),
                new NothingPushed(),
                new NoLetters(),
                Map::of,
                () -> "");
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void shouldServeADocumentForEachModelAndFindOneByItsId() throws Exception {
        Lineage tuned = lineage(TUNED, "finetune:" + BASE);
        recorder.write(lineage(BASE), tuned, lineage(QUANT, "quantized:" + TUNED, "finetune:" + BASE));

        assertThat(values("/v1/lineage", "model")).containsExactly(BASE, TUNED, QUANT);
        assertThat(get("/v1/lineage?model=" + encode(TUNED)).body())
                .isEqualTo("{\"items\":[" + JsonForms.ancestry(tuned) + "],\"next\":null}");
        assertThat(values("/v1/lineage?known=false", "model")).isEmpty();
    }

    @Test
    void shouldListDescendantsNearestFirstInTheContractsForm() throws Exception {
        Lineage quant = lineage(QUANT, "quantized:" + TUNED, "finetune:" + BASE);
        Lineage tuned = lineage(TUNED, "finetune:" + BASE);
        recorder.write(quant, tuned, lineage(BASE));

        assertThat(items("/v1/lineage/descendants?of=" + encode(BASE)))
                .containsExactly(
                        JsonForms.lineage(tuned).getFirst().toString(),
                        JsonForms.lineage(quant).getLast().toString());
        assertThat(values("/v1/lineage/descendants?depth=1&of=" + encode(BASE), "model"))
                .containsExactly(TUNED);
        assertThat(items("/v1/lineage/descendants?of=" + encode(QUANT))).isEmpty();
    }

    @Test
    void shouldPageThroughAFamilyOnce() throws Exception {
        List<Object> family = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            family.add(lineage("pkg:huggingface/x/child \"" + i + "\"", "finetune:" + BASE));
        }
        recorder.write(family.toArray());
        List<String> seen = new ArrayList<>();
        String after = "";
        do {
            JsonNode page = JSON.readTree(get("/v1/lineage/descendants?limit=7&of=" + encode(BASE) + after)
                    .body());
            page.path("items").forEach(item -> seen.add(item.path("model").stringValue()));
            after = page.path("next").isNull()
                    ? ""
                    : "&after=" + page.path("next").stringValue();
        } while (!after.isEmpty());

        assertThat(seen).hasSize(25).doesNotHaveDuplicates();
    }

    @Test
    void shouldEndAPageBeforeItOutgrowsTheMemory() throws Exception {
        String long700K = "x".repeat(700_000);
        List<Object> models = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Lineage lineage = lineage("pkg:huggingface/long/%02d".formatted(i));
            lineage.setLicense(long700K);
            models.add(lineage);
        }
        recorder.write(models.toArray());
        List<String> seen = new ArrayList<>();
        int pages = 0;
        String after = "";
        do {
            JsonNode page = JSON.readTree(get("/v1/lineage?limit=1000" + after).body());
            assertThat(page.path("items").size()).isBetween(1, 13);
            page.path("items").forEach(item -> seen.add(item.path("model").stringValue()));
            pages++;
            after = page.path("next").isNull()
                    ? ""
                    : "&after=" + page.path("next").stringValue();
        } while (!after.isEmpty());

        assertThat(seen).hasSize(30).isSorted().doesNotHaveDuplicates();
        assertThat(pages).isGreaterThan(2);
    }

    @Test
    void shouldCountAFamilyByDepthAndRelation() throws Exception {
        recorder.write(
                lineage(TUNED, "finetune:" + BASE),
                lineage("pkg:huggingface/c/Other", "finetune:" + BASE),
                lineage("pkg:huggingface/c/Lora", "adapter:" + BASE),
                lineage(QUANT, "quantized:" + TUNED, "finetune:" + BASE),
                lineage(BASE));

        assertThat(get("/v1/lineage/descendants/summary?of=" + encode(BASE)).body())
                .isEqualTo("{\"ancestor\":\"" + BASE + "\",\"descendants\":4,\"groups\":["
                        + "{\"depth\":1,\"relation\":\"finetune\",\"count\":2},"
                        + "{\"depth\":1,\"relation\":\"adapter\",\"count\":1},"
                        + "{\"depth\":2,\"relation\":\"quantized\",\"count\":1}]}");
    }

    @Test
    void shouldTellWhichDeploymentsRunAModelOrAnythingDerivedFromIt() throws Exception {
        recorder.write(
                lineage(BASE),
                lineage(TUNED, "finetune:" + BASE),
                lineage(QUANT, "quantized:" + TUNED, "finetune:" + BASE),
                mbom("chat", 1, BASE),
                mbom("edge", 1, QUANT, "pkg:huggingface/other/Embedder"),
                mbom("unrelated", 1, "pkg:huggingface/other/Embedder"),
                mbom("swapped", 1, TUNED),
                mbom("swapped", 2, "pkg:huggingface/other/Embedder"));
        // A revision that is read again is none that comes back.
        recorder.write(mbom("swapped", 1, TUNED));

        JsonNode found = JSON.readTree(
                        get("/v1/lineage/deployments?of=" + encode(BASE)).body())
                .path("items");
        assertThat(found).hasSize(2);
        assertThat(found.path(0).toString())
                .isEqualTo("{\"deployment\":\"chat\",\"role\":\"role0\",\"model\":\"" + BASE + "\",\"ancestor\":\""
                        + BASE + "\",\"depth\":0,\"path\":[],\"confidence\":null}");
        assertThat(found.path(1).path("deployment").stringValue()).isEqualTo("edge");
        assertThat(found.path(1).path("model").stringValue()).isEqualTo(QUANT);
        assertThat(found.path(1).path("path")).hasSize(2);
        assertThat(values("/v1/lineage/deployments?of=" + encode("pkg:huggingface/other/Embedder"), "deployment"))
                .containsExactly("edge", "swapped", "unrelated");
        String next = JSON.readTree(get("/v1/lineage/deployments?limit=1&of=" + encode(BASE))
                        .body())
                .path("next")
                .stringValue();
        assertThat(values("/v1/lineage/deployments?limit=1&of=" + encode(BASE) + "&after=" + next, "deployment"))
                .containsExactly("edge");
    }

    @Test
    void shouldForgetAModelWithItsTombstone() throws Exception {
        recorder.write(lineage(TUNED, "finetune:" + BASE), lineage(BASE));
        recorder.writeTombstone("modelwatch.lineage.v1", TUNED);

        assertThat(values("/v1/lineage", "model")).containsExactly(BASE);
        assertThat(items("/v1/lineage/descendants?of=" + encode(BASE))).isEmpty();
    }

    @Test
    void shouldSayWhatIsMissingOrUnknown() throws Exception {
        assertThat(get("/v1/lineage/descendants").statusCode()).isEqualTo(400);
        assertThat(get("/v1/lineage/descendants").body()).contains("of: is missing");
        assertThat(get("/v1/lineage/descendants?of=x&after=bWJvbXM6eA").statusCode())
                .isEqualTo(400);
        for (String path : List.of("descendants", "descendants/summary", "deployments")) {
            assertThat(get("/v1/lineage/" + path + "?of=pkg:huggingface/no/One").statusCode())
                    .isEqualTo(404);
        }
    }

    private static Lineage lineage(String model, String... steps) {
        List<ParentRef> path = new ArrayList<>();
        List<Ancestor> ancestry = new ArrayList<>();
        for (String step : steps) {
            int colon = step.indexOf(':');
            path.add(new ParentRef(step.substring(colon + 1), step.substring(0, colon)));
            ancestry.add(Ancestor.newBuilder()
                    .setId(path.getLast().getId())
                    .setRelation(path.getFirst().getRelation())
                    .setDepth(path.size())
                    .setPath(List.copyOf(path))
                    .setConfidence(Confidence.DECLARED)
                    .build());
        }
        return Lineage.newBuilder()
                .setModel(model)
                .setKnown(true)
                .setAncestry(ancestry)
                .build();
    }

    private static Mbom mbom(String deployment, int revision, String... models) {
        List<Component> components = new ArrayList<>();
        for (String model : models) {
            components.add(Component.newBuilder()
                    .setRole("role" + components.size())
                    .setModel(model)
                    .build());
        }
        return Mbom.newBuilder()
                .setDeployment(deployment)
                .setSerialNumber("urn:uuid:1")
                .setRevision(revision)
                .setAt(Instant.parse("2026-03-01T10:00:00Z"))
                .setComponents(components)
                .setCorrelationId("o1")
                .build();
    }

    private List<String> items(String path) throws Exception {
        List<String> items = new ArrayList<>();
        JSON.readTree(get(path).body()).path("items").forEach(item -> items.add(item.toString()));
        return items;
    }

    private List<String> values(String path, String field) throws Exception {
        List<String> values = new ArrayList<>();
        JSON.readTree(get(path).body())
                .path("items")
                .forEach(item -> values.add(item.path(field).stringValue()));
        return values;
    }

    private HttpResponse<String> get(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + api.port() + path);
        return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
