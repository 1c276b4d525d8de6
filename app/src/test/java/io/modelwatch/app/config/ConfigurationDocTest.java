package io.modelwatch.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Holds the reference page against the settings; with {@code -Dupdate.docs=true} it writes the page instead. */
class ConfigurationDocTest {

    private static final Path PAGE = Path.of("../docs/configuration.md");

    @Test
    void thePageIsWhatTheSettingsSay() throws IOException {
        String page = page();
        if (Boolean.getBoolean("update.docs")) {
            Files.writeString(PAGE, page);
        }
        assertThat(Files.readString(PAGE))
                .as("mvn -pl app -am test -Dtest=ConfigurationDocTest -Dupdate.docs=true writes it anew")
                .isEqualTo(page);
    }

    private static String page() {
        StringBuilder page = new StringBuilder("""
                # Configuration

                `up` and `run` read `modelwatch.yaml` in the working directory, else the one that is shipped; `--config FILE` names another. What the
                command line says goes before the environment, and that before the file. An unknown key is refused. Spans of time are written `30s`, `10m`, `6h`, `1d`.

                | key | environment | default | meaning |
                |---|---|---|---|
                """);
        for (Setting setting : Setting.values()) {
            String otherwise = setting.otherwise();
            page.append("| `")
                    .append(setting.key())
                    .append("` | `")
                    .append(setting.variable())
                    .append(setting.secret() ? "` or `" + setting.variable() + "_FILE" : "")
                    .append("` | ")
                    .append(otherwise == null || otherwise.isEmpty() ? "" : "`" + otherwise + "`")
                    .append(" | ")
                    .append(setting.meaning())
                    .append(" |\n");
        }
        return page.append("""

                Besides these, in the file only:

                - `kafka.client`: a map of settings for every Kafka client (SASL, TLS and so on), in Kafka's own spelling. Kafka's configuration providers keep passwords out of the file.
                - `kafka.registryClient`: a map of settings for the registry client, in Confluent's spelling.
                - `policies.params`: a map of values for the parameters that policies have, such as `allowedOrigins: [US, FR]`; see [policies](policies.md).
                - `api.tokens`: a list of who may do what with the API; see [the API](api.md).
                - `sources`: a list of what is polled; see [sources](sources.md).
                - `deliveries`: a list of where alerts are sent; see [deliveries](deliveries.md).
                - `procurement.webhooks`: a list of ways in for tickets of other systems; see [procurement](procurement.md).
                - `receivers`: a list of ways in for systems that post what runs; see [sources](sources.md#receivers).

                Editors complete and check the file by [its JSON Schema](json/modelwatch.schema.json); with the YAML language server, by `# yaml-language-server: $schema=…/modelwatch.schema.json` as its first line.
                """).toString();
    }
}
