package io.modelwatch.app.platform;

import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.RegistryException;
import io.modelwatch.schemas.SchemaRegistry;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes Kafka and the registry agree with the topic catalogue, or says in what they differ. */
public final class TopicsAdmin {

    private static final Logger LOGGER = LoggerFactory.getLogger(TopicsAdmin.class);

    /** A record of the program must fit, headers and all. */
    private static final int RECORD_BYTES = 1 << 20;

    private TopicsAdmin() {}

    /**
     * Creates the topics that are missing, checks the cluster and the topics that are there, and registers every schema.
     *
     * @return names of the topics that were created
     * @throws PlatformException if something keeps modelwatch from working: the message names each setting, what it is
     *     and what it must be
     */
    public static List<String> ensure(KafkaConnection kafka, SchemaRegistry registry) {
        List<String> created = ask(kafka, "prepare the topics", admin -> {
            Map<Topic<?>, Found> found = find(admin, kafka);
            Findings findings = ClusterCheck.of(admin, kafka).and(topics(kafka, found));
            findings.remarks().forEach(remark -> LOGGER.atWarn().log(remark));
            if (!findings.problems().isEmpty()) {
                throw new PlatformException("Kafka at " + kafka.bootstrap() + " does not fit:\n  "
                        + String.join("\n  ", findings.problems()));
            }
            List<NewTopic> missing = new ArrayList<>();
            for (Topic<?> topic : Topics.all()) {
                if (!found.containsKey(topic)) {
                    missing.add(new NewTopic(kafka.topics().name(topic), topic.partitions(), kafka.replication())
                            .configs(topic.settings()));
                }
            }
            return create(admin, missing);
        });
        try {
            for (Topic<?> topic : Topics.all()) {
                Class<? extends SpecificRecord> type = topic.valueType();
                if (type != null) {
                    String subject = kafka.topics().registrySubject(topic);
                    registry.register(subject, SpecificData.get().getSchema(type));
                    registry.requireCompatibility(subject);
                }
            }
        } catch (RegistryException e) {
            throw new PlatformException(
                    e.getMessage()
                            + "; kafka.registry must be the address of a Confluent API, and kafka.registryClient has its"
                            + " credentials",
                    e);
        }
        return created;
    }

    /** Returns the names of those that it created: another instance may have been faster with the others. */
    static List<String> create(Admin admin, List<NewTopic> missing) throws ExecutionException, InterruptedException {
        List<String> created = new ArrayList<>();
        for (Map.Entry<String, KafkaFuture<Void>> one :
                admin.createTopics(missing).values().entrySet()) {
            try {
                one.getValue().get();
                created.add(one.getKey());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
        return created;
    }

    /** Returns what does not fit, missing topics among it; changes nothing. */
    public static Findings verify(KafkaConnection kafka, SchemaRegistry registry) {
        Findings findings = ask(kafka, "look at the topics", admin -> {
            Map<Topic<?>, Found> found = find(admin, kafka);
            List<String> missing = Topics.all().stream()
                    .filter(topic -> !found.containsKey(topic))
                    .map(topic ->
                            "topic " + kafka.topics().name(topic) + " is missing: 'modelwatch topics create' makes it")
                    .toList();
            return ClusterCheck.of(admin, kafka).and(topics(kafka, found)).and(new Findings(missing, List.of()));
        });
        return findings.and(schemas(kafka, registry));
    }

    /**
     * A topic as it is declared and as it is.
     *
     * @param name full name
     * @param topic its declaration
     * @param partitions how many there are, or null where there is no such topic
     * @param replication of its first partition, or null
     * @param settings those that are declared, with the values that they have
     */
    public record Described(
            String name,
            Topic<?> topic,
            @Nullable Integer partitions,
            @Nullable Integer replication,
            Map<String, String> settings) {}

    /** Returns every topic of the catalogue as it is declared and as it is. */
    public static List<Described> describe(KafkaConnection kafka) {
        return ask(kafka, "look at the topics", admin -> {
            Map<Topic<?>, Found> found = find(admin, kafka);
            List<Described> described = new ArrayList<>();
            for (Topic<?> topic : Topics.all()) {
                Found one = found.get(topic);
                described.add(new Described(
                        kafka.topics().name(topic),
                        topic,
                        one == null ? null : one.topic().partitions().size(),
                        one == null ? null : one.replication(),
                        one == null
                                ? Map.of()
                                : ClusterCheck.settings(
                                        one.config(), topic.settings().keySet())));
            }
            return described;
        });
    }

    private record Found(TopicDescription topic, Config config) {
        int replication() {
            return topic.partitions().getFirst().replicas().size();
        }
    }

    private static Map<Topic<?>, Found> find(Admin admin, KafkaConnection kafka)
            throws ExecutionException, InterruptedException {
        Set<String> existing = admin.listTopics().names().get();
        Map<Topic<?>, String> names = new LinkedHashMap<>();
        for (Topic<?> topic : Topics.all()) {
            String name = kafka.topics().name(topic);
            if (existing.contains(name)) {
                names.put(topic, name);
            }
        }
        Map<String, TopicDescription> described =
                admin.describeTopics(names.values()).allTopicNames().get();
        Map<ConfigResource, Config> configs = admin.describeConfigs(
                        names.values().stream().map(TopicsAdmin::resource).toList())
                .all()
                .get();
        Map<Topic<?>, Found> found = new LinkedHashMap<>();
        names.forEach((topic, name) -> found.put(
                topic,
                new Found(
                        Objects.requireNonNull(described.get(name)),
                        Objects.requireNonNull(configs.get(resource(name))))));
        return found;
    }

    private static ConfigResource resource(String name) {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    private static Findings topics(KafkaConnection kafka, Map<Topic<?>, Found> found) {
        List<String> problems = new ArrayList<>();
        List<String> remarks = new ArrayList<>();
        found.forEach((topic, one) -> {
            String name = kafka.topics().name(topic);
            int partitions = one.topic().partitions().size();
            if (partitions != topic.partitions()) {
                problems.add(differs(name, "partitions", topic.partitions(), partitions));
            }
            Map<String, String> settings =
                    ClusterCheck.settings(one.config(), Set.of("cleanup.policy", "retention.ms"));
            String policy = settings.getOrDefault("cleanup.policy", "");
            if (!Set.of(policy.split(",", -1))
                    .equals(Set.of(topic.cleanup().policy().split(",", -1)))) {
                problems.add(differs(name, "cleanup.policy", topic.cleanup().policy(), policy));
            }
            Long size = ClusterCheck.number(one.config(), "max.message.bytes");
            if (size != null && size < RECORD_BYTES) {
                problems.add(differs(name, "max.message.bytes", "at least " + RECORD_BYTES, size));
            }
            Long inSync = ClusterCheck.number(one.config(), "min.insync.replicas");
            if (inSync != null && inSync > one.replication()) {
                problems.add(differs(name, "min.insync.replicas", "at most " + one.replication(), inSync));
            }
            String retention = topic.settings().get("retention.ms");
            if (retention != null && !retention.equals(settings.get("retention.ms"))) {
                remarks.add("topic " + name + ": retention.ms is " + settings.get("retention.ms") + ", declared is "
                        + retention);
            }
        });
        List<String> fewer = found.entrySet().stream()
                .filter(one -> one.getValue().replication() < kafka.replication())
                .map(one -> kafka.topics().name(one.getKey()))
                .toList();
        if (!fewer.isEmpty()) {
            remarks.add(fewer.size() + " topics have fewer replicas than kafka.replication (" + kafka.replication()
                    + "), " + fewer.getFirst() + " among them");
        }
        return new Findings(problems, remarks);
    }

    private static String differs(String topic, String setting, Object declared, Object found) {
        return "topic " + topic + ": " + setting + " is " + found + ", modelwatch needs " + declared
                + "; change it, or choose another prefix in topics.prefix";
    }

    private static Findings schemas(KafkaConnection kafka, SchemaRegistry registry) {
        List<String> problems = new ArrayList<>();
        for (Topic<?> topic : Topics.all()) {
            Class<? extends SpecificRecord> type = topic.valueType();
            if (type != null) {
                String subject = kafka.topics().registrySubject(topic);
                try {
                    registry.obstacles(subject, SpecificData.get().getSchema(type))
                            .forEach(obstacle -> problems.add("subject " + subject + ": " + obstacle));
                } catch (RegistryException e) {
                    problems.add(String.valueOf(e.getMessage()));
                    if (!e.refused()) {
                        break;
                    }
                }
            }
        }
        return new Findings(problems, List.of());
    }

    /** Something that is asked of a cluster. */
    @FunctionalInterface
    public interface Asking<T> {
        /** Asks, and waits for the answer. */
        T of(Admin admin) throws ExecutionException, InterruptedException;
    }

    /**
     * Asks a cluster for something.
     *
     * @param what is asked, in words that go after "cannot"
     * @throws PlatformException if it does not answer, or refuses; the message says what to do
     */
    public static <T> T ask(KafkaConnection kafka, String what, Asking<T> asking) {
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            return asking.of(admin);
        } catch (ExecutionException e) {
            throw new PlatformException(
                    "cannot " + what + " of Kafka at " + kafka.bootstrap() + ": " + said(e.getCause()), e);
        } catch (KafkaException e) {
            throw new PlatformException("cannot " + what + " of Kafka at " + kafka.bootstrap() + ": " + said(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException("interrupted: could not " + what, e);
        }
    }

    private static String said(@Nullable Throwable cause) {
        return cause == null
                ? "no reason given"
                : cause.getClass().getSimpleName() + " " + cause.getMessage()
                        + "; kafka.bootstrap says where it is, kafka.client has its credentials";
    }
}
