package io.modelwatch.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.modelwatch.alerts.policy.PolicySet;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class PolicyCommandsTest {
    private static final String A = "pkg:huggingface/acme/a";

    private static final String BILL = """
            {"deployment":"copilot","revision":1,"vendor":"acme","owner":"cx-team","components":[{"role":"primary",
            "model":"%s","license":"mit","origins":[{"country":"CN","model":"pkg:huggingface/r/o"}],"ancestry":[]}],
            "hosting":[{"provider":"azure","country":"NL"}]}
            """.formatted(A).replace("\n", "");

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
    void theShippedPoliciesAreAFileToStartFrom() throws IOException {
        assertThat(run("policy", "show")).isZero();
        assertThat(out.toString()).isEqualTo(PolicySet.shippedText());
        Path mine = write("mine.yaml", out.toString());

        assertThat(run("policy", "check", mine.toString(), "--format", "jsonl")).isZero();
        assertThat(out.toString()).contains("\"name\":\"default\"", "\"place\":\"" + mine);
    }

    @Test
    void aMistakeIsToldWithItsPlaceAndTheExitStatusSaysSo() {
        Path mine = write("mine.yaml", "policies:\n- name: a\n  when: chnge.late\n  severity: low\n");

        assertThat(run("policy", "check", mine.toString())).isEqualTo(1);
        assertThat(err.toString()).startsWith(mine + ":3:9: when: undeclared reference to 'chnge'");
        assertThat(run("policy", "test", mine.toString(), "--verdicts", "-")).isEqualTo(1);
        assertThat(run("policy")).isEqualTo(2);
        assertThat(run("policy", "test", "--mboms", "x")).isEqualTo(2);
        assertThat(run("policy", "check", dir.resolve("none.yaml").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("none.yaml: does not exist");
    }

    @Test
    void policiesAreTriedOnWhatTheApiHasRecorded() {
        serve(
                "/v1/verdicts",
                "{\"items\":["
                        + verdict("c1", "COMPONENT_ADDED", "2026-03-01T10:00:00Z", "UNAPPROVED") + ","
                        + verdict("c2", "MODEL_SWAPPED", "2026-03-02T10:00:00Z", "EXPIRED") + ","
                        + verdict("c3", "MODEL_SWAPPED", "2026-03-03T10:00:00Z", "APPROVED") + "],\"next\":null}");
        serve("/v1/mboms/copilot", BILL);
        Path mine = write("mine.yaml", """
                policies:
                - {name: from-china, when: "models.exists(m, m.origins.exists(o, o.country == 'CN'))", severity: critical,
                   routes: [soc], nextStep: 'Ask {deployment.owner}'}
                - {name: first, when: deployment.vendor == 'acme', baseline: accept}
                - {name: trial, mode: log, when: "hosting.exists(p, p.country == 'NL')", severity: low}
                """);

        assertThat(run("policy", "test", mine.toString(), "--format", "jsonl", "--since", "2026-02-01T00:00:00Z"))
                .isZero();
        List<JsonNode> lines = lines();
        assertThat(lines)
                .extracting(line -> Text.at(line, "outcome"))
                .containsExactly("passed over by first", "raised", "approved");
        assertThat(lines.get(1).toString())
                .contains("\"severity\":\"critical\"", "\"policy\":\"from-china\"", "\"routes\":[\"soc\"]")
                .contains("\"nextStep\":\"Ask cx-team\"", "\"logged\":[\"trial\"]", "\"failures\":[]");
        assertThat(err.toString().strip()).isEqualTo("3 changes: 1 raise an alert, 1 are passed over, 1 are approved");
        assertThat(asked)
                .contains("/v1/mboms/copilot?asOf=2026-03-02T10%3A00%3A00Z")
                .anyMatch(url -> url.startsWith("/v1/verdicts") && url.contains("since=2026-02-01"));
    }

    @Test
    void aPolicyThatFailsIsShownAndTheExitStatusSaysSo() {
        serve(
                "/v1/verdicts",
                "{\"items\":[" + verdict("c1", "MODEL_SWAPPED", "2026-03-01T10:00:00Z", "REVOKED")
                        + "],\"next\":null}");
        Path mine = write("mine.yaml", "policies:\n- {name: a, when: 1 / size(verdict.by) == 0, ignore: true}\n");

        assertThat(run("policy", "test", mine.toString()))
                .as("no bill is known")
                .isEqualTo(1);
        assertThat(out.toString()).startsWith("OBSERVED").contains("raised", "high", "REVOKED");
        assertThat(err.toString()).contains("policy a failed: when: / by zero (1 changes)", "policies failed on 1");
    }

    @Test
    void policiesAreTriedOnFilesToo() {
        Path verdicts = write(
                "verdicts.jsonl",
                verdict("c1", "MODEL_SWAPPED", "2026-03-01T10:00:00Z", "UNAPPROVED") + "\n\n"
                        + verdict("c2", "RETIREMENT_DATED", "2026-03-01T10:00:00Z", "UNAPPROVED")
                                .replace("\"" + A + "\"", "\"2027-01-31\"")
                        + "\n{\"deployment\":\"copilot\"}\n");
        Path bills = write("mboms.jsonl", BILL + "\n");
        Path config = write("modelwatch.yaml", "policies: {params: {allowedOrigins: [US]}}\n");

        assertThat(run(
                        "policy",
                        "test",
                        "--config",
                        config.toString(),
                        "--verdicts",
                        verdicts.toString(),
                        "--mboms",
                        bills.toString(),
                        "--format",
                        "jsonl"))
                .as("one line is no verdict")
                .isEqualTo(1);
        assertThat(lines())
                .extracting(line -> Text.at(line, "policy") + ": " + Text.at(line, "outcome"))
                .containsExactly("origin-not-allowed: raised", "retirement-near: raised at 2027-01-01T00:00:00Z");
        assertThat(err.toString()).contains("line 4: changeId is missing", "1 lines are no verdicts");
        assertThat(asked).isEmpty();
        out.getBuffer().setLength(0);
        assertThat(run(
                        "policy",
                        "test",
                        "--verdicts",
                        verdicts.toString(),
                        "--only-policy",
                        "retirement-near",
                        "--format",
                        "jsonl"))
                .isEqualTo(1);
        assertThat(lines())
                .singleElement()
                .satisfies(line -> assertThat(Text.at(line, "kind")).isEqualTo("RETIREMENT_DATED"));
    }

    private static String verdict(String id, String kind, String at, String verdict) {
        return ("{\"deployment\":\"copilot\",\"changeId\":\"%s\",\"kind\":\"%s\",\"field\":\"models.primary.id\",\"after\":\"%s\","
                        + "\"effectiveAt\":\"%s\",\"observedAt\":\"%s\",\"live\":true,\"verdict\":\"%s\",\"disclosed\":false,"
                        + "\"by\":null,\"alert\":null}")
                .formatted(id, kind, A, at, at, verdict);
    }

    private List<JsonNode> lines() {
        return out.toString().lines().map(ApiClient.JSON::readTree).toList();
    }

    private int run(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        if (all.size() > 1 && all.get(1).equals("test")) {
            all.add("--url");
            all.add("http://127.0.0.1:" + server.getAddress().getPort());
        }
        return ModelwatchCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    private void serve(String path, String answer) {
        server.createContext(path, exchange -> {
            asked.add(exchange.getRequestURI().toString());
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(dir.resolve(name), text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
