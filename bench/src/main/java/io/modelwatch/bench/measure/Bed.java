package io.modelwatch.bench.measure;

import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** An embedded platform in a temporary directory, which goes with it. */
public final class Bed implements AutoCloseable {

    private final Path dir;
    private final EmbeddedPlatform platform;
    private final KafkaConnection kafka;
    private final AvroSerdes serdes;
    private final Thread onKill = new Thread(this::stop, "bench-stop");

    private Bed(Path dir, EmbeddedPlatform platform) {
        this.dir = dir;
        this.platform = platform;
        this.kafka = new KafkaConnection(
                platform.bootstrap(), platform.registryUrl(), new Topics("modelwatch"), (short) 1, Map.of(), Map.of());
        ConfluentRegistry registry = new ConfluentRegistry(kafka.registryUrl(), Map.of());
        this.serdes = new AvroSerdes(registry);
        // Ctrl-C must not leave a registry and a PostgreSQL behind.
        Runtime.getRuntime().addShutdownHook(onKill);
        TopicsAdmin.ensure(kafka, registry);
    }

    /** Starts the platform; takes some ten seconds. */
    public static Bed open(Consumer<String> progress) throws IOException {
        Path dir = Files.createTempDirectory("modelwatch-bench");
        List<Integer> ports = freePorts(4);
        PlatformConfig config = new PlatformConfig(dir, ports.get(0), ports.get(1), ports.get(2), ports.get(3));
        return new Bed(dir, EmbeddedPlatform.start(config, progress));
    }

    /** Returns ports that are free, all different. */
    public static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    /** Returns how clients connect. */
    public KafkaConnection kafka() {
        return kafka;
    }

    /** Returns what reads and writes its topics. */
    public AvroSerdes serdes() {
        return serdes;
    }

    /** Returns the database, empty. */
    public DataSource database() {
        return platform.dataSource();
    }

    /** Returns the JDBC address of the database. */
    public String jdbcUrl() {
        return platform.jdbcUrl();
    }

    /** Returns its directory, which is in the command lines of its servers. */
    public Path dir() {
        return dir;
    }

    /** Returns where the stores of the topologies live. */
    public Path stateDir() {
        return dir.resolve("streams");
    }

    @Override
    public void close() {
        stop();
        Runtime.getRuntime().removeShutdownHook(onKill);
    }

    private void stop() {
        platform.close();
        delete(dir);
    }

    /** Removes a directory with all that is in it. */
    public static void delete(Path dir) {
        try (Stream<Path> all = Files.walk(dir)) {
            for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(one);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
