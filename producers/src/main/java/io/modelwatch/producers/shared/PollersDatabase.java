package io.modelwatch.producers.shared;

import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.schemas.NewerSchemaException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;
import org.jspecify.annotations.Nullable;
import org.quartz.JobKey;
import org.quartz.spi.JobStore;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The schema {@value #SCHEMA} of a PostgreSQL: Quartz' tables, and who swept what. Of a topic prefix there is one cluster of
 * instances; each has a name, which it holds by a lock of its connection.
 */
public final class PollersDatabase implements Ownership, AutoCloseable {

    /** The schema that everything here is in. */
    static final String SCHEMA = "pollers";

    private static final Logger LOGGER = LoggerFactory.getLogger(PollersDatabase.class);

    /** One turn of all instances of a cluster: what follows the name is hashed by the database. */
    private static final String TURN = "modelwatch-pollers:";

    /** Who has started in this time, or has said for this long that it is there, counts as there. */
    private static final String THERE = """
            (c.since > now() - interval '20 seconds'
             or exists (select from pollers.qrtz_scheduler_state s
                         where s.sched_name = c.sched_name and s.instance_name = c.instance_name
                           and s.last_checkin_time > extract(epoch from now()) * 1000 - 20000))
            """;

    private final DataSource database;
    private final String cluster;
    private final Connection presence;
    private final String instance;
    private final String connections = "pollers-" + UUID.randomUUID();

    private PollersDatabase(DataSource database, String cluster, Connection presence, String instance) {
        this.database = database;
        this.cluster = cluster;
        this.presence = presence;
        this.instance = instance;
    }

    /**
     * Makes the schema where it is not there, and enters an instance.
     *
     * @param cluster name of the cluster: the topic prefix
     * @param name by which the instance is known again after a restart; one that runs already gets another for its time
     * @throws NewerSchemaException if a newer program has brought the schema further
     */
    public static PollersDatabase open(DataSource database, String cluster, String name) {
        Flyway flyway = Flyway.configure(PollersDatabase.class.getClassLoader())
                .dataSource(database)
                .locations("classpath:db/pollers")
                .schemas(SCHEMA)
                .load();
        flyway.migrate();
        requireKnown(flyway.info());
        try {
            Connection presence = database.getConnection();
            try {
                String instance = alone(presence, cluster + "/" + name) ? name : name + "-" + UUID.randomUUID();
                PollersDatabase opened = new PollersDatabase(database, cluster, presence, instance);
                opened.provideConnections();
                return opened;
            } catch (SQLException e) {
                presence.close();
                throw e;
            }
        } catch (SQLException e) {
            throw failed("sources cannot be shared through the database", e);
        }
    }

    private static void requireKnown(MigrationInfoService migrations) {
        MigrationInfo newest = migrations.current();
        if (newest != null && newest.getState() == MigrationState.FUTURE_SUCCESS) {
            int known = Arrays.stream(migrations.all())
                    .filter(one -> one.getState() != MigrationState.FUTURE_SUCCESS)
                    .mapToInt(PollersDatabase::version)
                    .max()
                    .orElse(0);
            throw new NewerSchemaException(
                    "the schema " + SCHEMA + " of the database",
                    version(newest),
                    known,
                    "stop every instance of the role pollers and drop that schema, which the next start makes anew");
        }
    }

    private static int version(MigrationInfo migration) {
        return migration.getVersion() == null
                ? 0
                : migration.getVersion().getMajor().intValueExact();
    }

    private static boolean alone(Connection connection, String who) throws SQLException {
        try (PreparedStatement lock =
                connection.prepareStatement("select pg_try_advisory_lock(hashtextextended(?, 0))")) {
            lock.setString(1, TURN + who);
            try (ResultSet row = lock.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private void provideConnections() {
        DBConnectionManager.getInstance().addConnectionProvider(connections, new ConnectionProvider() {
            @Override
            public Connection getConnection() throws SQLException {
                return database.getConnection();
            }

            @Override
            public void shutdown() {}

            @Override
            public void initialize() {}
        });
    }

    /**
     * An instance as the database knows it.
     *
     * @param name of the instance
     * @param seenAt when it last said that it is there, by its own clock
     * @param sources that it swept last
     * @param overdue whether it should have said since then that it is there, and others take it for dead
     */
    public record Member(String name, Instant seenAt, int sources, boolean overdue) {}

    /**
     * Returns the instances of a cluster that have not left it; null where no instance has ever been in the database. Changes
     * nothing.
     *
     * @param cluster name of the cluster: the topic prefix
     */
    public static @Nullable List<Member> members(DataSource database, String cluster, Instant now) throws SQLException {
        try (Connection connection = database.getConnection()) {
            if (!any(connection, "select from pg_tables where schemaname = ? and tablename = 'owners'", SCHEMA)) {
                return null;
            }
            List<Member> members = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement("""
                    select s.instance_name, s.last_checkin_time,
                           (select count(*) from pollers.owners o
                             where o.sched_name = s.sched_name and o.instance_name = s.instance_name)
                      from pollers.qrtz_scheduler_state s where s.sched_name = ? order by s.instance_name""")) {
                select.setString(1, cluster);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        Instant seen = Instant.ofEpochMilli(rows.getLong(2));
                        members.add(new Member(
                                rows.getString(1),
                                seen,
                                rows.getInt(3),
                                seen.plus(SharedJobStore.MISSED).isBefore(now)));
                    }
                }
            }
            return members;
        }
    }

    /** Returns a job store for the scheduler of this instance. */
    public JobStore jobStore() {
        return new SharedJobStore(connections, cluster);
    }

    /** Returns the name of this instance. */
    public String instance() {
        return instance;
    }

    /** What is done while no other instance of the cluster does the like. */
    @FunctionalInterface
    public interface Turn {
        /** @param first whether no other instance is there */
        void take(boolean first) throws Exception;
    }

    /**
     * Says what this instance is configured for, and does something while no other instance does.
     *
     * @param words what it is configured for, by job: two instances do the same if the words are the same; there need not be
     *     a job behind each
     */
    public void enter(Map<JobKey, String> words, Turn turn) {
        try (Connection connection = database.getConnection()) {
            update(connection, "select pg_advisory_lock(hashtextextended(?, 0))", TURN + cluster);
            try {
                update(
                        connection,
                        "delete from pollers.configured c where sched_name = ? and (instance_name = ? or not " + THERE
                                + ")",
                        cluster,
                        instance);
                boolean first = !any(connection, "select from pollers.configured where sched_name = ?", cluster);
                try (PreparedStatement insert = connection.prepareStatement("insert into pollers.configured"
                        + " (sched_name, instance_name, job_group, job_name, words) values (?, ?, ?, ?, ?)")) {
                    for (Map.Entry<JobKey, String> one : words.entrySet()) {
                        insert.setString(1, cluster);
                        insert.setString(2, instance);
                        insert.setString(3, one.getKey().getGroup());
                        insert.setString(4, one.getKey().getName());
                        insert.setString(5, one.getValue());
                        insert.addBatch();
                    }
                    var counts = insert.executeBatch();
                    LOGGER.atDebug().addKeyValue("jobs", counts.length).log("Entered");
                }
                turn.take(first);
                update(
                        connection,
                        "delete from pollers.owners o where sched_name = ? and not exists (select from"
                                + " pollers.qrtz_job_details j where j.sched_name = o.sched_name and j.job_name ="
                                + " o.job_name)",
                        cluster);
            } finally {
                update(connection, "select pg_advisory_unlock(hashtextextended(?, 0))", TURN + cluster);
            }
        } catch (SQLException e) {
            throw failed("sources cannot be shared through the database", e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("the scheduler does not start", e);
        }
    }

    /**
     * Returns whether any instance has entered that it is configured for a job, in whatever words. One that is gone without a
     * word counts until the next one enters.
     */
    public boolean configured(JobKey job) {
        try (Connection connection = database.getConnection()) {
            return any(
                    connection,
                    "select from pollers.configured where sched_name = ? and job_group = ? and job_name = ?",
                    cluster,
                    job.getGroup(),
                    job.getName());
        } catch (SQLException e) {
            throw failed("sources cannot be shared through the database", e);
        }
    }

    @Override
    public boolean shared() {
        return true;
    }

    @Override
    public void claim(String source) {
        try (Connection connection = database.getConnection()) {
            update(
                    connection,
                    "insert into pollers.owners (sched_name, job_name, instance_name) values (?, ?, ?)"
                            + " on conflict (sched_name, job_name) do update set instance_name = excluded.instance_name",
                    cluster,
                    source,
                    instance);
        } catch (SQLException e) {
            throw unknown(e);
        }
    }

    @Override
    public boolean owns(String source) {
        try (Connection connection = database.getConnection()) {
            return any(
                    connection,
                    "select from pollers.owners where sched_name = ? and job_name = ? and instance_name = ?",
                    cluster,
                    source,
                    instance);
        } catch (SQLException e) {
            throw unknown(e);
        }
    }

    @Override
    public Set<String> lost(Set<String> sources) {
        Set<String> lost = new HashSet<>(sources);
        try (Connection connection = database.getConnection();
                PreparedStatement select = connection.prepareStatement(
                        "select job_name from pollers.owners where sched_name = ? and instance_name = ?")) {
            select.setString(1, cluster);
            select.setString(2, instance);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    lost.remove(rows.getString(1));
                }
            }
        } catch (SQLException e) {
            throw unknown(e);
        }
        return lost;
    }

    /** Leaves the cluster: others may take what this instance had at once. */
    @Override
    public void close() {
        try (presence) {
            update(
                    presence,
                    "delete from pollers.owners where sched_name = ? and instance_name = ?",
                    cluster,
                    instance);
            update(
                    presence,
                    "delete from pollers.configured where sched_name = ? and instance_name = ?",
                    cluster,
                    instance);
            // What it did not bring to an end is recovered by another, who finds it by this row.
            update(
                    presence,
                    "delete from pollers.qrtz_scheduler_state s where sched_name = ? and instance_name = ? and not exists"
                            + " (select from pollers.qrtz_fired_triggers f where f.sched_name = s.sched_name and"
                            + " f.instance_name = s.instance_name)",
                    cluster,
                    instance);
            // The connection goes back to a pool, and the lock must not go with it.
            update(presence, "select pg_advisory_unlock_all()");
        } catch (SQLException e) {
            LOGGER.atWarn()
                    .addKeyValue("error", e.getMessage())
                    .log("Sources not given back; others take them once this instance is missed");
        }
    }

    private static void update(Connection connection, String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            boolean rows = statement.execute();
            LOGGER.atTrace().addKeyValue("rows", rows).log(sql);
        }
    }

    private static boolean any(Connection connection, String sql, String... parameters) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql + " limit 1")) {
            for (int i = 0; i < parameters.length; i++) {
                select.setString(i + 1, parameters[i]);
            }
            try (ResultSet rows = select.executeQuery()) {
                return rows.next();
            }
        }
    }

    private static IllegalStateException failed(String what, SQLException e) {
        return new IllegalStateException(what + ": " + e.getMessage(), e);
    }

    private static PublishException unknown(SQLException e) {
        return new PublishException(
                "whose source it is cannot be told: the database does not answer (" + e.getMessage() + ")", e);
    }
}
