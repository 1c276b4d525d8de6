package io.modelwatch.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.producers.SourceType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

class SourcesCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path dir;

    @Test
    void checkSaysInOneLineEachWhatASourceSeesOrWhatIsWrong() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/api/v1/models", exchange -> answer(exchange, 200, "{\"data\":[{\"id\":\"a/b\"},{\"id\":\"a/c\"}]}"));
        server.createContext("/v1/models", exchange -> answer(exchange, 401, "very-secret"));
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        try {
            Path file = Files.writeString(dir.resolve("c.yaml"), """
                    sources:
                      - {name: router, type: json-list, every: 1m, settings: {descriptor: openrouter, baseUrl: "%1$s"}}
                      - {name: llm, type: runtime, every: 1m, settings: {runtime: vllm, endpoints: {claims: {url: "%1$s"}}}}
                      - {name: papers, type: procurement-folder, every: 1m, settings: {path: "%2$s"}}
                    """.formatted(url, dir.resolve("none")));
            assertThat(run("sources", "check", "--config", file.toString())).isEqualTo(1);
            String[] lines = out.toString().split("\n");
            assertThat(lines).hasSize(3);
            assertThat(lines[0])
                    .matches("ok {6}router \\(json-list\\): sees 2: pkg:generic/openrouter/a/b, "
                            + "pkg:generic/openrouter/a/c, after \\d+ ms");
            assertThat(lines[1])
                    .startsWith("FAILED  llm (runtime): claims: 401 Unauthorized from " + url)
                    .contains("no token is set")
                    .doesNotContain("very-secret");
            assertThat(lines[2]).startsWith("FAILED  papers (procurement-folder): ");
            out.getBuffer().setLength(0);
            assertThat(run("sources", "check", "router", "--config", file.toString()))
                    .isZero();
            assertThat(out.toString().lines()).hasSize(1);
            assertThat(run("sources", "check", "nobody", "--config", file.toString()))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("there is no source nobody");
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @EnumSource(SourceType.class)
    void addWritesABlockOfEachFamilyThatIsLegal(SourceType type) throws Exception {
        Path file = dir.resolve("modelwatch.yaml");
        boolean known =
                SourcesCommandTest.class.getResource("/io/modelwatch/producers/examples/" + type.title() + ".yaml")
                        != null;
        int code = run("sources", "add", type.title(), "--name", "mine", "--write", "--config", file.toString());
        if (known) {
            assertThat(code).as(err.toString()).isZero();
            assertThat(Files.readString(file)).startsWith("sources:\n  # ").contains("- name: mine\n");
        } else {
            // Without an example a family that demands a setting is told of, and nothing is written.
            assertThat(code == 0 || Files.notExists(file)).isTrue();
        }
    }

    @Test
    void addKeepsWhatIsThereAndRefusesWhatWouldNotBeLegal() throws Exception {
        Path file = dir.resolve("modelwatch.yaml");
        Files.writeString(file, """
                # ours
                sources:
                - name: first   # stays
                  type: json-list
                  every: 1h
                  settings: {descriptor: openrouter}

                # the port of the API
                api:
                  port: 8090
                """);
        assertThat(run("sources", "add", "litellm", "--write", "--config", file.toString()))
                .as(err.toString())
                .isZero();
        String text = Files.readString(file);
        assertThat(text)
                .contains(
                        "# ours",
                        "- name: first   # stays",
                        "\n- name: gateway\n",
                        "# the port of the API\napi:\n  port: 8090");
        ConfigFile.read(file);
        assertThat(run("sources", "add", "litellm", "--write", "--config", file.toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("has a source gateway already", "--name");
        assertThat(Files.readString(file)).isEqualTo(text);
        try (var left = Files.list(dir)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void addPrintsAndTypesLists() {
        assertThat(run("sources", "add", "runtime")).isZero();
        assertThat(out.toString())
                .startsWith("sources:\n  # Model servers of your own")
                .contains("type: runtime");
        out.getBuffer().setLength(0);
        assertThat(run("sources", "types")).isZero();
        assertThat(out.toString().lines()).hasSize(SourceType.values().length);
        assertThat(out.toString()).contains("kubernetes           A cluster: KServe");
        assertThat(run("sources", "add", "nonsense")).isEqualTo(1);
        assertThat(err.toString()).contains("there is no family nonsense; there are huggingface");
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private int run(String... args) {
        CommandLine line = ModelwatchCommand.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true));
        return line.execute(args);
    }
}
