package io.modelwatch.bench.history;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * Rows of history for questions as of a time: claims and components of deployments through a year, half of them beliefs
 * that ended. The tables' constraints and indexes are taken away meanwhile and made anew over all rows, which gives the
 * same in a fraction of the time; the questions then find what the sink would have left.
 */
final class HistoryRows {

    /** Rows that a deployment has: a change a week in one of its roles, and what was believed before. */
    private static final int ROWS_EACH = 1_000;
    /** Ten claims and a component a deployment, each with its versions, believed and no longer believed. */
    private static final int ROWS_A_VERSION = 22;

    private static final int CLAIMS = 10;
    /** Parts in which they are made; each is a transaction, and told. */
    private static final int PARTS = 10;

    private static final List<String> TABLES = List.of("claims", "claims_before", "components", "components_before");

    private HistoryRows() {}

    /** Returns how many deployments there are, {@code d0} and on. */
    static int fill(DataSource database, int rows, Consumer<String> progress) throws SQLException {
        int deployments = Math.max(1, rows / ROWS_EACH);
        int versions = Math.max(1, rows / deployments / ROWS_A_VERSION);
        progress.accept("making %,d rows of history of %,d deployments".formatted(rows, deployments));
        // By table: whoever makes a constraint locks its table.
        List<List<String>> again = new ArrayList<>();
        run(database, statement -> {
            for (String table : TABLES) {
                again.add(dropIndexes(statement, table));
            }
        });
        int made = 0;
        for (int part = 1; part <= PARTS; part++) {
            int from = made;
            int to = (int) ((long) deployments * part / PARTS);
            if (to > from) {
                run(database, statement -> {
                    statement.execute(sql(
                            "claims",
                            "deployment, field, source",
                            "'d' || d, 'models.r' || k || '.license', 's'",
                            "json_build_object('value', v, 'confidence', 'declared', 'rank', 0)",
                            from,
                            to,
                            CLAIMS,
                            versions));
                    statement.execute(sql(
                            "components",
                            "deployment, role",
                            "'d' || d, 'r' || k",
                            "json_build_object('model', 'pkg:huggingface/a/m' || v, 'license', 'mit', 'origins',"
                                    + " json_build_array(json_build_object('country', 'US')))",
                            from,
                            to,
                            1,
                            versions));
                });
                made = to;
                progress.accept("  %,d of %,d deployments".formatted(made, deployments));
            }
        }
        progress.accept("  constraints and indexes");
        inTwos(database, again);
        run(
                database,
                statement -> statement.execute(
                        "insert into bitemporal.deployments select 'd' || d, tstzrange('2025-01-01Z', null),"
                                + " tstzrange('2025-01-01Z', null), '{\"vendor\":\"v\"}', 'c' from generate_series(0, "
                                + (deployments - 1) + ") d"));
        inTwos(
                database,
                List.of(
                        List.of("vacuum analyze bitemporal.claims"),
                        List.of("vacuum analyze bitemporal.claims_before"),
                        List.of("vacuum analyze bitemporal.components, bitemporal.components_before,"
                                + " bitemporal.deployments")));
        return deployments;
    }

    /** Takes away the constraints and indexes of a table, and returns the statements that make them again. */
    private static List<String> dropIndexes(Statement statement, String table) throws SQLException {
        List<String> drop = new ArrayList<>();
        List<String> again = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(
                "select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'bitemporal." + table
                        + "'::regclass and contype in ('p', 'x', 'u')")) {
            while (rows.next()) {
                drop.add("alter table bitemporal." + table + " drop constraint " + rows.getString(1));
                again.add("alter table bitemporal." + table + " add constraint " + rows.getString(1) + " "
                        + rows.getString(2));
            }
        }
        try (ResultSet rows = statement.executeQuery(
                "select indexrelid::regclass, pg_get_indexdef(indexrelid) from pg_index where indrelid = 'bitemporal."
                        + table
                        + "'::regclass and not exists (select from pg_constraint where conindid = indexrelid)")) {
            while (rows.next()) {
                drop.add("drop index " + rows.getString(1));
                again.add(rows.getString(2));
            }
        }
        for (String sql : drop) {
            statement.execute(sql);
        }
        return again;
    }

    private static String sql(
            String table, String columns, String keys, String document, int first, int end, int each, int versions) {
        String from = " from generate_series(" + first + ", " + (end - 1) + ") d, generate_series(1, " + each
                + ") k, generate_series(0, " + (versions - 1) + ") v";
        String time = "timestamptz '2025-01-01Z' + interval '365 days' * ((v::float8 %s) / " + versions + ")";
        String begin = time.formatted("");
        String next = time.formatted("+ 1");
        String valid = "case when v = " + (versions - 1) + " then null else " + next + " end";
        return "with now as (insert into bitemporal." + table + " (" + columns
                + ", valid, recorded, document, cause) select "
                + keys + ", tstzrange(" + begin + ", " + valid + "), tstzrange(" + begin + ", null), " + document
                + ", 'c'" + from
                + ") insert into bitemporal." + table + "_before (" + columns
                + ", valid, recorded, document, cause) select "
                + keys + ", tstzrange(" + next + ", null), tstzrange(" + begin + ", " + next + "), " + document
                + ", 'c'" + from + " where v < " + (versions - 1);
    }

    /** What is done on one connection, in one transaction. */
    @FunctionalInterface
    private interface Work {
        void with(Statement statement) throws SQLException;
    }

    private static void run(DataSource database, Work work) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            work.with(statement);
            connection.commit();
        }
    }

    /** Runs rows of statements two at a time, each row on a connection: there are two cores, and an index takes one. */
    private static void inTwos(DataSource database, List<List<String>> rows) throws SQLException {
        try (ExecutorService two = Executors.newFixedThreadPool(2)) {
            List<Future<?>> all = new ArrayList<>();
            for (List<String> row : rows) {
                all.add(two.submit(() -> {
                    try (Connection connection = database.getConnection();
                            Statement statement = connection.createStatement()) {
                        statement.execute("set maintenance_work_mem = '512MB'");
                        for (String sql : row) {
                            statement.execute(sql);
                        }
                        statement.execute("reset maintenance_work_mem");
                        return null;
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new SQLException("cannot make the indexes again: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted", e);
        }
    }
}
