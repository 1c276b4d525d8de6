package io.modelwatch.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfluentRegistryTest {

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 405, 409, 422})
    void answersAboutASchemaAreRefusals(int status) {
        assertThat(ConfluentRegistry.refuses(status)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 301, 401, 403, 408, 429, 500, 502, 503, 504})
    void anythingElseMayPass(int status) {
        assertThat(ConfluentRegistry.refuses(status)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"schemaType\":\"JSON\",\"schema\":\"{}\"}", "{\"schema\":\"garbage\"}"})
    void aSchemaThatIsNotAvroIsARefusal(String answer) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            ConfluentRegistry registry = new ConfluentRegistry(
                    "http://127.0.0.1:" + server.getAddress().getPort(), Map.of());

            assertThatThrownBy(() -> registry.byId(1))
                    .isInstanceOfSatisfying(
                            RegistryException.class,
                            e -> assertThat(e.refused()).isTrue());
        } finally {
            server.stop(0);
        }
    }
}
