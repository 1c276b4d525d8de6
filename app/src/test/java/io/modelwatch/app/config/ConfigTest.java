package io.modelwatch.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.alerts.DriftConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {

    @TempDir
    Path dir;

    @Test
    void theCommandLineGoesBeforeTheEnvironmentAndThatBeforeTheFile() {
        ConfigFile file = file("api:\n  port: 1\nports:\n  kafka: 2\n  registry: 3\n");
        Map<String, String> environment = Map.of("MODELWATCH_API_PORT", "11", "MODELWATCH_PORTS_KAFKA", "12");

        Config config = Config.of(file, Map.of(Setting.API_PORT, "21"), environment::get);

        assertThat(config.apiPort()).isEqualTo(21);
        assertThat(config.platform().kafkaPort()).isEqualTo(12);
        assertThat(config.platform().registryPort()).isEqualTo(3);
        assertThat(config.platform().postgresPort()).isEqualTo(15432);
    }

    @Test
    void everythingElseHasADefault() {
        Config config = Config.of(ConfigFile.none(), Map.of(), name -> null);

        assertThat(config.apiHost()).isEqualTo("127.0.0.1");
        assertThat(config.drift()).isEqualTo(DriftConfig.DEFAULT);
        assertThat(config.tickEvery()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.sources()).isEmpty();
        assertThat(config.kafka()).isNull();
        assertThat(config.health()).isEqualTo(new HealthSettings("127.0.0.1", null));
        assertThat(config.health().somewhere().port()).isZero();
    }

    @Test
    void theShippedFileIsLegal() {
        Config config = Config.of(ConfigFile.read(Path.of("../modelwatch.yaml")), Map.of(), name -> null);

        assertThat(config.sources()).extracting(source -> source.name()).containsExactly("huggingface", "openrouter");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "api: {prt: 1} | unknown key 'api.prt'",
                "api: 8080 | 'api' must be a map",
                "api: {port: many} | api.port ({file}): 'many' must be a whole number from 1 to 65535",
                "policies: {baseline: maybe} | 'maybe' must be drift or accept",
                "policies: {grace: soon} | 'soon' is no span of time",
                "policies: {grace: -1h} | '-1h' is no span of time",
                "policies: {files: 'nowhere.yaml, none'} | nowhere.yaml: does not exist",
                "policies: {shipped: some} | 'some' must be true or false",
                "policies: {params: [US]} | 'policies.params' must be a map of parameters of policies",
                "policies: {params: {allowedOrigins: US}} | params.allowedOrigins must be a list of texts, not a text",
                "policies: {params: {allowedOrigns: [US]}} | no policy file has the parameter 'allowedOrigns'; known are",
                "ports: {kafka: 9000, registry: 9000} | are both 9000",
                "topics: {prefix: 'Mein Präfix'} | topic prefix 'Mein Präfix'",
                "kafka: {bootstrap: 'a:9092'} | belong together",
                "database: {password: geheim} | is a secret: set MODELWATCH_DATABASE_PASSWORD",
                "database: {url: 'jdbc:postgresql://h/d?password=geheim'} | without a password",
                "sources: [{name: a, type: json-list, every: 1m, settings: {descriptor: openrouter}},"
                        + " {name: a, type: json-list, every: 1m, settings: {descriptor: openrouter}}] | two have the name a",
                "sources: [{name: a, type: carrier-pigeon, every: 1m}] | carrier-pigeon",
                "lineage: {watched: 'Qwen/*'} | lineage.watched",
                "deliveries: [{name: a, type: carrier-pigeon}] | webhook, slack, pagerduty, jira, email, syslog",
                "deliveries: {a: b} | 'deliveries' must be a list",
                "deliveries: [{name: a, type: slack, settings: {url: 'https://geheim'}}] | 'url' is a secret",
                "deliveries: [{name: a, type: syslog, when: 'alert.sevrity > 1', settings: {host: h}}] | column 1: there is no such thing",
                "deliveries: [{name: a, type: slack}, {name: a, type: slack}] | two have the name a",
                "procurement: {folder: ''} | procurement.folder ({file}): '' must be the path of a folder",
                "procurement: {folder: x, every: 0s} | every must be at least 1s",
                "procurement: {webhooks: jira} | 'procurement.webhooks' must be a list",
                "procurement: {webhooks: [{name: a, mapping: jira}]} | secretEnv or secretFile",
                "procurement: {webhooks: [{name: a, mapping: jira, secret: geheim}]} | unknown key 'secret'",
                "procurement: {webhooks: [{name: a, mapping: jira, secretEnv: A}, {name: a, mapping: jira, secretEnv: B}]} |"
                        + " two have the name a",
                "a: [ | not YAML",
            })
    void aMistakeIsNamedWithWhatIsLegal(String yaml, String complaint) {
        assertThatThrownBy(() -> Config.of(file(yaml), Map.of(), name -> null))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(complaint
                        .replace("{file}", dir.resolve("m.yaml").toString())
                        .replace("'api.port'", "api.port"))
                .hasMessageNotContaining("geheim");
    }

    @Test
    void aFolderOfProcurementEventsIsASourceAndWebhooksAreWaysIn() {
        Config config = Config.of(
                file("procurement: {folder: ./p, every: 5s, webhooks: [{name: j, mapping: jira, secretEnv: S}]}"),
                Map.of(),
                name -> null);

        assertThat(config.sources()).singleElement().satisfies(source -> {
            assertThat(source.type()).isEqualTo("procurement-folder");
            assertThat(source.every()).isEqualTo(Duration.ofSeconds(5));
            assertThat(source.settings()).containsEntry("path", "./p");
            assertThat(source.family().tellsProcurement()).isTrue();
        });
        assertThat(config.webhooks()).extracting(webhook -> webhook.name()).containsExactly("j");
    }

    @Test
    void policiesComeFromFilesAndTheirParametersFromTheConfiguration() throws IOException {
        Path policies = Files.writeString(
                dir.resolve("mine.yaml"), "policies:\n- {name: mine, when: 'true', severity: critical}\n");
        ConfigFile file = file("policies: {files: " + policies + ", params: {allowedOrigins: [US]}}");

        DriftConfig drift = Config.of(file, Map.of(), name -> null).drift();

        assertThat(drift.policies().summaries().getFirst().place()).isEqualTo(policies + ":2:3");
        assertThat(drift.policies()).isNotEqualTo(DriftConfig.DEFAULT.policies());
    }

    @Test
    void aPasswordComesFromAFileThatTheEnvironmentNames() throws IOException {
        Path secret = Files.writeString(dir.resolve("secret"), "geheim\n");
        ConfigFile file = file("database: {url: 'jdbc:postgresql://h/d', user: u}");
        Map<String, String> environment = Map.of("MODELWATCH_DATABASE_PASSWORD_FILE", secret.toString());

        Config.Database database = Config.of(file, Map.of(), environment::get).database();

        assertThat(database).isEqualTo(new Config.Database("jdbc:postgresql://h/d", "u", "geheim"));
        assertThat(database).hasToString("Database[url=jdbc:postgresql://h/d, user=u]");
    }

    private ConfigFile file(String yaml) {
        try {
            return ConfigFile.read(Files.writeString(dir.resolve("m.yaml"), yaml));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tokensComeFromTheirDigestsOrTheEnvironmentAndNobodyElseIsServedFromOutside() throws IOException {
        Path file = dir.resolve("modelwatch.yaml");
        Files.writeString(file, "api:\n  host: 0.0.0.0\n");
        assertThatThrownBy(() -> Config.of(ConfigFile.read(file), Map.of(), name -> null))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("api.host is 0.0.0.0")
                .hasMessageContaining("api.tokens");

        String digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        Files.writeString(
                file,
                "api:\n  host: 0.0.0.0\n  tokens:\n    - {name: soc-1, role: triage}\n"
                        + "    - {name: bi, role: read, sha256: " + digest + "}\n");
        Map<String, String> environment = Map.of("MODELWATCH_API_TOKENS_SOC_1", "correct-horse-battery");
        Config config = Config.of(ConfigFile.read(file), Map.of(), environment::get);
        assertThat(config.api().tokens())
                .extracting(token -> token.name() + " " + token.role())
                .containsExactly("soc-1 TRIAGE", "bi READ");
        assertThat(config.toString()).doesNotContain("correct-horse");

        assertThatThrownBy(() -> Config.of(ConfigFile.read(file), Map.of(), name -> null))
                .hasMessageContaining("MODELWATCH_API_TOKENS_SOC_1");
        assertThatThrownBy(() ->
                        Config.of(ConfigFile.read(file), Map.of(), Map.of("MODELWATCH_API_TOKENS_SOC_1", "short")::get))
                .hasMessageContaining("at least 20 characters")
                .hasMessageNotContaining("'short'");
        Files.writeString(
                file,
                "api: {certificate: tls.crt, key: tls.key, tokens: [{name: bi, role: read, expires: 2027-01-31T00:00:00Z,"
                        + " sha256: " + digest + "}]}\n");
        config = Config.of(ConfigFile.read(file), Map.of(), name -> null);
        assertThat(config.api().scheme()).isEqualTo("https");
        assertThat(config.api().tokens().getFirst().expires()).isEqualTo("2027-01-31T00:00:00Z");
        Files.writeString(file, "api: {certificate: tls.crt}\n");
        assertThatThrownBy(() -> Config.of(ConfigFile.read(file), Map.of(), name -> null))
                .hasMessage("api.certificate needs api.key too");
        Files.writeString(file, "api: {tokens: [{name: bi, role: read, expires: soon}]}\n");
        assertThatThrownBy(() -> ConfigFile.read(file)).hasMessageContaining("expires of bi must be a moment");
        Files.writeString(file, "api:\n  tokens:\n    - {name: soc, role: king}\n");
        assertThatThrownBy(() -> ConfigFile.read(file)).hasMessageContaining("read, triage, write, admin");
    }

    @Test
    void noReceiverIsAWayInBesideTheTokensOfTheApi() throws IOException {
        Path file = dir.resolve("modelwatch.yaml");
        String guarded = "api:\n  tokens:\n    - {name: soc, role: triage}\n";
        String receiver = "receivers:\n  - name: clusters\n    type: k8s-aibom\n";
        Map<String, String> environment = Map.of("MODELWATCH_API_TOKENS_SOC", "correct-horse-battery");

        Files.writeString(file, guarded + receiver);
        assertThatThrownBy(() -> Config.of(ConfigFile.read(file), Map.of(), environment::get))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("receiver clusters")
                .hasMessageContaining("tokenEnv");
        Files.writeString(file, guarded + receiver + "    tokenEnv: AIBOM_TOKEN\n");
        assertThat(Config.of(ConfigFile.read(file), Map.of(), environment::get).receivers())
                .hasSize(1);
        Files.writeString(file, receiver);
        assertThat(Config.of(ConfigFile.read(file), Map.of(), environment::get).receivers())
                .hasSize(1);
    }
}
