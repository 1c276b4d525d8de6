package io.modelwatch.app.platform;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker, schema registry and PostgreSQL under one data directory, listening on loopback only. Their data
 * outlives {@link #close()} and a kill of the process.
 */
public final class EmbeddedPlatform implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(EmbeddedPlatform.class);

    private final DataDirLock lock;
    private final Object closing = new Object();
    private @Nullable EmbeddedKafka kafka;
    private @Nullable EmbeddedDatabase database;
    private @Nullable EmbeddedRegistry registry;
    private @Nullable HikariDataSource dataSource;
    private boolean closed;

    private EmbeddedPlatform(DataDirLock lock) {
        this.lock = lock;
    }

    /**
     * Starts the three side by side and returns when all of them answer.
     *
     * @param progress told in plain words what has come up
     * @throws PlatformException if the data directory or a port is taken, or a part does not start
     */
    public static EmbeddedPlatform start(PlatformConfig config, Consumer<String> progress) {
        EmbeddedPlatform platform = new EmbeddedPlatform(DataDirLock.take(config.dataDir()));
        try {
            // The registry holds connections to PostgreSQL, so it goes first.
            EmbeddedRegistry.endOrphan(config);
            EmbeddedDatabase.endOrphan(config);
            Ports.requireFree(config.kafkaPort(), "Kafka", "--kafka-port");
            Ports.requireFree(
                    config.kafkaControllerPort(),
                    "Kafka's controller",
                    "ports.kafkaController in the " + "configuration file");
            Ports.requireFree(config.registryPort(), "the schema registry", "--registry-port");
            Ports.requireFree(config.postgresPort(), "PostgreSQL", "--postgres-port");
            platform.startParts(config, progress);
            return platform;
        } catch (RuntimeException | Error e) {
            platform.close();
            throw e;
        }
    }

    /**
     * Deletes all that a platform has left under its data directory; what a killed process left running is ended first.
     *
     * @throws PlatformException if the directory is in use, or something in it cannot be deleted
     */
    public static void erase(PlatformConfig config) {
        DataDirLock lock = DataDirLock.take(config.dataDir());
        try {
            EmbeddedRegistry.endOrphan(config);
            EmbeddedDatabase.endOrphan(config);
            List<Path> all;
            try (Stream<Path> walk = Files.walk(config.dataDir())) {
                all = walk.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path path : all) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new PlatformException("cannot delete " + config.dataDir() + ": " + e, e);
        } finally {
            stop("lock", lock);
        }
    }

    private void startParts(PlatformConfig config, Consumer<String> progress) {
        long begin = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> kafkaUp = threads.submit(part("Kafka", progress, begin, () -> {
                kafka = EmbeddedKafka.start(config);
                return kafka.bootstrap();
            }));
            CountDownLatch databases = new CountDownLatch(1);
            // The registry waits for a server that is starting, but not for a database that is still to be created.
            boolean first = !EmbeddedDatabase.exists(config);
            Future<?> databaseUp = threads.submit(part("PostgreSQL", progress, begin, () -> {
                EmbeddedDatabase started = EmbeddedDatabase.start(config);
                database = started;
                databases.countDown();
                dataSource = DatabasePool.open(started.jdbcUrl(EmbeddedDatabase.DATABASE), null, null);
                return "127.0.0.1:" + config.postgresPort();
            }));
            Future<?> registryUp = threads.submit(part("schema registry", progress, begin, () -> {
                if (first) {
                    databases.await();
                }
                EmbeddedRegistry launched = EmbeddedRegistry.launch(
                        config,
                        "jdbc:postgresql://127.0.0.1:" + config.postgresPort() + "/"
                                + EmbeddedDatabase.REGISTRY_DATABASE);
                registry = launched;
                launched.awaitReady(config);
                return launched.url();
            }));
            try {
                databaseUp.get();
                kafkaUp.get();
                registryUp.get();
            } catch (ExecutionException e) {
                registryUp.cancel(true);
                if (e.getCause() instanceof PlatformException known) {
                    throw known;
                }
                throw new PlatformException("the embedded platform does not start: " + e.getCause(), e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                registryUp.cancel(true);
                throw new PlatformException("interrupted while the embedded platform was starting", e);
            }
        }
    }

    private static Callable<@Nullable Void> part(
            String name, Consumer<String> progress, long begin, Callable<String> start) {
        return () -> {
            try {
                String address = start.call();
                long millis = Duration.ofNanos(System.nanoTime() - begin).toMillis();
                progress.accept("%s is up at %s (%.1f s)".formatted(name, address, millis / 1000.0));
                return null;
            } catch (PlatformException e) {
                throw e;
            } catch (Exception e) {
                throw new PlatformException(name + " does not start: " + e, e);
            }
        };
    }

    /** Returns {@code host:port} of the broker. */
    public String bootstrap() {
        return started(kafka).bootstrap();
    }

    /** Returns the base address of the registry's Confluent API. */
    public String registryUrl() {
        return started(registry).url();
    }

    /** Returns the pool of connections to the database {@code modelwatch}. */
    public DataSource dataSource() {
        return started(dataSource);
    }

    /** Returns the JDBC address of the database {@code modelwatch}, with the user in it. */
    public String jdbcUrl() {
        return started(database).jdbcUrl(EmbeddedDatabase.DATABASE);
    }

    /** Returns the same of a platform that another process runs. */
    public static String jdbcUrl(PlatformConfig config) {
        return EmbeddedDatabase.jdbcUrl(config.postgresPort(), EmbeddedDatabase.DATABASE);
    }

    /** Returns the address, for psql and other clients of PostgreSQL, by which the history can be read and not written. */
    public String readerUrl() {
        return started(database).readerUrl();
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("not started");
        }
        return part;
    }

    /** Stops all parts, clients before servers; a part that does not stop is logged and does not keep the others up. */
    @Override
    public void close() {
        synchronized (closing) {
            if (closed) {
                return;
            }
            closed = true;
            // Who is interrupted must stop in order all the same.
            boolean interrupted = Thread.interrupted();
            stop("connection pool", dataSource);
            stop("Kafka", kafka);
            stop("schema registry", registry);
            stop("PostgreSQL", database);
            stop("lock", lock);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void stop(String name, @Nullable AutoCloseable part) {
        if (part != null) {
            try {
                part.close();
            } catch (Exception e) {
                LOGGER.atWarn().setCause(e).addKeyValue("part", name).log("did not stop cleanly");
            }
        }
    }
}
