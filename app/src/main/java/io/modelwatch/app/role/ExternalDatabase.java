package io.modelwatch.app.role;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.modelwatch.app.config.Config;

/** Connections to an external PostgreSQL. */
public final class ExternalDatabase {

    /** The sink and the pollers take one each; the rest are the API's readers and the pollers' scheduler. */
    private static final int CONNECTIONS = 16;

    private ExternalDatabase() {}

    /** Returns connections to a database; the caller closes them. */
    public static HikariDataSource pool(Config.Database database) {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("modelwatch");
        pool.setJdbcUrl(database.url());
        pool.setUsername(database.user());
        pool.setPassword(database.password());
        if (!database.url().contains("currentSchema=")) {
            // PostgreSQL looks first into the schema that is called like the user: for a user 'modelwatch' into the
            // views
            // for analysts, which have the names of tables.
            pool.setSchema("public");
        }
        pool.setMaximumPoolSize(CONNECTIONS);
        return new HikariDataSource(pool);
    }
}
