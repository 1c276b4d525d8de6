package io.modelwatch.history.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.history.Recorder;
import io.modelwatch.history.ledger.LedgerCheck.Break;
import io.modelwatch.history.ledger.LedgerCheck.Report;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ledger against somebody who may write into the database, but has not the key. */
class LedgerIT {
    private static final Instant T = Instant.parse("2026-03-01T10:00:00.250Z");
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final LedgerKey KEY = LedgerKey.generate();
    private static final Ledger LEDGER = new Ledger(KEY, () -> T);

    private static Recorder recorder;

    @BeforeAll
    static void startDatabase() throws IOException {
        recorder = new Recorder();
    }

    @AfterAll
    static void stopDatabase() throws IOException {
        recorder.close();
    }

    /** Three transactions: seal 1 is of both deployments, seal 2 and 3 of one each. */
    @BeforeEach
    void record() throws Exception {
        recorder.clear();
        recorder.chain(LEDGER);
        recorder.writeAt(0, mbom("a", 1), mbom("a", 2), mbom("b", 1), alert("x", "a", AlertState.OPEN));
        recorder.writeAt(4, mbom("a", 3), alert("x", "a", AlertState.CLOSED));
        recorder.writeAt(6, mbom("b", 2), alert("y", "b", AlertState.OPEN));
    }

    @Test
    void what_was_recorded_holds() throws Exception {
        Report report = check();

        assertThat(report.breaks()).isEmpty();
        assertThat(report.seals()).isEqualTo(3);
        assertThat(report.chains()).isEqualTo(4);
        assertThat(report.entries()).isEqualTo(8);
        assertThat(report.rows()).isEqualTo(8);
        assertThat(report.newest().key()).isEqualTo(KEY.fingerprint());
    }

    @Test
    void a_record_that_is_read_again_changes_nothing() throws Exception {
        recorder.writeAt(4, mbom("a", 3), alert("x", "a", AlertState.CLOSED));

        assertThat(check().breaks()).isEmpty();
        assertThat(check().seals()).isEqualTo(3);
    }

    @Test
    void another_reading_of_the_same_topics_makes_the_same_chains() throws Exception {
        List<String> before = chains();
        recorder.clear();
        // In other batches, and one partition before the other: the order within a partition is all that counts.
        recorder.writeAt(2, mbom("b", 1), alert("x", "a", AlertState.OPEN), mbom("b", 2));
        recorder.writeAt(4, mbom("a", 1), alert("x", "a", AlertState.CLOSED));
        recorder.writeAt(6, mbom("a", 2), alert("y", "b", AlertState.OPEN), mbom("a", 3));

        assertThat(chains()).isEqualTo(before);
        assertThat(check().breaks()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        update mboms set document = replace(document::text, '"revision":2', '"revision": 2')::json where deployment = 'a' and revision = 2 | deployment a, mboms | MBOM revision 2 was altered: entry 2 of the ledger has another digest
        update mboms set at = at + interval '1 ms' where deployment = 'a' and revision = 3                        | deployment a, mboms | MBOM revision 3 was altered: entry 3 of the ledger has another digest
        update mboms set removed = true where deployment = 'b' and revision = 2                                   | deployment b, mboms | MBOM revision 2 was altered: entry 2 of the ledger has another digest
        delete from mboms where deployment = 'a' and revision = 1                                                 | deployment a, mboms | MBOM revision 1 is missing: entry 1 of the ledger has it
        delete from mboms where deployment = 'b'                                                                  | deployment b, mboms | MBOM revision 1 is missing: entry 1 of the ledger has it
        insert into mboms select deployment, 9, 99, at, removed, correlation_id, document, path from mboms where deployment = 'a' and revision = 3 | deployment a, mboms | MBOM revision 9 was inserted: the ledger does not have it
        update mboms set deployment = 'c' where deployment = 'a' and revision = 3                                 | deployment a, mboms | MBOM revision 3 is missing: entry 3 of the ledger has it
        update alert_transitions set state = 'ACKNOWLEDGED' where "offset" = 3                                    | deployment a, alerts/0 | state of an alert at offset 3 was altered: entry 1 of the ledger has another digest
        delete from alert_transitions where "offset" = 7                                                          | deployment b, alerts/0 | state of an alert at offset 7 is missing: entry 1 of the ledger has it
        update alerts set state = 'CLOSED' where id = 'y'                                                         | deployment b, alert y | its newest state is not the last that was recorded of it
        update alerts set (seq, state, verdict, severity, updated_at, document) = (select seq, state, verdict, severity, updated_at, document from alert_transitions where "offset" = 3) where id = 'x' | deployment a, alert x | its newest state is not the last that was recorded of it
        delete from alerts where id = 'x' | deployment a, alert x | is missing from the alerts, though its states are there
        update alerts set id = 'z' where id = 'y' | deployment b, alert y | is missing from the alerts, though its states are there
        insert into alerts select 'z', 99, deployment, state, verdict, severity, updated_at, correlation_id, document, path from alerts where id = 'x' | deployment a, alert z | was inserted: none of its states was recorded
        update ledger set digest = sha256('other') where item = 2 and deployment = 'a'                            | deployment a, mboms | entry 2 was altered in the ledger
        update ledger set deployment = 'c' where deployment = 'a' and stream = 'mboms'                            | deployment c, mboms | entries were renamed: their chain is another one
        update ledger_seals set heads = replace(heads::text, '"a"', '"c"')::json where n = 2                      | seal 2 | was altered, or what was before it: its hash is not that of what it says
        update ledger_seals set at = at + interval '1 day' where n = 3                                            | seal 3 | was altered, or what was before it: its hash is not that of what it says
        delete from ledger_seals where n = 2                                                                      | seal 2 | is missing: the next is 3
        delete from ledger_seals where n = 3                                                                      | deployment b, alerts/0 | was inserted into the ledger: no seal names it
        update ledger_seals set signature = (select signature from ledger_seals where n = 1) where n = 3          | seal 3 | its signature is not that of the key
        """)
    void the_first_break_is_named(String sql, String where, String what) throws Exception {
        execute(sql);

        assertThat(check().breaks()).anySatisfy(one -> {
            assertThat(one.where()).isEqualTo(where);
            assertThat(one.what()).startsWith(what);
        });
        // The row that was touched is what is told first, but where a chain is renamed or loses its seal as a whole.
        if (!sql.contains("update ledger set deployment") && !sql.contains("where n = 3")) {
            assertThat(check().breaks().getFirst().where()).isEqualTo(where);
        }
    }

    @Test
    void a_tail_that_is_dropped_from_rows_and_ledger_is_missed() throws Exception {
        execute("delete from mboms where deployment = 'a' and revision = 3");
        execute("delete from ledger where deployment = 'a' and stream = 'mboms' and n = 3");

        assertThat(check().breaks())
                .containsExactly(new Break(
                        "deployment a, mboms", "ends at entry 2, and seal 2 names entry 3: the end was dropped"));
    }

    @Test
    void a_deployment_that_is_dropped_as_a_whole_is_missed() throws Exception {
        for (String table : List.of("mboms", "alert_transitions", "alerts", "ledger")) {
            execute("delete from " + table + " where deployment = 'b'");
        }

        assertThat(check().breaks())
                .containsExactly(
                        new Break("deployment b, alerts/0", "the whole chain is missing from the ledger"),
                        new Break("deployment b, mboms", "the whole chain is missing from the ledger"));
    }

    /** The row, its entry and a seal are made as the sink makes them; only the key is another. */
    @Test
    void a_row_that_somebody_chains_and_seals_with_another_key_is_seen() throws Exception {
        LedgerKey other = LedgerKey.generate();
        recorder.chain(new Ledger(other, () -> T));
        recorder.writeAt(8, mbom("a", 4));
        recorder.chain(LEDGER);
        recorder.writeAt(9, mbom("a", 5));

        assertThat(check().breaks())
                .containsExactly(new Break(
                        "seal 4", "is signed with the key " + other.fingerprint() + ", which is not trusted here"));
    }

    @Test
    void a_whole_end_that_is_dropped_is_seen_by_who_noted_a_seal() throws Exception {
        Report before = check();
        String noted = before.newest().hash();
        Break missing =
                new Break("seal " + noted, "was noted and is missing: the end was dropped, or all was written anew");
        assertThat(LedgerCheck.run(recorder.database(), KEY, null, noted, LIMIT).breaks())
                .isEmpty();
        execute("delete from mboms where deployment = 'b' and revision = 2");
        execute("delete from alert_transitions where deployment = 'b'");
        execute("delete from alerts where deployment = 'b'");
        execute("delete from ledger where deployment = 'b' and (stream <> 'mboms' or n = 2)");
        execute("delete from ledger_seals where n = 3");

        // Consistent in itself: that is what the note is for.
        assertThat(check().breaks()).isEmpty();
        assertThat(LedgerCheck.run(recorder.database(), KEY, null, noted, LIMIT).breaks())
                .containsExactly(missing);
        recorder.writeAt(10, mbom("b", 2));
        assertThat(LedgerCheck.run(recorder.database(), KEY, null, noted, LIMIT).breaks())
                .containsExactly(missing);
    }

    @Test
    void one_deployment_is_checked_alone() throws Exception {
        execute("delete from mboms where deployment = 'b' and revision = 1");

        assertThat(LedgerCheck.run(recorder.database(), KEY, "a", null, LIMIT).breaks())
                .isEmpty();
        assertThat(LedgerCheck.run(recorder.database(), KEY, "b", null, LIMIT).breaks())
                .hasSize(1);
        assertThat(LedgerCheck.run(recorder.database(), KEY, "a", null, LIMIT).rows())
                .isEqualTo(5);
    }

    @Test
    void what_was_recorded_before_the_ledger_is_taken_in_once() throws Exception {
        List<String> chained = chains();
        execute("truncate ledger, ledger_seals");
        assertThat(check().broken()).isEqualTo(8);

        recorder.adopt(LEDGER);

        assertThat(check().breaks()).isEmpty();
        assertThat(chains()).isEqualTo(chained);
        execute("insert into mboms select deployment, 9, 99, at, removed, correlation_id, document, path from mboms"
                + " where deployment = 'a' and revision = 3");
        recorder.adopt(LEDGER);
        assertThat(check().broken()).isEqualTo(1);
    }

    @Test
    void a_check_ends_in_time() {
        assertThatThrownBy(() -> LedgerCheck.run(recorder.database(), KEY, null, null, Duration.ZERO))
                .isInstanceOf(SQLTimeoutException.class);
    }

    private static Report check() throws SQLException {
        return LedgerCheck.run(recorder.database(), KEY, null, null, LIMIT);
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = recorder.database().getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).as(sql).isGreaterThanOrEqualTo(sql.startsWith("truncate") ? 0 : 1);
        }
    }

    private static List<String> chains() throws SQLException {
        List<String> chains = new ArrayList<>();
        try (Connection connection = recorder.database().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select deployment || ' ' || stream || ' ' || n || ' ' || item"
                        + " || ' ' || encode(hash, 'hex') from ledger order by 1")) {
            while (row.next()) {
                chains.add(row.getString(1));
            }
        }
        return chains;
    }

    private static Mbom mbom(String deployment, long revision) {
        return Mbom.newBuilder()
                .setDeployment(deployment)
                .setSerialNumber("urn:uuid:0")
                .setRevision(revision)
                .setAt(T.plusSeconds(revision))
                .setCorrelationId("o" + revision)
                .build();
    }

    private static Alert alert(String id, String deployment, AlertState state) {
        return Alert.newBuilder()
                .setId(id)
                .setDeployment(deployment)
                .setCause("c1")
                .setVerdict(Verdict.UNAPPROVED)
                .setSeverity(Severity.HIGH)
                .setState(state)
                .setOpenedAt(T)
                .setUpdatedAt(T)
                .setCorrelationId("o1")
                .build();
    }
}
