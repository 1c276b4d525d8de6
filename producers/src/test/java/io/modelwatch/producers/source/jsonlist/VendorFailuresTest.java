package io.modelwatch.producers.source.jsonlist;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every shipped descriptor against every failure that was recorded of such APIs, or is to be expected of them. */
class VendorFailuresTest {

    private static final String SECRET = "sk-very-secret";
    private static final int MAX_BODY = 1 << 16;

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(
            new HttpLimits(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    MAX_BODY,
                    // The request after a reset may meet the connection that was.
                    2,
                    Duration.ofMillis(1),
                    Duration.ofMillis(1),
                    0),
            InstantSource.system());

    @TempDir
    Path dir;

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        http.close();
        server.stop();
    }

    @Test
    void noFailureIsReadAsAListAndEachIsToldInWords() throws Exception {
        Path token = Files.writeString(dir.resolve("token"), SECRET);
        int tried = 0;
        for (String vendor : vendors()) {
            for (Map.Entry<String, ResponseDefinitionBuilder> failure :
                    failures(vendor).entrySet()) {
                server.resetAll();
                server.stubFor(any(anyUrl()).willReturn(failure.getValue()));
                List<String> seen = new ArrayList<>();
                JsonListConfig config = config(vendor, token);
                Throwable thrown = catchThrowable(() -> new JsonListSource(config, http)
                        .sweep("", (page, next) -> page.forEach(one -> seen.add(one.subject()))));
                assertThat(thrown)
                        .as(vendor + ": " + failure.getKey())
                        .isInstanceOf(SourceException.class)
                        .hasMessageContaining(failure.getKey())
                        .hasMessageNotContaining(SECRET);
                assertThat(seen).as(vendor + ": " + failure.getKey()).isEmpty();
                tried++;
            }
        }
        assertThat(tried).isGreaterThan(250);
    }

    /** What the answer is, by what the error must say. */
    private static Map<String, ResponseDefinitionBuilder> failures(String vendor) throws Exception {
        Descriptor descriptor = Descriptor.load(vendor);
        Map<String, ResponseDefinitionBuilder> failures = new LinkedHashMap<>();
        for (int status : List.of(400, 401, 403, 404, 408, 410, 412, 429, 500, 502, 503)) {
            failures.put(String.valueOf(status), aResponse().withStatus(status).withBody("{\"error\":\"no\"}"));
        }
        failures.put("a page (HTML)", aResponse().withBody("<html>Sign in</html>"));
        failures.put("no JSON", aResponse().withBody("{\"data\":[{\"id\":\"cut"));
        failures.put("no answer", aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER));
        failures.put("more than " + MAX_BODY, aResponse().withBody("[\"" + "x".repeat(MAX_BODY) + "\"]"));
        String body = recorded(vendor);
        failures.put("no list at", aResponse().withBody(descriptor.items().isEmpty() ? "{}" : "[]"));
        failures.put(
                "adapt the descriptor",
                aResponse().withBody(body.replace("\"" + descriptor.id() + "\":", "\"renamed\":")));
        return failures;
    }

    private JsonListConfig config(String vendor, Path token) {
        String where = Descriptor.load(vendor).url() == null ? "url" : "baseUrl";
        return JsonListConfig.of(new Settings(
                "test",
                Map.of("descriptor", vendor, where, server.baseUrl() + "/list", "tokenFile", token.toString()),
                JsonListConfig.KEYS));
    }

    private static List<String> vendors() throws Exception {
        try (var files = Files.list(Path.of("src/main/resources/io/modelwatch/producers/descriptors"))) {
            return files.map(file -> file.getFileName().toString().replace(".yaml", ""))
                    .sorted()
                    .toList();
        }
    }

    private static String recorded(String vendor) throws Exception {
        try (InputStream in = VendorFailuresTest.class.getResourceAsStream("/recorded/" + vendor + ".json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
