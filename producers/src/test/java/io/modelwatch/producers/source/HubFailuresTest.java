package io.modelwatch.producers.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.ScriptedServer.Answer;
import io.modelwatch.producers.source.mlflow.MlflowConfig;
import io.modelwatch.producers.source.mlflow.MlflowSource;
import io.modelwatch.producers.source.modelscope.ModelScopeConfig;
import io.modelwatch.producers.source.modelscope.ModelScopeSource;
import io.modelwatch.producers.source.oci.OciConfig;
import io.modelwatch.producers.source.oci.OciSource;
import io.modelwatch.producers.source.ollamaregistry.OllamaRegistryConfig;
import io.modelwatch.producers.source.ollamaregistry.OllamaRegistrySource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** What each hub makes of each way in which an API fails: never a model, always words that say what and where. */
class HubFailuresTest {

    private record Family(
            String name,
            Map<String, Object> settings,
            Set<String> keys,
            BiFunction<Settings, HttpFetcher, Source> opens) {}

    private record Failure(String name, Answer answer, String says) {}

    private static final List<Family> FAMILIES = List.of(
            new Family(
                    "ollama-registry",
                    Map.of("models", List.of("acme/a:1b", "acme/b")),
                    OllamaRegistryConfig.KEYS,
                    (settings, http) -> new OllamaRegistrySource(OllamaRegistryConfig.of(settings), http)),
            new Family(
                    "oci",
                    Map.of("repositories", List.of("acme/a"), "tokenEnv", "NO_SUCH_VARIABLE"),
                    OciConfig.KEYS,
                    (settings, http) -> new OciSource(OciConfig.of(settings), http)),
            new Family(
                    "modelscope",
                    Map.of("scopes", List.of("owner:acme"), "tokenEnv", "NO_SUCH_VARIABLE"),
                    ModelScopeConfig.KEYS,
                    (settings, http) -> new ModelScopeSource(ModelScopeConfig.of(settings), http)),
            new Family(
                    "mlflow",
                    Map.of("tokenEnv", "NO_SUCH_VARIABLE"),
                    MlflowConfig.KEYS,
                    (settings, http) -> new MlflowSource(MlflowConfig.of(settings), "prod", http)));

    private static final List<Failure> FAILURES = List.of(
            new Failure("unauthorized", Answer.status(401), "401 Unauthorized"),
            new Failure("forbidden", Answer.status(403), "403 Forbidden"),
            new Failure("not there", Answer.status(404), "404 Not Found"),
            new Failure("shut down", Answer.status(410), "410 Gone"),
            new Failure("limited", Answer.status(429).with("Retry-After", "3600"), "429 Too Many Requests"),
            new Failure("down", Answer.status(503), "503 Service Unavailable"),
            new Failure("cut", Answer.status(0), "no answer"),
            new Failure("a page", new Answer(200, Map.of("Content-Type", "text/html"), "<html>"), "HTML"),
            new Failure("garbage", Answer.json("{\"data\":{\"mod"), "no JSON"),
            new Failure("nothing", Answer.json(""), "no "),
            new Failure("renamed", Answer.json("{\"entries\":[{\"id\":\"acme/a\"}]}"), "no "),
            new Failure("a list", Answer.json("[]"), "no "),
            new Failure("too large", Answer.json(" ".repeat(ScriptedServer.MAX_BODY + 1)), "more than"));

    @Test
    void no_failure_is_taken_for_a_model_or_a_removal() throws Exception {
        List<String> silent = new ArrayList<>();
        for (Family family : FAMILIES) {
            for (Failure failure : FAILURES) {
                try (ScriptedServer server = new ScriptedServer();
                        HttpFetcher http = ScriptedServer.fetcher()) {
                    server.always(failure.answer());
                    Map<String, Object> settings = new HashMap<>(family.settings());
                    settings.put("baseUrl", server.url());
                    Source source = family.opens().apply(new Settings("test", settings, family.keys()), http);
                    List<Reading> read = new ArrayList<>();
                    Throwable thrown = catchThrowable(
                            () -> source.sweep(source.scopes().getFirst(), (page, next) -> read.addAll(page)));
                    String where = family.name() + ", " + failure.name();
                    assertThat(read).as(where).isEmpty();
                    assertThat(thrown).as(where).isInstanceOf(SourceException.class);
                    if (!thrown.getMessage().contains(failure.says())) {
                        silent.add(where + ": " + thrown.getMessage());
                    }
                    assertThat(thrown.getMessage())
                            .as(where)
                            .doesNotContain("entries\":")
                            .hasSizeLessThan(500);
                }
            }
        }
        assertThat(silent).isEmpty();
    }
}
