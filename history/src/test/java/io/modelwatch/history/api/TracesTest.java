package io.modelwatch.history.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.history.ledger.LedgerKey;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** The receiver of OTLP/HTTP over real HTTP: its bounds, its encodings and its answers. What spans mean is not its business. */
class TracesTest {

    private static final String PROTOBUF = "application/x-protobuf";
    private static final String JSON = "application/json";

    private static final Spans SPANS = new Spans();

    private static HttpClient http;
    private static HistoryApi api;

    @BeforeAll
    static void start() {
        http = HttpClient.newHttpClient();
        // No question is asked of the database here.
        api = HistoryApi.start(
                ApiConfig.loopback(0),
                new PGSimpleDataSource(),
                LedgerKey.generate(),
                SPANS,
                new NoLetters(),
                Map::of,
                () -> "");
    }

    @AfterAll
    static void stop() {
        http.close();
        api.close();
    }

    @BeforeEach
    void forget() {
        SPANS.taken = null;
    }

    @ParameterizedTest
    @CsvSource({"application/x-protobuf, false", "application/json; charset=utf-8, true"})
    void takesBothEncodingsPackedAndPlain(String type, boolean json) throws Exception {
        for (boolean packed : new boolean[] {false, true}) {
            HttpResponse<byte[]> answer = post(type, packed ? "gzip" : null, packed ? gzip("spans") : bytes("spans"));

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith(type.split(";")[0]);
            assertThat(json ? new String(answer.body(), UTF_8) : ExportTraceServiceResponse.parseFrom(answer.body()))
                    .isEqualTo(json ? "{}" : ExportTraceServiceResponse.getDefaultInstance());
            assertThat(SPANS.taken).isEqualTo("spans");
            assertThat(SPANS.json).isEqualTo(json);
        }
    }

    @Test
    void saysHowManySpansWereRejectedAndWhy() throws Exception {
        HttpResponse<byte[]> protobuf = post(PROTOBUF, null, bytes("partial"));
        HttpResponse<byte[]> json = post(JSON, null, bytes("partial"));

        assertThat(protobuf.statusCode()).isEqualTo(200);
        ExportTraceServiceResponse response = ExportTraceServiceResponse.parseFrom(protobuf.body());
        assertThat(response.getPartialSuccess().getRejectedSpans()).isEqualTo(3);
        assertThat(response.getPartialSuccess().getErrorMessage()).isEqualTo("no name");
        assertThat(new String(json.body(), UTF_8))
                .isEqualTo("{\"partialSuccess\":{\"rejectedSpans\":\"3\",\"errorMessage\":\"no name\"}}");
    }

    @ParameterizedTest
    @CsvSource({"malformed, 400", "unknown, 404", "away, 503"})
    void answersErrorsInTheEncodingOfTheRequest(String body, int status) throws Exception {
        HttpResponse<byte[]> protobuf = post(PROTOBUF, null, bytes(body));
        HttpResponse<byte[]> json = post(JSON, null, bytes(body));

        assertThat(protobuf.statusCode()).isEqualTo(status);
        // google.rpc.Status: field 2 is the message.
        assertThat(protobuf.body()[0]).isEqualTo((byte) (2 << 3 | 2));
        assertThat(new String(protobuf.body(), UTF_8)).endsWith("why not");
        assertThat(json.statusCode()).isEqualTo(status);
        assertThat(new String(json.body(), UTF_8)).isEqualTo("{\"message\":\"why not\"}");
        assertThat(protobuf.headers().firstValue("Retry-After").isPresent()).isEqualTo(status == 503);
    }

    @ParameterizedTest
    @CsvSource({"text/plain, ", "application/x-ndjson, ", "application/json, br", "application/x-protobuf, deflate"})
    void refusesOtherTypesAndPackings(String type, String encoding) throws Exception {
        assertThat(post(type, encoding, bytes("spans")).statusCode()).isEqualTo(415);
        assertThat(SPANS.taken).isNull();
    }

    @Test
    void refusesABodyThatIsTooLongPackedOrNot() throws Exception {
        assertThat(post(JSON, null, new byte[(4 << 20) + 1]).statusCode()).isEqualTo(413);
        assertThat(post(PROTOBUF, null, new byte[(16 << 20) + 1]).statusCode()).isEqualTo(413);
        // A few kilobytes that unpack to more than is taken.
        assertThat(post(PROTOBUF, "gzip", gzip(" ".repeat((16 << 20) + 1))).statusCode())
                .isEqualTo(413);
        assertThat(SPANS.taken).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"no gzip at all", ""})
    void refusesWhatIsNotPackedAsItSays(String body) throws Exception {
        assertThat(post(PROTOBUF, "gzip", bytes(body)).statusCode()).isEqualTo(400);
    }

    @Test
    void asksToComeAgainWhereTooManyComeAtOnce() throws Exception {
        try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 4; i++) {
                var unused = senders.submit(() -> post(PROTOBUF, null, bytes("slow")));
            }
            SPANS.slow.await();
            HttpResponse<byte[]> answer = post(PROTOBUF, null, bytes("spans"));
            SPANS.go.countDown();

            assertThat(answer.statusCode()).isEqualTo(429);
            assertThat(answer.headers().firstValue("Retry-After")).contains("2");
        }
    }

    @Test
    void letsNoPageOfAnotherSiteSendSpans() throws Exception {
        HttpRequest request = request(PROTOBUF, null, bytes("spans"))
                .header("Origin", "https://evil.example")
                .build();

        assertThat(http.send(request, BodyHandlers.ofByteArray()).statusCode()).isEqualTo(403);
        assertThat(SPANS.taken).isNull();
    }

    private HttpResponse<byte[]> post(String type, String encoding, byte[] body) throws Exception {
        return http.send(request(type, encoding, body).build(), BodyHandlers.ofByteArray());
    }

    private HttpRequest.Builder request(String type, String encoding, byte[] body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + api.port() + "/v1/traces"))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofByteArray(body));
        if (encoding != null) {
            request.header("Content-Encoding", encoding);
        }
        return request;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] gzip(String text) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(bytes(text));
        }
        return bytes.toByteArray();
    }

    /** Answers by what the body says. */
    private static final class Spans extends NothingPushed {
        private final CountDownLatch slow = new CountDownLatch(4);
        private final CountDownLatch go = new CountDownLatch(1);
        private volatile String taken;
        private volatile boolean json;

        @Override
        public SpanReceipt spans(byte[] body, boolean json) {
            String text = new String(body, UTF_8);
            switch (text) {
                case "malformed" -> throw new MalformedException("why not", new IllegalStateException("secret"));
                case "unknown" -> throw new UnknownException("why not");
                case "away" -> throw new UnavailableException("why not", null);
                case "partial" -> {
                    return new SpanReceipt(3, "no name");
                }
                case "slow" -> {
                    slow.countDown();
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
                default -> {
                    taken = text;
                    this.json = json;
                }
            }
            return new SpanReceipt(0, null);
        }
    }
}
