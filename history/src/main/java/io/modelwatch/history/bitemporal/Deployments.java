package io.modelwatch.history.bitemporal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Brings the rows of deployments up to what has come in: by what is new, or from the beginning. */
final class Deployments {

    private static final String REVISIONS =
            "select revision, at, effective_at, removed, type, moves::text, document::text,"
                    + " arrived_at from mboms where deployment = ? order by revision";
    private static final String LATE =
            "select document::text, arrived_at from changes where subject = ? and late and subject_kind = 'DEPLOYMENT'";
    /** Revisions in memory at once: the longest document is some 700 KB. */
    private static final int FETCH = 16;

    private final Map<String, List<Bill>> bills = new HashMap<>();
    private final Map<String, List<LateFact>> late = new HashMap<>();

    void add(String deployment, Bill bill) {
        bills.computeIfAbsent(deployment, d -> new ArrayList<>()).add(bill);
    }

    void add(String deployment, LateFact fact) {
        late.computeIfAbsent(deployment, d -> new ArrayList<>()).add(fact);
    }

    /** Writes what was added; the revisions and changes themselves must be there. */
    void write(Connection connection) throws SQLException {
        Set<String> names = new TreeSet<>(bills.keySet());
        names.addAll(late.keySet());
        if (names.isEmpty()) {
            return;
        }
        Map<String, Head> heads = heads(connection, names);
        Map<String, List<Object>> next = new LinkedHashMap<>();
        for (String name : names) {
            Head head = heads.get(name);
            List<Object> facts = ordered(head == null ? Head.NONE : head, bills.get(name), late.get(name));
            if (head != null && follows(head, facts)) {
                next.put(name, facts);
            } else if (head != null || bills.containsKey(name)) {
                // Of a deployment without a revision nothing is known; its late facts wait for the first.
                rebuild(connection, name);
            }
        }
        follow(connection, heads, next);
    }

    /** Makes the rows of a deployment anew from its revisions and late changes, as far as the database has them. */
    static void rebuild(Connection connection, String name) throws SQLException {
        for (FactTable table : List.of(FactTable.DEPLOYMENTS, FactTable.COMPONENTS, FactTable.CLAIMS)) {
            table.forget(connection, List.of(name));
        }
        List<LateFact> facts = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(LATE)) {
            query.setString(1, name);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    LateFact fact = LateFact.read(rows.getString(1), arrived(rows, 2));
                    if (fact != null) {
                        facts.add(fact);
                    }
                }
            }
        }
        facts.sort(Comparator.comparing(LateFact::arrived).thenComparing(LateFact::id));
        DeploymentTimelines timelines = new DeploymentTimelines(name, new Timeline());
        Head head = Head.NONE;
        int fact = 0;
        try (PreparedStatement query = connection.prepareStatement(REVISIONS)) {
            query.setFetchSize(FETCH);
            query.setString(1, name);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    Bill bill = Bill.read(
                            rows.getLong(1),
                            instant(rows, 2),
                            rows.getObject(3) == null ? null : instant(rows, 3),
                            rows.getBoolean(4),
                            rows.getString(5),
                            rows.getString(6),
                            rows.getString(7),
                            arrived(rows, 8));
                    while (fact < facts.size() && !head.isFirst(bill, facts.get(fact))) {
                        timelines.correct(facts.get(fact), head.known(facts.get(fact)));
                        head = head.after(facts.get(fact++));
                    }
                    timelines.revise(bill, head.known(bill));
                    head = head.after(bill);
                }
            }
        }
        for (; fact < facts.size(); fact++) {
            timelines.correct(facts.get(fact), head.known(facts.get(fact)));
            head = head.after(facts.get(fact));
        }
        Map<FactTable, Map<List<String>, Timeline>> all = new LinkedHashMap<>();
        timelines.collect(all);
        store(connection, all);
        remember(connection, Map.of(name, head));
    }

    private static void follow(Connection connection, Map<String, Head> heads, Map<String, List<Object>> next)
            throws SQLException {
        if (next.isEmpty()) {
            return;
        }
        Instant since = next.values().stream()
                .flatMap(List::stream)
                .map(Deployments::earliest)
                .min(Comparator.naturalOrder())
                .orElseThrow();
        Map<String, DeploymentTimelines> known = load(connection, next.keySet(), since);
        Map<FactTable, Map<List<String>, Timeline>> all = new LinkedHashMap<>();
        Map<String, Head> after = new LinkedHashMap<>();
        next.forEach((name, facts) -> {
            DeploymentTimelines timelines = known.getOrDefault(name, new DeploymentTimelines(name, new Timeline()));
            Head head = heads.getOrDefault(name, Head.NONE);
            for (Object fact : facts) {
                if (fact instanceof Bill bill) {
                    timelines.revise(bill, head.known(bill));
                    head = head.after(bill);
                } else if (fact instanceof LateFact lateFact) {
                    timelines.correct(lateFact, head.known(lateFact));
                    head = head.after(lateFact);
                }
            }
            timelines.collect(all);
            after.put(name, head);
        });
        store(connection, all);
        remember(connection, after);
    }

    /** The earliest time at which something is set. */
    private static Instant earliest(Object fact) {
        if (fact instanceof LateFact lateFact) {
            return lateFact.effective();
        }
        Bill bill = (Bill) fact;
        return bill.moves().values().stream()
                .map(Bill.Move::at)
                .filter(at -> at.isBefore(bill.effective()))
                .min(Comparator.naturalOrder())
                .orElse(bill.effective());
    }

    /** Revisions in their order, late facts in theirs, and both by when they came in. */
    private static List<Object> ordered(Head head, @Nullable List<Bill> bills, @Nullable List<LateFact> late) {
        List<Bill> revisions = bills == null ? List.of() : new ArrayList<>(bills);
        List<LateFact> facts = late == null ? List.of() : new ArrayList<>(late);
        if (bills != null) {
            revisions.sort(Comparator.comparingLong(Bill::revision));
        }
        if (late != null) {
            facts.sort(Comparator.comparing(LateFact::arrived).thenComparing(LateFact::id));
        }
        List<Object> ordered = new ArrayList<>();
        int bill = 0;
        int fact = 0;
        Head at = head;
        while (bill < revisions.size() || fact < facts.size()) {
            Bill revision = bill < revisions.size() ? revisions.get(bill) : null;
            LateFact correction = fact < facts.size() ? facts.get(fact) : null;
            if (revision != null && at.isFirst(revision, correction)) {
                ordered.add(revision);
                at = at.after(revision);
                bill++;
            } else if (correction != null) {
                ordered.add(correction);
                at = at.after(correction);
                fact++;
            }
        }
        return ordered;
    }

    private static boolean follows(Head head, List<Object> facts) {
        Head at = head;
        for (Object fact : facts) {
            if (fact instanceof Bill bill) {
                if (!at.precedes(bill)) {
                    return false;
                }
                at = at.after(bill);
            } else if (fact instanceof LateFact lateFact) {
                if (!at.precedes(lateFact)) {
                    return false;
                }
                at = at.after(lateFact);
            }
        }
        return true;
    }

    private static Map<String, DeploymentTimelines> load(Connection connection, Collection<String> names, Instant since)
            throws SQLException {
        Map<String, DeploymentTimelines> known = new HashMap<>();
        Map<List<String>, Timeline> themselves = FactTable.DEPLOYMENTS.load(connection, names, since);
        for (String name : names) {
            known.put(name, new DeploymentTimelines(name, themselves.getOrDefault(List.of(name), new Timeline())));
        }
        for (Map.Entry<List<String>, Timeline> one :
                FactTable.COMPONENTS.load(connection, names, since).entrySet()) {
            List<String> key = one.getKey();
            Objects.requireNonNull(known.get(key.getFirst())).component(key.get(1), one.getValue());
        }
        for (Map.Entry<List<String>, Timeline> one :
                FactTable.CLAIMS.load(connection, names, since).entrySet()) {
            List<String> key = one.getKey();
            Objects.requireNonNull(known.get(key.getFirst())).claim(key.get(1), key.get(2), one.getValue());
        }
        return known;
    }

    private static void store(Connection connection, Map<FactTable, Map<List<String>, Timeline>> all)
            throws SQLException {
        for (Map.Entry<FactTable, Map<List<String>, Timeline>> one : all.entrySet()) {
            one.getKey().store(connection, one.getValue());
        }
    }

    private static Map<String, Head> heads(Connection connection, Collection<String> names) throws SQLException {
        Map<String, Head> heads = new HashMap<>();
        try (PreparedStatement query =
                connection.prepareStatement("select deployment, revision, revised, arrived, late,"
                        + " known from bitemporal.heads where deployment = any (?)")) {
            query.setArray(1, connection.createArrayOf("text", names.toArray()));
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    heads.put(
                            rows.getString(1),
                            new Head(
                                    rows.getLong(2),
                                    instant(rows, 3),
                                    instant(rows, 4),
                                    rows.getString(5),
                                    instant(rows, 6)));
                }
            }
        }
        return heads;
    }

    private static void remember(Connection connection, Map<String, Head> heads) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "insert into bitemporal.heads (deployment, revision, revised, arrived, late, known) values (?, ?, ?, ?, ?,"
                        + " ?) on conflict (deployment) do update set revision = excluded.revision, revised ="
                        + " excluded.revised, arrived = excluded.arrived, late = excluded.late, known ="
                        + " excluded.known")) {
            for (Map.Entry<String, Head> one : heads.entrySet()) {
                Head head = one.getValue();
                statement.setString(1, one.getKey());
                statement.setLong(2, head.revision());
                statement.setObject(3, head.revised().atOffset(ZoneOffset.UTC));
                statement.setObject(4, head.arrived().atOffset(ZoneOffset.UTC));
                statement.setString(5, head.late());
                statement.setObject(6, head.known().atOffset(ZoneOffset.UTC));
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static @Nullable Instant arrived(ResultSet rows, int column) throws SQLException {
        return rows.getObject(column) == null ? null : instant(rows, column);
    }

    private static Instant instant(ResultSet rows, int column) throws SQLException {
        return rows.getObject(column, OffsetDateTime.class).toInstant();
    }
}
