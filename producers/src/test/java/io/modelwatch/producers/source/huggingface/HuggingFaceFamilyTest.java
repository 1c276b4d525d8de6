package io.modelwatch.producers.source.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.IncrementalSource.Pass;
import io.modelwatch.producers.source.ScriptedServer;
import io.modelwatch.producers.source.ScriptedServer.Answer;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listings of children in the Hub's form, over real HTTP. */
class HuggingFaceFamilyTest {

    private static final String SCOPE = "family:acme/root";

    private final Map<String, List<String>> children = new TreeMap<>();
    private final TreeSet<String> seen = new TreeSet<>();
    private final HttpFetcher http = ScriptedServer.fetcher();
    private ScriptedServer server;
    private HuggingFaceSource source;
    private Instant now = Instant.parse("2026-03-01T00:00:00Z");

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
        server.on("/api/models", exchange -> {
            String query = exchange.getRequestURI().getQuery();
            String base = query.replaceFirst(".*filter=base_model:([^&]+)&.*", "$1");
            String list = children.getOrDefault(base, List.of()).stream()
                    .map(id -> "{\"id\":\"" + id + "\",\"sha\":\"s\",\"tags\":[\"base_model:" + base + "\"]}")
                    .collect(Collectors.joining(","));
            return Answer.json("[" + list + "]");
        });
        children.put("acme/root", List.of("b/tuned", "b/merged"));
        children.put("b/tuned", List.of("c/quantized", "b/merged"));
        children.put("c/quantized", List.of("d/adapter"));
        // A model that names a descendant of its own as its base is no way round.
        children.put("d/adapter", List.of("b/tuned"));
        source = source(Map.of());
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
    }

    @Test
    void derivativesAreSeenAtAnyDepthEachOnce() throws Exception {
        Pass whole = pass(null);
        assertThat(whole.left()).isNull();
        assertThat(whole.whole()).isTrue();
        assertThat(seen)
                .containsExactly(
                        "pkg:huggingface/b/merged",
                        "pkg:huggingface/b/tuned",
                        "pkg:huggingface/c/quantized",
                        "pkg:huggingface/d/adapter");
        assertThat(server.requests).hasSize(5);
    }

    @Test
    void inBetweenOnlyThoseAreAskedThatHadChildrenOrAreNew() throws Exception {
        String mark = pass(null).mark();
        server.requests.clear();
        children.put("c/quantized", List.of("d/adapter", "e/new"));
        children.put("e/new", List.of("f/below"));
        now = now.plus(Duration.ofHours(1));
        Pass pass = pass(mark);
        assertThat(pass.whole()).as("nothing is missed by it").isFalse();
        assertThat(pass.mark()).isEqualTo(mark);
        assertThat(seen).contains("pkg:huggingface/e/new", "pkg:huggingface/f/below");
        // Four that had children, and the two that are new: b/merged, which had none, is left alone.
        assertThat(server.requests).hasSize(6).noneMatch(one -> one.contains("merged"));
        now = now.plus(Duration.ofHours(6));
        assertThat(pass(mark).whole()).isTrue();
    }

    @Test
    void aFamilyThatIsTooLargeOrCannotBeReadIsNeverWhole() throws Exception {
        source = source(Map.of("maxMembers", 2));
        Pass pass = pass(null);
        assertThat(pass.left()).contains("stopped after the children of 2 members (maxMembers)");
        assertThat(pass.mark()).isNull();
        assertThat(seen).contains("pkg:huggingface/b/tuned").doesNotContain("pkg:huggingface/d/adapter");
        server.always(Answer.status(503));
        assertThatThrownBy(() -> pass(null)).isInstanceOf(SourceException.class).hasMessageContaining("503");
    }

    @Test
    void filesAreReadOfSoManyModelsASweepHoweverManyMembersThereAre() throws Exception {
        source = source(Map.of("details", true, "maxDetails", 2));
        for (String id : List.of("b/tuned", "b/merged", "c/quantized", "d/adapter", "e/new", "f/below")) {
            server.on("/api/models/" + id, Answer.json("{\"sha\":\"s\",\"siblings\":[{\"rfilename\":\"m.gguf\"}]}"));
        }
        Pass first = pass(null);
        assertThat(first.left()).contains("maxDetails");
        assertThat(first.mark()).as("all is to be read again").isNull();
        assertThat(filesRead()).hasSize(2);
        Pass second = pass(first.mark());
        assertThat(second.left()).isNull();
        assertThat(second.mark()).isNotNull();
        assertThat(filesRead()).hasSize(4).doesNotHaveDuplicates();
        // One that came in between, with more below it than may be read: it is asked again, and nothing else is.
        children.put("d/adapter", List.of("b/tuned", "e/new"));
        children.put("c/quantized", List.of("d/adapter", "e/other"));
        server.on("/api/models/e/other", Answer.json("{\"sha\":\"s\",\"siblings\":[]}"));
        children.put("e/new", List.of("f/below"));
        Pass third = pass(second.mark());
        assertThat(third.left()).contains("maxDetails");
        assertThat(third.mark()).isEqualTo(second.mark());
        assertThat(seen).doesNotContain("pkg:huggingface/f/below");
        Pass fourth = pass(third.mark());
        assertThat(fourth.left()).isNull();
        assertThat(seen).contains("pkg:huggingface/f/below");
        assertThat(filesRead()).hasSize(7).doesNotHaveDuplicates();
    }

    @Test
    void whatCannotBeHadByReadingAgainDoesNotMakeEverySweepAWholeOne() throws Exception {
        server.on("/api/models", exchange -> Answer.json("[{\"sha\":\"an entry without an id\"}]"));
        Pass pass = pass(null);
        assertThat(pass.left()).contains("without a usable id");
        assertThat(pass.mark()).isNotNull();
        assertThat(pass(pass.mark()).whole()).isFalse();
    }

    private List<String> filesRead() {
        return server.requests.stream()
                .filter(one -> one.startsWith("GET /api/models/"))
                .toList();
    }

    private Pass pass(String mark) throws Exception {
        seen.clear();
        return source.pass(
                SCOPE,
                mark,
                (page, next) -> page.forEach(one ->
                        assertThat(seen.add(one.subject())).as(one.subject()).isTrue()));
    }

    private HuggingFaceSource source(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("baseUrl", server.url());
        settings.put("tokenEnv", "NO_SUCH_VARIABLE");
        settings.put("scopes", List.of(SCOPE));
        return new HuggingFaceSource(
                HuggingFaceConfig.of(new Settings("test", settings, HuggingFaceConfig.KEYS)), http, () -> now);
    }
}
