package io.modelwatch.history.ledger;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Holds the rows of the history against the ledger, and the ledger against its seals and their signatures, all of one
 * moment. Nothing is computed by the database that Java could compute: a function of it may have been replaced.
 */
public final class LedgerCheck {

    /** Breaks that are told of: where one row is wrong, a thousand may be. */
    private static final int MOST_BREAKS = 100;

    private static final int FETCH = 200;

    private final Connection connection;
    private final LedgerKey key;
    private final @Nullable String deployment;
    private final long deadline;
    private final Map<ByteBuffer, Sealed> sealed = new HashMap<>();
    private final List<Break> breaks = new ArrayList<>();
    private long broken;
    private long seals;
    private long chains;
    private long entries;
    private long rows;
    private @Nullable Seal newest;

    private LedgerCheck(Connection connection, LedgerKey key, @Nullable String deployment, Duration limit) {
        this.connection = connection;
        this.key = key;
        this.deployment = deployment;
        this.deadline = System.nanoTime() + limit.toNanos();
    }

    /** Where something does not hold, and what. */
    public record Break(String where, String what) {}

    /**
     * A seal.
     *
     * @param key fingerprint of the key that signed it
     * @param hash hex
     * @param signature of the hash, hex
     */
    public record Seal(long n, Instant at, String key, String hash, String signature) {}

    /** The last head of a chain that was sealed. */
    private record Sealed(String name, long count, String hash, long seal) {}

    /**
     * What came out.
     *
     * @param seals that were checked
     * @param rows of MBOMs and states of alerts
     * @param newest the last seal; null where there is none
     * @param breaks the first of them, in order: seals, chains, MBOMs, alerts
     * @param broken how many there are
     */
    public record Report(
            long seals,
            long chains,
            long entries,
            long rows,
            @Nullable Seal newest,
            List<Break> breaks,
            long broken) {}

    /**
     * Checks.
     *
     * @param key says which keys are trusted
     * @param deployment whose chains and rows are checked, or null for all; seals are checked in any case
     * @param noted hash (hex) of a seal that was noted before, or null: it must still be there
     * @throws SQLTimeoutException if it takes longer than the limit
     */
    public static Report run(
            DataSource database, LedgerKey key, @Nullable String deployment, @Nullable String noted, Duration limit)
            throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try {
                LedgerCheck check = new LedgerCheck(connection, key, deployment, limit);
                check.seals(noted);
                check.chains();
                check.mboms();
                check.alerts();
                return new Report(
                        check.seals,
                        check.chains,
                        check.entries,
                        check.rows,
                        check.newest,
                        List.copyOf(check.breaks),
                        check.broken);
            } finally {
                connection.rollback();
            }
        }
    }

    private void found(String where, String what) {
        broken++;
        if (breaks.size() < MOST_BREAKS) {
            breaks.add(new Break(where, what));
        }
    }

    private void seals(@Nullable String noted) throws SQLException {
        byte[] before = Hashes.NONE;
        long next = 1;
        boolean there = noted == null;
        try (PreparedStatement query =
                        query("select n, at, heads::text, key, hash, signature from ledger_seals order by n");
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                inTime();
                Seal seal = new Seal(
                        row.getLong(1),
                        row.getObject(2, OffsetDateTime.class).toInstant(),
                        row.getString(4),
                        Hashes.hex(row.getBytes(5)),
                        Hashes.hex(row.getBytes(6)));
                String heads = row.getString(3);
                String where = "seal " + seal.n();
                if (seal.n() != next) {
                    found("seal " + next, "is missing: the next is " + seal.n());
                }
                if (!Hashes.hex(Hashes.seal(seal.n(), seal.at(), heads, before)).equals(seal.hash())) {
                    found(where, "was altered, or what was before it: its hash is not that of what it says");
                }
                String objection = key.objection(seal.key(), row.getBytes(5), row.getBytes(6));
                if (objection != null) {
                    found(where, objection);
                }
                there |= seal.hash().equalsIgnoreCase(noted);
                heads(seal.n(), heads);
                before = row.getBytes(5);
                next = seal.n() + 1;
                newest = seal;
                seals++;
            }
        }
        if (!there) {
            found("seal " + noted, "was noted and is missing: the end was dropped, or all was written anew");
        }
    }

    private void heads(long seal, String heads) {
        try {
            for (JsonNode head : JsonMapper.shared().readTree(heads)) {
                String of = head.path(0).asString("");
                String stream = head.path(1).asString("");
                if (deployment == null || deployment.equals(of)) {
                    sealed.put(
                            ByteBuffer.wrap(Hashes.chain(of, stream)),
                            new Sealed(
                                    chainName(of, stream),
                                    head.path(2).asLong(0),
                                    head.path(3).asString(""),
                                    seal));
                }
            }
        } catch (JacksonException e) {
            found("seal " + seal, "its heads are not JSON");
        }
    }

    private static String chainName(String deployment, String stream) {
        return "deployment " + deployment + ", " + stream;
    }

    private void chains() throws SQLException {
        Map<ByteBuffer, Sealed> unseen = new HashMap<>(sealed);
        try (PreparedStatement query = query("select chain, n, deployment, stream, item, digest, hash from ledger"
                        + (deployment == null ? "" : " where deployment = ?")
                        + " order by chain, n");
                ResultSet row = query.executeQuery()) {
            Chain chain = null;
            while (row.next()) {
                inTime();
                byte[] id = row.getBytes(1);
                String name = chainName(row.getString(3), row.getString(4));
                if (chain == null || !Arrays.equals(chain.id, id)) {
                    ends(chain);
                    chain = new Chain(id, name);
                    chains++;
                    unseen.remove(ByteBuffer.wrap(id));
                    if (!Arrays.equals(id, Hashes.chain(row.getString(3), row.getString(4)))) {
                        found(name, "entries were renamed: their chain is another one");
                    }
                }
                chain.add(row.getLong(2), row.getLong(5), row.getBytes(6), row.getBytes(7));
                entries++;
            }
            ends(chain);
        }
        unseen.values().stream()
                .map(Sealed::name)
                .sorted()
                .forEach(name -> found(name, "the whole chain is missing from the ledger"));
    }

    /** Entries of one chain, one after the other. */
    private final class Chain {
        private final byte[] id;
        private final String name;
        private byte[] before = Hashes.NONE;
        private long n;
        private boolean sound = true;

        Chain(byte[] id, String name) {
            this.id = id;
            this.name = name;
        }

        void add(long number, long item, byte[] digest, byte[] hash) {
            if (sound && number != n + 1) {
                wrong("entry " + (n + 1) + " is missing from the ledger: the next is " + number);
            } else if (sound && !Arrays.equals(Hashes.entry(id, number, item, digest, before), hash)) {
                wrong("entry " + number + " was altered in the ledger");
            }
            n = number;
            before = hash;
        }

        /** What follows the first break of a chain follows from it. */
        private void wrong(String what) {
            sound = false;
            found(name, what);
        }
    }

    private void ends(@Nullable Chain chain) {
        if (chain == null || !chain.sound) {
            return;
        }
        Sealed head = sealed.get(ByteBuffer.wrap(chain.id));
        if (head == null) {
            found(chain.name, "was inserted into the ledger: no seal names it");
        } else if (chain.n < head.count()) {
            found(
                    chain.name,
                    "ends at entry " + chain.n + ", and seal " + head.seal() + " names entry " + head.count()
                            + ": the end was dropped");
        } else if (chain.n > head.count()) {
            found(
                    chain.name,
                    "entry " + (head.count() + 1) + " was inserted into the ledger: seal " + head.seal()
                            + " names entry " + head.count() + " as the last");
        } else if (!head.hash().equals(Hashes.hex(chain.before))) {
            found(chain.name, "was written anew: seal " + head.seal() + " names another hash");
        }
    }

    private void mboms() throws SQLException {
        rows(
                "select " + RecordedRows.MBOM_COLUMNS + ", l.n, l.digest, l.item, l.deployment as of_deployment,"
                        + " l.stream from " + rowsOf("mboms") + " m full join " + entriesOf("stream = 'mboms'")
                        + " l on l.deployment = m.deployment and l.item = m.revision"
                        + " order by coalesce(m.deployment, l.deployment), coalesce(m.revision, l.item)",
                RecordedRows::mbom,
                item -> "MBOM revision " + item);
    }

    private void alerts() throws SQLException {
        rows(
                "select " + RecordedRows.ALERT_COLUMNS + ", l.n, l.digest, l.item, l.deployment as of_deployment,"
                        + " l.stream from " + rowsOf("alert_transitions") + " t full join "
                        + entriesOf("stream like 'alerts/%'")
                        + " l on l.deployment = t.deployment and l.stream = 'alerts/' || t.partition"
                        + " and l.item = t.\"offset\""
                        + " order by coalesce(t.deployment, l.deployment), l.stream, coalesce(t.\"offset\", l.item)",
                RecordedRows::alert,
                item -> "state of an alert at offset " + item);
        newest();
    }

    /** What lists show of an alert is a row of its own: it must be there, and be the last that was recorded. */
    private void newest() throws SQLException {
        String sql = "select coalesce(a.deployment, t.deployment), coalesce(a.id, t.id), a.id is null, t.id is null"
                + " from " + rowsOf("alerts") + " a full join (select distinct on (id) * from "
                + rowsOf("alert_transitions") + " s order by id, \"offset\" desc) t on t.id = a.id"
                + " where (a.deployment, a.state, a.verdict, a.severity, a.updated_at, a.document::text)"
                + " is distinct from (t.deployment, t.state, t.verdict, t.severity, t.updated_at, t.document::text)"
                + " order by 1, 2";
        try (PreparedStatement query = query(sql);
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                found(
                        "deployment " + row.getString(1) + ", alert " + row.getString(2),
                        row.getBoolean(3)
                                ? "is missing from the alerts, though its states are there"
                                : row.getBoolean(4)
                                        ? "was inserted: none of its states was recorded"
                                        : "its newest state is not the last that was recorded of it");
            }
        }
    }

    /** Names an entry of a stream. */
    @FunctionalInterface
    private interface Naming {
        String name(long item);
    }

    private void rows(String sql, RecordedRows.Reading reading, Naming naming) throws SQLException {
        try (PreparedStatement query = query(sql);
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                inTime();
                byte[] digest = row.getBytes("digest");
                if (row.getString("document") == null) {
                    found(
                            chainName(row.getString("of_deployment"), row.getString("stream")),
                            naming.name(row.getLong("item")) + " is missing: entry " + row.getLong("n")
                                    + " of the ledger has it");
                    continue;
                }
                Entry entry = reading.read(row);
                rows++;
                if (digest == null) {
                    found(
                            chainName(entry.deployment(), entry.stream()),
                            naming.name(entry.item()) + " was inserted: the ledger does not have it");
                } else if (!Hashes.hex(digest).equals(entry.digest())) {
                    found(
                            chainName(entry.deployment(), entry.stream()),
                            naming.name(entry.item()) + " was altered: entry " + row.getLong("n")
                                    + " of the ledger has another digest");
                }
            }
        }
    }

    private String rowsOf(String table) {
        return deployment == null ? table : "(select * from " + table + " where deployment = ?)";
    }

    private String entriesOf(String where) {
        return "(select * from ledger where " + where + (deployment == null ? "" : " and deployment = ?") + ")";
    }

    private PreparedStatement query(String sql) throws SQLException {
        PreparedStatement query = connection.prepareStatement(sql);
        query.setFetchSize(FETCH);
        query.setQueryTimeout(Math.toIntExact(Math.max(1, (deadline - System.nanoTime()) / 1_000_000_000L)));
        int parameters = (int) sql.chars().filter(c -> c == '?').count();
        for (int i = 1; i <= parameters; i++) {
            query.setString(i, deployment);
        }
        return query;
    }

    private void inTime() throws SQLTimeoutException {
        if (System.nanoTime() > deadline) {
            throw new SQLTimeoutException("the ledger could not be checked in time");
        }
    }
}
