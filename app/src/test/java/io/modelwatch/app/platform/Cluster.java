package io.modelwatch.app.platform;

import io.modelwatch.app.SmallDisk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Three real brokers, each a controller too, a real registry and PostgreSQL, every one a process of its own that can be
 * killed, cut off and started again on its data. All listen on loopback only.
 */
public final class Cluster implements AutoCloseable {

    /** How many brokers there are. */
    public static final int BROKERS = 3;

    /** From here on nobody's group, we hope. */
    private static final int UNUSED_GROUPS = 54_321;

    private static final int DISK_MEGABYTES = 512;

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Path dir;
    private final List<Integer> ports;
    private final List<Integer> controllerPorts;
    private final PlatformConfig config;
    private final List<Process> brokers = new ArrayList<>();
    /** The brokers' groups, by which the packets of one are told from those of the others, and of another cluster's. */
    private final int firstGroup;

    private @Nullable EmbeddedDatabase database;
    private @Nullable EmbeddedRegistry registry;

    private Cluster(Path dir, List<Integer> ports) {
        this.dir = dir;
        this.firstGroup = UNUSED_GROUPS + ports.getFirst() * BROKERS;
        this.ports = ports.subList(0, BROKERS);
        this.controllerPorts = ports.subList(BROKERS, 2 * BROKERS);
        // The one broker of an embedded platform is not started.
        this.config = new PlatformConfig(dir, 1, 2, ports.get(2 * BROKERS), ports.get(2 * BROKERS + 1));
    }

    /**
     * Starts all.
     *
     * @param random chooses the ports
     */
    public static Cluster start(Path dir, Random random) throws Exception {
        Cluster cluster = new Cluster(dir, ports(2 * BROKERS + 2, random));
        try {
            String id = Uuid.randomUuid().toString();
            for (int i = 0; i < BROKERS; i++) {
                cluster.format(i, id);
                cluster.brokers.add(cluster.launch(i));
            }
            cluster.startDatabase();
            cluster.startRegistry();
            cluster.awaitReplicas();
            return cluster;
        } catch (Exception | Error e) {
            cluster.close();
            throw e;
        }
    }

    /**
     * Returns ports on which nothing listens. They lie below those that the system gives to outgoing connections, one of
     * which would otherwise have taken that of a server which is away for a while.
     */
    public static List<Integer> ports(int count, Random random) throws IOException {
        List<Integer> ports = new ArrayList<>();
        while (ports.size() < count) {
            int port = 12_000 + random.nextInt(18_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                if (!ports.contains(socket.getLocalPort())) {
                    ports.add(port);
                }
            } catch (BindException e) {
                // Taken: the next.
            }
        }
        return ports;
    }

    /** Returns the brokers' addresses. */
    public String bootstrap() {
        return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    }

    /** Returns the registry's address. */
    public String registryUrl() {
        return "http://127.0.0.1:" + config.registryPort() + "/apis/ccompat/v7";
    }

    /** Returns the database's address. */
    public String jdbcUrl() {
        return EmbeddedDatabase.jdbcUrl(config.postgresPort(), EmbeddedDatabase.DATABASE);
    }

    /** Returns the database, with a connection of its own for each that is asked for. */
    public DataSource dataSource() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(jdbcUrl() + "&currentSchema=public");
        return source;
    }

    /** Ends a broker as kill -9 does. */
    public void killBroker(int broker) throws InterruptedException {
        brokers.get(broker).destroyForcibly().waitFor();
    }

    /** Starts a broker that was killed. */
    public void startBroker(int broker) throws IOException {
        brokers.set(broker, launch(broker));
    }

    /** Moves the log of a broker that does not run to a disk with a few megabytes of room. */
    public SmallDisk moveToSmallDisk(int broker) throws IOException, InterruptedException {
        Path away = dir.resolve("away-" + broker);
        Files.move(logs(broker), away);
        SmallDisk disk = SmallDisk.mount(logs(broker), DISK_MEGABYTES);
        copy(away, logs(broker));
        return disk;
    }

    /** Saves the log of a broker that does not run from the small disk, which is to be taken away. */
    public void saveFromSmallDisk(int broker) throws IOException, InterruptedException {
        Path away = dir.resolve("away-" + broker);
        Commands.succeeds("rm", "-rf", away.toString());
        Files.createDirectory(away);
        copy(logs(broker), away);
    }

    /** Moves what was saved to where it was before; the small disk has been taken away. */
    public void moveBack(int broker) throws IOException {
        Files.delete(logs(broker));
        Files.move(dir.resolve("away-" + broker), logs(broker));
    }

    /** Indexes are files with holes, which are larger than any small disk. */
    private static void copy(Path from, Path to) throws IOException, InterruptedException {
        if (!Commands.succeeds("cp", "-a", "--sparse=always", from + "/.", to.toString())) {
            throw new IOException("cannot copy " + from + " to " + to);
        }
    }

    /** Returns the broker that leads the quorum of the controllers. */
    public int controller() throws InterruptedException, ExecutionException {
        try (Admin admin = admin()) {
            return admin.describeMetadataQuorum().quorumInfo().get().leaderId() - 1;
        }
    }

    /** Waits until every replica of every partition is in sync again. */
    public void awaitReplicas() throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String behind;
            try (Admin admin = admin()) {
                int count = admin.describeCluster().nodes().get().size();
                behind = count < BROKERS ? count + " brokers of " + BROKERS : behind(admin);
            } catch (ExecutionException e) {
                behind = String.valueOf(e.getCause());
            }
            if (behind.isEmpty()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the brokers do not come together: " + behind);
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    private static String behind(Admin admin) throws InterruptedException, ExecutionException {
        return admin.describeTopics(admin.listTopics().names().get()).allTopicNames().get().values().stream()
                .flatMap(topic -> topic.partitions().stream()
                        .filter(Cluster::isBehind)
                        .map(partition -> topic.name() + "-" + partition.partition()))
                .limit(3)
                .collect(Collectors.joining(", "));
    }

    private static boolean isBehind(TopicPartitionInfo partition) {
        return partition.isr().size() < partition.replicas().size();
    }

    /** Returns whether {@link #cutOff} can be used: it needs root, iptables and setpriv. */
    public static boolean canCutOff() throws IOException, InterruptedException {
        return Firewall.isPossible() && Commands.succeeds("setpriv", "--version");
    }

    /** Drops every packet that a broker sends, so that it hears the others and nobody hears it. */
    public void cutOff(int broker) throws IOException, InterruptedException {
        Firewall.drop(sentBy(broker));
    }

    /** Lets its packets pass again. */
    public void connect(int broker) throws IOException, InterruptedException {
        Firewall.pass(sentBy(broker));
    }

    private String[] sentBy(int broker) {
        return new String[] {"-m", "owner", "--gid-owner", "" + (firstGroup + broker)};
    }

    /** Ends PostgreSQL without a checkpoint, as the loss of its machine would: the next start recovers from its log. */
    public void killDatabase() throws IOException, InterruptedException {
        Path pid = dir.resolve("postgres").resolve("postmaster.pid");
        long postmaster = Long.parseLong(Files.readAllLines(pid).getFirst().strip());
        Commands.succeeds("kill", "-QUIT", "" + postmaster);
        ProcessHandle.of(postmaster).ifPresent(process -> process.onExit().join());
        if (database != null) {
            // Lets go of the directory; there is nobody left to stop.
            database.close();
        }
    }

    /** Starts PostgreSQL on its data. */
    public void startDatabase() throws IOException, SQLException {
        database = EmbeddedDatabase.start(config);
    }

    /** Ends the registry as kill -9 does. */
    public void killRegistry() throws IOException {
        long pid = Long.parseLong(Files.readString(dir.resolve("registry.pid")).strip());
        ProcessHandle.of(pid).ifPresent(process -> {
            process.destroyForcibly();
            process.onExit().join();
        });
    }

    /** Starts the registry on its data. */
    public void startRegistry() throws IOException, InterruptedException {
        EmbeddedRegistry started = EmbeddedRegistry.launch(
                config,
                EmbeddedDatabase.jdbcUrl(config.postgresPort(), EmbeddedDatabase.REGISTRY_DATABASE)
                        .replaceFirst("\\?.*", ""));
        registry = started;
        started.awaitReady(config);
    }

    private Admin admin() {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap());
        settings.put("default.api.timeout.ms", "15000");
        settings.put("request.timeout.ms", "5000");
        return Admin.create(settings);
    }

    private void format(int broker, String clusterId) throws Exception {
        Path logs = Files.createDirectories(logs(broker));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        new Formatter()
                .setPrintStream(new PrintStream(said, true, StandardCharsets.UTF_8))
                .setClusterId(clusterId)
                .setNodeId(broker + 1)
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(logs.toString())
                .addDirectory(logs.toString())
                .run();
        String controller = "127.0.0.1:" + controllerPorts.get(broker);
        String address = "127.0.0.1:" + ports.get(broker);
        Properties settings = new Properties();
        settings.putAll(Map.ofEntries(
                Map.entry("node.id", "" + (broker + 1)),
                Map.entry("process.roles", "broker,controller"),
                Map.entry(
                        "controller.quorum.voters",
                        IntStream.range(0, BROKERS)
                                .mapToObj(i -> (i + 1) + "@127.0.0.1:" + controllerPorts.get(i))
                                .collect(Collectors.joining(","))),
                Map.entry("listeners", "PLAINTEXT://" + address + ",CONTROLLER://" + controller),
                Map.entry("advertised.listeners", "PLAINTEXT://" + address),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                Map.entry("inter.broker.listener.name", "PLAINTEXT"),
                Map.entry("log.dirs", logs.toString()),
                Map.entry("auto.create.topics.enable", "false"),
                Map.entry("default.replication.factor", "3"),
                Map.entry("min.insync.replicas", "2"),
                Map.entry("offsets.topic.replication.factor", "3"),
                Map.entry("transaction.state.log.replication.factor", "3"),
                Map.entry("transaction.state.log.min.isr", "2"),
                // Three brokers share two cores: 50 each by default.
                Map.entry("offsets.topic.num.partitions", "4"),
                Map.entry("transaction.state.log.num.partitions", "4"),
                Map.entry("num.io.threads", "4"),
                Map.entry("log.index.size.max.bytes", "262144"),
                Map.entry("log.cleaner.dedupe.buffer.size", "" + 8 * 1024 * 1024)));
        try (var file = Files.newBufferedWriter(dir.resolve("broker-" + broker + ".properties"))) {
            settings.store(file, null);
        }
        Files.writeString(
                dir.resolve("broker-log.xml"),
                "<configuration><appender name='OUT' class='ch.qos.logback.core.ConsoleAppender'><encoder>"
                        + "<pattern>%d %-5level %logger{20} - %msg%n</pattern></encoder></appender>"
                        + "<root level='INFO'><appender-ref ref='OUT'/></root></configuration>");
    }

    private Process launch(int broker) throws IOException {
        List<String> command = new ArrayList<>();
        try {
            if (canCutOff()) {
                command.addAll(List.of("setpriv", "--regid", "" + (firstGroup + broker), "--keep-groups"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dlogback.configurationFile=" + dir.resolve("broker-log.xml"),
                "-cp",
                System.getProperty("java.class.path"),
                "kafka.Kafka",
                dir.resolve("broker-" + broker + ".properties").toString()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        dir.resolve("broker-" + broker + ".log").toFile()))
                .start();
    }

    private Path logs(int broker) {
        return dir.resolve("broker-" + broker);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (registry != null) {
            registry.close();
        }
        if (database != null) {
            database.close();
        }
        // None waits for the others to take its partitions over: all go.
        for (Process broker : brokers) {
            broker.destroyForcibly().waitFor();
        }
        for (int broker = 0; broker < BROKERS; broker++) {
            // Nothing is left behind where the test ended while it was cut off.
            connect(broker);
        }
    }
}
