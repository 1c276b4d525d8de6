package io.modelwatch.producers;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.ScriptedServer;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family of sources against every way in which an API fails, over real HTTP: never something seen, always words. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class SourceFailuresTest {

    private static final String SECRET = "sk-very-secret";
    private static final int MAX_BODY = ScriptedServer.MAX_BODY;

    /** Read no HTTP of ours: a disk, or a cluster by its own client, whose failures their own tests have. */
    private static final Set<SourceType> OTHERWISE =
            EnumSet.of(SourceType.MODEL_FILES, SourceType.PROCUREMENT_FOLDER, SourceType.KUBERNETES);

    private static final WireMockServer SERVER = new WireMockServer(options().dynamicPort());

    private HttpFetcher http;

    @TempDir
    static Path dir;

    private static Path token;

    @BeforeAll
    static void serve() throws Exception {
        SERVER.start();
        token = Files.writeString(dir.resolve("token"), SECRET);
        System.setProperty("aws.accessKeyId", "AKIDEXAMPLE");
        System.setProperty("aws.secretAccessKey", SECRET);
    }

    @AfterAll
    static void stop() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        SERVER.stop();
    }

    @BeforeEach
    void open() {
        SERVER.resetAll();
        http = ScriptedServer.fetcher();
    }

    @AfterEach
    void close() {
        http.close();
    }

    static Stream<SourceType> overHttp() {
        return Stream.of(SourceType.values()).filter(type -> !OTHERWISE.contains(type));
    }

    @Test
    void everyFamilyHasItsSettingsHere() {
        assertThat(overHttp()).allSatisfy(type -> assertThat(config(type)).isNotNull());
    }

    @ParameterizedTest
    @MethodSource("overHttp")
    void noFailureIsTakenForSomethingSeen(SourceType type) throws Exception {
        for (Map.Entry<String, ResponseDefinitionBuilder> failure :
                failures(type).entrySet()) {
            SERVER.resetAll();
            SERVER.stubFor(any(anyUrl()).willReturn(failure.getValue()));
            SourceCheck check = SourceCheck.of(config(type), http);
            String where = type.title() + ", " + failure.getKey() + ": " + check.words();
            assertThat(check.fine()).as(where).isFalse();
            assertThat(check.words())
                    .as(where)
                    .doesNotContain("sees ", "internal error", SECRET, "not-to-be-quoted")
                    .hasSizeLessThan(1000);
            if (failure.getKey().matches("\\d+ .*|a body.*")) {
                assertThat(check.words()).as(where).contains(failure.getKey());
            }
        }
    }

    private static Map<String, ResponseDefinitionBuilder> failures(SourceType type) {
        Map<String, ResponseDefinitionBuilder> failures = new LinkedHashMap<>();
        String json = "application/json";
        failures.put("401 Unauthorized", aResponse().withStatus(401).withBody("{}"));
        failures.put("403 Forbidden", aResponse().withStatus(403).withBody("{}"));
        // A server that knows none of the paths is said to be no model server, in other words.
        failures.put(
                type == SourceType.RUNTIME ? "not there" : "404 Not Found",
                aResponse().withStatus(404).withBody("{}"));
        failures.put("410 Gone", aResponse().withStatus(410).withBody("{}"));
        failures.put("500 Internal Server Error", aResponse().withStatus(500).withBody("not-to-be-quoted"));
        failures.put("503 Service Unavailable", aResponse().withStatus(503));
        failures.put("cut", aResponse().withFault(Fault.MALFORMED_RESPONSE_CHUNK));
        failures.put("reset", aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER));
        failures.put(
                "cut JSON",
                aResponse().withHeader("Content-Type", json).withBody("{\"not-to-be-quoted\":[{\"id\":\"a"));
        String fields = Stream.of(
                        "data", "models", "value", "endpoints", "issues", "result", "tags", "layers", "disclosures")
                .map(field -> "\"" + field + "\":%s")
                .reduce((one, other) -> one + "," + other)
                .orElseThrow();
        for (String wrong : List.of("7", "\"not-to-be-quoted\"", "true")) {
            failures.put(
                    "wrong type " + wrong,
                    aResponse().withHeader("Content-Type", json).withBody("{" + fields.replace("%s", wrong) + "}"));
        }
        failures.put(
                "renamed field",
                aResponse().withHeader("Content-Type", json).withBody("{\"entries\":[{\"not-to-be-quoted\":\"a\"}]}"));
        failures.put(
                "a body of more than " + MAX_BODY,
                aResponse().withHeader("Content-Type", json).withBody(" ".repeat(MAX_BODY + 1)));
        // The last: the host is left alone from then on.
        failures.put(
                "429 Too Many Requests",
                aResponse().withStatus(429).withHeader("Retry-After", "3600").withBody("{}"));
        return failures;
    }

    @ParameterizedTest
    @EnumSource(names = {"HUGGINGFACE", "OCI", "MODELSCOPE", "MLFLOW", "JSON_LIST", "AZURE", "VERTEX"})
    void aListWithoutAnEndIsGivenUpAndIsNeverWhole(SourceType type) throws Exception {
        String entry =
                "{\"id\":\"acme/a\",\"name\":\"models/a\",\"sha\":\"1\",\"properties\":{\"model\":{\"format\":\"OpenAI\","
                        + "\"name\":\"gpt\"}}}";
        String body =
                switch (type) {
                    case HUGGINGFACE -> "[" + entry + "]";
                    case OCI -> "{\"tags\":[]}";
                    case MODELSCOPE ->
                        "{\"success\":true,\"data\":{\"models\":[" + entry + "],\"total_count\":100000}}";
                    case MLFLOW ->
                        "{\"registered_models\":[{\"name\":\"a\",\"last_updated_timestamp\":1,\"aliases\":[]}],"
                                + "\"model_versions\":[],\"next_page_token\":\"again\"}";
                    case AZURE -> "{\"value\":[" + entry + "],\"nextLink\":\"" + SERVER.baseUrl() + "/again\"}";
                    case VERTEX -> "{\"endpoints\":[" + entry + "],\"nextPageToken\":\"again\"}";
                    // A page that brings nothing new is the last one there, as recorded of Cohere: each has another.
                    default ->
                        "{\"models\":[{\"name\":\"{{randomValue length=8 type='ALPHANUMERIC'}}\"}],\"nextPageToken\":\"a\"}";
                };
        ResponseDefinitionBuilder answer = aResponse()
                .withHeader("Content-Type", "application/json")
                .withHeader("Link", "<" + SERVER.baseUrl() + "/again>; rel=\"next\"")
                .withBody(body);
        SERVER.stubFor(any(anyUrl())
                .willReturn(type == SourceType.JSON_LIST ? answer.withTransformers("response-template") : answer));
        Source source = config(type).open(http, InstantSource.system());
        Set<String> seen = new TreeSet<>();
        String left;
        try {
            left = source.sweep(
                    source.scopes().getFirst(), (page, next) -> page.forEach(one -> seen.add(one.subject())));
        } catch (SourceException e) {
            left = e.getMessage();
        }
        assertThat(left).as(type.title()).isNotBlank();
        assertThat(seen).hasSizeLessThan(60);
        assertThat(SERVER.getAllServeEvents()).hasSizeLessThan(150);
    }

    private static SourceConfig config(SourceType type) {
        Map<String, Object> settings = new HashMap<>(
                switch (type) {
                    case HUGGINGFACE -> Map.of("scopes", List.of("author:acme"));
                    case OLLAMA_REGISTRY -> Map.of("models", List.of("acme/a:1b"));
                    case OCI -> Map.of("repositories", List.of("acme/a"));
                    case MODELSCOPE -> Map.of("scopes", List.of("owner:acme"));
                    case JSON_LIST -> Map.of("descriptor", "google-gemini");
                    case RUNTIME -> Map.of("endpoints", Map.of("llm", Map.of("url", SERVER.baseUrl())));
                    case OPENROUTER -> Map.of("models", List.of("acme/a"));
                    case BEDROCK -> Map.of("region", "eu-central-1");
                    case AZURE -> Map.of("subscription", "s", "resourceGroup", "g", "account", "a");
                    case VERTEX -> Map.of("project", "acme", "locations", List.of("europe-west4"));
                    case FEED -> Map.of("vendor", "acme", "pattern", "(?<model>x)");
                    case PAGE -> Map.of("vendor", "acme", "deployments", List.of("d"));
                    case DISCLOSURES -> Map.of("vendor", "acme");
                    case JIRA -> Map.of("jql", "project = AI");
                    case MLFLOW, LITELLM, SERVICENOW -> Map.of();
                    case MODEL_FILES, PROCUREMENT_FOLDER, KUBERNETES ->
                        throw new IllegalArgumentException(type.title());
                });
        if (type.keys().contains("tokenFile") && type != SourceType.RUNTIME) {
            settings.put("tokenFile", token.toString());
        }
        if (type.keys().contains("baseUrl")) {
            settings.put("baseUrl", SERVER.baseUrl());
        } else if (type.keys().contains("url")) {
            settings.put("url", SERVER.baseUrl() + "/file");
        }
        return new SourceConfig("s", type.title(), Duration.ofHours(1), null, 2, settings);
    }
}
