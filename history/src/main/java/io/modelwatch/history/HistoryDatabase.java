package io.modelwatch.history;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** The schema of the history. */
public final class HistoryDatabase {

    private HistoryDatabase() {}

    /** Brings the database to the newest version of the schema; safe to call by several instances at once. */
    public static void migrate(DataSource database) {
        Flyway.configure(HistoryDatabase.class.getClassLoader())
                .dataSource(database)
                .locations("classpath:db/migration")
                .load()
                .migrate();
    }
}
