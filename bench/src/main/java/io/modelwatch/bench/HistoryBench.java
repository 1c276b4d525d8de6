package io.modelwatch.bench;

import io.modelwatch.history.HistoryDatabase;
import io.modelwatch.history.HistorySink;
import io.modelwatch.history.ledger.Ledger;
import io.modelwatch.history.ledger.LedgerKey;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.SubjectKind;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Properties;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** The history: changes from the topic into PostgreSQL beside a plain COPY of the same rows, and questions as of a time. */
final class HistoryBench {

    /** What was found; seconds, and milliseconds of each question. */
    record Result(double ingest, double copy, Sample mbomMillis, Sample fleetMillis, long fleet) {}

    private static final Instant START = Instant.parse("2025-01-01T00:00:00Z");
    private static final Duration SPAN = Duration.ofDays(365);
    private static final Duration PATIENCE = Duration.ofHours(2);
    private static final int SUBJECTS = 100_000;
    /** Rows that a deployment of the questions has: a change a week in one of its roles, and what was believed before. */
    private static final int ROWS_EACH = 1_000;

    private static final int WARM_UP = 20;
    /** Rows of one COPY, in memory as text. */
    private static final int COPIED = 50_000;

    private final Bed bed;
    private final Consumer<String> progress;
    private final long seed;

    HistoryBench(Bed bed, long seed, Consumer<String> progress) {
        this.bed = bed;
        this.seed = seed;
        this.progress = progress;
    }

    Result run(int changes, int rows, int questions) throws Exception {
        HistoryDatabase.migrate(bed.database());
        progress.accept("writing " + changes + " changes to their topic");
        load(changes);
        progress.accept("from the topic into PostgreSQL");
        double ingest = ingest(changes);
        progress.accept("the same rows by COPY");
        double copy = copy(changes);
        progress.accept("making " + rows + " rows of history");
        int deployments = fill(rows);
        Random random = new Random(seed);
        Sample mbom = ask(questions, random, "select count(*) from modelwatch.mbom_as_of('d' || ?, ?)", deployments);
        Sample fleet = ask(questions, random, "select count(*) from modelwatch.fleet_as_of(?)", 0);
        return new Result(ingest, copy, mbom, fleet, deployments);
    }

    private void load(int changes) {
        Properties settings = bed.kafka().clientProperties();
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        String topic = bed.kafka().topics().name(Topics.CHANGES);
        Random random = new Random(seed);
        try (KafkaProducer<String, Change> producer = new KafkaProducer<>(
                settings,
                new StringSerializer(),
                bed.serdes().of(Topics.CHANGES).serializer())) {
            for (int i = 0; i < changes; i++) {
                Instant at = START.plusMillis(SPAN.toMillis() / changes * i);
                Change change = Change.newBuilder()
                        .setId("%016x%016x".formatted(random.nextLong(), i))
                        .setSubject("pkg:huggingface/author-" + random.nextInt(SUBJECTS) + "/model")
                        .setSubjectKind(SubjectKind.MODEL)
                        .setKind(ChangeKind.REVISED)
                        .setField("revision")
                        .setBefore("\"%x\"".formatted(random.nextLong()))
                        .setAfter("\"%x\"".formatted(random.nextLong()))
                        .setSource("bench")
                        .setEffectiveAt(at)
                        .setObservedAt(at)
                        .setCorrelationId("%016x".formatted(random.nextLong()))
                        .build();
                producer.send(new ProducerRecord<>(topic, change.getSubject(), change));
            }
        }
    }

    private double ingest(int changes) throws SQLException, InterruptedException {
        long begin = System.nanoTime();
        Ledger ledger = new Ledger(LedgerKey.generate(), InstantSource.system());
        try (HistorySink sink = HistorySink.start(bed.kafka(), bed.serdes(), bed.database(), ledger, "bench")) {
            while (sink.nextOffsets().entrySet().stream()
                            .filter(one -> one.getKey().topic().endsWith(".changes.v1"))
                            .mapToLong(one -> one.getValue())
                            .sum()
                    < changes) {
                if (System.nanoTime() - begin > PATIENCE.toNanos()) {
                    throw new BenchException("the history does not come to the end: " + sink.health());
                }
                Thread.sleep(20);
            }
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        long there = count("select count(*) from changes");
        if (there != changes) {
            throw new BenchException(there + " of " + changes + " changes are in the history");
        }
        return seconds;
    }

    /** Into a table of the same columns without any index: what the disk and the server give at best. */
    private double copy(int changes) throws SQLException, IOException {
        try (Connection from = bed.database().getConnection();
                Connection to = bed.database().getConnection();
                Statement statement = to.createStatement()) {
            statement.execute("create table copied (like changes)");
            CopyManager in = to.unwrap(PGConnection.class).getCopyAPI();
            // Read once and given again and again: reading is not what is measured.
            StringWriter rows = new StringWriter();
            long each = from.unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("copy (select * from changes limit " + COPIED + ") to stdout", rows);
            String text = rows.toString();
            long nanos = 0;
            long written = 0;
            while (written < changes) {
                long begin = System.nanoTime();
                written += in.copyIn("copy copied from stdin", new StringReader(text));
                nanos += System.nanoTime() - begin;
            }
            progress.accept(written + " rows by " + written / each + " COPYs");
            statement.execute("drop table copied");
            return nanos / 1e9 * changes / written;
        }
    }

    /** Returns how many deployments there are. */
    private int fill(int rows) throws SQLException {
        int deployments = Math.max(1, rows / ROWS_EACH);
        // Ten claims a deployment, each with its versions; half of the rows are beliefs that ended.
        int versions = Math.max(1, rows / deployments / 22);
        try (Connection connection = bed.database().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(fillSql(
                    "claims",
                    "deployment, field, source",
                    "'d' || d, 'models.r' || k || '.license', 's'",
                    "json_build_object('value', v, 'confidence', 'declared', 'rank', 0)",
                    deployments,
                    10,
                    versions));
            statement.execute(fillSql(
                    "components",
                    "deployment, role",
                    "'d' || d, 'r' || k",
                    "json_build_object('model', 'pkg:huggingface/a/m' || v, 'license', 'mit', 'origins',"
                            + " json_build_array(json_build_object('country', 'US')))",
                    deployments,
                    1,
                    versions));
            statement.execute("insert into bitemporal.deployments select 'd' || d, tstzrange('2025-01-01Z', null),"
                    + " tstzrange('2025-01-01Z', null), '{\"vendor\":\"v\"}', 'c' from generate_series(0, "
                    + (deployments - 1)
                    + ") d");
            statement.execute("vacuum analyze");
        }
        return deployments;
    }

    private static String fillSql(
            String table, String columns, String keys, String document, int deployments, int each, int versions) {
        String from = " from generate_series(0, " + (deployments - 1) + ") d, generate_series(1, " + each
                + ") k, generate_series(0, " + (versions - 1) + ") v";
        String time = "timestamptz '2025-01-01Z' + interval '365 days' * ((v::float8 %s) / " + versions + ")";
        String begin = time.formatted("");
        String end = "case when v = " + (versions - 1) + " then null else " + time.formatted("+ 1") + " end";
        return "with now as (insert into bitemporal." + table + " (" + columns
                + ", valid, recorded, document, cause) select "
                + keys + ", tstzrange(" + begin + ", " + end + "), tstzrange(" + begin + ", null), " + document
                + ", 'c'" + from
                + ") insert into bitemporal." + table + "_before (" + columns
                + ", valid, recorded, document, cause) select "
                + keys + ", tstzrange(" + time.formatted("+ 1") + ", null), tstzrange(" + begin + ", "
                + time.formatted("+ 1")
                + "), " + document + ", 'c'" + from + " where v < " + (versions - 1);
    }

    private Sample ask(int questions, Random random, String sql, int deployments) throws SQLException {
        double[] millis = new double[questions];
        try (Connection connection = bed.database().getConnection();
                PreparedStatement query = connection.prepareStatement(sql)) {
            for (int i = -WARM_UP; i < questions; i++) {
                Instant at = START.plusSeconds(random.nextInt((int) SPAN.toSeconds()));
                int parameter = 1;
                if (deployments > 0) {
                    query.setInt(parameter++, random.nextInt(deployments));
                }
                query.setObject(parameter, at.atOffset(ZoneOffset.UTC));
                long begin = System.nanoTime();
                try (ResultSet rows = query.executeQuery()) {
                    rows.next();
                    if (rows.getLong(1) < 1) {
                        throw new BenchException("nothing ran at " + at);
                    }
                }
                if (i >= 0) {
                    millis[i] = (System.nanoTime() - begin) / 1e6;
                }
            }
        }
        return new Sample(millis);
    }

    private long count(String sql) throws SQLException {
        try (Connection connection = bed.database().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
