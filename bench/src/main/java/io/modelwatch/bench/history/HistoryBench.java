package io.modelwatch.bench.history;

import io.modelwatch.app.cli.ModelwatchCommand;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Sample;
import io.modelwatch.history.HistoryDatabase;
import io.modelwatch.history.HistorySink;
import io.modelwatch.history.api.ApiConfig;
import io.modelwatch.history.api.HistoryApi;
import io.modelwatch.history.api.Intake;
import io.modelwatch.history.api.Letters;
import io.modelwatch.history.ledger.Ledger;
import io.modelwatch.history.ledger.LedgerKey;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.SubjectKind;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import picocli.CommandLine;

/** The history: changes from the topic into PostgreSQL beside a plain COPY of the same rows, and questions as of a time. */
final class HistoryBench {

    /**
     * What was found.
     *
     * @param copy seconds
     * @param exportRate rows a second of {@code modelwatch export} of a tenth of the changes, as Parquet through the API
     * @param mbomMillis of each question
     * @param fleetMillis of each question
     */
    record Result(Ingested ingest, double copy, double exportRate, Sample mbomMillis, Sample fleetMillis) {}

    /**
     * Changes from the topic into PostgreSQL.
     *
     * @param earlyRate rows a second of the second tenth of the changes, when everything is warm and the tables are small
     * @param lateRate rows a second of the last tenth
     */
    record Ingested(double seconds, double earlyRate, double lateRate) {}

    private static final Instant START = Instant.parse("2025-01-01T00:00:00Z");
    private static final Duration SPAN = Duration.ofDays(365);
    private static final Duration PATIENCE = Duration.ofHours(2);
    private static final int SUBJECTS = 100_000;
    private static final int WARM_UP = 20;
    /** Rows of one COPY, in memory as text. */
    private static final int COPIED = 50_000;

    private static final Duration REPORT = Duration.ofSeconds(10);
    /** Whole days, a tenth of the year. */
    private static final Duration EXPORT_SPAN = Duration.ofDays(36);

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
        progress.accept("writing %,d changes to their topic".formatted(changes));
        load(changes);
        progress.accept("from the topic into PostgreSQL");
        Ingested ingest = ingest(changes);
        progress.accept("the same rows by COPY");
        double copy = copy(changes);
        double exportRate = export();
        int deployments = HistoryRows.fill(bed.database(), rows, progress);
        Random random = new Random(seed);
        progress.accept("asking");
        Sample mbom = ask(questions, random, "select count(*) from modelwatch.mbom_as_of('d' || ?, ?)", deployments);
        Sample fleet = ask(questions, random, "select count(*) from modelwatch.fleet_as_of(?)", 0);
        return new Result(ingest, copy, exportRate, mbom, fleet);
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
                if ((i + 1) % 1_000_000 == 0) {
                    progress.accept("  %,d".formatted(i + 1));
                }
            }
        }
    }

    private Ingested ingest(int changes) throws SQLException, InterruptedException {
        long begin = System.nanoTime();
        long reported = begin;
        // When each tenth was there.
        double[] tenths = new double[11];
        int tenth = 1;
        Ledger ledger = new Ledger(LedgerKey.generate(), InstantSource.system());
        try (HistorySink sink = HistorySink.start(bed.kafka(), bed.serdes(), bed.database(), ledger, "bench")) {
            while (tenth <= 10) {
                long there = sink.nextOffsets().entrySet().stream()
                        .filter(one -> one.getKey().topic().endsWith(".changes.v1"))
                        .mapToLong(one -> one.getValue())
                        .sum();
                long now = System.nanoTime();
                while (tenth <= 10 && there >= (long) changes * tenth / 10) {
                    tenths[tenth++] = (now - begin) / 1e9;
                }
                if (now - begin > PATIENCE.toNanos()) {
                    throw new BenchException("the history does not come to the end: " + sink.health());
                }
                if (now - reported > REPORT.toNanos()) {
                    reported = now;
                    progress.accept("  %,d of %,d changes, %,.0f rows/s"
                            .formatted(there, changes, there * 1e9 / (now - begin)));
                }
                Thread.sleep(20);
            }
        }
        long there = count("select count(*) from changes");
        if (there != changes) {
            throw new BenchException(there + " of " + changes + " changes are in the history");
        }
        return new Ingested(
                tenths[10], changes / 10.0 / (tenths[2] - tenths[1]), changes / 10.0 / (tenths[10] - tenths[9]));
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

    /** What a data team does: the command, the API and files, on one machine. */
    private double export() throws SQLException, IOException {
        Instant since = START.plus(EXPORT_SPAN);
        Instant until = since.plus(EXPORT_SPAN);
        progress.accept("exporting %s to %s".formatted(since, until));
        Path out = Files.createTempDirectory("modelwatch-export");
        StringWriter said = new StringWriter();
        try (HistoryApi api = HistoryApi.start(
                ApiConfig.loopback(0),
                bed.database(),
                LedgerKey.generate(),
                unused(Intake.class),
                unused(Letters.class),
                Map::of,
                () -> "")) {
            CommandLine program = ModelwatchCommand.commandLine();
            program.setOut(new PrintWriter(said)).setErr(new PrintWriter(said));
            long begin = System.nanoTime();
            int exit = program.execute(
                    "export",
                    "--url=http://127.0.0.1:" + api.port(),
                    "--since=" + since,
                    "--until=" + until,
                    "--out=" + out);
            double seconds = (System.nanoTime() - begin) / 1e9;
            if (exit != 0) {
                throw new BenchException("the export failed: " + said);
            }
            long rows = count("select count(*) from changes where observed_at >= '" + since + "' and observed_at < '"
                    + until + "'");
            return rows / seconds;
        } finally {
            Bed.delete(out);
        }
    }

    /** Something of the API that an export does not ask for. */
    private static <T> T unused(Class<T> type) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, values) -> {
                    throw new UnsupportedOperationException(method.getName());
                }));
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
