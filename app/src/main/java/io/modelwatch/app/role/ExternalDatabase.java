package io.modelwatch.app.role;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigException;
import io.modelwatch.app.platform.DatabasePool;
import io.modelwatch.app.platform.PlatformException;

/** Connections to an external PostgreSQL. */
public final class ExternalDatabase {

    private ExternalDatabase() {}

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
            // PostgreSQL looks first into the schema that is called like the user: for a user 'modelwatch' into the
            // views for analysts, which have the names of tables.
            pool.setSchema("public");
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
