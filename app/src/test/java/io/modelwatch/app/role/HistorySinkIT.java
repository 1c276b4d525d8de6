package io.modelwatch.app.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.modelwatch.app.SmallDisk;
import io.modelwatch.app.platform.DatabasePool;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.history.HistoryDatabase;
import io.modelwatch.history.HistoryRebuild;
import io.modelwatch.history.HistorySink;
import io.modelwatch.history.ledger.Ledger;
import io.modelwatch.history.ledger.LedgerCheck;
import io.modelwatch.history.ledger.LedgerKey;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Allows;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageCause;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.SubjectKind;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** The sink on a real broker and a real PostgreSQL: what it writes is there once, whatever fails in between. */
class HistorySinkIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int CHANGES = 3000;
    private static final int MBOMS = 400;
    private static final int DEPLOYMENTS = 20;
    private static final Ledger LEDGER = new Ledger(LedgerKey.generate(), InstantSource.system());

    @TempDir
    static Path dir;

    private static EmbeddedPlatform platform;
    private static int worlds;

    /** Topics and database of a test's own, in the one platform of all. */
    private KafkaConnection kafka;

    private AvroSerdes serdes;
    private PGSimpleDataSource database;

    @BeforeAll
    static void startPlatform() throws Exception {
        List<Integer> ports = Ports.free(4);
        platform = EmbeddedPlatform.start(
                new PlatformConfig(dir, ports.get(0), ports.get(1), ports.get(2), ports.get(3)), System.out::println);
    }

    @AfterAll
    static void stopPlatform() {
        platform.close();
    }

    @BeforeEach
    void start() throws Exception {
        String world = "sink" + ++worlds;
        kafka = new KafkaConnection(
                platform.bootstrap(),
                platform.registryUrl(),
                new Topics(world),
                (short) 1,
                // The least that a broker lets pass: a member that leaves for good is waited for so long.
                Map.of("session.timeout.ms", "6000"),
                Map.of());
        ConfluentRegistry registry = new ConfluentRegistry(kafka.registryUrl(), Map.of());
        serdes = new AvroSerdes(registry);
        TopicsAdmin.ensure(kafka, registry);
        execute("create database " + world);
        database = new PGSimpleDataSource();
        database.setUrl(platform.jdbcUrl());
        database.setDatabaseName(world);
        HistoryDatabase.migrate(database);
    }

    @Test
    void shouldWriteEverythingOnceThoughCommitsFailBeforeAndAfterTheyTookEffect() throws Exception {
        send(Topics.MBOMS, IntStream.range(0, MBOMS).mapToObj(this::mbom).toList());
        AtomicInteger commits = new AtomicInteger();
        DataSource failing = failing(database, commits);
        try (HistorySink sink = HistorySink.start(kafka, serdes, failing, LEDGER, "one")) {
            // In portions, so that there are commits enough to fail.
            for (int end = CHANGES / 10; end <= CHANGES; end += CHANGES / 10) {
                long there = end;
                produce(Topics.CHANGES, end - CHANGES / 10, end, HistorySinkIT::change);
                await().atMost(PATIENCE).until(() -> count("changes") == there);
            }
            await().atMost(PATIENCE).until(() -> count("mboms") == MBOMS);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(commits.get())
                            .as("past the staged failures")
                            .isGreaterThan(8));
            await().atMost(PATIENCE).until(() -> sink.health() == null);
        }
        assertThat(count("changes where seq is null")).isZero();
        chainsHold();
        assertThat(count("sink_offsets where topic like '%.changes.v1'")).isEqualTo(Topics.PARTITIONS);
        assertThat(deadLetters()).isEmpty();
        assertThatARebuildMakesTheSameRows();
    }

    private void assertThatARebuildMakesTheSameRows() throws Exception {
        send(Topics.MBOMS, List.of(revision(1, 1, "a"), revision(2, 5, "b"), revision(3, 9, "c")));
        send(
                Topics.LINEAGE,
                List.of(new ProducerRecord<>(kafka.topics().name(Topics.LINEAGE), "m", told("m", "p", 3))));
        send(
                Topics.LINEAGE,
                List.of(new ProducerRecord<>(kafka.topics().name(Topics.LINEAGE), "m", told("m", "q", 4))));
        produce(
                Topics.CHANGES,
                CHANGES,
                CHANGES + 1,
                i -> Change.newBuilder(change(i))
                        .setSubject("d")
                        .setSubjectKind(SubjectKind.DEPLOYMENT)
                        .setField("models.primary.id")
                        .setAfter("\"late\"")
                        .setEffectiveAt(day(7))
                        .setObservedAt(day(10))
                        .setLate(true)
                        .build());
        send(
                Topics.PROCUREMENT_EVENTS,
                List.of(new ProducerRecord<>(
                        kafka.topics().name(Topics.PROCUREMENT_EVENTS),
                        "CHG-1",
                        ProcurementEvent.newBuilder()
                                .setId("CHG-1")
                                .setType(ProcurementType.APPROVAL)
                                .setIssuedAt(day(2))
                                .setDeployment("d")
                                .setAllows(Allows.newBuilder().build())
                                .setCorrelationId("o")
                                .build())));
        try (HistorySink sink = HistorySink.start(kafka, serdes, database, LEDGER, "one")) {
            await().atMost(PATIENCE)
                    .until(() -> count("bitemporal.components_before") == 3
                            && count("bitemporal.procurement") == 1
                            && count("bitemporal.lineage_before") == 1);
        }
        // As if the topic had been compacted meanwhile: nothing but the rows themselves holds these.
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "insert into mboms select 'gone', revision, nextval('history_seq'), at, removed,"
                            + " correlation_id, document, path, recorded_at, effective_at, moves, type, arrived_at from mboms where deployment = 'd'");
        }
        List<String> before = views();
        assertThat(before).hasSizeGreaterThan(CHANGES).anyMatch(row -> row.contains("late"));

        Map<String, Long> kept = HistoryRebuild.run(kafka, serdes, database, LEDGER, System.out::println);

        assertThat(kept).containsEntry("mboms", 3L).containsEntry("changes", 0L);
        assertThat(count("modelwatch.components where deployment = 'gone'")).isEqualTo(5);
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            for (String table : List.of("deployments", "components", "claims")) {
                statement.execute("delete from bitemporal." + table + " where deployment = 'gone'");
                statement.execute("delete from bitemporal." + table + "_before where deployment = 'gone'");
            }
        }
        assertThat(views()).isEqualTo(before);
    }

    /** Every row of every view for analysts. */
    private List<String> views() throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            for (String view : List.of(
                    "changes",
                    "mbom_revisions",
                    "deployments",
                    "components",
                    "mbom_claims",
                    "models",
                    "lineage",
                    "procurement_events",
                    "alerts")) {
                try (ResultSet all = statement.executeQuery(
                        "select '" + view + "' || v::text from modelwatch." + view + " v order by 1")) {
                    while (all.next()) {
                        rows.add(all.getString(1));
                    }
                }
            }
        }
        return rows;
    }

    private ProducerRecord<String, Mbom> revision(long number, int day, String model) {
        ProvenanceChange swap = ProvenanceChange.newBuilder()
                .setId("p" + number)
                .setKind(ChangeKind.MODEL_SWAPPED)
                .setField("models.primary.id")
                .setEffectiveAt(day(day))
                .setObservedAt(day(day))
                .setCorrelationId("o")
                .build();
        return new ProducerRecord<>(
                kafka.topics().name(Topics.MBOMS),
                "d",
                Mbom.newBuilder()
                        .setDeployment("d")
                        .setSerialNumber("urn:uuid:0")
                        .setRevision(number)
                        .setAt(day(day))
                        .setEffectiveAt(day(day))
                        .setComponents(List.of(Component.newBuilder()
                                .setRole("primary")
                                .setModel(model)
                                .build()))
                        .setClaims(List.of(Claim.newBuilder()
                                .setField("models.primary.id")
                                .setValue('"' + model + '"')
                                .setConfidence(Confidence.DECLARED)
                                .setSource("hub")
                                .build()))
                        .setChanges(List.of(swap))
                        .setCorrelationId("o")
                        .build());
    }

    private static Lineage told(String model, String ancestor, int day) {
        LineageCause cause = LineageCause.newBuilder()
                .setChangeId("c" + day)
                .setCorrelationId("o")
                .setEffectiveAt(day(day))
                .setObservedAt(day(day))
                .build();
        return Lineage.newBuilder(lineage(model, ancestor)).setCause(cause).build();
    }

    private static Instant day(int day) {
        return Instant.parse("2026-03-%02dT00:00:00Z".formatted(day));
    }

    @Test
    void shouldBuryWhatTheDatabaseRefusesAndWriteTheRest() throws Exception {
        // No index of PostgreSQL holds a key of this length that cannot be compressed.
        StringBuilder endless = new StringBuilder();
        new Random(20261125).ints(20_000, 33, 127).forEach(endless::appendCodePoint);
        produce(Topics.CHANGES, 0, 100, HistorySinkIT::change);
        produce(
                Topics.CHANGES,
                100,
                101,
                i -> Change.newBuilder(change(i)).setId(endless.toString()).build());
        produce(Topics.CHANGES, 101, 200, HistorySinkIT::change);
        try (HistorySink sink = HistorySink.start(kafka, serdes, database, LEDGER, "one")) {
            await().atMost(PATIENCE).until(() -> count("changes") == 199);
            await().atMost(PATIENCE).until(() -> deadLetters().size() == 1);
            assertThat(sink.health()).isNull();
        }
        assertThat(new String(deadLetters()
                        .getFirst()
                        .headers()
                        .lastHeader("mw_topic")
                        .value()))
                .isEqualTo(kafka.topics().name(Topics.CHANGES));
    }

    /** Reading goes on while a batch is being refused; that is no sign that it can be written. */
    @Test
    void shouldStayUnwellFromOneRefusedTryToTheNext() throws Exception {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            // A sequence counts what is rolled back too.
            statement.execute("create sequence tries");
            statement.execute("create function refuse() returns trigger language plpgsql as $$ begin"
                    + " perform nextval('tries'), pg_sleep(0.3);"
                    + " raise exception 'staged: full' using errcode = '53100'; end $$");
            statement.execute("create trigger refused before insert on change_ids"
                    + " for each statement execute function refuse()");
        }
        produce(Topics.CHANGES, 0, 10, HistorySinkIT::change);
        try (HistorySink sink = HistorySink.start(kafka, serdes, database, LEDGER, "one")) {
            await().atMost(PATIENCE).until(() -> String.valueOf(sink.health()).contains("staged: full"));
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> {
                assertThat(sink.health()).isNotNull();
                return count("tries where last_value > 4") == 1;
            });
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("drop trigger refused on change_ids");
            }
            await().atMost(PATIENCE).until(() -> count("changes") == 10 && sink.health() == null);
        }
    }

    /** A server that is there, lets in and then says nothing is worse than none: nothing fails by itself. */
    @Test
    void shouldSayThatADatabaseHangsAndGoOnWhenItAnswersAgain() throws Exception {
        try (HangingProxy proxy = HangingProxy.to(database.getPortNumbers()[0]);
                HikariDataSource pool = DatabasePool.open(
                        // The usual limit is two minutes.
                        "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + database.getDatabaseName()
                                + "?user=postgres&socketTimeout=2",
                        null,
                        null);
                HistorySink sink = HistorySink.start(kafka, serdes, pool, LEDGER, "one")) {
            produce(Topics.CHANGES, 0, 100, HistorySinkIT::change);
            await().atMost(PATIENCE).until(() -> count("changes") == 100);
            proxy.hang();
            produce(Topics.CHANGES, 100, 200, HistorySinkIT::change);
            await().atMost(PATIENCE).until(() -> sink.health() != null);
            proxy.goOn();
            await().atMost(PATIENCE).until(() -> count("changes") == 200 && sink.health() == null);
        }
        assertThat(deadLetters()).isEmpty();
    }

    /** Of a rolling upgrade: one that still runs must not write what a newer schema takes amiss without an error. */
    @Test
    void shouldWriteNothingMoreOnceANewerVersionHasMigratedTheDatabase() throws Exception {
        try (HistorySink old = HistorySink.start(kafka, serdes, database, LEDGER, "one")) {
            produce(Topics.CHANGES, 0, 100, HistorySinkIT::change);
            await().atMost(PATIENCE).until(() -> count("changes") == 100);
            update(
                    "insert into flyway_schema_history (installed_rank, version, description, type, script, installed_by,"
                            + " execution_time, success) values (1000, '1000', 'of the future', 'SQL', 'V.sql', 'me', 1, true)");
            produce(Topics.CHANGES, 100, 200, HistorySinkIT::change);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(old.health())
                            .startsWith("a newer modelwatch has brought the database to version 1000 of its schema"));
            assertThat(count("changes")).isEqualTo(100);
        }
        // The newer one goes on where it stopped.
        update("delete from flyway_schema_history where version = '1000'");
        try (HistorySink newer = HistorySink.start(kafka, serdes, database, LEDGER, "one")) {
            await().atMost(PATIENCE).until(() -> count("changes") == 200 && newer.health() == null);
        }
        assertThat(deadLetters()).isEmpty();
    }

    /** The database's files alone: where its log cannot be written either, PostgreSQL itself stops. */
    @Test
    void shouldSayThatTheDiskIsFullAndGoOnWhenThereIsRoomAgain() throws Exception {
        PGSimpleDataSource own = database;
        try (SmallDisk disk = SmallDisk.mount(dir.resolve("small"), 48)) {
            String world = own.getDatabaseName() + "small";
            try {
                execute("create tablespace small location '" + disk.directory("tablespace") + "'");
                execute("create database " + world + " tablespace small");
                database = new PGSimpleDataSource();
                database.setUrl(platform.jdbcUrl());
                database.setDatabaseName(world);
                HistoryDatabase.migrate(database);
                try (HistorySink sink = HistorySink.start(kafka, serdes, database, LEDGER, "one")) {
                    produce(Topics.CHANGES, 0, 100, HistorySinkIT::change);
                    await().atMost(PATIENCE).until(() -> count("changes") == 100);
                    disk.fill();
                    produce(Topics.CHANGES, 100, CHANGES, HistorySinkIT::change);
                    await().atMost(PATIENCE)
                            .untilAsserted(() -> assertThat(sink.health())
                                    .startsWith("the disk of the database is full (")
                                    .contains("No space left on device", "it goes on by itself")
                                    .doesNotContain("insert into"));
                    // What there is can be read meanwhile.
                    assertThat(count("changes")).isBetween(100L, CHANGES - 1L);
                    disk.free();
                    await().atMost(PATIENCE).until(() -> count("changes") == CHANGES && sink.health() == null);
                }
                assertThat(deadLetters()).isEmpty();
            } finally {
                execute("drop database if exists " + world + " with (force)");
                execute("drop tablespace if exists small");
            }
        } finally {
            database = own;
        }
    }

    @Test
    void shouldShareTheWorkAndGoOnWhereAnotherInstanceStopped() throws Exception {
        HistorySink first = HistorySink.start(kafka, serdes, database, LEDGER, "one");
        try (HistorySink second = HistorySink.start(kafka, serdes, database, LEDGER, "two")) {
            produce(Topics.CHANGES, 0, CHANGES / 2, HistorySinkIT::change);
            send(
                    Topics.MBOMS,
                    IntStream.range(0, MBOMS / 2).mapToObj(this::mbom).toList());
            await().atMost(PATIENCE).until(() -> count("changes") > CHANGES / 10);
            first.close();
            send(
                    Topics.MBOMS,
                    IntStream.range(MBOMS / 2, MBOMS).mapToObj(this::mbom).toList());
            produce(Topics.CHANGES, CHANGES / 2, CHANGES, HistorySinkIT::change);
            await().atMost(PATIENCE).until(() -> count("changes") == CHANGES);
            await().atMost(PATIENCE).until(() -> count("mboms") == MBOMS);
            await().atMost(PATIENCE).until(() -> second.health() == null);
        } finally {
            first.close();
        }
        chainsHold();
        assertThat(deadLetters()).isEmpty();
    }

    @Test
    void shouldKeepTheLastWordOnAModelThatGoesAndComesBackInOneBatch() throws Exception {
        List<ProducerRecord<String, Lineage>> records = new ArrayList<>();
        String topic = kafka.topics().name(Topics.LINEAGE);
        records.add(new ProducerRecord<>(topic, "m", lineage("m", "a")));
        records.add(new ProducerRecord<>(topic, "m", null));
        records.add(new ProducerRecord<>(topic, "m", lineage("m", "b")));
        records.add(new ProducerRecord<>(topic, "n", lineage("n", "a")));
        records.add(new ProducerRecord<>(topic, "n", null));
        records.add(new ProducerRecord<>(topic, "last", lineage("last", "a")));
        send(Topics.LINEAGE, records);
        try (HistorySink sink = HistorySink.start(kafka, serdes, database, LEDGER, "one")) {
            await().atMost(PATIENCE).until(() -> count("lineage where model = 'last'") == 1);
            await().atMost(PATIENCE).until(() -> count("lineage") == 2);
        }
        assertThat(count("lineage_ancestors where model = 'm' and ancestor = 'b'"))
                .isEqualTo(1);
        assertThat(count("lineage_ancestors")).isEqualTo(2);
    }

    /** Whoever wrote what, and how often: each revision is once in its chain. */
    private void chainsHold() throws SQLException {
        LedgerCheck.Report report = LedgerCheck.run(database, LEDGER.key(), null, null, PATIENCE);
        assertThat(report.breaks()).isEmpty();
        assertThat(report.entries()).isEqualTo(MBOMS);
        assertThat(report.chains()).isEqualTo(DEPLOYMENTS);
    }

    /** Revisions of the deployments in turn. */
    private ProducerRecord<String, Mbom> mbom(int i) {
        String deployment = "d" + i % DEPLOYMENTS;
        Mbom mbom = Mbom.newBuilder()
                .setDeployment(deployment)
                .setSerialNumber("urn:uuid:0")
                .setRevision(i / DEPLOYMENTS + 1)
                .setAt(Instant.parse("2026-03-01T10:00:00Z").plusSeconds(i))
                .setCorrelationId("o" + i)
                .build();
        return new ProducerRecord<>(kafka.topics().name(Topics.MBOMS), deployment, mbom);
    }

    private static Change change(int i) {
        Instant at = Instant.parse("2026-03-01T10:00:00Z").plusSeconds(i);
        return Change.newBuilder()
                .setId("c" + i)
                .setSubject("s" + i)
                .setKind(ChangeKind.REVISED)
                .setField("revision")
                .setSource("hub")
                .setEffectiveAt(at)
                .setObservedAt(at)
                .setCorrelationId("o" + i)
                .build();
    }

    private static Lineage lineage(String model, String ancestor) {
        ParentRef step = new ParentRef(ancestor, "finetune");
        return Lineage.newBuilder()
                .setModel(model)
                .setKnown(true)
                .setAncestry(List.of(Ancestor.newBuilder()
                        .setId(ancestor)
                        .setRelation("finetune")
                        .setDepth(1)
                        .setPath(List.of(step))
                        .build()))
                .build();
    }

    private interface Values<V> {
        V at(int i);
    }

    private void produce(Topic<Change> topic, int from, int to, Values<Change> values) throws Exception {
        List<ProducerRecord<String, Change>> records = new ArrayList<>();
        for (int i = from; i < to; i++) {
            Change change = values.at(i);
            records.add(new ProducerRecord<>(kafka.topics().name(topic), change.getSubject(), change));
        }
        send(topic, records);
    }

    private <V extends SpecificRecord> void send(Topic<V> topic, List<ProducerRecord<String, V>> records)
            throws Exception {
        try (KafkaProducer<String, V> producer = new KafkaProducer<>(
                kafka.clientProperties(),
                new StringSerializer(),
                serdes.of(topic).serializer())) {
            for (ProducerRecord<String, V> record : records) {
                producer.send(record);
            }
        }
    }

    /** Fails every other commit, in turn before and after PostgreSQL has done it, four in all. */
    private static DataSource failing(DataSource database, AtomicInteger commits) {
        return wrapped(
                DataSource.class,
                database,
                (method, result) -> {
                    if (!(result instanceof Connection connection)) {
                        return result;
                    }
                    return wrapped(Connection.class, connection, (called, answer) -> answer, called -> {
                        if (called.equals("commit")) {
                            int number = commits.incrementAndGet();
                            if (number <= 8 && number % 4 == 1) {
                                connection.rollback();
                                throw new SQLException("staged: the connection broke before the commit", "08006");
                            }
                            if (number <= 8 && number % 4 == 3) {
                                connection.commit();
                                throw new SQLException("staged: the connection broke after the commit", "08006");
                            }
                        }
                    });
                },
                method -> {});
    }

    private interface After {
        Object result(String method, Object result) throws Exception;
    }

    private interface Before {
        void call(String method) throws Exception;
    }

    private static <T> T wrapped(Class<T> type, T inner, After after, Before before) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    before.call(method.getName());
                    try {
                        return after.result(method.getName(), method.invoke(inner, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = platform.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void update(String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private long count(String from) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from " + from)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> deadLetters() {
        Properties settings = kafka.clientProperties();
        settings.put("isolation.level", "read_committed");
        List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer
                    .partitionsFor(kafka.topics().name(Topics.DEAD_LETTERS))
                    .stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                consumer.poll(Duration.ofMillis(100)).forEach(letters::add);
            }
        }
        return letters;
    }
}
