package io.modelwatch.history.ledger;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Chains and signs what is recorded. Each row is an entry upon the one before it in its chain; each transaction that
 * makes entries makes one seal upon the seal before it, which names the new head of each chain that moved and is signed.
 * So one signature is made a transaction, however many rows it writes.
 */
public final class Ledger {

    private static final Logger LOGGER = LoggerFactory.getLogger(Ledger.class);

    /** Rows that are chained at once when those of before the ledger are taken in. */
    private static final int CHUNK = 500;

    private final LedgerKey key;
    private final InstantSource clock;

    /** @param clock gives the times of seals */
    public Ledger(LedgerKey key, InstantSource clock) {
        this.key = key;
        this.clock = clock;
    }

    /** Returns the key that it signs with. */
    public LedgerKey key() {
        return key;
    }

    /** The last entry of a chain. */
    private record Head(String deployment, String stream, long n, String hash) {}

    /**
     * Adds entries within the transaction that writes their rows. One that is there already is passed over: a record may
     * be read twice.
     *
     * @param connection without auto-commit; writers take turns, so that nobody else adds meanwhile
     */
    public void append(Connection connection, List<Entry> entries) throws SQLException {
        if (entries.isEmpty()) {
            return;
        }
        Map<ByteBuffer, Head> heads = heads(connection, entries);
        Set<String> known = known(connection, entries);
        Map<ByteBuffer, Head> moved = new HashMap<>();
        try (PreparedStatement insert =
                connection.prepareStatement("insert into ledger (chain, n, deployment, stream, item, digest, hash)"
                        + " values (?, ?, ?, ?, ?, ?, ?)")) {
            for (Entry entry : entries) {
                byte[] chain = entry.chain();
                if (!known.add(name(chain, entry.item()))) {
                    continue;
                }
                ByteBuffer at = ByteBuffer.wrap(chain);
                Head head = heads.get(at);
                long n = head == null ? 1 : head.n() + 1;
                byte[] before = head == null ? Hashes.NONE : Hashes.bytes(head.hash());
                byte[] digest = Hashes.bytes(entry.digest());
                byte[] hash = Hashes.entry(chain, n, entry.item(), digest, before);
                insert.setBytes(1, chain);
                insert.setLong(2, n);
                insert.setString(3, entry.deployment());
                insert.setString(4, entry.stream());
                insert.setLong(5, entry.item());
                insert.setBytes(6, digest);
                insert.setBytes(7, hash);
                insert.addBatch();
                Head next = new Head(entry.deployment(), entry.stream(), n, Hashes.hex(hash));
                heads.put(at, next);
                moved.put(at, next);
            }
            insert.executeBatch();
        }
        if (!moved.isEmpty()) {
            seal(connection, List.copyOf(moved.values()));
        }
    }

    /**
     * Takes in what was recorded before there was a ledger; does nothing once there is a seal. What such rows said before
     * is not proven by it, only that they say the same from now on.
     *
     * @param connection without auto-commit, and with the turn to write
     */
    public void adopt(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet sealed = statement.executeQuery("select 1 from ledger_seals limit 1")) {
            if (sealed.next()) {
                return;
            }
        }
        long rows = adopt(connection, RecordedRows.MBOMS_IN_ORDER, RecordedRows::mbom)
                + adopt(connection, RecordedRows.ALERTS_IN_ORDER, RecordedRows::alert);
        if (rows > 0) {
            LOGGER.atInfo().addKeyValue("rows", rows).log("the ledger begins with what was recorded before it");
        }
    }

    private long adopt(Connection connection, String sql, RecordedRows.Reading reading) throws SQLException {
        long rows = 0;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setFetchSize(CHUNK);
            List<Entry> chunk = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    chunk.add(reading.read(row));
                    rows++;
                    if (chunk.size() == CHUNK) {
                        append(connection, chunk);
                        chunk.clear();
                    }
                }
            }
            append(connection, chunk);
        }
        return rows;
    }

    private static Map<ByteBuffer, Head> heads(Connection connection, List<Entry> entries) throws SQLException {
        Map<ByteBuffer, byte[]> chains = new HashMap<>();
        entries.forEach(entry -> chains.put(ByteBuffer.wrap(entry.chain()), entry.chain()));
        Map<ByteBuffer, Head> heads = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement("select c.chain, h.deployment, h.stream, h.n,"
                + " h.hash from unnest(?::bytea[]) c(chain) cross join lateral (select deployment, stream, n, hash from"
                + " ledger l where l.chain = c.chain order by n desc limit 1) h")) {
            query.setArray(1, connection.createArrayOf("bytea", chains.values().toArray(new byte[0][])));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    heads.put(
                            ByteBuffer.wrap(row.getBytes(1)),
                            new Head(row.getString(2), row.getString(3), row.getLong(4), Hashes.hex(row.getBytes(5))));
                }
            }
        }
        return heads;
    }

    private static Set<String> known(Connection connection, List<Entry> entries) throws SQLException {
        Set<String> known = new HashSet<>();
        try (PreparedStatement query = connection.prepareStatement("select l.chain, l.item from unnest(?::bytea[],"
                + " ?::bigint[]) e(chain, item) join ledger l on l.chain = e.chain and l.item = e.item")) {
            query.setArray(
                    1,
                    connection.createArrayOf(
                            "bytea", entries.stream().map(Entry::chain).toArray(byte[][]::new)));
            query.setArray(
                    2,
                    connection.createArrayOf(
                            "bigint", entries.stream().map(Entry::item).toArray(Long[]::new)));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    known.add(name(row.getBytes(1), row.getLong(2)));
                }
            }
        }
        return known;
    }

    private static String name(byte[] chain, long item) {
        return Hashes.hex(chain) + item;
    }

    private void seal(Connection connection, List<Head> moved) throws SQLException {
        long n = 1;
        byte[] before = Hashes.NONE;
        try (Statement statement = connection.createStatement();
                ResultSet last = statement.executeQuery("select n, hash from ledger_seals order by n desc limit 1")) {
            if (last.next()) {
                n = last.getLong(1) + 1;
                before = last.getBytes(2);
            }
        }
        ArrayNode heads = JsonNodeFactory.instance.arrayNode();
        moved.stream()
                .sorted(Comparator.comparing(Head::deployment).thenComparing(Head::stream))
                .forEach(head -> heads.addArray()
                        .add(head.deployment())
                        .add(head.stream())
                        .add(head.n())
                        .add(head.hash()));
        Instant at = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        byte[] hash = Hashes.seal(n, at, heads.toString(), before);
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into ledger_seals (n, at, heads, key, hash, signature) values (?, ?, ?::json, ?, ?, ?)")) {
            insert.setLong(1, n);
            insert.setObject(2, at.atOffset(ZoneOffset.UTC), java.sql.Types.TIMESTAMP_WITH_TIMEZONE);
            insert.setString(3, heads.toString());
            insert.setString(4, key.fingerprint());
            insert.setBytes(5, hash);
            insert.setBytes(6, key.sign(hash));
            insert.executeUpdate();
        }
    }
}
