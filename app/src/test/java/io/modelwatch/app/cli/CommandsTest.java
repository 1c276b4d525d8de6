package io.modelwatch.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.modelwatch.history.ledger.LedgerKey;
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
    void theTokenIsSentAndARefusalSaysWhatToDo() throws IOException {
        Path token = Files.writeString(dir.resolve("token"), "secret-of-the-soc-team\n");
        List<String> sent = new ArrayList<>();
        server.createContext("/v1/sources", exchange -> {
            sent.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            byte[] body = (sent.size() == 1
                            ? "{\"items\":[],\"next\":null}"
                            : "{\"title\":\"Forbidden\",\"detail\":\"this needs read\"}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(sent.size() == 1 ? 200 : 403, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });

        assertThat(run("sources", "--token-file", token.toString())).isZero();
        assertThat(run("sources", "--token-file", token.toString())).isEqualTo(1);
        assertThat(sent).containsOnly("Bearer secret-of-the-soc-team");
        assertThat(err.toString()).contains("Forbidden: this needs read").doesNotContain("secret-of");
        assertThat(run("sources", "--token-file", dir.resolve("none").toString()))
                .isEqualTo(1);
        Files.writeString(token, "two words");
        assertThat(run("sources", "--token-file", token.toString())).isEqualTo(1);
        assertThat(err.toString()).doesNotContain("two words");
    }

    @Test
    void deadLettersGoBackOnceThatIsConfirmed() {
        String plan =
                "{\"dryRun\":true,\"redriven\":2,\"topics\":{\"modelwatch.observations.v1\":2},\"left\":[{\"id\":\"0-7\",\"why\":\"newer\"}],\"more\":false}";
        serve("/v1/dead-letters/redrive", 200, plan, plan, plan, "{\"redriven\":2}");

        assertThat(run("dead-letters", "redrive", "--topic", "observations", "--dry-run"))
                .isZero();
        assertThat(out.toString())
                .contains("2 records would go back", "  2 to modelwatch.observations.v1", "  0-7 stays: newer");
        assertThat(run("dead-letters", "redrive", "--all")).isEqualTo(2);
        assertThat(err.toString()).contains("--yes goes ahead");
        assertThat(run("dead-letters", "redrive", "--all", "--yes")).isZero();
        assertThat(out.toString().strip()).endsWith("2 went back");
        assertThat(asked).element(0).asString().contains("topic=observations", "dryRun=true");
        assertThat(asked).element(3).asString().isEqualTo("/v1/dead-letters/redrive?all=true");
        assertThat(run("dead-letters", "redrive")).isEqualTo(2);
        assertThat(run("dead-letters", "redrive", "0-7", "--all")).isEqualTo(2);
    }

    @Test
    void whatIsDoneWithAGroupIsDoneWithItsAlerts() {
        serve("/v1/alerts/g1", 404, "{\"title\":\"no alert g1\"}");
        serve("/v1/alert-groups/g1", 200, "{\"state\":\"open\",\"alerts\":3}");
        serve("/v1/alert-actions", 200, "{\"accepted\":1,\"errors\":[]}");

        assertThat(run("alert", "g1", "ack")).isZero();
        assertThat(out.toString().strip()).isEqualTo("group g1: ack done with each of its 3 alerts");
        assertThat(asked).containsExactly("/v1/alerts/g1", "/v1/alert-groups/g1", "/v1/alert-actions?wait=true");
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
    void aBillComesOutByteForByte() {
        String bill = "{\n  \"bomFormat\" : \"CycloneDX\"\n}\n";
        serve("/v1/mboms/d", 200, bill);

        assertThat(run("mbom", "d", "--revision", "3", "--format", "cyclonedx", "--spec", "1.7"))
                .isZero();
        assertThat(out.toString()).isEqualTo(bill);
        assertThat(asked.getFirst()).contains("revision=3", "format=cyclonedx", "spec=1.7");
        assertThat(run("mbom", "--format", "spdx")).isEqualTo(2);
        assertThat(run("mbom", "d", "--format", "spdx", "--spec", "1.7")).isEqualTo(2);
        assertThat(run("mbom", "d", "--format", "g7", "--diff", "1..2")).isEqualTo(2);
    }

    @Test
    void theGaugeSaysWhatIsMissingAndCounts() {
        serve(
                "/v1/mboms/d",
                200,
                "{\"deployment\":\"d\",\"revision\":3,\"present\":1,\"absent\":1,\"unknowable\":0,\"elements\":["
                        + "{\"cluster\":\"models\",\"label\":\"Model license\",\"state\":\"absent\",\"why\":\"not of"
                        + " primary\"}]}");

        assertThat(run("mbom", "d", "--format", "g7")).isZero();
        assertThat(out.toString())
                .containsPattern("Model license +absent +not of primary")
                .contains("d, revision 3: 1 present, 1 absent, 0 unknowable");
    }

    @Test
    void aVendorsBillBecomesItsDisclosure() throws IOException {
        Path file = dir.resolve("acme.cdx.json");
        Files.writeString(
                file,
                "{\n\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":[{\"type\":\"library\"},"
                        + "{\"type\":\"machine-learning-model\",\"name\":\"m\",\"purl\":\"pkg:generic/m@1\"}]\n}\n");
        List<String> posted = new ArrayList<>();
        server.createContext("/v1/disclosures", exchange -> {
            posted.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] answer = "{\"accepted\":1,\"errors\":[]}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });

        assertThat(run("disclose", file.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("a bill, not JSON Lines: say with --vendor who gave it");
        assertThat(run("disclose", file.toString(), "--vendor", "acme")).isZero();
        assertThat(err.toString()).contains("ignored: 1 components of the type library");
        assertThat(posted).singleElement().asString().contains("\"vendor\":\"acme\"", "\"id\":\"pkg:generic/m\"");
        Files.writeString(file, "{\"id\":\"a\"}\n");
        assertThat(run("disclose", file.toString(), "--vendor", "acme")).isEqualTo(1);
        assertThat(err.toString()).contains("neither a CycloneDX bill (bomFormat) nor an SPDX 3 document");
    }

    @Test
    void theFirstBreakOfTheLedgerIsNamed() throws IOException {
        serve(
                "/v1/ledger/verification",
                200,
                "{\"holds\":true,\"seals\":2,\"chains\":1,\"rows\":3,\"newest\":{\"seal\":2,\"hash\":\"00\","
                        + "\"signature\":\"00\"},\"breaks\":[]}",
                "{\"holds\":false,\"broken\":3,\"newest\":{\"seal\":2,\"hash\":\"00\"},\"breaks\":[{\"where\":\"deployment"
                        + " a, mboms\",\"what\":\"MBOM revision 2 was altered\"},{\"where\":\"seal 2\",\"what\":\"x\"}]}");
        Path note = dir.resolve("seal.json");

        assertThat(run("verify", "--save", note.toString())).isZero();
        assertThat(out.toString()).startsWith("holds: 3 rows in 1 chains, 2 seals; the newest is seal 2");
        assertThat(run("verify", "a", "--against", note.toString())).isEqualTo(1);
        assertThat(out.toString())
                .contains(
                        "BROKEN: deployment a, mboms: MBOM revision 2 was altered", "then    seal 2: x", "and 1 more");
        assertThat(asked.getLast()).contains("deployment=a", "seal=00");
        Path key =
                Files.writeString(dir.resolve("key.pem"), LedgerKey.generate().publicPem());
        assertThat(run("verify", "--key", key.toString())).isEqualTo(1);
        assertThat(out.toString()).contains("the newest seal is not signed with the key of " + key);
        assertThat(run("verify", "--against", key.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("not what `modelwatch verify --save` writes");
    }

    @Test
    void theFleetIsAskedForByTwoTimes() {
        serve(
                "/v1/fleet",
                200,
                "{\"items\":[{\"origin\":\"CN\",\"models\":2,\"deployments\":1,\"components\":2}]," + "\"next\":null}");

        assertThat(run(
                        "fleet",
                        "--as-of",
                        "2026-03-01T00:00:00Z",
                        "--known-at",
                        "2026-03-02T00:00:00Z",
                        "--by",
                        "origin",
                        "--format",
                        "csv"))
                .isZero();
        assertThat(out.toString()).isEqualTo("origin,models,deployments,components\r\nCN,2,1,2\r\n");
        assertThat(asked.getFirst())
                .contains("asOf=2026-03-01T00%3A00%3A00Z", "knownAt=2026-03-02T00%3A00%3A00Z", "by=origin");
        // A leap second, a zone that is none, and a by that is none.
        assertThat(run("fleet", "--as-of", "2016-12-31T23:59:60Z")).isEqualTo(2);
        assertThat(run("fleet", "--as-of", "2026-03-01T00:00:00 Mars/Phobos")).isEqualTo(2);
        assertThat(run("fleet", "--by", "owner")).isEqualTo(2);
        assertThat(run("mbom", "d", "--known-at", "2026-03-02T00:00:00Z")).isEqualTo(2);
        assertThat(err.toString()).contains("neither a time", "--known-at");
    }

    @Test
    void warningsAreShownAndChangeNoExitStatus() throws IOException {
        Path file = dir.resolve("p.jsonl");
        Files.writeString(file, "\n{}\n");
        serve(
                "/v1/procurement-events",
                200,
                "{\"accepted\":1,\"errors\":[],\"warnings\":[{\"line\":1,\"field\":\"revokes\",\"message\":\"is"
                        + " odd\"}]}");

        assertThat(run("procure", file.toString())).isZero();
        assertThat(err.toString().strip()).isEqualTo("line 2: warning: revokes: is odd");
        assertThat(out.toString()).contains("1 procurement events accepted");
    }

    @Test
    void coverSaysByWhichEventUntilWhenAndWhyNot() {
        serve(
                "/v1/mboms/d",
                200,
                "{\"deployment\":\"d\",\"components\":[{\"role\":\"primary\",\"model\":\"pkg:a/b/c\"},{\"role\":\"judge\","
                        + "\"model\":\"pkg:a/b/d\"}],\"hosting\":[{\"provider\":\"azure\",\"country\":\"NL\"}]}");
        serve(
                "/v1/verdicts",
                200,
                "{\"items\":[" + verdict("models.primary.id", "COMPONENT_ADDED", "APPROVED", "\"P\"", "null") + ","
                        + verdict("models.primary.license", "LICENSE_CHANGED", "APPROVED_LATE", "\"T\"", "null") + ","
                        + verdict("models.judge.id", "MODEL_SWAPPED", "UNAPPROVED", "null", "\"a1\"")
                        + "],\"next\":null}");
        serve(
                "/v1/alerts",
                200,
                "{\"items\":[{\"id\":\"a1\",\"state\":\"open\",\"changes\":[{}],\"nearestProcurement\":{\"id\":\"P\","
                        + "\"whyNot\":\"it does not allow the model pkg:a/b/d\"}}],\"next\":null}");
        serve("/v1/procurement-events", 200, "{\"items\":[{\"id\":\"R-9\",\"revokes\":\"never\"}],\"next\":null}");
        serve(
                "/v1/procurement-events/P",
                200,
                "{\"id\":\"P\",\"type\":\"approval\",\"validTo\":\"2027-01-01T00:00:00Z\",\"revocations\":[{\"id\":\"R\","
                        + "\"issuedAt\":\"2026-12-01T00:00:00Z\"}]}");
        serve(
                "/v1/procurement-events/T",
                200,
                "{\"id\":\"T\",\"type\":\"change-ticket\",\"validTo\":\"2026-01-02T00:00:00Z\",\"revocations\":[]}");

        assertThat(run("procurement", "cover", "d", "--format", "jsonl")).isZero();
        assertThat(out.toString()
                        .lines()
                        .map(ApiClient.JSON::readTree)
                        .map(row -> String.join(
                                "|",
                                Text.at(row, "part"),
                                Text.at(row, "value"),
                                Text.at(row, "covered"),
                                Text.at(row, "by"),
                                Text.at(row, "until"),
                                Text.at(row, "why"))))
                .containsExactly(
                        "primary|pkg:a/b/c|true|P|2026-12-01T00:00:00Z|revoked by R",
                        "primary|pkg:a/b/c: license x|true|T|no end|a change ticket covers the act: it does not end",
                        "judge|pkg:a/b/d|false|||P: it does not allow the model pkg:a/b/d",
                        "hosting|azure NL||||as first seen: judged with the components, by the countries that their"
                                + " events allow");
        assertThat(err.toString().lines())
                .containsExactly(
                        "2 of 3 covered, the first of it until 2026-12-01T00:00:00Z (another event may go on covering"
                                + " it then)",
                        "revocations of events that are not known: R-9 of never");
    }

    private static String verdict(String field, String kind, String verdict, String by, String alert) {
        return "{\"field\":\"" + field + "\",\"kind\":\"" + kind + "\",\"after\":\"x\",\"verdict\":\"" + verdict
                + "\",\"live\":true,\"by\":" + by + ",\"alert\":" + alert + "}";
    }

    @Test
    void coverOfAnUnknownDeploymentNamesTheEventsThatWaitForIt() {
        serve("/v1/mboms/x", 404, "{\"title\":\"Not found\",\"detail\":\"no deployment x\"}");
        serve("/v1/procurement-events", 200, "{\"items\":[{\"id\":\"CHG-1\"}],\"next\":null}");

        assertThat(run("procurement", "cover", "x")).isEqualTo(1);
        assertThat(err.toString()).contains("no deployment x; 1 procurement events name it", "CHG-1");
    }

    @Test
    void aDraftIsOneLineAndWhatItLacksIsSaidBesideIt() {
        serve(
                "/v1/alerts/a1",
                200,
                "{\"id\":\"a1\",\"deployment\":\"d\",\"state\":\"open\",\"changes\":[{\"kind\":\"MODEL_SWAPPED\",\"field\":"
                        + "\"models.primary.id\",\"after\":\"pkg:a/b/c\",\"observedAt\":\"2026-01-01T00:00:00Z\","
                        + "\"live\":true,\"verdict\":\"UNAPPROVED\"}]}");
        serve(
                "/v1/mboms/d",
                200,
                "{\"components\":[{\"role\":\"primary\",\"model\":\"pkg:a/b/c\",\"license\":\"mit\"}],\"hosting\":[]}");

        assertThat(run("procurement", "draft", "a1", "--approver", "Kim")).isZero();
        assertThat(out.toString().lines()).hasSize(1);
        assertThat(out.toString())
                .startsWith("{\"id\":\"draft-a1\",\"type\":\"approval\",")
                .contains("\"models\":[\"pkg:a/b/c\"]", "\"licenses\":[\"mit\"]", "\"approver\":\"Kim\"")
                .doesNotContain("origins", "countries", "reference");
        assertThat(err.toString())
                .contains("the origin of pkg:a/b/c is unresolved", "no hosting country is known", "add --reference")
                .doesNotContain("add --approver");
        assertThat(run("procurement", "draft", "a1", "--type", "revocation")).isEqualTo(2);
        assertThat(run("procurement", "draft", "a1", "--valid-for", "long")).isEqualTo(2);
        assertThat(run("procurement")).isEqualTo(2);
    }

    @Test
    void reportsAreListsOfTheApi() {
        serve(
                "/v1/reports/approvals",
                200,
                "{\"items\":[{\"owner\":\"cx\",\"changes\":2,\"approvedShare\":0.5000}],\"next\":null}");
        serve("/v1/reports/expiring", 200, "{\"items\":[],\"next\":null}");
        serve("/v1/reports/backdated", 200, "{\"items\":[],\"next\":null}");
        serve("/v1/reports/models", 200, "{\"items\":[],\"next\":null}");

        assertThat(run("report", "approvals", "--by", "owner", "--format", "csv"))
                .isZero();
        assertThat(out.toString()).startsWith("owner,changes,").contains("cx,2,,,,,0.5000,");
        assertThat(run("report", "expiring", "--within", "2w")).isZero();
        assertThat(run("report", "models")).isZero();
        assertThat(asked.get(0)).startsWith("/v1/reports/approvals?").contains("by=owner");
        assertThat(asked.get(1)).contains("days=14");
        assertThat(asked.get(2)).contains("by=origin");
        assertThat(run("report", "backdated", "--since", "2026-01-01T00:00:00Z"))
                .isZero();
        assertThat(asked.get(3)).startsWith("/v1/reports/backdated?").contains("since=2026-01-01T00");
        assertThat(run("report", "expiring", "--within", "12h")).isEqualTo(2);
        assertThat(run("report")).isEqualTo(2);
        assertThat(run("report", "models", "--format", "ocsf")).isEqualTo(2);
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
                        .contains("modelwatch " + command.getCommandName() + " ", "Examples:"))
                .allSatisfy(command -> assertThat(command.getSubcommands().values())
                        .allSatisfy(below -> assertThat(below.getUsageMessage())
                                .contains(
                                        "modelwatch " + command.getCommandName() + " " + below.getCommandName(),
                                        "Examples:")));
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

    /** Answers as a newer server does: with a field that this command does not know. */
    private void serve(String path, int status, String... answers) {
        AtomicInteger calls = new AtomicInteger();
        server.createContext(path, exchange -> {
            asked.add(exchange.getRequestURI().toString());
            byte[] body = answers[Math.min(calls.getAndIncrement(), answers.length - 1)]
                    .replaceFirst("^\\{\"", "{\"addedLater\":{\"by\":[\"a newer version\"]},\"")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }
}
