package io.modelwatch.app.platform;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.jspecify.annotations.Nullable;

/** Connections to the database of the history. Nothing waits for ever on a server that accepts and never answers. */
public final class DatabasePool {

    /** Seconds within which a server must let us in; one that is there does in milliseconds. */
    private static final String LOGIN_SECONDS = "10";

    private DatabasePool() {}

    /** Opens a pool; connections are made when they are asked for, but for the first. See {@link #config}. */
    public static HikariDataSource open(String jdbcUrl, @Nullable String user, @Nullable String password) {
        return new HikariDataSource(config(jdbcUrl, user, password));
    }

    /**
     * Returns the settings of a pool, to be added to.
     *
     * @param user null where it is in the URL
     * @param password null where there is none
     */
    public static HikariConfig config(String jdbcUrl, @Nullable String user, @Nullable String password) {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("modelwatch");
        pool.setJdbcUrl(jdbcUrl);
        pool.setUsername(user);
        pool.setPassword(password);
        // The sink and the pollers take one each; the rest are the API's readers and the pollers' scheduler.
        pool.setMaximumPoolSize(16);
        pool.setMinimumIdle(1);
        pool.addDataSourceProperty("connectTimeout", LOGIN_SECONDS);
        pool.addDataSourceProperty("loginTimeout", LOGIN_SECONDS);
        pool.addDataSourceProperty("cancelSignalTimeout", LOGIN_SECONDS);
        // The detail may be a row, and what an error says is in logs and told to whoever asks how an instance is.
        pool.addDataSourceProperty("logServerErrorDetail", "false");
        // Not socketTimeout: a migration or a rebuild may take an hour in one statement. Sink and API set their own.
        pool.addDataSourceProperty("tcpKeepAlive", "true");
        return pool;
    }
}
