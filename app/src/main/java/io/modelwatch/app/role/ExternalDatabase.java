package io.modelwatch.app.role;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.platform.DatabasePool;

/** Connections to an external PostgreSQL. */
public final class ExternalDatabase {

    private ExternalDatabase() {}

    /** Returns connections to a database; the caller closes them. */
    public static HikariDataSource pool(Config.Database database) {
        HikariConfig pool = DatabasePool.config(database.url(), database.user(), database.password());
        if (!database.url().contains("currentSchema=")) {
            // PostgreSQL looks first into the schema that is called like the user: for a user 'modelwatch' into the
            // views for analysts, which have the names of tables.
            pool.setSchema("public");
        }
        return new HikariDataSource(pool);
    }
}
