package io.modelwatch.app.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.app.config.Setting;
import io.modelwatch.schemas.KafkaConnection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the templates give; that it is enough, AccessIT shows. */
class AccessTest {

    @ParameterizedTest
    @CsvSource({
        "POLLERS, alerts",
        "POLLERS, alert-actions",
        "POLLERS, changes",
        "POLLERS, mboms",
        "STREAMS, procurement-events",
        "STREAMS, alerts",
        "STREAMS, alert-actions",
        "STREAMS, ticks",
        "ALERTS, observations",
        "ALERTS, procurement-events",
        "ALERTS, mboms",
        "ALERTS, alert-actions",
        "HISTORY, alerts",
        "HISTORY, mboms",
        "HISTORY, ticks",
        "OPERATOR, procurement-events"
    })
    void nobodyWritesWhatIsAnothersToSay(Access.Grantee who, String entity) {
        assertThat(grants(who))
                .filteredOn(grant -> grant.operations().contains(AclOperation.WRITE)
                        && grant.resource().resourceType() == ResourceType.TOPIC)
                .isNotEmpty()
                .noneMatch(grant -> matches(grant, "acme.watch." + entity + ".v1"));
    }

    @ParameterizedTest
    @CsvSource({"POLLERS", "STREAMS", "ALERTS", "HISTORY", "REDRIVE", "STATUS"})
    void nobodyButTheOperatorDeletesOrMakesTopicsOfTheCatalogue(Access.Grantee who) {
        assertThat(grants(who))
                .noneMatch(grant -> grant.operations().contains(AclOperation.DELETE))
                .filteredOn(grant -> grant.operations().contains(AclOperation.CREATE))
                .noneMatch(grant -> matches(grant, "acme.watch.alerts.v1"));
    }

    @Test
    void whoOnlyLooksChangesNothing() {
        assertThat(grants(Access.Grantee.STATUS))
                .flatExtracting(Access.Grant::operations)
                .containsOnly(AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS, AclOperation.READ);
        assertThat(grants(Access.Grantee.STATUS))
                .filteredOn(grant -> grant.resource().resourceType() == ResourceType.GROUP)
                .as("to read as a group is to move its place")
                .allSatisfy(grant -> assertThat(grant.operations()).containsExactly(AclOperation.DESCRIBE));
    }

    @Test
    void aGrantIsACommandThatAShellTakesAsItIs() {
        List<String> commands = grants(Access.Grantee.STREAMS).stream()
                .map(grant -> grant.command("kafka:9092", "admin.properties", "User:CN=it's me"))
                .toList();
        assertThat(commands)
                .contains(
                        "kafka-acls.sh --bootstrap-server kafka:9092 --command-config admin.properties --add"
                                + " --allow-principal 'User:CN=it'\\''s me' --operation Read --group acme.watch-lineage",
                        "kafka-acls.sh --bootstrap-server kafka:9092 --command-config admin.properties --add"
                                + " --allow-principal 'User:CN=it'\\''s me' --operation Read --operation Write"
                                + " --operation Create --topic acme.watch-lineage- --resource-pattern-type prefixed")
                .doesNotHaveDuplicates();
    }

    private static boolean matches(Access.Grant grant, String topic) {
        String name = grant.resource().name();
        return grant.resource().patternType() == PatternType.PREFIXED ? topic.startsWith(name) : topic.equals(name);
    }

    private static List<Access.Grant> grants(Access.Grantee who) {
        Config config = Config.of(
                ConfigFile.none(),
                Map.of(
                        Setting.TOPICS_PREFIX,
                        "acme.watch",
                        Setting.KAFKA_BOOTSTRAP,
                        "kafka:9092",
                        Setting.KAFKA_REGISTRY,
                        "http://registry:8081"),
                variable -> null);
        KafkaConnection kafka = Objects.requireNonNull(config.kafka());
        return Access.of(who, InstanceConfig.of(config, kafka, null));
    }
}
