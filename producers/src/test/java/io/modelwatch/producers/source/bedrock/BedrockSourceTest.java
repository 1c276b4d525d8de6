package io.modelwatch.producers.source.bedrock;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.matching;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.schemas.avro.ModelFacts;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class BedrockSourceTest {

    private static final String SECRET = "wJalrXUtnFEMI-not-a-real-one";

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(HttpLimits.defaults(), InstantSource.system());

    @BeforeEach
    void start() {
        server.start();
        // Where AWS's tools look too: a test cannot set the environment.
        System.setProperty("aws.accessKeyId", "AKIDEXAMPLE");
        System.setProperty("aws.secretAccessKey", SECRET);
    }

    @AfterEach
    void stop() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        http.close();
        server.stop();
    }

    @Test
    void modelsAreAskedForWithASignature() throws Exception {
        server.stubFor(get(urlPathEqualTo("/foundation-models")).willReturn(okJson(recorded("bedrock"))));
        Map<String, ModelFacts> facts = sweep("foundation-models");
        assertThat(facts).hasSize(15);
        assertThat(facts.values())
                .anySatisfy(one -> assertThat(one.getAttributes())
                        .containsEntry("lifecycle", "LEGACY")
                        .containsKeys("input_modalities", "output_modalities"));
        server.verify(getRequestedFor(urlPathEqualTo("/foundation-models"))
                .withHeader(
                        "Authorization",
                        matching("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\\d{8}/eu-central-1/bedrock/aws4_request,"
                                + " SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}"))
                .withHeader("X-Amz-Date", matching("\\d{8}T\\d{6}Z")));
    }

    @Test
    void profilesArePagedEachWithASignatureOfItsOwn() throws Exception {
        server.stubFor(get(urlPathEqualTo("/inference-profiles"))
                .withQueryParam("nextToken", absent())
                .willReturn(okJson(recorded("bedrock-profiles").replaceFirst("\\{", "{\"nextToken\":\"a/b+c=\","))));
        server.stubFor(get(urlPathEqualTo("/inference-profiles"))
                .withQueryParam("nextToken", equalTo("a/b+c="))
                .willReturn(okJson(recorded("bedrock-profiles").replace("\"ours\"", "\"third\""))));
        Map<String, ModelFacts> facts = sweep("inference-profiles");
        assertThat(facts.keySet())
                .containsExactly(
                        "pkg:generic/bedrock/eu.acme.large-v1%3A0",
                        "pkg:generic/bedrock/ours", "pkg:generic/bedrock/third");
        assertThat(server.findAll(getRequestedFor(urlPathEqualTo("/inference-profiles"))))
                .extracting(request -> request.getHeader("Authorization"))
                .doesNotHaveDuplicates()
                .hasSize(2);
    }

    @Test
    void aRefusalSaysWhatToLookAt() {
        server.stubFor(get(urlPathEqualTo("/foundation-models"))
                .willReturn(aResponse().withStatus(403).withBody("{\"message\":\"" + SECRET + "\"}")));
        assertThatThrownBy(() -> sweep("foundation-models"))
                .hasMessageContaining("403")
                .hasMessageContaining("bedrock:ListFoundationModels")
                .hasMessageNotContaining(SECRET);
    }

    @Test
    void withoutCredentialsNothingIsAsked() {
        assertThatThrownBy(() -> sweep("foundation-models", Map.of("profile", "no-such-profile")))
                .hasMessageStartingWith("not asked: no AWS credentials");
        server.verify(0, getRequestedFor(urlPathEqualTo("/foundation-models")));
    }

    private Map<String, ModelFacts> sweep(String scope) throws Exception {
        return sweep(scope, Map.of());
    }

    private Map<String, ModelFacts> sweep(String scope, Map<String, Object> more) throws Exception {
        if (more.containsKey("profile")) {
            System.clearProperty("aws.accessKeyId");
            System.setProperty("aws.disableEc2Metadata", "true");
        }
        Map<String, Object> settings = new TreeMap<>(more);
        settings.put("region", "eu-central-1");
        settings.put("baseUrl", server.baseUrl());
        BedrockSource source =
                new BedrockSource(BedrockConfig.of(new Settings("test", settings, BedrockConfig.KEYS)), http);
        assertThat(source.scopes()).containsExactly("foundation-models", "inference-profiles");
        Map<String, ModelFacts> facts = new TreeMap<>();
        String left = source.sweep(
                scope, (page, next) -> page.forEach(r -> facts.put(r.subject(), ((ModelReading) r).facts())));
        assertThat(left).isNull();
        return facts;
    }

    private static String recorded(String name) throws Exception {
        try (InputStream in = BedrockSourceTest.class.getResourceAsStream("/recorded/" + name + ".json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
