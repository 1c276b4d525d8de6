package io.modelwatch.app.role;

import io.modelwatch.alerts.delivery.Deliveries;
import io.modelwatch.history.HistorySink;
import io.modelwatch.producers.telemetry.CollectorReader;
import io.modelwatch.producers.telemetry.TelemetryConfig;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.SecurityUtils;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;

/**
 * What somebody may do with a Kafka whose authorizer is on, and no more. What a role reads and writes is taken from its
 * topologies themselves.
 */
public final class Access {

    /** Who needs access. */
    public enum Grantee {
        /** The role pollers. */
        POLLERS,
        /** The role streams. */
        STREAMS,
        /** The role alerts. */
        ALERTS,
        /** The role history. */
        HISTORY,
        /** What the role history needs besides, for {@code dead-letters redrive}. */
        REDRIVE,
        /** Who runs {@code topics}, {@code reset} and {@code clean}. */
        OPERATOR,
        /** Who runs {@code status}, and changes nothing. */
        STATUS
    }

    /**
     * Operations on resources of one name or beginning.
     *
     * @param resource what may be used
     * @param operations what may be done with it; Kafka takes a right to read, write or delete as one to describe too
     */
    public record Grant(ResourcePattern resource, Set<AclOperation> operations) {
        /** Copies the operations, in a fixed order. */
        public Grant {
            operations = Collections.unmodifiableSet(new TreeSet<>(operations));
        }

        /** Returns the bindings that give it to somebody, from any host. */
        public List<AclBinding> bindings(String principal) {
            return operations.stream()
                    .map(operation -> new AclBinding(
                            resource, new AccessControlEntry(principal, "*", operation, AclPermissionType.ALLOW)))
                    .toList();
        }

        /**
         * Returns the command of Kafka's own tool that gives it to somebody.
         *
         * @param admin file of the settings with which the tool connects
         */
        public String command(String bootstrap, String admin, String principal) {
            StringBuilder command = new StringBuilder("kafka-acls.sh --bootstrap-server ")
                    .append(quoted(bootstrap))
                    .append(" --command-config ")
                    .append(quoted(admin))
                    .append(" --add --allow-principal ")
                    .append(quoted(principal));
            for (AclOperation operation : operations) {
                command.append(" --operation ").append(SecurityUtils.operationName(operation));
            }
            command.append(
                    switch (resource.resourceType()) {
                        case TOPIC -> " --topic " + quoted(resource.name());
                        case GROUP -> " --group " + quoted(resource.name());
                        case TRANSACTIONAL_ID -> " --transactional-id " + quoted(resource.name());
                        case CLUSTER -> " --cluster";
                        default -> throw new IllegalStateException("no such resource: " + resource);
                    });
            if (resource.patternType() == PatternType.PREFIXED) {
                command.append(" --resource-pattern-type prefixed");
            }
            return command.toString();
        }

        private static String quoted(String text) {
            return text.matches("[A-Za-z0-9._:,/=@-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
        }
    }

    private final KafkaConnection kafka;
    private final InstanceConfig config;
    private final Map<ResourcePattern, Set<AclOperation>> grants = new LinkedHashMap<>();

    private Access(InstanceConfig config) {
        this.config = config;
        this.kafka = config.kafka();
    }

    /** Returns what a grantee needs under a configuration; Kafka is not asked. */
    public static List<Grant> of(Grantee grantee, InstanceConfig config) {
        Access access = new Access(config);
        // Every start checks the topics of the catalogue against what is declared.
        access.allow(
                ResourceType.TOPIC,
                config.kafka().topics().prefix() + ".",
                PatternType.PREFIXED,
                AclOperation.DESCRIBE,
                AclOperation.DESCRIBE_CONFIGS);
        switch (grantee) {
            case POLLERS -> access.pollers();
            case STREAMS -> access.topologies(Role.STREAMS);
            case ALERTS -> access.alerts();
            case HISTORY -> access.history();
            case REDRIVE -> access.redrive();
            case OPERATOR -> access.operator();
            case STATUS -> access.status();
        }
        return access.grants.entrySet().stream()
                .map(one -> new Grant(one.getKey(), one.getValue()))
                .toList();
    }

    private void pollers() {
        transactions(kafka.topics().prefix() + "-pollers");
        write(List.of(
                Topics.OBSERVATIONS,
                Topics.SOURCES,
                Topics.CURSORS,
                Topics.TICKS,
                Topics.PROCUREMENT_EVENTS,
                Topics.DISCLOSURES));
        // Where each source was, and how it was.
        read(List.of(Topics.CURSORS, Topics.SOURCES));
        TelemetryConfig.Collector collector =
                config.telemetry() == null ? null : config.telemetry().reading().collector();
        if (collector != null) {
            group(CollectorReader.group(kafka.topics()), PatternType.LITERAL);
            allow(ResourceType.TOPIC, collector.topic(), PatternType.LITERAL, AclOperation.READ);
            write(List.of(Topics.TRAFFIC, Topics.DEAD_LETTERS));
        }
    }

    private void alerts() {
        topologies(Role.ALERTS);
        if (!config.deliveries().isEmpty()) {
            group(Deliveries.group(kafka.topics(), ""), PatternType.PREFIXED);
            read(List.of(Topics.ALERTS, Topics.ALERT_GROUPS, Topics.ALERTS_OCSF, Topics.VERDICTS));
        }
    }

    private void history() {
        group(HistorySink.group(kafka.topics()), PatternType.LITERAL);
        read(HistorySink.topics());
        read(List.of(Topics.DEAD_LETTERS));
        write(List.of(Topics.DEAD_LETTERS));
        transactions(Instance.intakeIds(kafka.topics()));
        write(List.of(Topics.OBSERVATIONS, Topics.PROCUREMENT_EVENTS, Topics.DISCLOSURES, Topics.ALERT_ACTIONS));
        if (config.telemetry() != null) {
            write(List.of(Topics.TRAFFIC));
            if (config.telemetry().blindAfter() != null) {
                write(List.of(Topics.SOURCES, Topics.CURSORS));
            }
        }
        // Whoever waits for what was pushed is told how far each topology has come.
        read(Settlement.topics());
        for (RoleTopology topology : RoleTopology.values()) {
            allow(ResourceType.GROUP, topology.group(kafka), PatternType.LITERAL, AclOperation.DESCRIBE);
        }
    }

    private void redrive() {
        transactions(LetterBox.transactionalId(kafka.topics()));
        read(Topics.all());
        write(Topics.all());
    }

    private void operator() {
        String prefix = kafka.topics().prefix();
        allow(ResourceType.TOPIC, prefix + ".", PatternType.PREFIXED, AclOperation.CREATE, AclOperation.DELETE);
        allow(ResourceType.TOPIC, prefix + "-", PatternType.PREFIXED, AclOperation.DELETE);
        allow(ResourceType.GROUP, prefix + "-", PatternType.PREFIXED, AclOperation.DELETE);
        allow(ResourceType.CLUSTER, "kafka-cluster", PatternType.LITERAL, AclOperation.DESCRIBE_CONFIGS);
        read(List.of(Topics.CURSORS));
        write(List.of(Topics.CURSORS));
    }

    private void status() {
        allow(ResourceType.GROUP, kafka.topics().prefix() + "-", PatternType.PREFIXED, AclOperation.DESCRIBE);
        read(List.of(Topics.SOURCES, Topics.DEAD_LETTERS));
        // Offsets count marks of transactions too: what waits is told from them by a look.
        GroupReader.of(config)
                .forEach(reader -> reader.topics()
                        .forEach(topic -> allow(ResourceType.TOPIC, topic, PatternType.LITERAL, AclOperation.READ)));
    }

    /** Gives a role's topologies what they read and write, their groups, transactions and stores. */
    private void topologies(Role role) {
        // Only asked for at the first record.
        AvroSerdes serdes = new AvroSerdes(new ConfluentRegistry(kafka.registryUrl(), Map.of()));
        write(List.of(Topics.DEAD_LETTERS));
        for (RoleTopology topology : RoleTopology.of(role, config)) {
            String group = topology.group(kafka);
            group(group, PatternType.LITERAL);
            transactions(group + "-");
            allow(
                    ResourceType.TOPIC,
                    group + "-",
                    PatternType.PREFIXED,
                    AclOperation.CREATE,
                    AclOperation.READ,
                    AclOperation.WRITE);
            ends(topology.build(config, serdes));
        }
    }

    private void ends(Topology topology) {
        for (TopologyDescription.Subtopology part : topology.describe().subtopologies()) {
            for (TopologyDescription.Node node : part.nodes()) {
                switch (node) {
                    case TopologyDescription.Source source ->
                        source.topicSet()
                                .forEach(topic ->
                                        allow(ResourceType.TOPIC, topic, PatternType.LITERAL, AclOperation.READ));
                    case TopologyDescription.Sink sink ->
                        allow(ResourceType.TOPIC, sink.topic(), PatternType.LITERAL, AclOperation.WRITE);
                    default -> {}
                }
            }
        }
    }

    private void read(Collection<Topic<?>> topics) {
        topics.forEach(
                topic -> allow(ResourceType.TOPIC, kafka.topics().name(topic), PatternType.LITERAL, AclOperation.READ));
    }

    private void write(Collection<Topic<?>> topics) {
        topics.forEach(topic ->
                allow(ResourceType.TOPIC, kafka.topics().name(topic), PatternType.LITERAL, AclOperation.WRITE));
    }

    private void group(String name, PatternType pattern) {
        allow(ResourceType.GROUP, name, pattern, AclOperation.READ);
    }

    private void transactions(String beginning) {
        allow(ResourceType.TRANSACTIONAL_ID, beginning, PatternType.PREFIXED, AclOperation.WRITE);
    }

    private void allow(ResourceType type, String name, PatternType pattern, AclOperation... operations) {
        grants.computeIfAbsent(new ResourcePattern(type, name, pattern), any -> new TreeSet<>())
                .addAll(List.of(operations));
    }
}
