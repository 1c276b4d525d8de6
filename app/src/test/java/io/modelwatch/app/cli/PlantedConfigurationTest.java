package io.modelwatch.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.app.role.PlantedSecrets;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations in which somebody has made a mistake beside a secret: what is said of it does not show the secret. */
class PlantedConfigurationTest {

    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(
            strings = {
                // YAML that is none, around and in the line of the secret.
                "kafka:\n  client:\n    sasl.jaas.config: Module required password=\"%s\": ;\n",
                "kafka:\n  client:\n    sasl.jaas.config: \"%s\n",
                "kafka: {client: {sasl.jaas.config: '%s'}\n",
                "kafka:\n  client:\n    ssl.key.password: %s\n  - wrong\n",
                "kafka:\n  client:\n    ssl.key.password: %s\n    ssl.key.password: again\n",
                "kafka:\n  client:\n\tssl.key.password: %s\n",
                "kafka:\n  client: [%s]\n",
                "kafka:\n  client: %s\n",
                "kafka: {bootstrap: '127.0.0.1:1', registry: 'http://kim:%s@127.0.0.1:1'}\n",
                "kafka:\n  registryClient: {basic.auth.user.info: {kim: %s}}\n",
                "kafka:\n  client: {ssl.key.password: &%s [1]}\n",
                // Secrets where none may stand.
                "database: {password: %s}\n",
                "database: {url: 'jdbc:postgresql://127.0.0.1:1/mw?user=kim&password=%s'}\n",
                "database: {url: 'postgresql://kim:%s@127.0.0.1/mw'}\n",
                "database: {url: 'jdbc:postgresql://kim:%s@127.0.0.1:1/mw', user: kim}\n",
                "api: {tokens: [{name: soc, role: read, token: %s}]}\n",
                "api: {tokens: [{name: soc, role: read, sha256: %s}]}\n",
                "api: {tokens: [%s]}\n",
                "deliveries: [{name: soc, type: webhook, settings: {url: 'http://127.0.0.1:1', secret: %s}}]\n",
                "deliveries: [{name: soc, type: slack, settings: {url: 'https://hooks.slack.com/services/%s'}}]\n",
                "deliveries: [{name: soc, type: webhook, settings: {url: 'ftp://kim:%s@h', secretEnv: X}}]\n",
                "deliveries: [{name: soc, type: pagerduty, settings: {routingKey: %s}}]\n",
                "sources: [{name: hub, type: huggingface, every: 1h, settings: {scopes: ['author:a'], token: %s}}]\n",
                "sources: [{name: hub, type: huggingface, every: 1h, settings: {scopes: ['author:a'], baseUrl: 'https://kim:%s@h'}}]\n",
                "sources: [{name: f, type: feed, every: 1h, settings: {vendor: v, pattern: '(?<model>a)', url: 'https://h/ %s'}}]\n",
                "sources: [{name: c, type: kubernetes, every: 1h, settings: {token: %s}}]\n",
                "procurement: {webhooks: [{name: jira, mapping: jira, secret: %s}]}\n",
                "receivers: [{name: k, type: k8s-aibom, token: %s}]\n",
            })
    void shouldNotShowTheSecretBesideAMistake(String text) throws Exception {
        try (PlantedSecrets secrets = new PlantedSecrets(dir.resolve("secrets"))) {
            Path file = Files.writeString(dir.resolve("bad.yaml"), text.formatted(secrets.plant("password")));
            StringWriter said = new StringWriter();
            int status = ModelwatchCommand.commandLine()
                    .setOut(new PrintWriter(said, true))
                    .setErr(new PrintWriter(said, true))
                    .execute("sources", "check", "--config", file.toString());
            assertThat(status).as(said.toString()).isNotZero();
            secrets.hear("what the command says", said.toString());
            assertThat(secrets.found()).isEmpty();
            assertThat(said.toString())
                    .containsAnyOf("bad.yaml", "database.url", "kafka.registry")
                    .doesNotContain("\tat ");
        }
    }
}
