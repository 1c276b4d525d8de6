package io.modelwatch.producers.source.modelscope;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.ScriptedServer;
import io.modelwatch.producers.source.ScriptedServer.Answer;
import io.modelwatch.producers.source.Settings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** ModelScope's answers in the form that its own client reads; no recording was to be had. */
class ModelScopeSourceTest {

    private final Map<String, ModelReading> seen = new TreeMap<>();

    private String sweep(ScriptedServer server, HttpFetcher http) throws Exception {
        Map<String, Object> settings = Map.of(
                "baseUrl",
                server.url(),
                "scopes",
                List.of("owner:acme"),
                "pageSize",
                2,
                "tokenEnv",
                "NO_SUCH_VARIABLE");
        seen.clear();
        return new ModelScopeSource(ModelScopeConfig.of(new Settings("test", settings, ModelScopeConfig.KEYS)), http)
                .sweep("owner:acme", (page, next) -> page.forEach(one -> seen.put(one.subject(), (ModelReading) one)));
    }

    private static Answer page(int total, String... ids) {
        List<String> models = java.util.Arrays.stream(ids)
                .map(
                        id -> "{\"id\":\"acme/" + id
                                + "\",\"last_modified\":\"2026-02-01T10:00:00Z\",\"tasks\":[\"text-generation\"],\"tags\":[\"b\",\"a\"],\"downloads\":1,\"license\":\"apache-2.0\"}")
                .toList();
        return Answer.json("{\"success\":true,\"data\":{\"models\":[" + String.join(",", models) + "],\"total_count\":"
                + total + "}}");
    }

    private static String path(int page) {
        return "/openapi/v1/models?owner=acme&sort=last_modified&page_number=" + page + "&page_size=2";
    }

    @Test
    void pages_are_turned_to_the_end_and_a_cut_or_endless_list_is_told() throws Exception {
        try (ScriptedServer server = new ScriptedServer();
                HttpFetcher http = ScriptedServer.fetcher()) {
            server.on(path(1), page(3, "a", "b"));
            server.on(path(2), page(3, "c"));
            assertThat(sweep(server, http)).isNull();
            assertThat(seen.keySet())
                    .containsExactly("pkg:modelscope/acme/a", "pkg:modelscope/acme/b", "pkg:modelscope/acme/c");
            ModelReading one = seen.get("pkg:modelscope/acme/a");
            assertThat(one.facts().getRevision()).isEqualTo("2026-02-01T10:00:00Z");
            assertThat(one.effectiveAt()).isEqualTo(Instant.parse("2026-02-01T10:00:00Z"));
            assertThat(one.facts().getLicense()).isEqualTo("apache-2.0");
            assertThat(one.facts().getAttributes())
                    .containsEntry("tags", List.of("a", "b"))
                    .doesNotContainKey("downloads");

            server.on(path(2), page(3));
            assertThat(sweep(server, http)).contains("broke off after 2 of 3");
            assertThat(seen).hasSize(2);
            server.on(path(1), page(0));
            assertThat(sweep(server, http)).contains("is the name right?");
            server.always(page(4000, "a", "b"));
            assertThat(sweep(server, http)).contains("the first 3000 of 4000");
            assertThat(server.requests.size()).isLessThan(1520);
        }
    }
}
