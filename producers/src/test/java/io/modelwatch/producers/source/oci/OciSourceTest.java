package io.modelwatch.producers.source.oci;

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
import io.modelwatch.schemas.Ids;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that wants a token, with artifacts in the forms of both specifications; the models are made up. */
class OciSourceTest {

    private static final String DIGEST_A = "sha256:" + "a".repeat(64);
    private static final String DIGEST_B = "sha256:" + "b".repeat(64);

    private ScriptedServer server;
    private final HttpFetcher http = ScriptedServer.fetcher();
    private final Map<String, ModelReading> seen = new TreeMap<>();

    /** Who was given a token, by the Authorization that asked for it. */
    private volatile String askedBy = "";

    private volatile String token = "t1";

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
        server.on("/token", exchange -> {
            askedBy = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            assertThat(exchange.getRequestURI().getQuery()).contains("service=reg", "scope=repository:ai/");
            return Answer.json("{\"token\":\"" + token + "\"}");
        });
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
    }

    private OciSource source(Map<String, Object> more, String... repositories) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("baseUrl", server.url());
        settings.put("repositories", List.of(repositories));
        return new OciSource(OciConfig.of(new Settings("test", settings, OciConfig.KEYS)), http);
    }

    private String sweep(OciSource source) throws Exception {
        seen.clear();
        String left = null;
        for (String scope : source.scopes()) {
            left = source.sweep(
                    scope, (page, next) -> page.forEach(one -> seen.put(one.subject(), (ModelReading) one)));
        }
        return left;
    }

    /** Serves to who has the token, and says where to get one to everybody else. */
    private void guarded(String path, Answer answer) {
        server.on(
                path,
                exchange ->
                        ("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))
                                ? answer
                                : Answer.status(401)
                                        .with(
                                                "WWW-Authenticate",
                                                "Bearer realm=\"" + server.url()
                                                        + "/token\",service=\"reg\",scope=\"repository:ai/x:pull\""));
    }

    private void artifact(String repository, String tag, String manifest, String config) {
        String text = manifest.replace("CONFIG", "sha256:" + sha(config));
        guarded(
                "/v2/" + repository + "/manifests/" + tag,
                Answer.json(text)
                        .with("Content-Type", "application/vnd.oci.image.manifest.v1+json")
                        .with("Docker-Content-Digest", "sha256:" + sha(text)));
        guarded("/v2/" + repository + "/blobs/sha256:" + sha(config), Answer.json(config));
    }

    private static String docker(String weights) {
        return """
                {"schemaVersion":2,"config":{"mediaType":"application/vnd.docker.ai.model.config.v0.1+json","size":3,"digest":"CONFIG"},
                "layers":[{"mediaType":"application/vnd.docker.ai.gguf.v3","size":9,"digest":"%s"},
                {"mediaType":"application/vnd.docker.ai.chat.template.jinja","size":9,"digest":"%s"}]}""".formatted(weights, DIGEST_B);
    }

    private static final String DOCKER_CONFIG = """
            {"descriptor":{"createdAt":"2026-01-01T00:00:00Z"},"config":{"format":"gguf","gguf":{"architecture":"llama","parameter_count":"1.2B","quantization":"Q4_K_M"}}}""";

    private static final String MODELPACK = """
            {"schemaVersion":2,"artifactType":"application/vnd.cncf.model.manifest.v1+json","config":{"mediaType":"application/vnd.cncf.model.config.v1+json","digest":"CONFIG"},
            "layers":[{"mediaType":"application/vnd.cncf.model.weight.v1.raw","digest":"%s","annotations":{"org.cncf.model.filepath":"model-1.safetensors"}}]}""".formatted(DIGEST_A);

    private static final String MODELPACK_CONFIG = """
            {"descriptor":{"family":"qwen","vendor":"acme","licenses":["apache-2.0"]},"config":{"architecture":"transformer","format":"safetensors","paramSize":"8b","precision":"bf16"}}""";

    private void both() {
        guarded(
                "/v2/ai/small/tags/list?n=100",
                Answer.json("{\"tags\":[\"1b\",\"tool\"]}")
                        .with("Link", "</v2/ai/small/tags/list?n=100&last=tool>; rel=\"next\""));
        guarded("/v2/ai/small/tags/list?n=100&last=tool", Answer.json("{\"tags\":[\"8b\"]}"));
        artifact("ai/small", "1b", docker(DIGEST_A), DOCKER_CONFIG);
        artifact("ai/small", "8b", MODELPACK, MODELPACK_CONFIG);
        artifact(
                "ai/small",
                "tool",
                "{\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"CONFIG\"},\"layers\":[]}",
                "{}");
    }

    private String id(String tag) {
        return "pkg:oci/127.0.0.1%3A" + server.url().replaceFirst(".*:", "") + "/ai/small%3A" + tag;
    }

    @Test
    void both_forms_of_models_are_read_and_programs_beside_them_passed_over() throws Exception {
        both();
        assertThat(sweep(source(Map.of(), "ai/small"))).isNull();
        assertThat(seen.keySet()).containsExactly(id("1b"), id("8b"));
        assertThat(seen.get(id("1b")).facts().getAttributes())
                .containsEntry("architecture", "llama")
                .containsEntry("quantization", "Q4_K_M")
                .containsEntry("parameters", "1.2B")
                .containsEntry("chat_template", DIGEST_B)
                .containsEntry("files", List.of("gguf.v3@" + DIGEST_A));
        ModelReading pack = seen.get(id("8b"));
        assertThat(pack.facts().getRevision())
                .isEqualTo("sha256:" + sha(MODELPACK.replace("CONFIG", "sha256:" + sha(MODELPACK_CONFIG))));
        assertThat(pack.facts().getLicense()).isEqualTo("apache-2.0");
        assertThat(pack.facts().getAuthor()).isEqualTo("acme");
        assertThat(pack.facts().getAttributes())
                .containsEntry("family", "qwen")
                .containsEntry("files", List.of("model-1.safetensors@" + DIGEST_A));
        assertThat(askedBy).isEqualTo("null");
    }

    @Test
    void an_unmoved_tag_is_asked_for_its_digest_alone_and_a_moved_one_is_read() throws Exception {
        both();
        OciSource source = source(Map.of(), "ai/small");
        assertThat(sweep(source)).isNull();
        server.requests.clear();
        token = "t2"; // the first has run out meanwhile
        artifact("ai/small", "1b", docker("sha256:" + "c".repeat(64)), DOCKER_CONFIG);
        assertThat(sweep(source)).isNull();
        assertThat(seen.get(id("1b")).facts().getAttributes())
                .containsEntry("files", List.of("gguf.v3@sha256:" + "c".repeat(64)));
        assertThat(server.requests)
                .filteredOn(one -> one.startsWith("GET") && one.contains("/manifests/"))
                .containsExactly("GET /v2/ai/small/manifests/1b");
        assertThat(server.requests).filteredOn(one -> one.startsWith("HEAD")).hasSize(3);
    }

    @Test
    void a_password_goes_to_the_registrys_own_place_for_tokens_and_to_no_other(@TempDir Path dir) throws Exception {
        both();
        Path file = Files.writeString(dir.resolve("pass"), "s3cret");
        OciSource source = source(Map.of("user", "kim", "tokenFile", file.toString()), "ai/small:8b");
        assertThat(sweep(source)).isNull();
        assertThat(askedBy).isEqualTo("Basic " + Base64.getEncoder().encodeToString("kim:s3cret".getBytes(UTF_8)));
        try (ScriptedServer elsewhere = new ScriptedServer()) {
            server.always(Answer.status(401)
                    .with("WWW-Authenticate", "Bearer realm=\"" + elsewhere.url() + "/token\",service=\"reg\""));
            assertThatThrownBy(() -> sweep(source(Map.of("user", "kim", "tokenFile", file.toString()), "ai/small:8b")))
                    .isInstanceOf(SourceException.class)
                    .hasMessageContaining("no safe place");
            assertThat(elsewhere.requests).isEmpty();
        }
        server.always(Answer.status(401).with("WWW-Authenticate", "Basic realm=\"r\""));
        assertThatThrownBy(() -> sweep(source(Map.of("tokenEnv", "NO_SUCH_VARIABLE"), "ai/small:8b")))
                .hasMessageContaining("NO_SUCH_VARIABLE");
    }

    @Test
    void a_tag_that_would_lead_to_another_path_is_refused() throws Exception {
        for (String tag : List.of("../../../admin", "a b", "x?y", "%2e%2e", "")) {
            server.always(Answer.json("{\"tags\":[\"8b\",\"" + tag + "\",\"\\u0000\"]}"));
            assertThatThrownBy(() -> sweep(source(Map.of(), "ai/small")))
                    .isInstanceOf(SourceException.class)
                    .hasMessageContaining("a tag with an illegal name");
        }
        assertThat(server.requests).allMatch(asked -> asked.contains("/tags/list"));
    }

    @Test
    void a_deleted_tag_is_absent_and_what_is_no_model_where_one_is_named_is_told() throws Exception {
        both();
        OciSource source = source(Map.of(), "ai/small");
        assertThat(sweep(source)).isNull();
        guarded("/v2/ai/small/manifests/1b", Answer.status(404));
        assertThat(sweep(source)).isNull();
        assertThat(seen.keySet()).containsExactly(id("8b"));
        assertThat(sweep(source(Map.of(), "ai/small:tool"))).contains("is no model");
        guarded("/v2/ai/small/manifests/8b", Answer.json("{\"manifests\":[]}"));
        assertThat(sweep(source(Map.of(), "ai/small"))).contains("an index of several");
    }

    @Test
    void the_last_tag_that_is_deleted_leaves_an_empty_scope_as_long_as_the_registry_answers() throws Exception {
        both();
        server.on("/v2/", Answer.status(401));
        OciSource named = source(Map.of(), "ai/small:8b");
        OciSource listed = source(Map.of(), "ai/small");
        assertThat(sweep(named)).isNull();
        assertThat(sweep(listed)).isNull();
        guarded("/v2/ai/small/manifests/8b", Answer.status(404));
        guarded("/v2/ai/small/tags/list?n=100", Answer.json("{\"tags\":null}"));
        for (OciSource source : List.of(named, listed)) {
            Emptied emptied = new Emptied();
            assertThat(source.sweep(source.scopes().getFirst(), emptied)).isNull();
            assertThat(emptied.is()).isTrue();
        }
        // Many a registry forgets a repository with its last tag.
        guarded("/v2/ai/small/tags/list?n=100", Answer.status(404));
        Emptied emptied = new Emptied();
        assertThat(listed.sweep("ai/small", emptied)).isNull();
        assertThat(emptied.is()).isTrue();
        // What was never seen is no removal, and neither is a registry that is gone.
        assertThatThrownBy(() -> sweep(source(Map.of(), "ai/small"))).hasMessageContaining("404");
        assertThatThrownBy(() -> sweep(source(Map.of(), "ai/small:8b"))).hasMessageContaining("404");
        server.on("/v2/", Answer.status(404));
        assertThatThrownBy(() -> sweep(listed)).hasMessageContaining("404");
        assertThatThrownBy(() -> sweep(named)).hasMessageContaining("404");
    }

    private static String sha(String text) {
        return Ids.sha256(text.getBytes(UTF_8));
    }
}
