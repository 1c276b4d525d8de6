package io.modelwatch.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.modelwatch.schemas.tls.Certificates;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Commands against an API whose certificate an authority of the company's own has signed. */
class HttpsTest {

    @TempDir
    Path dir;

    @Test
    void theAuthorityIsNamedAndNoOtherCertificateIsBelieved() throws Exception {
        Certificates certificates = Certificates.of(dir, "dns:localhost");
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(certificates.server()));
        server.createContext("/", exchange -> {
            byte[] none = "{\"items\":[]}".getBytes(UTF_8);
            exchange.sendResponseHeaders(200, none.length);
            exchange.getResponseBody().write(none);
            exchange.close();
        });
        server.start();
        try {
            String named = "--url=https://localhost:" + server.getAddress().getPort();
            String ca = "--ca-file=" + certificates.authority();
            assertThat(said("changes", named, ca)).startsWith("0 ");
            assertThat(said("changes", named))
                    .startsWith("1 ")
                    .contains("is not trusted")
                    .contains("--ca-file");
            assertThat(said("changes", named.replace("localhost", "127.0.0.1"), ca))
                    .startsWith("1 ")
                    .contains("by a name that is in it");
            assertThat(said("changes", named, "--ca-file=" + dir.resolve("none.pem")))
                    .isEqualTo("1 --ca-file: " + dir.resolve("none.pem") + " cannot be read: there is no such file\n");
        } finally {
            server.stop(0);
        }
    }

    /** Returns the exit code and what was said. */
    private static String said(String... arguments) {
        StringWriter said = new StringWriter();
        CommandLine program = ModelwatchCommand.commandLine();
        program.setOut(new PrintWriter(said)).setErr(new PrintWriter(said));
        return program.execute(arguments) + " " + said;
    }
}
