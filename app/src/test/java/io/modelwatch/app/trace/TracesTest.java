package io.modelwatch.app.trace;

import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.modelwatch.app.config.TraceSettings;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.tls.Certificates;
import io.opentelemetry.api.trace.SpanKind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TracesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void aReceiverIsBelievedWhoseAuthorityIsTrustedAndNoOther(@TempDir Path dir) throws Exception {
        Certificates certificates = Certificates.of(dir, "ip:127.0.0.1");
        HttpsServer receiver = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.setHttpsConfigurator(new HttpsConfigurator(certificates.server()));
        receiver.createContext("/v1/traces", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        receiver.start();
        URI endpoint = URI.create("https://127.0.0.1:" + receiver.getAddress().getPort() + "/v1/traces");
        try (Traces trusting = traces(endpoint, Files.readString(certificates.authority()));
                Traces other = traces(endpoint, null)) {
            await().atMost(PATIENCE).until(() -> trusting.exported() == 1);
            await().atMost(PATIENCE).until(() -> other.failed() == 1);
        } finally {
            receiver.stop(0);
        }
    }

    /** Returns one that has a span to send. */
    private static Traces traces(URI endpoint, @Nullable String authorities) {
        Traces traces =
                Traces.start(new TraceSettings(endpoint, 1, Map.of(), authorities), new Topics("modelwatch"), "test");
        traces.span("streams", "send", SpanKind.PRODUCER, "4bf92f3577b34da6a3ce929d0e0e4736", null, null, Instant.EPOCH)
                .end();
        return traces;
    }
}
