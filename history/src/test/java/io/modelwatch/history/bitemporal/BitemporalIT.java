package io.modelwatch.history.bitemporal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.history.Recorder;
import io.modelwatch.history.bitemporal.GeneratedFacts.Told;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.Mbom;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The tables with two times, in a real PostgreSQL, against a replay that shares no code with them. */
class BitemporalIT {

    private static final long SEED = 20261125;
    private static final int MOMENTS = 100;

    private static Recorder recorder;

    @BeforeAll
    static void start() throws IOException {
        recorder = new Recorder();
    }

    @AfterAll
    static void stop() throws IOException {
        recorder.close();
    }

    @BeforeEach
    void clear() throws SQLException {
        recorder.clear();
    }

    @Test
    void shouldAnswerAsAPlainReplayDoesAtAHundredRandomMoments() throws Exception {
        System.out.println("seed " + SEED);
        List<Told> told = GeneratedFacts.of(SEED, 30, 40);
        write(inOrderOfArrival(told), new Random(SEED));

        PlainReplay replay = new PlainReplay(told);
        Random random = new Random(SEED + 1);
        int components = 0;
        for (int i = 0; i < MOMENTS; i++) {
            Instant at = GeneratedFacts.START.plus(Duration.ofMinutes(random.nextInt(60 * 24 * 60)));
            Instant known =
                    i % 3 == 0 ? null : GeneratedFacts.START.plus(Duration.ofMinutes(random.nextInt(60 * 24 * 60)));
            Set<String> fleet = fleet(at, known);
            assertThat(fleet)
                    .as("at %s as known at %s", at, known)
                    .isEqualTo(replay.fleet(at, known == null ? Instant.MAX : known));
            components += fleet.size();
        }
        assertThat(components).as("components seen at all moments").isGreaterThan(1000);
    }

    @Test
    void shouldMakeTheSameRowsInWhateverOrderTopicsAreRead() throws Exception {
        List<Told> told = GeneratedFacts.of(SEED + 2, 12, 30);
        write(inOrderOfArrival(told), new Random(1));
        List<String> rows = rows();

        recorder.clear();
        List<Told> revisionsFirst = new ArrayList<>(told);
        revisionsFirst.sort(Comparator.comparing(one -> one.value() instanceof Change));
        write(revisionsFirst, new Random(2));
        assertThat(rows()).isEqualTo(rows);

        recorder.clear();
        List<Told> changesFirst = new ArrayList<>(told);
        changesFirst.sort(Comparator.comparing(one -> one.value() instanceof Mbom));
        write(changesFirst, new Random(3));
        assertThat(rows()).isEqualTo(rows);

        // And a second time: what is read again changes nothing.
        write(inOrderOfArrival(told), new Random(4));
        assertThat(rows()).isEqualTo(rows);
    }

    @Test
    void shouldSayOfNowWhatTheNewestRevisionSays() throws Exception {
        List<Told> told = GeneratedFacts.of(SEED + 3, 20, 30);
        write(inOrderOfArrival(told), new Random(5));
        for (String deployment : told.stream().map(Told::deployment).distinct().toList()) {
            Mbom newest = (Mbom) told.stream()
                    .filter(one -> one.deployment().equals(deployment) && one.value() instanceof Mbom)
                    .reduce((one, other) -> other)
                    .orElseThrow()
                    .value();
            assertThat(strings(
                            "select field || '=' || value::text from modelwatch.mbom_as_of(?, '2027-01-01Z')",
                            deployment))
                    .containsExactlyInAnyOrderElementsOf(newest.getClaims().stream()
                            .map(claim -> claim.getField() + "=" + claim.getValue())
                            .toList());
        }
    }

    @Test
    void shouldNeverChangeWhatWasKnownBefore() throws Exception {
        List<Told> told = GeneratedFacts.of(SEED + 4, 1, 40);
        Instant at = GeneratedFacts.START.plus(Duration.ofDays(20));
        List<Set<String>> answers = new ArrayList<>();
        List<Instant> moments = new ArrayList<>();
        for (Told one : told) {
            recorder.writeArrived(one.arrived(), one.value());
            List<String> known = strings("select (known - interval '1 ms')::text from bitemporal.heads");
            moments.add(java.sql.Timestamp.valueOf(known.getFirst().replaceFirst("[+-]\\d\\d$", ""))
                    .toLocalDateTime()
                    .toInstant(ZoneOffset.UTC));
            answers.add(fleet(at, moments.getLast()));
        }
        for (int i = 0; i < moments.size(); i++) {
            assertThat(fleet(at, moments.get(i)))
                    .as("as known at %s", moments.get(i))
                    .isEqualTo(answers.get(i));
        }
    }

    @Test
    void shouldRefuseRowsThatOverlap() throws Exception {
        write(inOrderOfArrival(GeneratedFacts.of(SEED + 5, 1, 5)), new Random(6));
        try (Connection connection = recorder.database().getConnection();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute(
                            "insert into bitemporal.deployments select * from" + " bitemporal.deployments limit 1"))
                    .hasMessageContaining("deployments_pkey");
            try (ResultSet key = statement.executeQuery(
                    "select pg_get_constraintdef(oid) from pg_constraint where" + " conname = 'claims_pkey'")) {
                key.next();
                assertThat(key.getString(1))
                        .isEqualTo("PRIMARY KEY (deployment, field, source, valid WITHOUT OVERLAPS)");
            }
        }
    }

    private static List<Told> inOrderOfArrival(List<Told> told) {
        List<Told> ordered = new ArrayList<>(told);
        ordered.sort(Comparator.comparing(Told::arrived));
        return ordered;
    }

    /** In transactions of any size, each record with its own time of arrival. */
    private static void write(List<Told> told, Random random) throws SQLException {
        int at = 0;
        while (at < told.size()) {
            int end = Math.min(told.size(), at + 1 + random.nextInt(40));
            recorder.writeAll(told.subList(at, end).stream()
                    .map(one -> new Recorder.Arrival(one.arrived(), one.value()))
                    .toList());
            at = end;
        }
    }

    private static Set<String> fleet(Instant at, Instant known) throws SQLException {
        Set<String> fleet = new TreeSet<>();
        try (Connection connection = recorder.database().getConnection();
                PreparedStatement query = connection.prepareStatement("select concat_ws('|', deployment, role, model,"
                        + " coalesce(vendor, 'null'), coalesce(hosting::text, 'null')) from"
                        + " modelwatch.fleet_as_of(?, coalesce(?::timestamptz, 'infinity'))")) {
            query.setObject(1, at.atOffset(ZoneOffset.UTC));
            query.setString(2, known == null ? null : known.toString());
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    fleet.add(rows.getString(1));
                }
            }
        }
        return fleet;
    }

    private static List<String> rows() throws SQLException {
        List<String> rows = new ArrayList<>();
        for (String table : List.of("deployments", "components", "claims")) {
            for (String suffix : List.of("", "_before")) {
                rows.addAll(strings("select t::text from bitemporal." + table + suffix + " t order by 1"));
            }
        }
        rows.addAll(strings("select h::text from bitemporal.heads h order by 1"));
        return rows;
    }

    private static List<String> strings(String sql, String... values) throws SQLException {
        List<String> strings = new ArrayList<>();
        try (Connection connection = recorder.database().getConnection();
                Statement zone = connection.createStatement();
                PreparedStatement query = connection.prepareStatement(sql)) {
            zone.execute("set time zone 'UTC'");
            for (int i = 0; i < values.length; i++) {
                query.setString(i + 1, values[i]);
            }
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    strings.add(rows.getString(1));
                }
            }
        }
        return strings;
    }
}
