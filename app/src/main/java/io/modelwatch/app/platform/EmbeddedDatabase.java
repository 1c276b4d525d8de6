package io.modelwatch.app.platform;

import io.modelwatch.history.HistoryDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** A PostgreSQL server as a child process, on loopback only, with the data it had before. */
final class EmbeddedDatabase implements AutoCloseable {

    /** Database of the history. */
    static final String DATABASE = "modelwatch";
    /** Database of the schema registry. */
    static final String REGISTRY_DATABASE = "registry";

    private static final String USER = "postgres";

    private final EmbeddedPostgres server;

    private EmbeddedDatabase(EmbeddedPostgres server) {
        this.server = server;
    }

    static void endOrphan(PlatformConfig config) {
        Path data = data(config);
        Orphans.end(data.resolve("postmaster.pid"), data);
    }

    /**
     * Returns whether an earlier run has created the databases. A run that was cut short in between leaves them to be
     * created, and the mark is missing.
     */
    static boolean exists(PlatformConfig config) {
        return Files.exists(mark(config));
    }

    static EmbeddedDatabase start(PlatformConfig config) throws IOException, SQLException {
        Path binaries = Files.createDirectories(config.dataDir().resolve("postgres-bin"));
        File log = config.dataDir().resolve("postgres.log").toFile();
        EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setPort(config.postgresPort())
                .setDataDirectory(data(config))
                // Only where there is no data yet is the directory initialised.
                .setCleanDataDirectory(false)
                // Not under the data directory itself: the library tidies the directory it unpacks into.
                .setOverrideWorkingDirectory(binaries.toFile())
                // Ours stops everything in order.
                .setRegisterShutdownHook(false)
                .setPGStartupWait(Duration.ofSeconds(60))
                .setServerConfig("listen_addresses", "127.0.0.1")
                // The library is made for tests and turns durability off; this database is kept.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                // The library asks for 300 connections; registry, sink and API need a few dozen.
                .setServerConfig("max_connections", "60")
                // The index of the ids is met at random places: with 48 MB most were read again (bench history).
                .setServerConfig("shared_buffers", "256MB")
                .setErrorRedirector(ProcessBuilder.Redirect.appendTo(log))
                .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log))
                .start();
        EmbeddedDatabase database = new EmbeddedDatabase(server);
        try {
            database.create(DATABASE);
            database.create(REGISTRY_DATABASE);
            database.createReader();
            if (!exists(config)) {
                Files.createFile(mark(config));
            }
            return database;
        } catch (SQLException | IOException e) {
            server.close();
            throw e;
        }
    }

    String jdbcUrl(String database) {
        return jdbcUrl(server.getPort(), database);
    }

    static String jdbcUrl(int port, String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=" + USER;
    }

    String readerUrl() {
        return "postgresql://" + HistoryDatabase.READER + "@127.0.0.1:" + server.getPort() + "/" + DATABASE;
    }

    /** A role that sees what the history's schema grants it. Its settings are a help, the missing rights the guard. */
    private void createReader() throws SQLException {
        String reader = HistoryDatabase.READER;
        try (Connection connection = server.getDatabase(USER, DATABASE).getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("do $$ begin if not exists (select from pg_roles where rolname = '" + reader
                    + "') then create role " + reader + "; end if; end $$");
            statement.execute("alter role " + reader + " login");
            statement.execute("alter role " + reader + " set default_transaction_read_only = on");
            statement.execute("alter role " + reader + " set search_path = modelwatch");
            statement.execute("alter role " + reader + " set statement_timeout = '5min'");
            statement.execute("revoke temporary on database " + DATABASE + " from public");
            statement.execute("revoke connect on database " + REGISTRY_DATABASE + " from public");
        }
    }

    static String user() {
        return USER;
    }

    private void create(String database) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            try (ResultSet found =
                    statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + database + "'")) {
                if (found.next()) {
                    return;
                }
            }
            statement.execute("CREATE DATABASE " + database);
        }
    }

    private static Path mark(PlatformConfig config) {
        return config.dataDir().resolve("postgres.created");
    }

    private static Path data(PlatformConfig config) {
        return config.dataDir().resolve("postgres");
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
