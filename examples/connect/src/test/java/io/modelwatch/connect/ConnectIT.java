package io.modelwatch.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The configurations beside a real broker, registry and PostgreSQL: Iceberg's whole, in a worker of Kafka Connect,
 * with the catalog in that PostgreSQL and the tables in a local directory; of the others, whose connectors cannot be had
 * from Maven Central, what is before the connector.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConnectIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long SEED = 20261126;
    private static final int CHANGES = 600;
    private static final int OTHERS = 60;

    /** The topics of iceberg.json. */
    private static final List<Topic<?>> TOPICS = List.of(
            Topics.CHANGES, Topics.MBOMS, Topics.LINEAGE, Topics.VERDICTS, Topics.PROCUREMENT_EVENTS, Topics.ALERTS);

    @TempDir
    static Path dir;

    private static EmbeddedPlatform platform;
    private static KafkaConnection kafka;
    private static AvroSerdes serdes;
    private static Map<String, String> addresses;
    private static ConnectWorker worker;

    /** At other addresses; for one broker; and a test does not wait for a minute. */
    private static Connector iceberg;

    @BeforeAll
    static void start() throws Exception {
        List<Integer> ports = Ports.free(4);
        platform = EmbeddedPlatform.start(
                new PlatformConfig(dir.resolve("platform"), ports.get(0), ports.get(1), ports.get(2), ports.get(3)),
                System.out::println);
        kafka = new KafkaConnection(
                platform.bootstrap(), platform.registryUrl(), new Topics("modelwatch"), (short) 1, Map.of(), Map.of());
        ConfluentRegistry registry = new ConfluentRegistry(kafka.registryUrl(), Map.of());
        serdes = new AvroSerdes(registry);
        TopicsAdmin.ensure(kafka, registry);
        try (Connection connection = platform.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database iceberg");
        }
        Path secrets = Files.createDirectories(dir.resolve("secrets"));
        Files.writeString(secrets.resolve("iceberg.properties"), "user=postgres\npassword=unused\n");
        addresses = Map.of(
                "kafka:9092",
                kafka.bootstrap(),
                "registry:8081",
                URI.create(kafka.registryUrl()).getAuthority(),
                "postgres:5432",
                "127.0.0.1:" + ports.get(3),
                "s3://lake",
                dir.resolve("lake").toUri().toString().replaceAll("/$", ""),
                "/run/secrets",
                secrets.toString());
        System.out.println("seed " + SEED);
        for (Topic<?> topic : TOPICS) {
            send(topic, topic == Topics.CHANGES ? CHANGES : OTHERS, SEED);
        }
        // For sinks other than Iceberg's.
        send(Topics.ALERT_GROUPS, OTHERS, SEED);
        iceberg = Connector.read(Path.of("iceberg.json"))
                .at(addresses)
                .with("errors.deadletterqueue.topic.replication.factor", "1")
                .with("iceberg.control.commit.interval-ms", "1000");
        worker = ConnectWorker.start(kafka.bootstrap(), secrets);
    }

    @AfterAll
    static void stop() {
        if (worker != null) {
            worker.close();
        }
        if (platform != null) {
            platform.close();
        }
    }

    @Test
    @Order(1)
    void icebergHasEveryCommittedRecordOnce() throws Exception {
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            admin.createTopics(List.of(new NewTopic(iceberg.settings().get("iceberg.control.topic"), 1, (short) 1)))
                    .all()
                    .get();
        }
        abort();
        byte[] unreadable = "no frame".getBytes(StandardCharsets.UTF_8);
        write(List.of(new ProducerRecord<>(kafka.topics().name(Topics.CHANGES), "key", unreadable)));
        write(List.of(new ProducerRecord<>(kafka.topics().name(Topics.ALERTS), "gone", null)));

        worker.create(iceberg);

        tablesAreAsTheTopics();
        // At least once: it is read again after a restart.
        assertThat(values(iceberg.settings().get("errors.deadletterqueue.topic.name")))
                .isNotEmpty()
                .allMatch(letter -> Arrays.equals(letter, unreadable));
    }

    @Test
    @Order(2)
    void icebergGoesOnAfterARestartAndWritesNothingTwice() throws Exception {
        worker.restart(iceberg.name());
        for (Topic<?> topic : TOPICS) {
            send(topic, topic == Topics.CHANGES ? CHANGES : OTHERS, SEED + 1);
        }

        tablesAreAsTheTopics();
    }

    private static void tablesAreAsTheTopics() throws Exception {
        // Iceberg makes the tables of its catalog in two steps, and fails where somebody else does so meanwhile: they
        // are the connector's to make.
        await().atMost(PATIENCE).until(ConnectIT::isCatalogMade);
        Catalog catalog = catalog();
        for (Topic<?> topic : TOPICS) {
            Map<String, List<Object>> expected = onTheTopic(topic);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(rows(catalog, topic))
                            .as("%s; the worker says %s", topic.entity(), worker.status(iceberg.name()))
                            .isGreaterThanOrEqualTo(expected.size()));
            assertThat(table(catalog, topic)).as(topic.entity()).isEqualTo(expected);
        }
        assertThat(worker.status(iceberg.name()).findValuesAsString("state")).containsOnly("RUNNING");
    }

    @Test
    @Order(3)
    void everySinkGetsWhatItCanTake() throws Exception {
        for (Connector one : Connector.all()) {
            Connector here = one.at(addresses);
            if (!here.under("value.converter.").containsKey("apicurio.registry.url")) {
                continue;
            }
            for (String topic : here.topics()) {
                for (SinkRecord taken : beforeTheConnector(here, topic)) {
                    assertThat(taken.value()).as("%s %s", one, topic).isInstanceOf(Struct.class);
                    ConnectSchema.validateValue(taken.valueSchema(), taken.value());
                    if (one.name().equals("modelwatch-jdbc")) {
                        assertThat(taken.topic()).matches("modelwatch_[a-z_]+");
                        assertThat(taken.valueSchema().fields())
                                .as("%s: columns", topic)
                                .extracting(Field::schema)
                                .allMatch(schema -> schema.type().isPrimitive());
                        assertThat(((Struct) taken.value()).getString("id")).isNotNull();
                    }
                }
            }
        }
    }

    /** What becomes of every record of a topic before it reaches the connector: converted, and transformed. */
    private static List<SinkRecord> beforeTheConnector(Connector one, String topic) throws Exception {
        List<SinkRecord> taken = new ArrayList<>();
        try (Converter converter = (Converter) made(one.settings().get("value.converter"))) {
            converter.configure(one.under("value.converter."), false);
            for (ConsumerRecord<String, byte[]> record : records(topic)) {
                if (record.value() != null && record.value()[0] != 0) {
                    continue; // the unreadable one
                }
                SchemaAndValue value = converter.toConnectData(topic, record.value());
                SinkRecord sink = new SinkRecord(
                        topic, record.partition(), null, record.key(), value.schema(), value.value(), record.offset());
                for (String alias : one.list("transforms")) {
                    sink = sink == null ? null : transformed(one, "transforms." + alias + ".", sink);
                }
                if (sink != null && sink.value() != null) {
                    taken.add(sink);
                }
            }
        }
        assertThat(taken).as("%s %s", one, topic).isNotEmpty();
        return taken;
    }

    private static SinkRecord transformed(Connector one, String prefix, SinkRecord record) throws Exception {
        String condition = one.settings().get(prefix + "predicate");
        if (condition != null) {
            try (Predicate<SinkRecord> predicate = made(one.settings().get("predicates." + condition + ".type"))) {
                predicate.configure(one.under("predicates." + condition + "."));
                if (!predicate.test(record)) {
                    return record;
                }
            }
        }
        try (Transformation<SinkRecord> transformation = made(one.settings().get(prefix + "type"))) {
            transformation.configure(one.under(prefix));
            return transformation.apply(record);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> T made(String type) throws Exception {
        return (T) Class.forName(type).getDeclaredConstructor().newInstance();
    }

    private static long rows(Catalog catalog, Topic<?> topic) {
        TableIdentifier name = name(topic);
        if (!catalog.tableExists(name)) {
            return 0;
        }
        Snapshot newest = catalog.loadTable(name).currentSnapshot();
        return newest == null ? 0 : Long.parseLong(newest.summary().get("total-records"));
    }

    /** Every row by the place of its record, and how often it is there. */
    private static Map<String, List<Object>> table(Catalog catalog, Topic<?> topic) throws Exception {
        Table table = catalog.loadTable(name(topic));
        Map<String, List<Object>> rows = new HashMap<>();
        try (CloseableIterable<Record> all = IcebergGenerics.read(table).build()) {
            for (Record row : all) {
                @SuppressWarnings("unchecked")
                Map<String, Object> fields = (Map<String, Object>) Plain.of(row);
                String place = fields.remove("kafka_topic") + "-" + fields.remove("kafka_partition") + "@"
                        + fields.remove("kafka_offset");
                rows.computeIfAbsent(place, unused -> new ArrayList<>()).add(fields);
            }
        }
        return rows;
    }

    /** The same by a plain consumer and our own serde, which know nothing of Connect. */
    private static Map<String, List<Object>> onTheTopic(Topic<?> topic) {
        Map<String, List<Object>> rows = new HashMap<>();
        for (ConsumerRecord<String, byte[]> record : records(kafka.topics().name(topic))) {
            if (record.value() != null && record.value()[0] == 0) {
                SpecificRecord value = serdes.of(topic).deserializer().deserialize(record.topic(), record.value());
                rows.put(record.topic() + "-" + record.partition() + "@" + record.offset(), List.of(Plain.of(value)));
            }
        }
        return rows;
    }

    private static TableIdentifier name(Topic<?> topic) {
        return TableIdentifier.of("modelwatch", topic.entity().replace('-', '_'));
    }

    /** Returns whether the last step is done, which adds a column. */
    private static boolean isCatalogMade() throws SQLException {
        Map<String, String> settings = catalogSettings();
        try (Connection connection = DriverManager.getConnection(
                        settings.get("uri"), settings.get("jdbc.user"), settings.get("jdbc.password"));
                ResultSet column = connection.getMetaData().getColumns(null, null, "iceberg_tables", "iceberg_type")) {
            return column.next();
        }
    }

    private static Map<String, String> catalogSettings() {
        Map<String, String> settings = new HashMap<>(iceberg.under("iceberg.catalog."));
        settings.put("jdbc.user", "postgres");
        settings.put("jdbc.password", "unused");
        return settings;
    }

    private static Catalog catalog() {
        Map<String, String> settings = catalogSettings();
        return CatalogUtil.buildIcebergCatalog("lake", settings, new Configuration());
    }

    private static <V extends SpecificRecord> void send(Topic<V> topic, int count, long seed) throws Exception {
        String name = kafka.topics().name(topic);
        List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
        for (V value : Samples.of(topic, count, seed)) {
            records.add(new ProducerRecord<>(
                    name, "k" + records.size(), serdes.of(topic).serializer().serialize(name, value)));
        }
        write(records);
    }

    /** Writes in one transaction, as everything of modelwatch does. */
    private static void write(List<ProducerRecord<String, byte[]>> records) {
        try (KafkaProducer<String, byte[]> producer = producer()) {
            producer.beginTransaction();
            records.forEach(producer::send);
            producer.commitTransaction();
        }
    }

    private static void abort() throws Exception {
        String name = kafka.topics().name(Topics.CHANGES);
        Change never = Samples.of(Topics.CHANGES, 1, SEED).getFirst();
        try (KafkaProducer<String, byte[]> producer = producer()) {
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(
                            name,
                            "never",
                            serdes.of(Topics.CHANGES).serializer().serialize(name, never)))
                    .get();
            producer.abortTransaction();
        }
    }

    private static KafkaProducer<String, byte[]> producer() {
        Properties settings = kafka.clientProperties();
        settings.put("transactional.id", "test");
        KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
        producer.initTransactions();
        return producer;
    }

    private static List<byte[]> values(String topic) {
        return records(topic).stream().map(ConsumerRecord::value).collect(Collectors.toList());
    }

    /** Everything on a topic that was committed. */
    private static List<ConsumerRecord<String, byte[]>> records(String topic) {
        Properties settings = kafka.clientProperties();
        settings.put("isolation.level", "read_committed");
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }
}
