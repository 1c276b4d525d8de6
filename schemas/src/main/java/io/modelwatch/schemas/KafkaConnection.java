package io.modelwatch.schemas;

import java.util.Map;
import java.util.Properties;

/**
 * How to reach Kafka and the registry, and under which names.
 *
 * @param bootstrap {@code host:port} pairs, joined by commas
 * @param registryUrl base address of the Confluent API of the registry
 * @param topics the catalogue with its prefix
 * @param replication replication factor of topics and changelogs
 * @param clientSettings settings passed through to every Kafka client (SASL, TLS …)
 * @param registrySettings settings passed through to the registry client
 */
public record KafkaConnection(
        String bootstrap,
        String registryUrl,
        Topics topics,
        short replication,
        Map<String, String> clientSettings,
        Map<String, String> registrySettings) {

    /** Copies the maps. */
    public KafkaConnection {
        clientSettings = Map.copyOf(clientSettings);
        registrySettings = Map.copyOf(registrySettings);
    }

    /** Returns fresh client properties with the bootstrap servers and what is passed through. */
    public Properties clientProperties() {
        Properties properties = new Properties();
        properties.putAll(clientSettings);
        properties.put("bootstrap.servers", bootstrap);
        return properties;
    }

    /** Leaves the settings out: they may hold passwords, and a record that is logged would show them. */
    @Override
    public String toString() {
        return "KafkaConnection[bootstrap=" + bootstrap + ", registryUrl=" + registryUrl + ", prefix=" + topics.prefix()
                + ", replication=" + replication + "]";
    }
}
