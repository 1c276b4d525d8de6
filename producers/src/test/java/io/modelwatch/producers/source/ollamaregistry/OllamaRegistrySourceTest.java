package io.modelwatch.producers.source.ollamaregistry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.Emptied;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.ScriptedServer;
import io.modelwatch.producers.source.ScriptedServer.Answer;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Canonical;
import io.modelwatch.schemas.Ids;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Recorded manifests, served over HTTP. */
class OllamaRegistrySourceTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String ID = "pkg:ollama/library/deepseek-r1%3A8b";
    private static final String MANIFEST = "/v2/library/deepseek-r1/manifests/8b";

    private ScriptedServer server;
    private final HttpFetcher http = ScriptedServer.fetcher();
    private final Map<String, ModelReading> seen = new TreeMap<>();

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
    }

    private OllamaRegistrySource source(boolean details, List<String> models) {
        Map<String, Object> settings = Map.of("baseUrl", server.url(), "models", models, "details", details);
        return new OllamaRegistrySource(
                OllamaRegistryConfig.of(new Settings("test", settings, OllamaRegistryConfig.KEYS)), http);
    }

    private String sweep(OllamaRegistrySource source) throws Exception {
        seen.clear();
        return source.sweep("", (page, next) -> page.forEach(one -> seen.put(one.subject(), (ModelReading) one)));
    }

    private static Answer recorded(String name) throws IOException {
        // The registry says text/plain (ollama#6470).
        return Answer.json(new String(resource(name).readAllBytes(), UTF_8)).with("Content-Type", "text/plain");
    }

    private static InputStream resource(String name) {
        return OllamaRegistrySourceTest.class.getResourceAsStream("/recorded/hubs/" + name);
    }

    @Test
    void a_tag_that_is_pointed_to_other_weights_of_another_family_is_seen() throws Exception {
        OllamaRegistrySource source = source(true, List.of("deepseek-r1:8b", "llama3.2"));
        String llama = config("llama", "Q4_K_M");
        server.on("/v2/library/llama3.2/manifests/latest", recorded("ollama-llama3.2-latest.json"));
        // The recording has no configurations: ours stand in for them, under digests of their own.
        server.on(MANIFEST, withConfig("ollama-deepseek-r1-8b-1.json", llama));
        server.on("/v2/library/llama3.2/manifests/latest", withConfig("ollama-llama3.2-latest.json", llama));
        assertThat(sweep(source)).isNull();
        ModelReading before = seen.get(ID);
        assertThat(before.facts().getRevision())
                .isEqualTo("sha256:6340dc3229b0d08ea9cc49b75d4098702983e17b4c096d57afbbf2ffc813f2be");
        assertThat(before.facts().getLicense())
                .isEqualTo("LicenseRef-sha256-6e4c38e1172f42fdbff13edf9a7a017679fb82b0fde415a3e8b3c31c6ed4a4e4");
        assertThat(before.facts().getAttributes())
                .containsEntry("family", "llama")
                .containsEntry("quantization", "Q4_K_M")
                .containsKeys("chat_template", "generation_config");
        // Two licences, in one order whatever theirs.
        assertThat(seen.get("pkg:ollama/library/llama3.2%3Alatest")
                        .facts()
                        .getLicense()
                        .split(","))
                .hasSize(2)
                .isSorted();

        server.on(MANIFEST, withConfig("ollama-deepseek-r1-8b-2.json", config("qwen3", "Q4_K_M")));
        server.requests.clear();
        assertThat(sweep(source)).isNull();
        ModelReading after = seen.get(ID);
        assertThat(differing(before, after))
                .containsExactly(
                        "attributes.chat_template", "attributes.family", "attributes.generation_config", "revision");
        assertThat(after.facts().getAttributes()).containsEntry("family", "qwen3");
        assertThat(server.requests).as("a configuration is read once").hasSize(3);
    }

    @Test
    void the_digest_of_the_manifest_is_that_which_ollama_shows_and_is_evidence_alone() throws Exception {
        server.on(MANIFEST, recorded("ollama-deepseek-r1-8b-1.json"));
        OllamaRegistrySource source = source(false, List.of("deepseek-r1:8b"));
        assertThat(sweep(source)).isNull();
        assertThat(seen.get(ID).evidence().getSha256()).startsWith("28f8fd6cdc67");
        ModelReading before = seen.get(ID);

        // Another manifest: spaced, its layers in another order, one with the place that it came from. The same
        // content.
        ObjectNode manifest = (ObjectNode) JSON.readTree(resource("ollama-deepseek-r1-8b-1.json"));
        List<JsonNode> layers = new ArrayList<>();
        manifest.path("layers").forEach(layers::addFirst);
        ((ObjectNode) layers.getFirst())
                .put("from", "/Users/ollama/.ollama/models/blobs/x")
                .put("size", 1);
        manifest.putArray("layers").addAll(layers);
        server.on(MANIFEST, Answer.json(manifest.toPrettyString()));
        assertThat(sweep(source)).isNull();
        assertThat(seen.get(ID).evidence().getSha256())
                .isNotEqualTo(before.evidence().getSha256());
        assertThat(differing(before, seen.get(ID))).isEmpty();
    }

    @Test
    void what_comes_from_elsewhere_must_have_the_digest_that_was_asked_for() throws Exception {
        OllamaRegistrySource source = source(true, List.of("deepseek-r1:8b"));
        try (ScriptedServer storage = new ScriptedServer()) {
            String config = config("llama", "Q4_0");
            server.on(MANIFEST, withConfig("ollama-deepseek-r1-8b-1.json", config));
            server.on("/v2/library/deepseek-r1/blobs/sha256:" + sha(config), redirect(storage.url() + "/blob"));
            storage.on("/blob", Answer.json("{\"model_family\":\"other\"}"));
            assertThatThrownBy(() -> sweep(source)).hasMessageContaining("another content than sha256:");
            storage.on("/blob", Answer.json(config));
            assertThat(sweep(source)).isNull();
            assertThat(seen.get(ID).facts().getAttributes()).containsEntry("family", "llama");
        }
    }

    @Test
    void a_tag_that_is_gone_is_absent_and_one_that_never_was_is_told_and_all_at_once_are_a_lost_source()
            throws Exception {
        OllamaRegistrySource source = source(false, List.of("deepseek-r1:8b", "llama3.2", "misspelt"));
        server.on(MANIFEST, recorded("ollama-deepseek-r1-8b-1.json"));
        server.on("/v2/library/llama3.2/manifests/latest", recorded("ollama-llama3.2-latest.json"));
        assertThat(sweep(source)).contains("1 of 3", "library/misspelt:latest", "404");
        OllamaRegistrySource two = source(false, List.of("deepseek-r1:8b", "llama3.2"));
        assertThat(sweep(two)).isNull();
        server.on(MANIFEST, Answer.status(404));
        assertThat(sweep(two)).isNull();
        assertThat(seen).hasSize(1);
        server.always(Answer.status(404));
        assertThatThrownBy(() -> sweep(two)).isInstanceOf(SourceException.class).hasMessageContaining("404");
        // An outage in the middle is nobody's removal.
        server.on(MANIFEST, recorded("ollama-deepseek-r1-8b-1.json"));
        server.on("/v2/library/llama3.2/manifests/latest", Answer.status(503));
        assertThatThrownBy(() -> sweep(two)).hasMessageContaining("503");
        assertThat(seen).hasSize(1);
    }

    @Test
    void the_only_tag_that_is_gone_leaves_an_empty_scope_as_long_as_the_registry_answers() throws Exception {
        OllamaRegistrySource source = source(false, List.of("deepseek-r1:8b"));
        server.on("/v2/", Answer.json("{}"));
        server.on(MANIFEST, Answer.status(404));
        assertThatThrownBy(() -> sweep(source)).as("never seen").hasMessageContaining("404");
        server.on(MANIFEST, recorded("ollama-deepseek-r1-8b-1.json"));
        assertThat(sweep(source)).isNull();
        server.on(MANIFEST, Answer.status(404));
        Emptied emptied = new Emptied();
        assertThat(source.sweep("", emptied)).isNull();
        assertThat(emptied.is()).isTrue();
        server.on("/v2/", Answer.status(404));
        assertThatThrownBy(() -> source.sweep("", new Emptied())).hasMessageContaining("404");
    }

    /** Every event of the recording is served and swept; the changes are exactly those that it implies. */
    @Test
    void the_recorded_stream_gives_44_changes_of_weights_among_101_of_content() throws Exception {
        Map<String, ObjectNode> manifests = new TreeMap<>();
        Map<String, ModelReading> last = new TreeMap<>();
        Map<String, Integer> changes = new TreeMap<>();
        int unchanged = 0;
        int events = 0;
        for (List<JsonNode> batch : batches()) {
            List<String> tags = new ArrayList<>();
            for (JsonNode event : batch) {
                String tag = event.path("tag").stringValue();
                manifests.put(tag, state(manifests.get(tag), event));
                server.on(
                        "/v2/" + tag.replaceFirst(":", "/manifests/"),
                        Answer.json(manifest(manifests.get(tag))).with("Content-Type", "text/plain"));
                tags.add(tag);
                events++;
            }
            // Only what the recorder saw moving is asked for: the other 500 would say what they said before.
            assertThat(sweep(source(false, tags))).isNull();
            assertThat(seen).hasSameSizeAs(new TreeSet<>(tags));
            for (ModelReading now : seen.values()) {
                ModelReading before = last.put(now.subject(), now);
                if (before != null) {
                    List<String> fields = differing(before, now);
                    unchanged += fields.isEmpty() ? 1 : 0;
                    fields.forEach(field -> changes.merge(field, 1, Integer::sum));
                }
            }
        }
        assertThat(events).isEqualTo(618);
        assertThat(last).hasSize(508);
        assertThat(changes)
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "revision", 44,
                        "attributes.chat_template", 63,
                        "attributes.generation_config", 16,
                        "attributes.system_prompt", 6,
                        "attributes.files", 3,
                        "license", 14));
        // Seven say only where a layer was built, two only that the configuration was written anew.
        assertThat(unchanged).isEqualTo(9);
    }

    private static List<List<JsonNode>> batches() throws IOException {
        Map<String, List<JsonNode>> byTime = new LinkedHashMap<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(resource("ollama-registry-manifests.jsonl.gz")), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode event = JSON.readTree(line);
                byTime.computeIfAbsent(event.path("ts").stringValue(), ts -> new ArrayList<>())
                        .add(event);
            }
        }
        return List.copyOf(byTime.values());
    }

    private static ObjectNode state(ObjectNode before, JsonNode event) {
        if (event.has("value")) {
            return (ObjectNode) event.path("value");
        }
        ObjectNode now = before.deepCopy();
        for (Map.Entry<String, JsonNode> change : event.path("fields").properties()) {
            boolean layer = change.getKey().startsWith("layer.");
            ObjectNode in = layer ? (ObjectNode) now.path("layers") : now;
            String field = layer ? change.getKey().substring("layer.".length()) : change.getKey();
            JsonNode after = change.getValue().path("after");
            if (after.isMissingNode() || after.isNull()) {
                in.remove(field);
            } else {
                in.set(field, after);
            }
        }
        return now;
    }

    private static String manifest(ObjectNode state) {
        ObjectNode manifest = JSON.createObjectNode().put("schemaVersion", 2);
        manifest.putObject("config")
                .put("mediaType", "application/vnd.docker.container.image.v1+json")
                .put("digest", state.path("config").stringValue());
        var layers = manifest.putArray("layers");
        for (Map.Entry<String, JsonNode> layer : state.path("layers").properties()) {
            ObjectNode one = layers.addObject()
                    .put("mediaType", "application/vnd.ollama.image." + layer.getKey())
                    .put("digest", layer.getValue().stringValue());
            if (layer.getKey().equals("model") && state.has("model_from")) {
                one.set("from", state.path("model_from"));
            }
        }
        return manifest.toString();
    }

    private static List<String> differing(ModelReading before, ModelReading after) {
        Map<String, Object> old = Canonical.fields(before.facts());
        Map<String, Object> now = Canonical.fields(after.facts());
        TreeSet<String> fields = new TreeSet<>(old.keySet());
        fields.addAll(now.keySet());
        fields.removeIf(field -> java.util.Objects.equals(old.get(field), now.get(field)));
        return List.copyOf(fields);
    }

    private Answer withConfig(String name, String config) throws IOException {
        ObjectNode manifest = (ObjectNode) JSON.readTree(resource(name));
        ((ObjectNode) manifest.path("config")).put("digest", "sha256:" + sha(config));
        for (String repository : List.of("deepseek-r1", "llama3.2")) {
            server.on("/v2/library/" + repository + "/blobs/sha256:" + sha(config), Answer.json(config));
        }
        return Answer.json(manifest.toString());
    }

    private static Answer redirect(String to) {
        return Answer.status(307).with("Location", to);
    }

    private static String config(String family, String type) {
        return "{\"model_format\":\"gguf\",\"model_family\":\"" + family + "\",\"model_type\":\"8.0B\",\"file_type\":\""
                + type + "\"}";
    }

    private static String sha(String text) {
        return Ids.sha256(text.getBytes(UTF_8));
    }
}
