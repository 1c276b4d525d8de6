package io.modelwatch.app.platform;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Apicurio Registry as a child process, on loopback only, with its data in PostgreSQL. */
final class EmbeddedRegistry implements AutoCloseable {

    /** Where the unpacked registry is, for those who do not build with Maven. */
    static final String HOME_PROPERTY = "modelwatch.registry.home";

    private static final Duration START_LIMIT = Duration.ofSeconds(120);

    private final Process process;
    private final Path pidFile;
    private final String url;

    private EmbeddedRegistry(Process process, Path pidFile, String url) {
        this.process = process;
        this.pidFile = pidFile;
        this.url = url;
    }

    static void endOrphan(PlatformConfig config) {
        Orphans.end(pidFile(config), config.dataDir());
    }

    /** Starts the process; {@link #awaitReady} tells when it answers. */
    static EmbeddedRegistry launch(PlatformConfig config, String jdbcUrl) throws IOException {
        Path jar = home().resolve("quarkus-run.jar");
        if (!Files.isRegularFile(jar)) {
            throw new PlatformException("the schema registry is not at " + jar
                    + ": build with 'mvn package', which unpacks it, or name its directory with -D" + HOME_PROPERTY);
        }
        Path tmp = Files.createDirectories(config.dataDir().resolve("registry"));
        ProcessBuilder builder = new ProcessBuilder(List.of(
                // Ctrl-C in a terminal reaches the whole process group; this one is stopped by us, after its clients.
                "/bin/sh",
                "-c",
                "trap '' INT; exec \"$0\" \"$@\"",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // It holds a dozen schemas: measured, it lives well within this, and starts faster on one compiler.
                "-Xmx160m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:MaxMetaspaceSize=192m",
                // Written when the first run ends; every later start reads its classes from it.
                "-XX:+AutoCreateSharedArchive",
                "-XX:SharedArchiveFile=" + tmp.resolve("classes.jsa"),
                "-Xlog:disable",
                // Marks the process as ours, for the run that finds it orphaned.
                "-Djava.io.tmpdir=" + tmp,
                "-jar",
                jar.toString()));
        Map<String, String> environment = builder.environment();
        // Nothing of the caller's own settings or secrets is handed on.
        environment.keySet().removeIf(key -> !key.equals("PATH") && !key.equals("LANG") && !key.equals("HOME"));
        environment.putAll(Map.ofEntries(
                Map.entry("QUARKUS_HTTP_HOST", "127.0.0.1"),
                Map.entry("QUARKUS_HTTP_PORT", Integer.toString(config.registryPort())),
                Map.entry("QUARKUS_HTTP_ACCESS_LOG_ENABLED", "false"),
                // Health and metrics of the registry: any free port, nobody asks.
                Map.entry("QUARKUS_MANAGEMENT_HOST", "127.0.0.1"),
                Map.entry("QUARKUS_MANAGEMENT_PORT", "0"),
                Map.entry("APICURIO_STORAGE_KIND", "sql"),
                Map.entry("APICURIO_STORAGE_SQL_KIND", "postgresql"),
                Map.entry("APICURIO_DATASOURCE_URL", jdbcUrl),
                Map.entry("APICURIO_DATASOURCE_USERNAME", EmbeddedDatabase.user()),
                Map.entry("APICURIO_DATASOURCE_PASSWORD", "unused"),
                // 20 connections by default; clients cache what they fetch, so two are plenty.
                Map.entry("APICURIO_DATASOURCE_JDBC_INITIAL_SIZE", "2"),
                Map.entry("APICURIO_DATASOURCE_JDBC_MIN_SIZE", "2"),
                Map.entry("APICURIO_DATASOURCE_JDBC_MAX_SIZE", "8"),
                // It starts beside PostgreSQL: ask often, and for as long as a first start may take.
                Map.entry("APICURIO_STORAGE_CONNECTION_RETRY_INITIAL_DELAY_MS", "200"),
                Map.entry("APICURIO_STORAGE_CONNECTION_RETRY_MAX_DELAY_MS", "1000"),
                Map.entry("APICURIO_STORAGE_CONNECTION_RETRY_MAX_ATTEMPTS", "90"),
                Map.entry("APICURIO_STORAGE_SNAPSHOT_LOCATION", tmp.toString()),
                Map.entry("APICURIO_IMPORT_WORK_DIR", tmp.toString())));
        Path log = config.dataDir().resolve("registry.log");
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()))
                .start();
        Path pidFile = pidFile(config);
        Files.writeString(pidFile, process.pid() + "\n");
        return new EmbeddedRegistry(process, pidFile, "http://127.0.0.1:" + config.registryPort() + "/apis/ccompat/v7");
    }

    String url() {
        return url;
    }

    void awaitReady(PlatformConfig config) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/subjects"))
                .timeout(Duration.ofSeconds(5))
                .build();
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (true) {
                if (!process.isAlive()) {
                    throw new PlatformException("the schema registry ended with status " + process.exitValue()
                            + "; its log is " + config.dataDir().resolve("registry.log"));
                }
                try {
                    HttpResponse<Void> answer = client.send(request, HttpResponse.BodyHandlers.discarding());
                    if (answer.statusCode() == 200) {
                        return;
                    }
                } catch (IOException e) {
                    // Not listening yet.
                }
                if (System.nanoTime() > deadline) {
                    throw new PlatformException("the schema registry does not answer at " + url + " after "
                            + START_LIMIT.toSeconds() + " s; its log is "
                            + config.dataDir().resolve("registry.log"));
                }
                // Returns early if the process ends.
                process.waitFor(50, TimeUnit.MILLISECONDS);
            }
        }
    }

    private static Path home() {
        String given = System.getProperty(HOME_PROPERTY);
        if (given != null) {
            return Path.of(given);
        }
        try {
            // The jar, or the directory of classes, lies in the build directory; the registry beside it.
            Path code = Path.of(EmbeddedRegistry.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return code.resolveSibling("registry");
        } catch (URISyntaxException e) {
            throw new PlatformException("cannot tell where this program is; use -D" + HOME_PROPERTY, e);
        }
    }

    private static Path pidFile(PlatformConfig config) {
        return config.dataDir().resolve("registry.pid");
    }

    @Override
    public void close() throws IOException {
        Orphans.end(process.toHandle());
        Files.deleteIfExists(pidFile);
    }
}
