package io.modelwatch.alerts.delivery.destination;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.json.JsonForms;
import io.modelwatch.schemas.tls.Certificates;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The signed webhook, and what becomes of every way in which an endpoint over HTTP can fail. */
class WebhookTest {

    private static final String KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String SECRET_PATH = "/in/geheim-9f8e7d6c";

    @RegisterExtension
    static final WireMockExtension SERVER = WireMockExtension.newInstance()
            .options(options().dynamicPort().bindAddress("127.0.0.1"))
            .build();

    @TempDir
    Path dir;

    @Test
    void theSignatureIsThatOfStandardWebhooks() {
        // The example of the specification's reference libraries (github.com/standard-webhooks/standard-webhooks).
        assertThat(Webhook.signature(
                        KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "{\"test\": 2432232314}".getBytes(UTF_8)))
                .isEqualTo("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void theBodyIsTheFormOfAnAlertAndTheIdIsTheKey() throws Exception {
        SERVER.stubFor(post(SECRET_PATH).willReturn(ok()));
        String body = JsonForms.alert(Samples.alert()).toString();

        assertThat(webhook().send(Samples.message())).isEqualTo("200");

        String timestamp = Long.toString(Samples.NOW.getEpochSecond());
        SERVER.verify(postRequestedFor(urlEqualTo(SECRET_PATH))
                .withHeader("Content-Type", equalTo("application/json"))
                .withHeader("webhook-id", equalTo(Samples.ID))
                .withHeader("Idempotency-Key", equalTo(Samples.ID))
                .withHeader("webhook-timestamp", equalTo(timestamp))
                .withHeader(
                        "webhook-signature",
                        equalTo("v1," + Webhook.signature(KEY, Samples.ID, timestamp, body.getBytes(UTF_8))))
                .withRequestBody(equalTo(body)));
    }

    @Test
    void aFindingGoesOutAsItsVeryBytes() throws Exception {
        SERVER.stubFor(post(SECRET_PATH).willReturn(ok()));
        Webhook webhook = webhook(Map.of("form", "ocsf"));
        Message.OfFinding finding = new Probe(Samples.NOW).finding();

        assertThat(webhook.topics()).containsExactly(Topics.ALERTS_OCSF);
        webhook.send(finding);

        SERVER.verify(
                postRequestedFor(urlEqualTo(SECRET_PATH)).withRequestBody(equalTo(new String(finding.json(), UTF_8))));
    }

    @Test
    void secretsComeFromFilesAsWellAndAreReadAnewForEachMessage() throws Exception {
        SERVER.stubFor(post(SECRET_PATH).willReturn(ok()));
        Path file = Files.writeString(dir.resolve("key"), "first-key-of-two\n");
        Map<String, String> environment = Map.of("MODELWATCH_DELIVERIES_SOC_SECRET_FILE", file.toString());
        try (Webhook webhook = new Webhook(
                Samples.settings(Webhook.OPTIONS, Map.of("url", SERVER.baseUrl() + SECRET_PATH)),
                Samples.surroundings(environment))) {
            webhook.send(Samples.message());
            Files.writeString(file, "second-key-of-two\n");
            webhook.send(Samples.message());
        }

        String timestamp = Long.toString(Samples.NOW.getEpochSecond());
        byte[] body = JsonForms.alert(Samples.alert()).toString().getBytes(UTF_8);
        for (String key : new String[] {"first-key-of-two", "second-key-of-two"}) {
            SERVER.verify(
                    1,
                    postRequestedFor(urlEqualTo(SECRET_PATH))
                            .withHeader(
                                    "webhook-signature",
                                    equalTo("v1," + Webhook.signature(key, Samples.ID, timestamp, body))));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 410, 413, 422})
    void aRefusalIsDefiniteAndSaysWhyWithoutSecrets(int status) {
        SERVER.stubFor(post(SECRET_PATH)
                .willReturn(aResponse()
                        .withStatus(status)
                        .withBody("{\"error\":\"no " + KEY + " at " + SECRET_PATH + " with t0ken-of-mine\"}")));

        assertThatThrownBy(() -> webhook(Map.of("tokenEnv", "TOKEN")).send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(false, DeliveryException::isPassing)
                .satisfies(e -> assertThat(e.getMessage())
                        .startsWith(status + " ")
                        .contains("(it says: no *** at /in/*** with ***)")
                        .doesNotContain("geheim", KEY, "t0ken"));
    }

    @ParameterizedTest
    @CsvSource({"408, ", "425, ", "429, 7", "500, ", "502, ", "503, 120", "504, "})
    void whatMayPassIsTriedAgainAndRetryAfterIsKept(int status, String retryAfter) {
        var answer = aResponse().withStatus(status);
        if (retryAfter != null) {
            answer.withHeader("Retry-After", retryAfter);
        }
        SERVER.stubFor(post(SECRET_PATH).willReturn(answer));

        assertThatThrownBy(() -> webhook().send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(true, DeliveryException::isPassing)
                .returns(
                        retryAfter == null ? null : Duration.ofSeconds(Long.parseLong(retryAfter)),
                        DeliveryException::retryAfter);
    }

    @Test
    void retryAfterMayBeADate() {
        SERVER.stubFor(post(SECRET_PATH)
                .willReturn(aResponse().withStatus(503).withHeader("Retry-After", "Thu, 05 Mar 2026 12:03:00 GMT")));

        assertThatThrownBy(() -> webhook().send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(Duration.ofMinutes(3), DeliveryException::retryAfter);
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aRedirectIsNeverFollowedAndSaysWhereItWouldHaveLed(int status) {
        // Inside: what a request from here could reach, and nobody outside.
        SERVER.stubFor(post(SECRET_PATH)
                .willReturn(aResponse()
                        .withStatus(status)
                        .withHeader("Location", "http://127.0.0.1:" + SERVER.getPort() + "/latest/meta-data")));

        assertThatThrownBy(() -> webhook().send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(false, DeliveryException::isPassing)
                .satisfies(e -> assertThat(e.getMessage()).contains("redirect to 127.0.0.1, which is never followed"));
        SERVER.verify(
                0, com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor(urlEqualTo("/latest/meta-data")));
    }

    @Test
    void oneThatDoesNotAnswerIsGivenUpAndTriedAgain() {
        SERVER.stubFor(post(SECRET_PATH).willReturn(ok().withFixedDelay(60_000)));

        assertThatThrownBy(() -> webhook().send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(true, DeliveryException::isPassing)
                .satisfies(e -> assertThat(e.getMessage())
                        .contains("(nothing came in time)")
                        .doesNotContain("geheim"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"EMPTY_RESPONSE", "CONNECTION_RESET_BY_PEER", "RANDOM_DATA_THEN_CLOSE"})
    void aBrokenAnswerIsTriedAgain(Fault fault) {
        SERVER.stubFor(post(SECRET_PATH).willReturn(aResponse().withFault(fault)));

        assertThatThrownBy(() -> webhook().send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(true, DeliveryException::isPassing)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("geheim"));
    }

    @Test
    void nobodyThereIsTriedAgain() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        assertThatThrownBy(() -> webhook(Map.of("url", "http://127.0.0.1:" + free + "/geheim-9f8e7d6c"))
                        .send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(true, DeliveryException::isPassing)
                .satisfies(e -> assertThat(e.getMessage())
                        .isEqualTo("no answer from http://127.0.0.1:" + free + " (no connection)"));
    }

    @Test
    void overTlsTheEndpointMustShowACertificateForItsName() throws Exception {
        Certificates certificates = Certificates.of(dir, "dns:localhost,ip:127.0.0.1");
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(certificates.server()));
        server.createContext("/in", exchange -> {
            exchange.sendResponseHeaders(202, -1);
            exchange.close();
        });
        server.start();
        try {
            String url = "https://localhost:" + server.getAddress().getPort() + "/in";

            assertThat(webhook(Map.of(
                                    "url",
                                    url,
                                    "caFile",
                                    certificates.authority().toString()))
                            .send(Samples.message()))
                    .isEqualTo("202");
            assertThatThrownBy(() -> webhook(Map.of("url", url)).send(Samples.message()))
                    .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                    .returns(true, DeliveryException::isPassing)
                    .satisfies(
                            e -> assertThat(e.getMessage()).contains("(TLS: ").contains("PKIX"));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aBodyThatNeverEndsHidesNoAcceptance() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread endless = Thread.ofVirtual().start(() -> answerForEver(server));
            try (Webhook webhook = webhook(Map.of("url", "http://127.0.0.1:" + server.getLocalPort() + "/in"))) {
                assertThat(webhook.send(Samples.message())).isEqualTo("200");
            }
            assertThat(endless.join(Duration.ofSeconds(30)))
                    .as("it was hung up on")
                    .isTrue();
        }
    }

    private static void answerForEver(ServerSocket server) {
        try (Socket client = server.accept()) {
            OutputStream out = client.getOutputStream();
            out.write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n".getBytes(UTF_8));
            byte[] more = "more ".repeat(1000).getBytes(UTF_8);
            while (true) {
                out.write(more);
            }
        } catch (IOException e) {
            // Hung up on.
        }
    }

    @Test
    void aMissingSecretIsSaidWithItsPlace() {
        Webhook webhook = new Webhook(
                Samples.settings(Webhook.OPTIONS, Map.of("url", SERVER.baseUrl() + SECRET_PATH)),
                Samples.surroundings(Map.of()));

        assertThatThrownBy(() -> webhook.send(Samples.message()))
                .isInstanceOf(DeliveryException.class)
                .hasMessageContaining("MODELWATCH_DELIVERIES_SOC_SECRET");
    }

    private static Webhook webhook() {
        return webhook(Map.of());
    }

    private static Webhook webhook(Map<String, ?> more) {
        Map<String, Object> values = new java.util.HashMap<>(more);
        values.putIfAbsent("url", SERVER.baseUrl() + SECRET_PATH);
        return new Webhook(
                Samples.settings(Webhook.OPTIONS, values),
                Samples.surroundings(Map.of("MODELWATCH_DELIVERIES_SOC_SECRET", KEY, "TOKEN", "t0ken-of-mine")));
    }
}
