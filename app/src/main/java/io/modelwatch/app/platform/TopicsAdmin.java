package io.modelwatch.app.platform;

import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.SchemaRegistry;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.util.ArrayList;
import java.util.HashMap;
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
import org.apache.kafka.common.config.ConfigResource;

/** Makes Kafka and the registry agree with the topic catalogue, or says in what they differ. */
public final class TopicsAdmin {

    private TopicsAdmin() {}

    /**
     * Creates the topics that are missing, checks those that are there, and registers every schema.
     *
     * @throws PlatformException if a topic differs from the catalogue: the message names topic, setting and both values
     */
    public static void ensure(KafkaConnection kafka, SchemaRegistry registry) {
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            Set<String> existing = admin.listTopics().names().get();
            List<NewTopic> missing = new ArrayList<>();
            Map<String, Topic<?>> present = new HashMap<>();
            for (Topic<?> topic : Topics.all()) {
                String name = kafka.topics().name(topic);
                if (existing.contains(name)) {
                    present.put(name, topic);
                } else {
                    missing.add(new NewTopic(name, topic.partitions(), kafka.replication()).configs(topic.settings()));
                }
            }
            admin.createTopics(missing).all().get();
            check(admin, present);
        } catch (ExecutionException e) {
            throw new PlatformException("cannot prepare the topics: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException("interrupted while preparing the topics", e);
        }
        for (Topic<?> topic : Topics.all()) {
            Class<? extends SpecificRecord> type = topic.valueType();
            if (type != null) {
                String subject = kafka.topics().registrySubject(topic);
                registry.register(subject, SpecificData.get().getSchema(type));
                registry.requireCompatibility(subject);
            }
        }
    }

    private static void check(Admin admin, Map<String, Topic<?>> present)
            throws ExecutionException, InterruptedException {
        Map<String, TopicDescription> described =
                admin.describeTopics(present.keySet()).allTopicNames().get();
        List<ConfigResource> resources = present.keySet().stream()
                .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                .toList();
        Map<ConfigResource, Config> configs =
                admin.describeConfigs(resources).all().get();
        for (Map.Entry<String, Topic<?>> entry : present.entrySet()) {
            String name = entry.getKey();
            Topic<?> topic = entry.getValue();
            int partitions =
                    Objects.requireNonNull(described.get(name)).partitions().size();
            if (partitions != topic.partitions()) {
                throw differs(name, "partitions", topic.partitions(), partitions);
            }
            Config config = Objects.requireNonNull(configs.get(new ConfigResource(ConfigResource.Type.TOPIC, name)));
            String policy = config.get("cleanup.policy").value();
            if (!Set.of(policy.split(",", -1))
                    .equals(Set.of(topic.cleanup().policy().split(",", -1)))) {
                throw differs(name, "cleanup.policy", topic.cleanup().policy(), policy);
            }
        }
    }

    private static PlatformException differs(String topic, String setting, Object declared, Object found) {
        return new PlatformException("topic " + topic + ": " + setting + " is " + found + ", modelwatch needs "
                + declared + "; change it, or choose another prefix in topics.prefix");
    }
}
