package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.modelwatch.app.cli.ModelwatchCommand;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.app.config.Setting;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.schemas.Ids;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every way in for procurement on the real thing: a draft, a file of the watched folder and a ticket settle an alert. */
class ProcurementIT {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final String DEPLOYMENT = """
            {"kind":"deployment","source":"manual","observedAt":"2026-03-01T11:00:00Z","deployment":{"id":"bot","vendor":"acme","owner":"cx","models":[{"id":"pkg:huggingface/acme/tuned","role":"primary"}],"hosting":[{"provider":"azure","country":"NL"}]}}
            """;
    private static final String ISSUE = """
            {"webhookEvent":"jira:issue_updated","issue":{"key":"CHG-7","self":"https://acme.atlassian.net/rest/api/3/issue/1","fields":{"status":{"name":"Approved"},"resolutiondate":"2026-03-04T10:00:00.000+0000","labels":["deployment=bot"]}}}""";

    @TempDir
    Path dir;

    @TempDir
    Path folder;

    private String url = "";

    private HttpServer hub;

    private volatile String newest = "s1";

    @BeforeEach
    void serve() throws Exception {
        hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hub.createContext("/api/models", exchange -> {
            byte[] body = ("[{\"id\":\"acme/tuned\",\"sha\":\"" + newest + "\"}]").getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        hub.start();
    }

    @AfterEach
    void stop() {
        hub.stop(0);
    }

    @Test
    void anAlertIsSettledReopenedAndSettledAgainByEachWayIn() throws Exception {
        Config config = config();
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(config.platform(), System.out::println);
                Instance instance = Instance.start(
                        InstanceConfig.embedded(config, platform),
                        EnumSet.allOf(Role.class),
                        InstantSource.system(),
                        System.out::println);
                HttpClient http = HttpClient.newHttpClient()) {
            url = "http://127.0.0.1:" + instance.port();
            assertThat(instance.intake()
                            .observations(new ByteArrayInputStream(DEPLOYMENT.getBytes(UTF_8)), true, name -> null)
                            .errors())
                    .isEmpty();
            String alert = awaitAlert("open");
            assertThat(run("procurement", "cover", "bot", "--format", "jsonl"))
                    .contains("no procurement event selects it");

            // What the draft says settles the alert that it was drafted for.
            Path draft = Files.writeString(
                    dir.resolve("draft.jsonl"),
                    run(
                            "procurement",
                            "draft",
                            alert,
                            "--id",
                            "D-1",
                            "--approver",
                            "Kim",
                            "--reference",
                            "https://t/1"));
            assertThat(run("procure", draft.toString(), "--wait")).contains("1 procurement events accepted");
            awaitAlert("closed");
            assertThat(run("procurement", "cover", "bot", "--format", "jsonl"))
                    .contains("\"by\":\"D-1\"", "\"until\":\"");
            assertThat(run("report", "expiring", "--within", "91d", "--format", "jsonl"))
                    .contains("\"id\":\"D-1\"", "\"changes\":1,\"deployments\":1");
            assertThat(run("report", "approvals", "--by", "owner", "--format", "jsonl"))
                    .contains("\"owner\":\"cx\",\"changes\":1,\"approved\":0,\"late\":1,\"unapproved\":0");
            assertThat(run("report", "models", "--by", "owner", "--format", "jsonl"))
                    .contains("\"owner\":\"cx\",\"models\":1");

            // A file of the folder takes it back.
            Path file = Files.writeString(folder.resolve("revocations.csv"), """
                    id,type,issuedAt,revokes,approver
                    R-1,revocation,2026-03-03T00:00:00Z,D-1,Lee
                    """);
            var touched = Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-03-03T00:00:00Z")));
            assertThat(touched).exists();
            awaitAlert("open");
            assertThat(run("procurement", "cover", "bot", "--format", "jsonl"))
                    .contains("REVOKED", "D-1: it was revoked");
            assertThat(run("procurement", "list", "--revokes", "D-1")).contains("R-1");
            assertThat(run("sources", "--format", "jsonl"))
                    .contains("\"type\":\"procurement-folder\",\"state\":\"seeing\"");

            // A ticket approves it again; nobody but who knows the secret can say so.
            assertThat(post(http, ISSUE, "0".repeat(64)).statusCode()).isEqualTo(401);
            HttpResponse<String> taken = post(http, ISSUE, sign(ISSUE));
            assertThat(taken.body()).isEqualTo("{\"accepted\":1,\"errors\":[]}");
            assertThat(taken.statusCode()).isEqualTo(200);
            awaitAlert("closed");
            assertThat(run("procurement", "cover", "bot", "--format", "jsonl")).contains("CHG-7", "no end");

            // A hub's word that something changed has it looked at, long before its turn; the word itself counts for
            // nothing.
            awaitRevision("s1");
            newest = "s2";
            String hint =
                    "{\"event\":{\"action\":\"update\",\"scope\":\"repo.content\"},\"repo\":{\"type\":\"model\",\"name\":\"acme/tuned\",\"headSha\":\"lie\"}}";
            assertThat(hint(http, "hub", hint, "wrong").statusCode()).isEqualTo(401);
            assertThat(hint(http, "elsewhere", hint, "s3cret").statusCode()).isEqualTo(404);
            assertThat(hint(http, "hub", hint, "s3cret").body()).isEqualTo("{\"accepted\":1,\"errors\":[]}");
            awaitRevision("s2");
            assertThat(run("changes", "--subject", "pkg:huggingface/acme/tuned", "--format", "jsonl"))
                    .doesNotContain("lie");

            // Legal and odd: taken, and said.
            Path odd = Files.writeString(dir.resolve("odd.jsonl"), """
                    {"id":"O-1","type":"revocation","issuedAt":"2026-03-05T00:00:00Z","revokes":"never"}
                    {"id":"O-2","type":"exception","issuedAt":"2026-03-05T00:00:00Z","subject":{"model":"*"},"validTo":"2026-03-06T00:00:00Z"}
                    """);
            assertThat(run("procure", odd.toString(), "--wait"))
                    .contains("2 procurement events accepted")
                    .contains("line 1: warning: revokes: no procurement event never is known")
                    .contains("line 2: warning: subject.model: '*' selects every model there is: today 1 models in 1");

            // A bill that k8s-aibom posts is a deployment like any other.
            assertThat(bill(http, "Bearer wrong").statusCode()).isEqualTo(401);
            assertThat(bill(http, "Bearer s3cret").body()).isEqualTo("{\"accepted\":1,\"errors\":[]}");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(
                                    run("changes", "--subject", "prod/claims/deployment/llm", "--format", "jsonl"))
                            .contains("APPEARED", "\"source\":\"aibom\""));

            // What the folder cannot read is seen where sources are.
            Files.delete(file);
            Files.delete(folder);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(run("sources", "--format", "jsonl"))
                            .contains("\"type\":\"procurement-folder\",\"state\":\"blind\"", "does not exist"));
        }
    }

    private Config config() throws Exception {
        Path secret = Files.writeString(dir.resolve("secret"), "s3cret");
        Path yaml = Files.writeString(dir.resolve("modelwatch.yaml"), """
                procurement:
                  folder: %s
                  every: 1s
                  webhooks:
                    - name: jira
                      mapping: jira
                      secretFile: %s
                sources:
                  - name: hub
                    type: huggingface
                    every: 1d
                    settings:
                      baseUrl: http://127.0.0.1:%d
                      scopes: ["author:acme"]
                      webhookSecretFile: %s
                receivers:
                  - {name: aibom, type: k8s-aibom, cluster: prod, tokenFile: %s}
                """.formatted(
                        folder, secret, hub.getAddress().getPort(), secret, secret));
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        settings.put(Setting.DATA_DIR, dir.resolve("data").toString());
        settings.put(Setting.TICKS_EVERY, "PT0.2S");
        List<Integer> ports = Ports.free(5);
        settings.put(Setting.API_PORT, ports.get(0).toString());
        settings.put(Setting.PORTS_KAFKA, ports.get(1).toString());
        settings.put(Setting.PORTS_KAFKA_CONTROLLER, ports.get(2).toString());
        settings.put(Setting.PORTS_REGISTRY, ports.get(3).toString());
        settings.put(Setting.PORTS_POSTGRES, ports.get(4).toString());
        return Config.of(ConfigFile.read(yaml), settings, name -> null);
    }

    /** Returns the id of the one alert of the deployment, once it is in a state. */
    private String awaitAlert(String state) {
        List<String> ids = new ArrayList<>();
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode alert = JSON.readTree(run("alerts", "--deployment", "bot", "--format", "jsonl"));
            assertThat(alert.path("state").asString("")).isEqualTo(state);
            ids.add(alert.path("id").asString(""));
        });
        return ids.getLast();
    }

    /** Returns what a command says on both ways out. */
    private String run(String... args) {
        StringWriter said = new StringWriter();
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--url", url));
        StringWriter aside = new StringWriter();
        int exit = ModelwatchCommand.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(aside))
                .execute(all.toArray(String[]::new));
        assertThat(exit).as(said + " " + aside).isZero();
        return args[0].equals("procure") ? said + " " + aside : said.toString();
    }

    private HttpResponse<String> post(HttpClient http, String body, String signature) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/procurement/jira"))
                .header("X-Hub-Signature", "sha256=" + signature)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> hint(HttpClient http, String source, String body, String secret) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/webhooks/" + source))
                .header("X-Webhook-Secret", secret)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> bill(HttpClient http, String authorization) throws Exception {
        String body =
                "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":[{\"type\":\"machine-learning-model\",\"name\":\"acme/tuned\"}]}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/receivers/aibom"))
                .header("Content-Type", "application/vnd.cyclonedx+json; version=1.6")
                .header("Authorization", authorization)
                .header("X-Aibom-Document-Hash", "sha256:" + Ids.sha256(body.getBytes(UTF_8)))
                .header("X-Aibom-Workload-Kind", "Deployment")
                .header("X-Aibom-Workload-Namespace", "claims")
                .header("X-Aibom-Workload-Name", "llm")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private void awaitRevision(String revision) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(run("changes", "--subject", "pkg:huggingface/acme/tuned", "--format", "jsonl"))
                                .contains(revision.equals("s1") ? "APPEARED" : "\"after\":\"" + revision + "\""));
    }

    private static String sign(String body) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec("s3cret".getBytes(UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(body.getBytes(UTF_8)));
    }
}
