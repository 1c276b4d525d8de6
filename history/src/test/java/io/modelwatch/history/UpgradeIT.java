package io.modelwatch.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.modelwatch.schemas.NewerSchemaException;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.SubjectKind;
import io.modelwatch.schemas.avro.Verdict;
import io.modelwatch.schemas.json.JsonForms;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A database that version 10 of the schema filled, before there were two times, months and views, is brought to the
 * newest: nothing that was recorded is lost, and the history goes on as if it had been recorded now.
 */
class UpgradeIT {

    /** Tables that are about the writing itself: the first goes back to its beginning, the ledger keeps what it has. */
    private static final List<String> OWN = List.of("sink_offsets", "ledger", "ledger_seals");

    @Test
    void shouldKeepWhatAnOlderVersionRecordedAndGoOnAsIfItHadBeenRecordedNow() throws Exception {
        try (Recorder recorder = new Recorder("10")) {
            for (int month = 1; month <= 3; month++) {
                execute(
                        recorder,
                        "insert into changes (id, subject, kind, source, effective_at, observed_at, correlation_id,"
                                + " document, path) values (?, 's', 'REVISED', 'hub', ?, ?, 'o', ?::json, '[]')",
                        "c" + month,
                        at(month),
                        at(month),
                        JsonForms.change(change(month)).toString());
                execute(
                        recorder,
                        "insert into mboms (deployment, revision, at, removed, correlation_id, document, path) values"
                                + " ('d', ?, ?, false, 'o', ?::json, '[]')",
                        (long) month,
                        at(month),
                        JsonForms.mbom(mbom(month)).toString());
            }
            execute(
                    recorder,
                    "insert into alert_transitions (partition, \"offset\", id, deployment, state, verdict, severity,"
                            + " updated_at, correlation_id, document, path) values (0, 7, 'a', 'd', 'OPEN', 'UNAPPROVED',"
                            + " 'HIGH', ?, 'o', ?::json, '[]')",
                    at(1),
                    JsonForms.alert(alert(AlertState.OPEN, 1)).toString());
            execute(
                    recorder,
                    "insert into sink_offsets (topic, partition, next_offset) select 'modelwatch.' || t || '.v1', 0, 9"
                            + " from unnest(array['changes', 'mboms', 'alerts', 'verdicts']) t");
            List<String> documents = rows(
                    recorder,
                    "select document::text from changes union all select"
                            + " document::text from mboms union all select document::text from alert_transitions order by 1");

            recorder.migrate();

            assertThat(rows(
                            recorder,
                            "select document::text from changes union all select document::text from mboms"
                                    + " union all select document::text from alert_transitions order by 1"))
                    .isEqualTo(documents)
                    .hasSize(7);
            assertThat(rows(recorder, "select tableoid::regclass::text from changes order by 1"))
                    .containsExactly("changes_2026_01", "changes_2026_02", "changes_2026_03");
            assertThat(rows(recorder, "select id || ' ' || kind from modelwatch.changes order by 1"))
                    .containsExactly("c1 REVISED", "c2 REVISED", "c3 REVISED");
            // Read again from their beginning, for what the older version did not record.
            assertThat(rows(recorder, "select topic from sink_offsets order by 1"))
                    .containsExactly("modelwatch.changes.v1", "modelwatch.verdicts.v1");

            // The sink reads the topics again; and the world goes on.
            for (int month = 1; month <= 3; month++) {
                recorder.write(mbom(month), change(month));
            }
            recorder.writeAt(7, alert(AlertState.OPEN, 1));
            recorder.write(mbom(4), change(4), alert(AlertState.CLOSED, 4));

            assertThat(rows(recorder, "select count(*) || ' ' || max(revision) from mboms"))
                    .containsExactly("4 4");
            assertThat(rows(recorder, "select count(*)::text from changes")).containsExactly("4");
            assertThat(rows(recorder, "select model from modelwatch.fleet_as_of('2026-02-15Z')"))
                    .containsExactly("model-2");
            assertThat(rows(recorder, "select model from modelwatch.fleet_as_of('2026-03-15Z', '2026-02-15Z')"))
                    .containsExactly("model-2");
            assertThat(rows(recorder, "select value::text from modelwatch.mbom_as_of('d', '2026-04-15Z')"))
                    .containsExactly("\"model-4\"");
            assertThat(rows(recorder, "select id from modelwatch.changes_between('2026-02-01Z', '2026-04-01Z')"))
                    .containsExactly("c2", "c3");
            List<String> upgraded = views(recorder);

            // A table that a migration adds must be made again by a rebuild too.
            assertThat(rows(
                            recorder,
                            "select tablename::text from pg_tables where schemaname = 'public' and tablename not like"
                                    + " 'changes\\_%' and tablename <> 'flyway_schema_history' order by 1"))
                    .containsExactlyInAnyOrderElementsOf(Stream.of(HistoryRebuild.EVENTS, HistoryRebuild.STATES, OWN)
                            .flatMap(List::stream)
                            .toList());

            // The same from nothing.
            recorder.clear();
            for (int month = 1; month <= 3; month++) {
                recorder.write(mbom(month), change(month));
            }
            recorder.writeAt(7, alert(AlertState.OPEN, 1));
            recorder.write(mbom(4), change(4), alert(AlertState.CLOSED, 4));
            assertThat(upgraded).isEqualTo(views(recorder));
        }
    }

    /** Of a rolling upgrade: whoever comes, waits for who writes, and all come to the same. */
    @Test
    void shouldMigrateOnceBehindWhoWritesThoughSeveralStartAtOnce() throws Exception {
        try (Recorder recorder = new Recorder("10");
                Connection writer = recorder.database().getConnection()) {
            writer.setAutoCommit(false);
            HistorySink.takeTurn(writer);
            try (Statement statement = writer.createStatement()) {
                statement.execute("insert into sink_offsets (topic, partition, next_offset) values ('t', 0, 1)");
            }
            List<CompletableFuture<Void>> starting = Stream.generate(
                            () -> CompletableFuture.runAsync(recorder::migrate, Thread::startVirtualThread))
                    .limit(3)
                    .toList();
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> rows(recorder, "select 1 from pg_locks where locktype = 'advisory' and not granted")
                                    .size()
                            == 3);
            assertThat(versions(recorder)).endsWith("10");

            writer.commit();
            for (CompletableFuture<Void> one : starting) {
                one.get(1, TimeUnit.MINUTES);
            }
            assertThat(versions(recorder)).doesNotHaveDuplicates().endsWith(Integer.toString(HistoryDatabase.NEWEST));
            assertThat(rows(recorder, "select topic from sink_offsets")).containsExactly("t");
        }
    }

    @Test
    void shouldRefuseADatabaseThatANewerVersionHasMigrated() throws Exception {
        try (Recorder recorder = new Recorder()) {
            recorder.migrate();
            execute(
                    recorder,
                    "insert into flyway_schema_history (installed_rank, version, description, type, script,"
                            + " installed_by, execution_time, success) select max(installed_rank) + 1, ?, 'of the future',"
                            + " 'SQL', 'V.sql', 'me', 1, true from flyway_schema_history",
                    Integer.toString(HistoryDatabase.NEWEST + 1));

            assertThatThrownBy(recorder::migrate)
                    .isInstanceOf(NewerSchemaException.class)
                    .hasMessageStartingWith("a newer modelwatch has brought the database to version "
                            + (HistoryDatabase.NEWEST + 1) + " of its schema, and this one knows "
                            + HistoryDatabase.NEWEST + ": start the newer one in its place");
        }
    }

    private static List<String> versions(Recorder recorder) throws SQLException {
        return rows(recorder, "select version from flyway_schema_history order by installed_rank");
    }

    private static List<String> views(Recorder recorder) throws SQLException {
        List<String> rows = new ArrayList<>();
        for (String view : List.of("deployments", "components", "mbom_claims", "alerts")) {
            rows.addAll(rows(recorder, "select '" + view + " ' || v::text from modelwatch." + view + " v order by 1"));
        }
        // The older version did not keep what a change's subject is.
        rows.addAll(rows(
                recorder, "select id || ' ' || subject || ' ' || effective_at from modelwatch.changes order by 1"));
        rows.addAll(
                rows(recorder, "select revision || ' ' || document::text from modelwatch.mbom_revisions order by 1"));
        assertThat(rows).hasSizeGreaterThan(12);
        return rows;
    }

    private static void execute(Recorder recorder, String sql, Object... values) throws SQLException {
        try (Connection connection = recorder.database().getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i] instanceof Instant at ? at.atOffset(ZoneOffset.UTC) : values[i]);
            }
            statement.executeUpdate();
        }
    }

    private static List<String> rows(Recorder recorder, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = recorder.database().getConnection();
                Statement statement = connection.createStatement();
                ResultSet all = statement.executeQuery(sql)) {
            while (all.next()) {
                rows.add(all.getString(1));
            }
        }
        return rows;
    }

    private static Instant at(int month) {
        return Instant.parse("2026-%02d-10T00:00:00Z".formatted(month));
    }

    private static Change change(int month) {
        return Change.newBuilder()
                .setId("c" + month)
                .setSubject("s")
                .setSubjectKind(SubjectKind.MODEL)
                .setKind(ChangeKind.REVISED)
                .setField("revision")
                .setSource("hub")
                .setEffectiveAt(at(month))
                .setObservedAt(at(month))
                .setCorrelationId("o")
                .build();
    }

    private static Mbom mbom(int revision) {
        return Mbom.newBuilder()
                .setDeployment("d")
                .setSerialNumber("urn:uuid:0")
                .setRevision(revision)
                .setAt(at(revision))
                .setEffectiveAt(at(revision))
                .setComponents(List.of(Component.newBuilder()
                        .setRole("primary")
                        .setModel("model-" + revision)
                        .build()))
                .setClaims(List.of(Claim.newBuilder()
                        .setField("models.primary.id")
                        .setValue("\"model-" + revision + '"')
                        .setConfidence(Confidence.DECLARED)
                        .setSource("hub")
                        .build()))
                .setChanges(List.of(ProvenanceChange.newBuilder()
                        .setId("p" + revision)
                        .setKind(revision == 1 ? ChangeKind.COMPONENT_ADDED : ChangeKind.MODEL_SWAPPED)
                        .setField("models.primary.id")
                        .setEffectiveAt(at(revision))
                        .setObservedAt(at(revision))
                        .setCorrelationId("o")
                        .build()))
                .setCorrelationId("o")
                .build();
    }

    private static Alert alert(AlertState state, int month) {
        return Alert.newBuilder()
                .setId("a")
                .setDeployment("d")
                .setVerdict(Verdict.UNAPPROVED)
                .setSeverity(Severity.HIGH)
                .setState(state)
                .setOpenedAt(at(1))
                .setUpdatedAt(at(month))
                .setCorrelationId("o")
                .build();
    }
}
