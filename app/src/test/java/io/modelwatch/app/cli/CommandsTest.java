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
    private static final String MERGED = "{\"model\":\"pkg:huggingface/a/M\",\"known\":true,\"license\":\"mit\","
            + "\"confidence\":\"declared\",\"origins\":[{\"organization\":\"Org\",\"country\":\"CN\","
            + "\"model\":\"pkg:huggingface/c/R\"}],\"ancestry\":["
            + "{\"id\":\"pkg:huggingface/b/L\",\"relation\":\"merge\",\"depth\":1,"
            + "\"path\":[{\"id\":\"pkg:huggingface/b/L\",\"relation\":\"merge\"}],"
            + "\"confidence\":\"declared\",\"known\":false,\"removed\":true},"
            + "{\"id\":\"pkg:huggingface/c/R\",\"relation\":\"merge\",\"depth\":2,"
            + "\"path\":[{\"id\":\"pkg:huggingface/b/L\",\"relation\":\"merge\"},"
            + "{\"id\":\"pkg:huggingface/c/R\",\"relation\":\"finetune\"}],"
            + "\"confidence\":\"inferred\",\"known\":true,\"license\":\"apache-2.0\"}]}";

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
    void verdictsOfOneDeploymentAreLinesOfTheContract() {
        String verdict = "{\"deployment\":\"d\",\"verdict\":\"APPROVED\",\"by\":\"CHG-1\",\"alert\":null}";
        serve("/v1/verdicts", 200, "{\"items\":[" + verdict + "],\"next\":null}");

        assertThat(run("verdicts", "d", "--live", "--format", "jsonl")).isZero();
        assertThat(out.toString().strip()).isEqualTo(verdict);
        assertThat(asked.getFirst()).contains("deployment=d").contains("live=true");
    }

    @Test
    void anAlertIsActedOnOnceItIsKnownToBeOpen() {
        serve("/v1/alerts/a1", 200, "{\"state\":\"open\"}", "{\"state\":\"acknowledged\"}");
        serve("/v1/alert-actions", 200, "{\"accepted\":1,\"errors\":[]}");

        assertThat(run("alert", "a1", "ack", "--reason", "seen")).isZero();
        assertThat(out.toString().strip()).isEqualTo("alert a1: open → acknowledged");
        assertThat(asked).containsExactly("/v1/alerts/a1", "/v1/alert-actions?wait=true", "/v1/alerts/a1");
    }

    @Test
    void anActionSaysWhatItLacks() {
        serve("/v1/alerts/a1", 200, "{\"state\":\"closed\"}");

        assertThat(run("alert", "a1", "suppress")).isEqualTo(2);
        assertThat(run("alert", "a1", "ack", "--for", "8h")).isEqualTo(2);
        assertThat(run("alert", "a1", "suppress", "--for", "soon")).isEqualTo(2);
        assertThat(run("alert", "a1", "close")).isEqualTo(1);
        assertThat(err.toString()).contains("the alert is closed already");
    }

    @Test
    void aDifferenceNamesTheRevisionThatBroughtIt() {
        serve(
                "/v1/mboms/d",
                200,
                "{\"revision\":1,\"claims\":[{\"field\":\"owner\",\"value\":\"a\",\"confidence\":\"declared\"},"
                        + "{\"field\":\"vendor\",\"value\":\"v\",\"confidence\":\"declared\"}]}",
                "{\"revision\":2,\"cause\":\"c2\",\"changed\":[\"owner\"],\"claims\":[{\"field\":\"owner\",\"value\":\"b\","
                        + "\"confidence\":\"declared\"},{\"field\":\"vendor\",\"value\":\"v\",\"confidence\":\"declared\"}]}");

        assertThat(run("mbom", "d", "--diff", "1..2", "--format", "jsonl")).isZero();
        assertThat(out.toString().strip())
                .isEqualTo("{\"field\":\"owner\",\"difference\":\"changed\",\"before\":\"a\",\"after\":\"b\","
                        + "\"confidence\":\"declared\",\"revision\":2,\"cause\":\"c2\"}");
        assertThat(asked.getFirst()).isEqualTo("/v1/mboms/d?revision=1");
        assertThat(run("mbom", "d", "--diff", "1-2")).isEqualTo(2);
    }

    @Test
    void problemsAreShownAsTitleAndDetail() {
        serve("/v1/mboms/x", 404, "{\"title\":\"Not found\",\"detail\":\"no deployment x\"}");

        assertThat(run("mbom", "x")).isEqualTo(1);
        assertThat(err.toString().strip()).isEqualTo("Not found: no deployment x");
    }

    @Test
    void lineageOfAModelIsLinesOfTheContract() {
        serve("/v1/lineage", 200, "{\"items\":[" + MERGED + "],\"next\":null}");

        assertThat(run("lineage", "pkg:huggingface/a/M", "--format", "jsonl")).isZero();
        assertThat(asked.getFirst()).isEqualTo("/v1/lineage?model=pkg%3Ahuggingface%2Fa%2FM");
        assertThat(out.toString().lines())
                .containsExactly(
                        "{\"model\":\"pkg:huggingface/a/M\",\"ancestor\":\"pkg:huggingface/b/L\",\"depth\":1,"
                                + "\"path\":[{\"id\":\"pkg:huggingface/b/L\",\"relation\":\"merge\"}],"
                                + "\"confidence\":\"declared\"}",
                        "{\"model\":\"pkg:huggingface/a/M\",\"ancestor\":\"pkg:huggingface/c/R\",\"depth\":2,"
                                + "\"path\":[{\"id\":\"pkg:huggingface/b/L\",\"relation\":\"merge\"},"
                                + "{\"id\":\"pkg:huggingface/c/R\",\"relation\":\"finetune\"}],"
                                + "\"confidence\":\"inferred\"}");
    }

    @Test
    void lineageFindsAModelHoweverItsPackageUrlIsSpelled() {
        serve("/v1/lineage", 200, "{\"items\":[" + MERGED + "],\"next\":null}");

        assertThat(run("lineage", "pkg:huggingface/a/M[1]")).isZero();
        assertThat(asked.getFirst()).isEqualTo("/v1/lineage?model=pkg%3Ahuggingface%2Fa%2FM%255B1%255D");
    }

    @Test
    void lineageIsDrawnAsATreeThatSaysWhatIsInferredRemovedOrUnresolved() {
        serve("/v1/lineage", 200, "{\"items\":[" + MERGED + "],\"next\":null}");

        assertThat(run("lineage", "pkg:huggingface/a/M")).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "pkg:huggingface/a/M  (mit)",
                        "└─ merge of pkg:huggingface/b/L  (removed)",
                        "   └─ finetune of pkg:huggingface/c/R  (apache-2.0; Org, CN; inferred)");
    }

    @Test
    void lineageIsAGraphWithEachEdgeOnce() {
        serve("/v1/lineage", 200, "{\"items\":[" + MERGED + "],\"next\":null}");

        assertThat(run("lineage", "--all", "--format", "dot")).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "digraph lineage {",
                        "  rankdir=BT;",
                        "  \"pkg:huggingface/a/M\";",
                        "  \"pkg:huggingface/a/M\" -> \"pkg:huggingface/b/L\" [label=\"merge\"];",
                        "  \"pkg:huggingface/b/L\" -> \"pkg:huggingface/c/R\" [label=\"finetune\"];",
                        "}");
    }

    @Test
    void aLargeFamilyIsCountedAndNotDrawn() {
        serve(
                "/v1/lineage/descendants/summary",
                200,
                "{\"ancestor\":\"pkg:huggingface/c/R\",\"descendants\":100002,\"groups\":["
                        + "{\"depth\":1,\"relation\":\"finetune\",\"count\":100000},"
                        + "{\"depth\":2,\"relation\":\"adapter\",\"count\":2}]}");

        assertThat(run("lineage", "pkg:huggingface/c/R", "--descendants")).isZero();
        assertThat(out.toString()).contains("100,002 descendants", "finetune", "100,000", "--format jsonl lists all");
        assertThat(asked).hasSize(1);
    }

    @Test
    void aSmallFamilyIsDrawn() {
        serve(
                "/v1/lineage/descendants/summary",
                200,
                "{\"ancestor\":\"pkg:huggingface/c/R\",\"descendants\":2,\"groups\":["
                        + "{\"depth\":1,\"relation\":\"finetune\",\"count\":1},"
                        + "{\"depth\":2,\"relation\":\"quantized\",\"count\":1}]}");
        serve(
                "/v1/lineage/descendants",
                200,
                "{\"items\":[{\"model\":\"l\",\"ancestor\":\"pkg:huggingface/c/R\",\"depth\":1,\"path\":["
                        + "{\"id\":\"pkg:huggingface/c/R\",\"relation\":\"finetune\"}],\"confidence\":\"declared\"},"
                        + "{\"model\":\"q\",\"ancestor\":\"pkg:huggingface/c/R\",\"depth\":2,\"path\":["
                        + "{\"id\":\"l\",\"relation\":\"quantized\"},"
                        + "{\"id\":\"pkg:huggingface/c/R\",\"relation\":\"finetune\"}],\"confidence\":\"inferred\"}],"
                        + "\"next\":null}");

        assertThat(run("lineage", "pkg:huggingface/c/R", "--descendants")).isZero();
        assertThat(out.toString().lines())
                .containsExactly("pkg:huggingface/c/R", "└─ finetune: l", "   └─ quantized: q  (inferred)");
    }

    @Test
    void modelsOfAFileAreShownThoughOneIsUnknown() throws IOException {
        Path file = dir.resolve("models.txt");
        Files.writeString(file, "# ours\n\nnobody/knows\npkg:huggingface/a/M\n");
        serve("/v1/lineage", 200, "{\"items\":[],\"next\":null}", "{\"items\":[" + MERGED + "],\"next\":null}");

        assertThat(run("lineage", "--models", file.toString(), "--format", "jsonl", "--depth", "1"))
                .isEqualTo(1);
        assertThat(out.toString().lines()).hasSize(1);
        assertThat(err.toString()).contains("no model nobody/knows is known", "package URL");
    }

    @Test
    void deploymentsOfAFamilySayWhatTheyRun() {
        serve(
                "/v1/lineage/deployments",
                200,
                "{\"items\":[{\"deployment\":\"chat\",\"role\":\"primary\",\"model\":\"l\",\"ancestor\":\"r\","
                        + "\"depth\":1,\"path\":[{\"id\":\"r\",\"relation\":\"finetune\"}],"
                        + "\"confidence\":\"declared\"}],\"next\":null}");

        assertThat(run("lineage", "r", "--deployments")).isZero();
        assertThat(out.toString()).contains("chat", "primary", "finetune of r");
    }

    @Test
    void lineageSaysWhatMakesNoSense() {
        for (String[] wrong : new String[][] {
            {"lineage"},
            {"lineage", "--all", "x"},
            {"lineage", "--all", "--format", "tree"},
            {"lineage", "--all", "--deployments"},
            {"lineage", "x", "--depth", "0"},
            {"lineage", "x", "--ancestors", "--descendants"}
        }) {
            assertThat(run(wrong)).as(String.join(" ", wrong)).isEqualTo(2);
        }
        assertThat(run("lineage", "--models", dir.resolve("none").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("no such file").doesNotContain("Exception");
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
