package io.modelwatch.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.iceberg.connect.IcebergSinkConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.json.JsonConverterConfig;
import org.apache.kafka.connect.runtime.SinkConnectorConfig;
import org.apache.kafka.connect.runtime.distributed.DistributedConfig;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every setting of the configurations is one that somebody reads, and every topic is one of the catalogue. */
class ConfigurationsTest {

    private static final String AVRO = "io.apicurio.registry.utils.converter.AvroConverter";
    private static final String JSON = "org.apache.kafka.connect.json.JsonConverter";

    /** What each connector reads, by the reference of its makers; those are not on Maven Central. */
    private static final Map<String, Set<String>> CONNECTORS = Map.of(
            // https://github.com/Aiven-Open/jdbc-connector-for-apache-kafka/blob/master/docs/sink-connector-config-options.rst
            "io.aiven.connect.jdbc.JdbcSinkConnector",
            Set.of(
                    "connection.url",
                    "connection.user",
                    "connection.password",
                    "insert.mode",
                    "pk.mode",
                    "pk.fields",
                    "auto.create",
                    "auto.evolve"),
            // https://github.com/Aiven-Open/opensearch-connector-for-apache-kafka/blob/main/docs/opensearch-sink-connector-config-options.rst
            "io.aiven.kafka.connect.opensearch.OpensearchSinkConnector",
            Set.of(
                    "connection.url",
                    "connection.username",
                    "connection.password",
                    "key.ignore",
                    "schema.ignore",
                    "behavior.on.null.values",
                    "behavior.on.malformed.documents",
                    "behavior.on.version.conflict"),
            // https://docs.confluent.io/kafka-connect-elasticsearch/current/configuration_options.html
            "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector",
            Set.of(
                    "connection.url",
                    "connection.username",
                    "connection.password",
                    "key.ignore",
                    "schema.ignore",
                    "write.method",
                    "behavior.on.null.values",
                    "behavior.on.malformed.documents"),
            // https://docs.confluent.io/kafka-connect-s3-sink/current/configuration_options.html
            "io.confluent.connect.s3.S3SinkConnector",
            Set.of(
                    "s3.bucket.name",
                    "s3.region",
                    "topics.dir",
                    "storage.class",
                    "format.class",
                    "parquet.codec",
                    "partitioner.class",
                    "timestamp.extractor",
                    "partition.duration.ms",
                    "path.format",
                    "locale",
                    "timezone",
                    "schema.compatibility",
                    "flush.size",
                    "rotate.interval.ms"),
            // https://github.com/splunk/kafka-connect-splunk#configuration-parameters
            "com.splunk.kafka.connect.SplunkSinkConnector",
            Set.of(
                    "splunk.hec.uri",
                    "splunk.hec.token",
                    "splunk.indexes",
                    "splunk.sources",
                    "splunk.sourcetypes",
                    "splunk.hec.raw",
                    "splunk.hec.ack.enabled",
                    "splunk.hec.ssl.validate.certs"));

    static List<Connector> configurations() {
        return Connector.all();
    }

    @Test
    void thereIsOneForEachOfTheUsualSinksAndTheReadmeNamesIt() throws Exception {
        String readme = Files.readString(Path.of("README.md"));

        assertThat(configurations())
                .extracting(Connector::toString)
                .containsExactly(
                        "elasticsearch.json", "iceberg.json", "jdbc.json", "opensearch.json", "s3.json", "splunk.json")
                .allSatisfy(file -> assertThat(readme).contains("(" + file + ")"));
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void readsTopicsOfTheCatalogueAsTheyAreWritten(Connector one) {
        Topics names = new Topics("modelwatch");
        Map<String, Topic<?>> catalogue = Topics.all().stream().collect(Collectors.toMap(names::name, topic -> topic));

        assertThat(one.topics()).isNotEmpty().isSubsetOf(catalogue.keySet());
        assertThat(one.topics())
                .extracting(name -> catalogue.get(name).valueType() != null)
                .containsOnly(one.settings().get("value.converter").equals(AVRO));
        assertThat(one.settings())
                .containsEntry("key.converter", "org.apache.kafka.connect.storage.StringConverter")
                .containsEntry("consumer.override.isolation.level", "read_committed")
                .containsEntry("errors.deadletterqueue.topic.name", one.name() + "-dead-letters");
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void hasSettingsOnlyThatSomebodyReads(Connector one) throws Exception {
        Set<String> unread = new HashSet<>(one.settings().keySet());
        unread.remove("connector.class");
        unread.removeAll(SinkConnectorConfig.configDef().names());
        one.under("consumer.override.").keySet().stream()
                .filter(ConsumerConfig.configNames()::contains)
                .forEach(name -> unread.remove("consumer.override." + name));
        known(one.settings().get("value.converter")).forEach(name -> unread.remove("value.converter." + name));
        for (String alias : one.list("transforms")) {
            String prefix = "transforms." + alias + ".";
            try (Transformation<?> transformation = made(one, prefix, Transformation.class)) {
                reads(one, prefix, transformation.config(), unread, "predicate", "negate");
            }
        }
        for (String alias : one.list("predicates")) {
            String prefix = "predicates." + alias + ".";
            try (Predicate<?> predicate = made(one, prefix, Predicate.class)) {
                reads(one, prefix, predicate.config(), unread);
            }
        }
        String connector = one.settings().get("connector.class");
        if (connector.equals("org.apache.iceberg.connect.IcebergSinkConnector")) {
            unread.removeAll(IcebergSinkConfig.CONFIG_DEF.names());
            // Handed on to the catalog, to Kafka's clients, and per table.
            unread.removeIf(name -> name.startsWith("iceberg.catalog.") || name.startsWith("iceberg.kafka."));
            for (String table : one.list("iceberg.tables")) {
                unread.remove("iceberg.table." + table + ".route-regex");
                unread.remove("iceberg.table." + table + ".partition-by");
            }
        } else {
            unread.removeAll(CONNECTORS.get(connector));
        }
        assertThat(unread).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void holdsNoSecret(Connector one) {
        one.settings().forEach((name, value) -> {
            if (name.matches(".*(password|token|secret|user|username)$")) {
                assertThat(value).as(name).matches("\\$\\{file:/run/secrets/[a-z]+\\.properties:[a-z]+}");
            }
        });
    }

    @Test
    void theWorkersSettingsAreKafkas() throws Exception {
        Properties worker = new Properties();
        try (var in = Files.newBufferedReader(Path.of("worker.properties"))) {
            worker.load(in);
        }
        Map<String, String> settings = worker.stringPropertyNames().stream()
                .filter(name -> !name.startsWith("config.providers.file."))
                .collect(Collectors.toMap(name -> name, worker::getProperty));
        assertThat(settings.keySet())
                .isSubsetOf(new DistributedConfig(settings).values().keySet());
    }

    private static <T> T made(Connector one, String prefix, Class<T> type) throws Exception {
        return type.cast(Class.forName(one.settings().get(prefix + "type"))
                .getDeclaredConstructor()
                .newInstance());
    }

    /** What a part says of its own settings: none is wrong, and none is another's. */
    private static void reads(
            Connector one, String prefix, ConfigDef definition, Set<String> unread, String... framework) {
        Map<String, String> given = new HashMap<>(one.under(prefix));
        unread.remove(prefix + "type");
        given.remove("type");
        for (String name : framework) {
            unread.remove(prefix + name);
            given.remove(name);
        }
        for (ConfigValue value : definition.validate(given)) {
            assertThat(value.errorMessages()).as(prefix + value.name()).isEmpty();
            unread.remove(prefix + value.name());
        }
    }

    private static Set<String> known(String converter) throws Exception {
        if (converter.equals(JSON)) {
            return JsonConverterConfig.configDef().names();
        }
        assertThat(converter).isEqualTo(AVRO);
        Set<String> names = new HashSet<>();
        for (String declared : List.of(
                "io.apicurio.registry.serde.SerdeConfig",
                "io.apicurio.registry.resolver.SchemaResolverConfig",
                "io.apicurio.registry.serde.avro.AvroKafkaSerdeConfig")) {
            for (Field field : Class.forName(declared).getFields()) {
                if (Modifier.isStatic(field.getModifiers()) && field.getType() == String.class) {
                    names.add((String) field.get(null));
                }
            }
        }
        return names;
    }
}
