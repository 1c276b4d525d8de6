package io.modelwatch.history.reconcile;

import io.modelwatch.history.HistorySink;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.json.JsonForms;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

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

    /** How a row is called whose record has its place alone. */
    private static final String PLACE = "partition || '-' || \"offset\"";

    private static final long LOOK_MILLIS = 100;

    private final AvroSerdes serdes;
    private final Connection connection;
    private final TopicScan scan;
    private final Duration patience;
    private final String begun;
    private final Consumer<String> progress;
    private final List<Account> accounts = new ArrayList<>();

    private Reconciliation(
            AvroSerdes serdes,
            Connection connection,
            TopicScan scan,
            Duration patience,
            String begun,
            Consumer<String> progress) {
        this.serdes = serdes;
        this.connection = connection;
        this.scan = scan;
        this.patience = patience;
        this.begun = begun;
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
        try (Connection connection = database.getConnection()) {
            String begun = now(connection);
            try (TopicScan scan = new TopicScan(kafka, READ)) {
                awaitHistory(database, scan.ends(), System.nanoTime() + patience.toNanos(), kafka);
                Reconciliation reconciliation = new Reconciliation(serdes, connection, scan, patience, begun, progress);
                reconciliation.all();
                return List.copyOf(reconciliation.accounts);
            }
        }
    }

    private static String now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select now()::text")) {
            row.next();
            return row.getString(1);
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
        hold(
                Step.of("observations -> changes")
                        .missing("select name from said except select subject from changes where kind = 'APPEARED'")
                        // Between two appearances there is an end.
                        .duplicated("select subject from (select subject, kind = lag(kind) over (partition by subject,"
                                + " source order by observed_at, seq) as again from changes where kind in ('APPEARED',"
                                + " 'REMOVED') and not late) t where again"),
                Topics.OBSERVATIONS,
                (observation, place, said) -> {
                    if (observation.getKind() == ObservationKind.MODEL
                            || observation.getKind() == ObservationKind.DEPLOYMENT) {
                        said.add(observation.getSubject(), null);
                    }
                });
        hold(
                Step.of("changes -> rows").rows("changes", "id").once(),
                Topics.CHANGES,
                (change, place, said) ->
                        said.add(change.getId(), JsonForms.change(change).toString()));
        hold(
                Step.of("changes -> MBOMs -> rows")
                        .rows("mboms", "revision || ' of ' || deployment")
                        .once()
                        .missing("select 'a gap in ' || deployment from mboms group by deployment having count(*) <>"
                                + " max(revision) - min(revision) + 1")
                        .missing("select subject from changes where subject_kind = 'DEPLOYMENT' and kind = 'APPEARED'"
                                + " except select deployment from mboms"),
                Topics.MBOMS,
                (mbom, place, said) -> said.add(
                        mbom.getRevision() + " of " + mbom.getDeployment(),
                        JsonForms.mbom(mbom).toString()));
        hold(
                Step.of("lineage -> rows").newest("lineage", "model", begun),
                Topics.LINEAGE,
                (lineage, place, said) ->
                        said.add(lineage.getModel(), JsonForms.ancestry(lineage).toString()));
        hold(
                Step.of("MBOMs -> verdicts")
                        .missing("select name from said except select change_id || ' of ' || deployment from verdicts"),
                Topics.MBOMS,
                (mbom, place, said) -> {
                    for (ProvenanceChange change : mbom.getChanges()) {
                        said.add(change.getId() + " of " + mbom.getDeployment(), null);
                    }
                });
        hold(
                Step.of("verdicts -> rows").newest("verdicts", "id", begun),
                Topics.VERDICTS,
                (verdict, place, said) ->
                        said.add(verdict.getId(), JsonForms.verdict(verdict).toString()));
        hold(
                Step.of("verdicts -> alerts -> rows")
                        .rows("alert_transitions", PLACE)
                        .missing("select alert from verdicts where alert is not null except select id from alerts")
                        .duplicated(
                                "select id from (select id, document::text = lag(document::text) over (partition by id"
                                        + " order by seq) as again from alert_transitions) t where again"),
                Topics.ALERTS,
                (alert, place, said) -> said.add(place, JsonForms.alert(alert).toString()));
        hold(
                Step.of("groups -> rows").newest("alert_groups", "id", begun),
                Topics.ALERT_GROUPS,
                (group, place, said) ->
                        said.add(group.getId(), JsonForms.alertGroup(group).toString()));
        String counts = "(select id, count(*) from alert_transitions group by id) s full join (select id, count(*) from"
                + " alert_findings group by id) f using (id)";
        // A finding a state: both are written at once.
        hold(
                Step.of("alerts -> findings -> rows")
                        .rows("alert_findings", PLACE)
                        .missing("select id from " + counts + " where coalesce(f.count, 0) < coalesce(s.count, 0)")
                        .surplus("select id from " + counts + " where coalesce(f.count, 0) > coalesce(s.count, 0)"),
                Topics.ALERTS_OCSF,
                Reconciliation::json,
                (finding, place, said) -> said.add(place, finding));
    }

    /** What a record says, by name. */
    @FunctionalInterface
    private interface Telling<V> {
        /** @param place of the record on its topic, {@code partition-offset} */
        void tell(V value, String place, Said said) throws SQLException;
    }

    private <V extends SpecificRecord> void hold(Step step, Topic<V> topic, Telling<V> telling)
            throws SQLException, InterruptedException {
        Deserializer<V> deserializer = serdes.of(topic).deserializer();
        hold(step, topic, bytes -> deserializer.deserialize(topic.entity(), bytes), telling);
    }

    private <V> void hold(Step step, Topic<?> topic, Function<byte[], V> reader, Telling<V> telling)
            throws SQLException, InterruptedException {
        progress.accept(step.name());
        try (Said said = new Said(connection, patience)) {
            scan.each(topic, record -> {
                if (record.value() == null) {
                    said.add(new String(record.key(), StandardCharsets.UTF_8), null);
                    return;
                }
                V value;
                try {
                    value = reader.apply(record.value());
                } catch (SerializationException | JacksonException e) {
                    // It is among the dead letters, which are counted where they are.
                    return;
                }
                telling.tell(value, record.partition() + "-" + record.offset(), said);
            });
            accounts.add(step.account(
                    said,
                    scan.isWhole(topic)
                            ? null
                            : "records that " + topic.entity() + " no longer keeps are not counted"));
        }
    }

    private static String json(byte[] bytes) {
        return JsonMapper.shared().readTree(bytes).toString();
    }
}
