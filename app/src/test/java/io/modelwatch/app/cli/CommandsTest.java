package io.modelwatch.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<String> asked = new ArrayList<>();
    private HttpServer server;

    @TempDir
    Path dir;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void pagesAreFollowedToTheEnd() {
        serve(
                "/v1/changes",
                200,
                "{\"items\":[{\"id\":\"a\"}],\"next\":\"c1\"}",
                "{\"items\":[{\"id\":\"b\"}],\"next\":null}");

        assertThat(run("changes", "--format", "jsonl")).isZero();
        assertThat(out.toString().lines()).containsExactly("{\"id\":\"a\"}", "{\"id\":\"b\"}");
        assertThat(asked.get(1)).contains("after=c1");
    }

    @Test
    void itemsComeOutWithEveryDigitAndInTheirOrder() {
        String item = "{\"subject\":\"s\",\"id\":\"a\",\"before\":0.10,\"after\":12345678901234567890.123456789}";
        serve("/v1/changes", 200, "{\"items\":[" + item + "],\"next\":null}");

        assertThat(run("changes", "--format", "jsonl")).isZero();
        assertThat(out.toString().strip()).isEqualTo(item);
    }

    @Test
    void csvIsQuotedAndHarmless() {
        serve("/v1/changes", 200, "{\"items\":[{\"field\":\"=1+1\",\"before\":\"a,\\\"b\\\"\"}],\"next\":null}");

        assertThat(run("changes", "--format", "csv")).isZero();
        assertThat(out.toString()).endsWith(",,,'=1+1,\"a,\"\"b\"\"\",,\r\n");
    }

    @Test
    void jsonIsOneArray() {
        serve("/v1/sources", 200, "{\"items\":[],\"next\":null}");

        assertThat(run("sources", "--format", "json")).isZero();
        assertThat(out.toString().strip()).isEqualTo("[]");
    }

    @Test
    void lineNumbersAreThoseOfTheWholeFile() throws IOException {
        Path file = dir.resolve("o.jsonl");
        Files.writeString(file, "\n" + "{}\n".repeat(1001));
        String ok = "{\"accepted\":1000,\"errors\":[]}";
        String bad = "{\"accepted\":0,\"errors\":[{\"line\":1,\"field\":\"kind\",\"message\":\"is missing\"}]}";
        AtomicInteger calls = new AtomicInteger();
        server.createContext("/v1/observations", exchange -> {
            asked.add(exchange.getRequestURI().toString());
            exchange.getRequestBody().readAllBytes();
            boolean first = calls.getAndIncrement() == 0;
            byte[] body = (first ? ok : bad).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(first ? 200 : 422, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });

        assertThat(run("observe", file.toString(), "--wait")).isEqualTo(1);
        assertThat(err.toString().strip()).isEqualTo("line 1002: kind: is missing");
        assertThat(asked).containsExactly("/v1/observations", "/v1/observations?wait=true");
        assertThat(out.toString()).contains("1000 observations accepted, 1 lines failed");
    }

    @Test
    void problemsAreShownAsTitleAndDetail() {
        serve("/v1/mboms/x", 404, "{\"title\":\"Not found\",\"detail\":\"no deployment x\"}");

        assertThat(run("mbom", "x")).isEqualTo(1);
        assertThat(err.toString().strip()).isEqualTo("Not found: no deployment x");
    }

    @Test
    void noServerIsSaidPlainly() {
        stop();

        assertThat(run("alerts")).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("no modelwatch answers at http://")
                .doesNotContain("Exception");
    }

    @Test
    void wrongUsageIsExitTwo() {
        assertThat(run("changes", "--since", "yesterday")).isEqualTo(2);
        assertThat(ModelwatchCommand.commandLine().setErr(new PrintWriter(err)).execute("changes", "--url", "nowhere"))
                .isEqualTo(2);
        assertThat(ModelwatchCommand.commandLine().setErr(new PrintWriter(err)).execute())
                .isEqualTo(2);
    }

    @Test
    void tablesFitAndCannotDriveTheTerminal() {
        List<String> lines =
                Table.lines(List.of("a", "b"), List.of(List.of("\u001b[31mred\u202e", "x".repeat(200))), 40, true);

        assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(40));
        assertThat(lines.get(1)).startsWith("[31mred ").endsWith("…");
    }

    @Test
    void everyCommandHasAnExample() {
        CommandLine root = ModelwatchCommand.commandLine();
        assertThat(root.getSubcommands().values())
                .filteredOn(command -> !command.getCommandSpec().usageMessage().hidden())
                .allSatisfy(command -> assertThat(command.getUsageMessage())
                        .contains("modelwatch " + command.getCommandName() + " ", "Examples:"));
    }

    private int run(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.add("--url");
        all.add("http://127.0.0.1:" + server.getAddress().getPort());
        return ModelwatchCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    private void serve(String path, int status, String... answers) {
        AtomicInteger calls = new AtomicInteger();
        server.createContext(path, exchange -> {
            asked.add(exchange.getRequestURI().toString());
            byte[] body =
                    answers[Math.min(calls.getAndIncrement(), answers.length - 1)].getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }
}
