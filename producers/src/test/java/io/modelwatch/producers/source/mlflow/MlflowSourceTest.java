package io.modelwatch.producers.source.mlflow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Proof;
import io.modelwatch.producers.source.ScriptedServer;
import io.modelwatch.producers.source.ScriptedServer.Answer;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import io.modelwatch.schemas.avro.ParentRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MLflow's answers in the form of its documentation and source; models and versions are made up. */
class MlflowSourceTest {

    private static final String MODELS = "/api/2.0/mlflow/registered-models/search";
    private static final String VERSIONS = "/api/2.0/mlflow/model-versions/search";
    private static final String FRAUD = "pkg:mlflow/prod/fraud%20model";

    private ScriptedServer server;
    private final HttpFetcher http = ScriptedServer.fetcher();
    private final Map<String, ModelReading> seen = new TreeMap<>();
    private MlflowSource source;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
        Map<String, Object> settings =
                new HashMap<>(Map.of("baseUrl", server.url() + "/", "tokenEnv", "NO_SUCH_VARIABLE"));
        source = new MlflowSource(MlflowConfig.of(new Settings("test", settings, MlflowConfig.KEYS)), "prod", http);
        server.on(VERSIONS, versions(3, 2, 1));
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
    }

    private String sweep() throws Exception {
        seen.clear();
        return source.sweep("", (page, next) -> page.forEach(one -> seen.put(one.subject(), (ModelReading) one)));
    }

    private static String model(String name, long updated, String champion) {
        return """
                {"name":"%s","creation_timestamp":1700000000000,"last_updated_timestamp":%d,"latest_versions":[{"version":"1","aliases":[]}],
                "tags":[],"aliases":[{"alias":"champion","version":"%s"}]}""".formatted(name, updated, champion);
    }

    private static Answer models(String next, String... models) {
        return Answer.json(
                "{\"registered_models\":[" + String.join(",", models) + "],\"next_page_token\":\"" + next + "\"}");
    }

    private static Answer versions(int... numbers) {
        StringBuilder all = new StringBuilder();
        for (int number : numbers) {
            all.append(all.isEmpty() ? "" : ",").append("""
                    {"name":"x","version":"%d","creation_timestamp":1700000000000,"current_stage":"%s","status":"READY","aliases":[],
                    "source":"%s"}""".formatted(
                            number,
                            number == 2 ? "Production" : "None",
                            number == 3 ? "hf://acme/tuned@abc" : "models:/m-" + number));
        }
        return Answer.json("{\"model_versions\":[" + all + "]}");
    }

    @Test
    void versions_and_what_aliases_point_to_are_told() throws Exception {
        server.on(
                MODELS,
                exchange -> exchange.getRequestURI().getQuery().contains("page_token=p2")
                        ? models("", model("churn", 1, "7"))
                        : models("p2", model("fraud model", 1, "2")));
        assertThat(sweep()).isNull();
        assertThat(seen.keySet()).containsExactly("pkg:mlflow/prod/churn", FRAUD);
        ModelReading fraud = seen.get(FRAUD);
        assertThat(fraud.facts().getRevision()).isEqualTo("3");
        assertThat(fraud.facts().getAttributes())
                .containsEntry("alias.champion", "2")
                .containsEntry("alias_source.champion", "models:/m-2")
                .containsEntry("source", "hf://acme/tuned@abc")
                .containsEntry("stages", List.of("Production=2"));
        assertThat(fraud.facts().getParents()).containsExactly(new ParentRef("pkg:huggingface/acme/tuned", "unknown"));
        assertThat(fraud.effectiveAt()).isNull();
    }

    @Test
    void an_alias_that_moves_is_seen_though_no_time_moves_and_costs_no_further_request() throws Exception {
        server.on(MODELS, models("", model("fraud model", 5, "2")));
        assertThat(sweep()).isNull();
        server.requests.clear();
        server.on(MODELS, models("", model("fraud model", 5, "3")));
        assertThat(sweep()).isNull();
        assertThat(seen.get(FRAUD).facts().getAttributes())
                .containsEntry("alias.champion", "3")
                .containsEntry("alias_source.champion", "hf://acme/tuned@abc");
        assertThat(server.requests).hasSize(1);
        server.on(MODELS, models("", model("fraud model", 6, "3")));
        server.on(VERSIONS, versions(4, 3));
        assertThat(sweep()).isNull();
        assertThat(seen.get(FRAUD).facts().getRevision()).isEqualTo("4");
    }

    @Test
    void an_empty_registry_is_no_renamed_field_and_a_token_that_comes_again_is_a_circle() throws Exception {
        server.on(MODELS, Answer.json("{}"));
        assertThat(sweep()).contains("no model");
        server.on(MODELS, Answer.json("{\"models\":[]}"));
        assertThatThrownBy(this::sweep).hasMessageContaining("no list 'registered_models'");
        server.on(MODELS, models("again", model("fraud model", 1, "1")));
        assertThatThrownBy(this::sweep).hasMessageContaining("circle");
    }

    @Test
    void a_webhook_is_believed_within_five_minutes_of_its_signature(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("secret"), "s3cret");
        MlflowHints hints = new MlflowHints(new Token(null, file.toString()));
        byte[] body = "{\"entity\":\"model_version_alias\",\"action\":\"created\"}".getBytes(UTF_8);
        Instant now = Instant.ofEpochSecond(1_767_225_600);
        String text = "d-1.1767225600." + new String(body, UTF_8);
        String signature = "v1," + Base64.getEncoder().encodeToString(Proof.hmac("s3cret", text.getBytes(UTF_8)));
        Map<String, String> headers = new HashMap<>(Map.of(
                "X-MLflow-Delivery-Id", "d-1", "X-MLflow-Timestamp", "1767225600", "X-MLflow-Signature", signature));
        assertThat(signature).isEqualTo("v1,FosVTyDE1AEcuraKUSZK6m6lq1nkUGT9/G7DMXTMjaM=");
        assertThat(hints.admits(headers::get, body, now)).isTrue();
        assertThat(hints.admits(headers::get, body, now.plus(Duration.ofMinutes(5))))
                .isTrue();
        assertThat(hints.admits(headers::get, body, now.plusSeconds(301))).isFalse();
        assertThat(hints.admits(headers::get, body, now.minusSeconds(301))).isFalse();
        assertThat(hints.admits(headers::get, "{}".getBytes(UTF_8), now)).isFalse();
        for (String header : List.of("X-MLflow-Delivery-Id", "X-MLflow-Timestamp", "X-MLflow-Signature")) {
            assertThat(hints.admits(name -> name.equals(header) ? null : headers.get(name), body, now))
                    .as(header)
                    .isFalse();
            assertThat(hints.admits(name -> name.equals(header) ? "x" : headers.get(name), body, now))
                    .as(header)
                    .isFalse();
        }
    }
}
