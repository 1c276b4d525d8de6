package io.modelwatch.producers.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.Reach;
import io.modelwatch.producers.source.ScriptedServer;
import io.modelwatch.producers.source.ScriptedServer.Answer;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.Token;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that sends us to places of its own choice. It runs on this machine: that 127.0.0.1 is on the internet is made up. */
class RegistryTest {

    private static final String DIGEST = "sha256:" + "a".repeat(64);

    private final HttpFetcher http = ScriptedServer.fetcher();
    private ScriptedServer registry;
    private ScriptedServer inside;

    @BeforeEach
    void start() throws IOException {
        registry = new ScriptedServer();
        inside = new ScriptedServer();
        inside.always(Answer.json("{\"token\":\"t\"}"));
    }

    @AfterEach
    void stop() {
        http.close();
        registry.close();
        inside.close();
    }

    @Test
    void a_redirect_further_inside_is_not_followed() {
        registry.always(Answer.status(307)
                .with("Location", inside.url().replace("127.0.0.1", "localhost") + "/latest/meta-data"));
        assertThatThrownBy(() -> registry(Login.ANONYMOUS).json("ai/small", DIGEST))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("further inside than the registry is");
        assertThat(inside.requests).isEmpty();
    }

    @Test
    void a_place_for_tokens_further_inside_is_not_asked_and_gets_no_password(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("pass"), "s3cret");
        registry.always(
                Answer.status(401).with("WWW-Authenticate", "Bearer realm=\"https://127.0.0.2/token\",service=\"r\""));
        Login login = new Login("kim", new Token(null, file.toString()));
        assertThatThrownBy(() -> registry(login).tags("ai/small", 10))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("lies further inside than itself, 127.0.0.2")
                .hasMessageNotContaining("s3cret");
    }

    private Registry registry(Login login) {
        return new Registry(http, registry.url(), login, new Reach(host ->
                new InetAddress[] {InetAddress.getByName(host.equals("127.0.0.1") ? "93.184.215.14" : host)}));
    }
}
