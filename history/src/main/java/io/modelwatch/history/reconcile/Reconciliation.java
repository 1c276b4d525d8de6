package io.modelwatch.history.reconcile;

import io.modelwatch.history.HistorySink;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertGroup;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.json.JsonForms;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Accounts for what was taken in: every subject that was observed has appeared once, every change is one row, every
 * revision of an MBOM follows the one before, every provenance change has its verdict, every verdict its alert, every
 * state of an alert its finding, and what the rows say is what the records say, digest by digest.
 *
 * <p>The ends of the topics are fixed at the start and the history is waited for until it is there, so it may run beside
 * a pipeline at work. Nothing is written but a temporary table.
 */
public final class Reconciliation {

    private static final List<Topic<?>> READ = List.of(
            Topics.OBSERVATIONS,
            Topics.CHANGES,
            Topics.LINEAGE,
            Topics.MBOMS,
            Topics.VERDICTS,
            Topics.ALERTS,
            Topics.ALERT_GROUPS,
            Topics.ALERTS_OCSF);

    private static final long LOOK_MILLIS = 100;

    private final AvroSerdes serdes;
    private final Connection connection;
    private final TopicScan scan;
    private final long deadline;
    private final Consumer<String> progress;
    private final List<Account> accounts = new ArrayList<>();

    private Reconciliation(
            AvroSerdes serdes, Connection connection, TopicScan scan, long deadline, Consumer<String> progress) {
        this.serdes = serdes;
        this.connection = connection;
        this.scan = scan;
        this.deadline = deadline;
        this.progress = progress;
    }

    /**
     * Reconciles.
     *
     * @param database with the right to make temporary tables
     * @param patience how long what is on its way may take to arrive
     * @param progress told in plain words how far it has come
     * @return the accounts, in the order in which a record passes
     * @throws IllegalStateException if the history does not come to the end of the topics
     */
    public static List<Account> run(
            KafkaConnection kafka, AvroSerdes serdes, DataSource database, Duration patience, Consumer<String> progress)
            throws SQLException, InterruptedException {
        try (TopicScan scan = new TopicScan(kafka, READ);
                Connection connection = database.getConnection()) {
            long deadline = System.nanoTime() + patience.toNanos();
            awaitHistory(database, scan.ends(), deadline, kafka);
            Reconciliation reconciliation = new Reconciliation(serdes, connection, scan, deadline, progress);
            reconciliation.all();
            return List.copyOf(reconciliation.accounts);
        }
    }

    private static void awaitHistory(
            DataSource database, Map<TopicPartition, Long> ends, long deadline, KafkaConnection kafka)
            throws SQLException, InterruptedException {
        List<String> read =
                HistorySink.topics().stream().map(kafka.topics()::name).toList();
        while (true) {
            Map<TopicPartition, Long> reached = HistorySink.nextOffsets(database);
            List<TopicPartition> behind = ends.entrySet().stream()
                    .filter(end -> read.contains(end.getKey().topic()))
                    .filter(end -> reached.getOrDefault(end.getKey(), 0L) < end.getValue())
                    .map(Map.Entry::getKey)
                    .toList();
            if (behind.isEmpty()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the history has not read " + behind.getFirst()
                        + " to its end in the time given; is the role history running?");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private void all() throws SQLException, InterruptedException {
        observed();
        changes();
        revisions();
        newest(
                "lineage -> rows",
                Topics.LINEAGE,
                Lineage::getModel,
                lineage -> JsonForms.ancestry(lineage).toString(),
                "select model, md5(document::text) from lineage");
        judged();
        newest(
                "verdicts -> rows",
                Topics.VERDICTS,
                ChangeVerdict::getId,
                verdict -> JsonForms.verdict(verdict).toString(),
                "select id, md5(document::text) from verdicts");
        alerts();
        newest(
                "groups -> rows",
                Topics.ALERT_GROUPS,
                AlertGroup::getId,
                group -> JsonForms.alertGroup(group).toString(),
                "select id, md5(document::text) from alert_groups");
        findings();
    }

    /** What was ever observed has appeared, and not twice at once. */
    private void observed() throws SQLException, InterruptedException {
        begin("observations");
        try (Said said = new Said(connection, deadline)) {
            each(Topics.OBSERVATIONS, (Observation observation) -> {
                if (observation.getKind() == ObservationKind.MODEL
                        || observation.getKind() == ObservationKind.DEPLOYMENT) {
                    said.add(observation.getSubject(), null);
                }
            });
            said.complete();
            List<String> examples = new ArrayList<>();
            long lost = said.missing(
                    "select name from said except select subject from changes where kind = 'APPEARED'", examples);
            // After each appearance but the last there is an end.
            long twice = said.count(
                    "select subject from changes where kind in ('APPEARED', 'REMOVED') and not late group by subject,"
                            + " source having abs(count(*) filter (where kind = 'APPEARED') - count(*) filter (where kind ="
                            + " 'REMOVED')) > 1",
                    examples);
            account("observations -> changes", said.count(), lost, twice, 0, examples, Topics.OBSERVATIONS);
        }
    }

    private void changes() throws SQLException, InterruptedException {
        begin("changes");
        try (Said said = new Said(connection, deadline)) {
            each(
                    Topics.CHANGES,
                    (Change change) ->
                            said.add(change.getId(), JsonForms.change(change).toString()));
            said.complete();
            List<String> examples = new ArrayList<>();
            long twice = said.count("select name from said group by name having count(*) > 1", examples);
            String rows = "select id, md5(document::text) from changes";
            account(
                    "changes -> rows",
                    said.count(),
                    lost(said, rows, examples),
                    twice,
                    differing(said, rows, examples),
                    examples,
                    Topics.CHANGES);
        }
    }

    /** Revisions that the topic still has are rows, and rows are without gap from the first. */
    private void revisions() throws SQLException, InterruptedException {
        begin("MBOMs");
        try (Said said = new Said(connection, deadline)) {
            each(
                    Topics.MBOMS,
                    (Mbom mbom) -> said.add(
                            mbom.getRevision() + " of " + mbom.getDeployment(),
                            JsonForms.mbom(mbom).toString()));
            said.complete();
            List<String> examples = new ArrayList<>();
            String rows = "select revision || ' of ' || deployment, md5(document::text) from mboms";
            long gaps = said.count(
                    "select 'a gap in ' || deployment from mboms group by deployment having count(*) <> max(revision)",
                    examples);
            long missing = said.missing(
                    "select subject from changes where subject_kind = 'DEPLOYMENT' and kind = 'APPEARED' except select"
                            + " deployment from mboms",
                    examples);
            long twice = said.count("select name from said group by name having count(*) > 1", examples);
            account(
                    "changes -> MBOMs -> rows",
                    said.count(),
                    lost(said, rows, examples) + gaps + missing,
                    twice,
                    differing(said, rows, examples),
                    examples,
                    Topics.MBOMS);
        }
    }

    /** Every provenance change that a revision tells of is judged. */
    private void judged() throws SQLException, InterruptedException {
        begin("verdicts");
        try (Said said = new Said(connection, deadline)) {
            each(Topics.MBOMS, (Mbom mbom) -> {
                for (var change : mbom.getChanges()) {
                    said.add(change.getId() + " of " + mbom.getDeployment(), null);
                }
            });
            said.complete();
            List<String> examples = new ArrayList<>();
            account(
                    "MBOMs -> verdicts",
                    said.count(),
                    said.missing(
                            "select name from said except select change_id || ' of ' || deployment from verdicts",
                            examples),
                    0,
                    0,
                    examples,
                    Topics.MBOMS);
        }
    }

    private void alerts() throws SQLException, InterruptedException {
        begin("alerts");
        try (Said said = new Said(connection, deadline)) {
            eachRecord(
                    Topics.ALERTS,
                    (Alert alert, String place) ->
                            said.add(place, JsonForms.alert(alert).toString()));
            said.complete();
            List<String> examples = new ArrayList<>();
            String rows = "select partition || '-' || \"offset\", md5(document::text) from alert_transitions";
            long missing = said.missing(
                    "select alert from verdicts where alert is not null except select id from alerts", examples);
            long twice = said.count(
                    "select id from (select id, document::text = lag(document::text) over (partition by id order by seq) as"
                            + " again from alert_transitions) t where again",
                    examples);
            account(
                    "verdicts -> alerts -> rows",
                    said.count(),
                    lost(said, rows, examples) + missing,
                    twice,
                    differing(said, rows, examples),
                    examples,
                    Topics.ALERTS);
        }
    }

    /** A finding a state: both are written at once. */
    private void findings() throws SQLException, InterruptedException {
        begin("findings");
        try (Said said = new Said(connection, deadline)) {
            scan.each(Topics.ALERTS_OCSF, record -> said.add(record.partition() + "-" + record.offset(), null));
            said.complete();
            List<String> examples = new ArrayList<>();
            String counts =
                    "(select id, count(*) from alert_transitions group by id) s full join (select id, count(*) from"
                            + " alert_findings group by id) f using (id)";
            long fewer = said.missing(
                    "select id from " + counts + " where coalesce(f.count, 0) < coalesce(s.count, 0)", examples);
            long more = said.count(
                    "select id from " + counts + " where coalesce(f.count, 0) > coalesce(s.count, 0)", examples);
            account(
                    "alerts -> findings -> rows",
                    said.count(),
                    said.missing(
                                    "select name from said except select partition || '-' || \"offset\" from"
                                            + " alert_findings",
                                    examples)
                            + fewer,
                    more,
                    0,
                    examples,
                    Topics.ALERTS_OCSF);
        }
    }

    /** Holds the last record of each key against its row. */
    private <V extends SpecificRecord> void newest(
            String step, Topic<V> topic, Function<V, String> name, Function<V, String> document, String rows)
            throws SQLException, InterruptedException {
        begin(topic.entity());
        try (Said said = new Said(connection, deadline)) {
            Deserializer<V> deserializer = serdes.of(topic).deserializer();
            scan.each(topic, record -> {
                if (record.value() == null) {
                    said.add(new String(record.key(), StandardCharsets.UTF_8), null);
                    return;
                }
                V value = read(deserializer, record.topic(), record.value());
                if (value != null) {
                    said.add(name.apply(value), document.apply(value));
                }
            });
            said.complete();
            List<String> examples = new ArrayList<>();
            String last = "select distinct on (name) name, digest from said order by name, n desc";
            long lost = said.missing(
                    "with said as (" + last + "), rows (name, digest) as (" + rows
                            + ") select name from said where digest is not null except select name from rows",
                    examples);
            long stayed = said.count(
                    "with said as (" + last + "), rows (name, digest) as (" + rows
                            + ") select name from said join rows using (name) where said.digest is null",
                    examples);
            long differing = said.count(
                    "with said as (" + last + "), rows (name, digest) as (" + rows
                            + ") select name from said join rows using (name) where said.digest <> rows.digest",
                    examples);
            account(step, said.count(), lost, stayed, differing, examples, topic);
        }
    }

    private static long lost(Said said, String rows, List<String> examples) throws SQLException, InterruptedException {
        return said.missing(
                "with rows (name, digest) as (" + rows + ") select name from said except select name from rows",
                examples);
    }

    private static long differing(Said said, String rows, List<String> examples) throws SQLException {
        return said.count(
                "with rows (name, digest) as (" + rows
                        + ") select distinct name from said join rows using (name) where said.digest <> rows.digest",
                examples);
    }

    @FunctionalInterface
    private interface Taking<V> {
        void take(V value) throws SQLException;
    }

    @FunctionalInterface
    private interface Placing<V> {
        void take(V value, String place) throws SQLException;
    }

    private <V extends SpecificRecord> void each(Topic<V> topic, Taking<V> taking) throws SQLException {
        eachRecord(topic, (value, place) -> taking.take(value));
    }

    private <V extends SpecificRecord> void eachRecord(Topic<V> topic, Placing<V> placing) throws SQLException {
        Deserializer<V> deserializer = serdes.of(topic).deserializer();
        scan.each(topic, record -> {
            V value = record.value() == null ? null : read(deserializer, record.topic(), record.value());
            if (value != null) {
                placing.take(value, record.partition() + "-" + record.offset());
            }
        });
    }

    /** What cannot be read is among the dead letters, which are counted where they are. */
    private static <V> @Nullable V read(Deserializer<V> deserializer, String topic, byte[] bytes) {
        try {
            return deserializer.deserialize(topic, bytes);
        } catch (SerializationException e) {
            return null;
        }
    }

    private void begin(String what) {
        progress.accept("reading " + what);
    }

    private void account(
            String step,
            long counted,
            long lost,
            long duplicated,
            long differing,
            List<String> examples,
            Topic<?> topic) {
        accounts.add(new Account(
                step,
                counted,
                lost,
                duplicated,
                differing,
                examples,
                scan.isWhole(topic) ? null : "records that " + topic.entity() + " no longer keeps are not counted"));
    }
}
