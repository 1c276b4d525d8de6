package io.modelwatch.app.role;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigException;
import io.modelwatch.app.platform.DatabasePool;
import io.modelwatch.app.platform.PlatformException;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Connections to an external PostgreSQL. */
public final class ExternalDatabase {

    /**
     * PostgreSQL looks first into the schema that is called like the user: for a user 'modelwatch' into the views for
     * analysts, which have the names of tables.
     */
    private static final String SCHEMA = "public";

    /** Seconds within which a server must let in who only looks. */
    private static final int LOGIN_SECONDS = 10;

    private ExternalDatabase() {}

    /** Returns what makes a connection each time it is asked, and none before: for who only looks. */
    public static DataSource single(Config.Database database) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(database.url());
        if (database.user() != null) {
            source.setUser(database.user());
        }
        if (database.password() != null) {
            source.setPassword(database.password());
        }
        if (source.getCurrentSchema() == null) {
            source.setCurrentSchema(SCHEMA);
        }
        source.setConnectTimeout(LOGIN_SECONDS);
        source.setLoginTimeout(LOGIN_SECONDS);
        source.setSocketTimeout(LOGIN_SECONDS);
        return source;
    }

    /**
     * Returns connections to the database that a configuration names; the caller closes them.
     *
     * @throws ConfigException if it names none
     * @throws PlatformException if the database does not answer
     */
    public static HikariDataSource pool(Config config) {
        Config.Database database = config.database();
        if (database == null) {
            throw new ConfigException(
                    "an external Kafka has its history in an external PostgreSQL: set database.url, for"
                            + " example jdbc:postgresql://host:5432/modelwatch");
        }
        HikariConfig pool = DatabasePool.config(database.url(), database.user(), database.password());
        if (!database.url().contains("currentSchema=")) {
            pool.setSchema(SCHEMA);
        }
        try {
            return new HikariDataSource(pool);
        } catch (PoolInitializationException e) {
            Throwable why = e.getCause() == null ? e : e.getCause();
            throw new PlatformException(
                    "the database does not answer: " + why.getMessage() + "; database.url says where it is", e);
        }
    }
}
