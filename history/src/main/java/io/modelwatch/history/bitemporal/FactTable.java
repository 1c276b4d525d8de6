package io.modelwatch.history.bitemporal;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A pair of tables: what is believed now, and what was believed before (see the migration). Statements take whole arrays,
 * so that their number does not grow with that of the rows. Only who holds the writers' turn may use it: rows are named
 * by where they stand.
 */
enum FactTable {
    DEPLOYMENTS("deployments", "deployment"),
    COMPONENTS("components", "deployment", "role"),
    CLAIMS("claims", "deployment", "field", "source"),
    MODELS("models", "model"),
    LINEAGE("lineage", "model"),
    PROCUREMENT("procurement", "id"),
    ALERTS("alerts", "id");

    private final String table;
    private final List<String> keys;

    FactTable(String name, String... keys) {
        this.table = "bitemporal." + name;
        this.keys = List.of(keys);
    }

    /**
     * Returns the timelines of some entities, as far as they reach past a time.
     *
     * @param entities values of the first key
     * @param since nothing before it will be asked for or set
     */
    Map<List<String>, Timeline> load(Connection connection, Collection<String> entities, Instant since)
            throws SQLException {
        String sql = "select ctid::text, lower(valid), upper(valid), lower(recorded), document::text, cause, "
                + String.join(", ", keys) + " from " + table + " where " + keys.getFirst()
                + " = any (?) and (upper_inf(valid) or upper(valid) > ?)";
        Map<List<String>, Timeline> timelines = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, texts(connection, entities));
            statement.setObject(2, since.atOffset(ZoneOffset.UTC));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    List<String> key = new ArrayList<>();
                    for (int i = 0; i < keys.size(); i++) {
                        key.add(rows.getString(7 + i));
                    }
                    timelines
                            .computeIfAbsent(key, k -> new Timeline())
                            .load(new Span(
                                    rows.getObject(2, OffsetDateTime.class).toInstant(),
                                    instant(rows.getObject(3, OffsetDateTime.class)),
                                    rows.getObject(4, OffsetDateTime.class).toInstant(),
                                    rows.getString(5),
                                    rows.getString(6),
                                    rows.getString(1)));
                }
            }
        }
        return timelines;
    }

    /** Forgets all rows of some entities, those of the past too. */
    void forget(Connection connection, Collection<String> entities) throws SQLException {
        for (String name : List.of(table, table + "_before")) {
            try (PreparedStatement statement =
                    connection.prepareStatement("delete from " + name + " where " + keys.getFirst() + " = any (?)")) {
                statement.setArray(1, texts(connection, entities));
                statement.executeUpdate();
            }
        }
    }

    /** Writes what has changed in timelines since they were loaded. */
    void store(Connection connection, Map<List<String>, Timeline> timelines) throws SQLException {
        List<String> dead = new ArrayList<>();
        Lines before = new Lines(keys.size());
        Lines now = new Lines(keys.size());
        timelines.forEach((key, timeline) -> {
            dead.addAll(timeline.dead());
            timeline.superseded().forEach(one -> before.add(key, one.span(), one.until()));
            timeline.fresh().forEach(span -> now.add(key, span, null));
        });
        if (!dead.isEmpty()) {
            try (PreparedStatement statement =
                    connection.prepareStatement("delete from " + table + " where ctid = any (?::tid[])")) {
                statement.setArray(1, texts(connection, dead));
                statement.executeUpdate();
            }
        }
        insert(connection, table + "_before", before);
        insert(connection, table, now);
    }

    private void insert(Connection connection, String name, Lines lines) throws SQLException {
        if (lines.from.isEmpty()) {
            return;
        }
        String sql =
                "insert into " + name + " (" + String.join(", ", keys) + ", valid, recorded, document, cause) select "
                        + String.join(", ", keys) + ", tstzrange(f, u), tstzrange(k, e), d::json, c from unnest("
                        + String.join(", ", Collections.nCopies(keys.size(), "?::text[]"))
                        + ", ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::text[], ?::text[]) as v ("
                        + String.join(", ", keys) + ", f, u, k, e, d, c)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int at = 1;
            for (List<@Nullable String> column : lines.columns()) {
                statement.setArray(at++, texts(connection, column));
            }
            statement.executeUpdate();
        }
    }

    private static Array texts(Connection connection, Collection<? extends @Nullable String> texts)
            throws SQLException {
        return connection.createArrayOf("text", texts.toArray());
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }

    /** Rows to be written, column by column. */
    private static final class Lines {
        private final List<List<@Nullable String>> keys = new ArrayList<>();
        private final List<@Nullable String> from = new ArrayList<>();
        private final List<@Nullable String> until = new ArrayList<>();
        private final List<@Nullable String> known = new ArrayList<>();
        private final List<@Nullable String> ended = new ArrayList<>();
        private final List<@Nullable String> documents = new ArrayList<>();
        private final List<@Nullable String> causes = new ArrayList<>();

        Lines(int width) {
            for (int i = 0; i < width; i++) {
                keys.add(new ArrayList<>());
            }
        }

        void add(List<String> key, Span span, @Nullable Instant end) {
            for (int i = 0; i < key.size(); i++) {
                keys.get(i).add(key.get(i));
            }
            from.add(text(span.from()));
            until.add(text(span.until()));
            known.add(text(span.known()));
            ended.add(text(end));
            documents.add(span.document());
            causes.add(span.cause());
        }

        List<List<@Nullable String>> columns() {
            List<List<@Nullable String>> columns = new ArrayList<>(keys);
            columns.addAll(List.of(from, until, known, ended, documents, causes));
            return columns;
        }

        private static @Nullable String text(@Nullable Instant time) {
            return time == null ? null : time.toString();
        }
    }

    @Override
    public String toString() {
        return table + keys.stream().collect(Collectors.joining(", ", "(", ")"));
    }
}
