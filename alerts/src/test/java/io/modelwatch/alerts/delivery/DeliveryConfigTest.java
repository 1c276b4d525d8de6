package io.modelwatch.alerts.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.alerts.delivery.destination.Samples;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeliveryConfigTest {

    @Test
    void peopleGetWhatMattersAndMachinesEverything() {
        assertThat(of("name", "a", "type", "slack").when()).isEqualTo("alert.level >= medium");
        assertThat(of("name", "a", "type", "syslog", "settings", Map.of("host", "h"))
                        .when())
                .isEqualTo("true");
        assertThat(of("name", "a", "type", "slack", "when", true).when()).isEqualTo("true");
        assertThat(of("name", "a", "type", "slack").onRefusal()).isEqualTo(DeliveryConfig.OnRefusal.DEAD_LETTER);
    }

    @ParameterizedTest
    @MethodSource
    void aMistakeIsNamedWithWhatIsLegal(Map<String, Object> map, String complaint) {
        assertThatThrownBy(() -> DeliveryConfig.fromMap(map))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(complaint)
                .hasMessageNotContaining("geheim");
    }

    static List<Object[]> aMistakeIsNamedWithWhatIsLegal() {
        return List.of(
                mistake("'name' is missing", "type", "slack"),
                mistake("delivery name 'a b'", "name", "a b", "type", "slack"),
                mistake(
                        "delivery a: 'type' must be one of webhook, slack, pagerduty, jira, email, syslog, not 'fax'",
                        "name",
                        "a",
                        "type",
                        "fax"),
                mistake("delivery a: unknown key 'wehn'", "name", "a", "type", "slack", "wehn", "true"),
                mistake("delivery a: 'when' is not legal: line 1, column 1", "name", "a", "type", "slack", "when", "x"),
                mistake(
                        "'onRefusal' must be dead-letter or retry, not 'drop'",
                        "name",
                        "a",
                        "type",
                        "slack",
                        "onRefusal",
                        "drop"),
                mistake("'settings' must be a map", "name", "a", "type", "slack", "settings", "x"),
                settings("slack", "'url' is a secret: name the environment variable", "url", "https://h/geheim"),
                settings("pagerduty", "set MODELWATCH_DELIVERIES_A_ROUTING_KEY", "routingKey", "geheim"),
                settings("webhook", "'url' must be an http or https address", "url", "https://u:geheim@h/"),
                settings("webhook", "'form' must be one of alert, ocsf", "form", "xml"),
                settings("syslog", "'host' is missing", "port", 1),
                settings("syslog", "'port' must be a whole number from 1 to 65535", "host", "h", "port", 0),
                settings("syslog", "unknown key 'prot'; legal are appName, caFile", "host", "h", "prot", "tcp"),
                settings("email", "'to' must be a list of texts", "host", "h", "from", "a@b", "to", "a@b"),
                settings("pagerduty", "'changes' must be true or false", "changes", "yes"));
    }

    @Test
    void aMissingSecretIsSaidAtStartWithItsPlace() {
        assertThatThrownBy(() -> of("name", "soc-1", "type", "slack").requireSecrets(Samples.surroundings(Map.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("delivery soc-1: 'url'")
                .hasMessageContaining("MODELWATCH_DELIVERIES_SOC_1_URL");
        of("name", "soc-1", "type", "slack")
                .requireSecrets(Samples.surroundings(Map.of("MODELWATCH_DELIVERIES_SOC_1_URL", "https://h")));
        assertThatThrownBy(() -> of("name", "a", "type", "slack", "settings", Map.of("urlFile", "/nowhere/at/all"))
                        .requireSecrets(Samples.surroundings(Map.of())))
                .hasMessageContaining("the file " + Path.of("/nowhere/at/all") + " cannot be read");
    }

    private static Object[] mistake(String complaint, Object... pairs) {
        return new Object[] {map(pairs), complaint};
    }

    private static Object[] settings(String type, String complaint, Object... pairs) {
        return mistake(complaint, "name", "a", "type", type, "settings", map(pairs));
    }

    private static DeliveryConfig of(Object... pairs) {
        return DeliveryConfig.fromMap(map(pairs));
    }

    private static Map<String, Object> map(Object... pairs) {
        Map<String, Object> map = new java.util.LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
