package io.modelwatch.app.platform;

import io.modelwatch.schemas.KafkaConnection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/** Finds what of a Kafka cluster keeps modelwatch from working, each with the setting that mends it. */
final class ClusterCheck {

    private static final String TRANSACTIONS = "__transaction_state";
    private static final String OFFSETS = "__consumer_offsets";

    /** What the program sends at most in one record; Kafka's own default lets it pass. */
    private static final int RECORD_BYTES = 1 << 20;

    private final Admin admin;
    private final KafkaConnection kafka;
    private final List<String> problems = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    private ClusterCheck(Admin admin, KafkaConnection kafka) {
        this.admin = admin;
        this.kafka = kafka;
    }

    static Findings of(Admin admin, KafkaConnection kafka) throws ExecutionException, InterruptedException {
        ClusterCheck check = new ClusterCheck(admin, kafka);
        check.version();
        Collection<Node> nodes = admin.describeCluster().nodes().get();
        Config broker = check.broker(nodes);
        Set<String> existing = admin.listTopics(new ListTopicsOptions().listInternal(true))
                .names()
                .get();
        check.brokers(nodes.size(), broker, existing);
        check.transactionLog(broker, existing);
        return new Findings(check.problems, check.remarks);
    }

    private void version() throws ExecutionException, InterruptedException {
        try {
            if (!admin.describeFeatures()
                    .featureMetadata()
                    .get()
                    .finalizedFeatures()
                    .containsKey("metadata.version")) {
                remarks.add("the brokers name no metadata.version: they are older than Kafka 3.3, or on ZooKeeper;"
                        + " modelwatch is tested on brokers of 4.x");
            }
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof UnsupportedVersionException)) {
                throw e;
            }
            problems.add(
                    "the brokers are older than Kafka 2.7: modelwatch needs 2.8, and is tested on 4.x; upgrade them");
        }
    }

    /** Managed services may keep the settings of brokers to themselves. */
    private @Nullable Config broker(Collection<Node> nodes) throws ExecutionException, InterruptedException {
        ConfigResource resource = new ConfigResource(
                ConfigResource.Type.BROKER, nodes.iterator().next().idString());
        try {
            return admin.describeConfigs(List.of(resource)).all().get().get(resource);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof AuthorizationException)) {
                throw e;
            }
            remarks.add("the settings of the brokers cannot be seen (DescribeConfigs on the cluster is not allowed):"
                    + " transactions, compaction and message size are not checked");
            return null;
        }
    }

    private void brokers(int count, @Nullable Config broker, Set<String> existing) {
        if (kafka.replication() > count) {
            problems.add("kafka.replication is " + kafka.replication() + ", but there " + brokers(count)
                    + ": set kafka.replication (MODELWATCH_KAFKA_REPLICATION) to at most " + count
                    + ", or add brokers");
        }
        if (broker == null) {
            return;
        }
        if (!existing.contains(TRANSACTIONS)) {
            atMost(broker, "transaction.state.log.replication.factor", count, "no transaction can begin");
            atMost(broker, "transaction.state.log.min.isr", count, "no transaction can begin");
        }
        if (!existing.contains(OFFSETS)) {
            atMost(broker, "offsets.topic.replication.factor", count, "no consumer group can start");
        }
        Long inSync = number(broker, "min.insync.replicas");
        if (inSync != null && inSync > kafka.replication()) {
            problems.add("min.insync.replicas of the brokers is " + inSync + " and kafka.replication "
                    + kafka.replication() + ", so that no write would be accepted: raise kafka.replication, or lower"
                    + " min.insync.replicas");
        }
        if ("false".equals(value(broker, "log.cleaner.enable"))) {
            problems.add("log.cleaner.enable of the brokers is false, so that compacted topics would grow for ever: set"
                    + " it to true");
        }
        Long size = number(broker, "message.max.bytes");
        if (size != null && size < RECORD_BYTES) {
            problems.add("message.max.bytes of the brokers is " + size + ", but a record may have " + RECORD_BYTES
                    + " bytes: set it to 1048588 (Kafka's default) or more");
        }
    }

    private void atMost(Config broker, String setting, int count, String otherwise) {
        Long value = number(broker, setting);
        if (value != null && value > count) {
            problems.add(setting + " of the brokers is " + value + ", but there " + brokers(count) + ", so that "
                    + otherwise + ": set it to at most " + count + ", or add brokers");
        }
    }

    private static String brokers(int count) {
        return count == 1 ? "is 1 broker" : "are " + count + " brokers";
    }

    private void transactionLog(@Nullable Config broker, Set<String> existing)
            throws ExecutionException, InterruptedException {
        if (!existing.contains(TRANSACTIONS)) {
            return;
        }
        Long needed = broker == null ? null : number(broker, "transaction.state.log.min.isr");
        try {
            TopicDescription log = Objects.requireNonNull(admin.describeTopics(List.of(TRANSACTIONS))
                    .allTopicNames()
                    .get()
                    .get(TRANSACTIONS));
            for (TopicPartitionInfo partition : log.partitions()) {
                int inSync = partition.isr().size();
                if (needed != null && inSync < needed) {
                    problems.add(TRANSACTIONS + " has " + inSync + " replicas in sync and needs " + needed
                            + " (transaction.state.log.min.isr), so that no transaction can commit: start the missing"
                            + " brokers, or lower the setting and that topic's min.insync.replicas");
                    return;
                }
            }
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof AuthorizationException)) {
                throw e;
            }
        }
    }

    private static @Nullable String value(Config config, String setting) {
        ConfigEntry entry = config.get(setting);
        return entry == null ? null : entry.value();
    }

    static @Nullable Long number(Config config, String setting) {
        String value = value(config, setting);
        return value == null || !value.matches("\\d{1,18}") ? null : Long.valueOf(value);
    }

    /** Returns what a map of settings says, as numbers and texts are compared with it. */
    static Map<String, String> settings(Config config, Collection<String> names) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String name : names) {
            String value = value(config, name);
            if (value != null) {
                settings.put(name, value);
            }
        }
        return settings;
    }
}
