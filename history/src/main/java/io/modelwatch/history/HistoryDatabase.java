package io.modelwatch.history;

import io.modelwatch.schemas.NewerSchemaException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The schema of the history. */
public final class HistoryDatabase {

    /** Role of those who read the views for analysts, and nothing else. */
    public static final String READER = "modelwatch_reader";

    private static final Logger LOGGER = LoggerFactory.getLogger(HistoryDatabase.class);

    /** Insufficient privilege: who may not make roles gives rights by hand. */
    private static final String REFUSED = "42501";

    /** The newest version of the schema that this program knows: the last of its migrations. */
    static final int NEWEST = 18;

    private HistoryDatabase() {}

    /**
     * Brings the database to the newest version of the schema, and lets {@link #READER} read what is for analysts; safe
     * to call by several instances at once, and while sinks of an older version write.
     *
     * @throws NewerSchemaException if a newer program has brought it further
     */
    public static void migrate(DataSource database) {
        try (Connection turn = database.getConnection()) {
            turn.setAutoCommit(false);
            try {
                // Who writes waits, and meets all of the new schema or nothing of it.
                HistorySink.takeTurn(turn);
                if (isMigrated(turn)) {
                    requireKnown(turn);
                }
                Flyway.configure(HistoryDatabase.class.getClassLoader())
                        .dataSource(database)
                        .locations("classpath:db/migration")
                        .load()
                        .migrate();
            } finally {
                turn.rollback();
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the database cannot be migrated: " + e.getMessage(), e);
        }
        try (Connection connection = database.getConnection()) {
            grant(connection);
        } catch (SQLException e) {
            if (!REFUSED.equals(e.getSQLState())) {
                throw new IllegalStateException("the role " + READER + " cannot be made: " + e.getMessage(), e);
            }
            LOGGER.atInfo()
                    .addKeyValue("role", READER)
                    .addKeyValue("reason", e.getMessage())
                    .log("the role for analysts is not made: this user may not; docs/history.md has the statements");
        }
    }

    /**
     * Lets nothing on a connection wait longer than this for an answer of the server: one that is gone without a word
     * is then an error, and the connection is given up. A shorter {@code socketTimeout} of the database's URL stays.
     */
    public static Connection bounded(Connection connection, Duration limit) throws SQLException {
        try {
            int millis = Math.toIntExact(limit.toMillis());
            int own = connection.getNetworkTimeout();
            if (own == 0 || own > millis) {
                connection.setNetworkTimeout(Runnable::run, millis);
            }
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /**
     * Holds the schema against what this program knows. To be asked in a writer's turn, since migrations take theirs too.
     *
     * @throws NewerSchemaException if a newer program has brought it further: what this one would write there may be
     *     wrong without an error
     */
    static void requireKnown(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet newest = statement.executeQuery(
                        "select max(split_part(version, '.', 1)::int) from flyway_schema_history where success")) {
            if (newest.next() && newest.getInt(1) > NEWEST) {
                throw new NewerSchemaException(
                        "the database",
                        newest.getInt(1),
                        NEWEST,
                        "restore a backup of the database from before, or name an empty one in database.url, which is"
                                + " filled from the topics");
            }
        }
    }

    private static boolean isMigrated(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet table = statement.executeQuery("select to_regclass('flyway_schema_history') is not null")) {
            return table.next() && table.getBoolean(1);
        }
    }

    private static void grant(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            // Roles belong to the whole server: two instances must not make one at once.
            HistorySink.takeTurn(connection);
            if (!exists(statement)) {
                statement.execute("create role " + READER + " nologin");
            }
            statement.execute("grant usage on schema modelwatch to " + READER);
            statement.execute("grant select on all tables in schema modelwatch to " + READER);
            statement.execute("grant execute on all functions in schema modelwatch to " + READER);
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        }
    }

    private static boolean exists(Statement statement) throws SQLException {
        try (ResultSet role = statement.executeQuery("select from pg_roles where rolname = '" + READER + "'")) {
            return role.next();
        }
    }
}
