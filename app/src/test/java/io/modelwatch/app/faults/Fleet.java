package io.modelwatch.app.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.modelwatch.app.Programs;
import io.modelwatch.app.Programs.Program;
import io.modelwatch.app.platform.Cluster;
import io.modelwatch.app.role.Role;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Each role in a process of its own, started again where it ends, as a service manager does. */
final class Fleet implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Path dir;
    private final Path config;
    private final Map<Role, Integer> healthPorts = new EnumMap<>(Role.class);
    private final Map<Role, Program> running = new EnumMap<>(Role.class);
    private final Programs programs = new Programs();
    private final Vendor vendor;
    private final int apiPort;
    private int ended;
    private int others;

    Fleet(Path dir, Cluster cluster, Random random) throws IOException {
        this.dir = dir;
        this.vendor = new Vendor(random);
        this.config = Files.writeString(
                dir.resolve("modelwatch.yaml"),
                "kafka: {bootstrap: '%s', registry: '%s', replication: 3}\ndatabase: {url: '%s'}\nticks: {every: 1s}\ninference: {enabled: true}\ntelemetry: {enabled: true}\nsources: [%s]\n"
                        .formatted(cluster.bootstrap(), cluster.registryUrl(), cluster.jdbcUrl(), vendor.source()));
        List<Integer> ports = Cluster.ports(1 + Role.values().length, random);
        this.apiPort = ports.getLast();
        for (Role role : Role.values()) {
            healthPorts.put(role, ports.get(role.ordinal()));
        }
    }

    int apiPort() {
        return apiPort;
    }

    /** Returns the vendor whose list `pollers` reads. */
    Vendor vendor() {
        return vendor;
    }

    /** Starts every role and waits for it. */
    void start() throws IOException {
        for (Role role : Role.values()) {
            start(role);
            Program program = running.get(role);
            await().atMost(PATIENCE)
                    .until(() -> !program.alive() || program.said().contains("roles are up"));
            assertThat(program.alive()).as(program.said()).isTrue();
        }
    }

    /** Waits until a role says of itself that it works. */
    void awaitWorking(Role role) {
        awaitWorking(healthPorts.get(role));
    }

    private void awaitWorking(int healthPort) {
        awaitHealth(healthPort, answer -> answer.statusCode() == 200);
    }

    /** Waits until the clock of a role is so many seconds off, give or take half a minute. */
    void awaitClock(Role role, int seconds) {
        awaitHealth(
                healthPorts.get(role),
                answer -> answer.headers()
                        .firstValue("Date")
                        .map(date -> ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                                .toInstant())
                        .filter(date ->
                                Math.abs(Duration.between(Instant.now(), date).toSeconds() - seconds) < 30)
                        .isPresent());
    }

    private void awaitHealth(int healthPort, Predicate<HttpResponse<Void>> wanted) {
        HttpRequest ready = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + healthPort + "/health/ready"))
                .timeout(Duration.ofSeconds(5))
                .build();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).until(() -> {
            keepUp();
            try (HttpClient http = HttpClient.newHttpClient()) {
                return wanted.test(http.send(ready, HttpResponse.BodyHandlers.discarding()));
            } catch (IOException e) {
                // Not listening yet.
                return false;
            }
        });
    }

    /** Starts a role and returns at once. */
    void start(Role role) throws IOException {
        start(role, Map.of());
    }

    /** Starts a role with some more variables in its environment. */
    void start(Role role, Map<String, String> environment) throws IOException {
        running.put(role, program(role, role.title(), healthPorts.get(role), apiPort, environment));
    }

    private Program program(Role role, String name, int healthPort, int port, Map<String, String> environment)
            throws IOException {
        Map<String, String> all = new HashMap<>(environment);
        all.put("MODELWATCH_HEALTH_PORT", String.valueOf(healthPort));
        return programs.start(
                dir.resolve(name + ".log"),
                all,
                List.of(
                        "run",
                        role.title(),
                        "--config",
                        config.toString(),
                        "--port",
                        Integer.toString(port),
                        "--data-dir",
                        data(name).toString()));
    }

    /** Starts one more instance of a role, which the caller kills; its state is its own. */
    Program another(Role role, Random random) throws IOException {
        return another(role, Cluster.ports(2, random));
    }

    private Program another(Role role, List<Integer> ports) throws IOException {
        return program(role, role.title() + "-" + ++others, ports.getFirst(), ports.getLast(), Map.of());
    }

    /** Restarts each role in turn, in order, as a new version is brought in: another instance works meanwhile. */
    void roll(Random random) throws IOException, InterruptedException {
        for (Role role : Role.values()) {
            List<Integer> ports = Cluster.ports(2, random);
            Program another = another(role, ports);
            awaitWorking(ports.getFirst());
            running.get(role).stop();
            keepLog(role);
            start(role);
            awaitWorking(role);
            another.stop();
        }
    }

    /** Returns what a role has said since its start. */
    String said(Role role) throws IOException {
        return running.get(role).said();
    }

    /** Returns where a role keeps its state. */
    Path data(Role role) {
        return data(role.title());
    }

    private Path data(String name) {
        return dir.resolve("data-" + name);
    }

    /** Ends a role as kill -9 does. */
    void kill(Role role) throws IOException, InterruptedException {
        running.get(role).kill();
        keepLog(role);
    }

    private void keepLog(Role role) throws IOException {
        Path log = dir.resolve(role.title() + ".log");
        Files.write(
                dir.resolve(role.title() + ".all.log"),
                Files.readAllBytes(log),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    /** Stops a process for a while, as a host that hangs does, or lets it go on. */
    void signal(Role role, String signal) throws IOException, InterruptedException {
        new ProcessBuilder(
                        "kill", "-" + signal, "" + running.get(role).process().pid())
                .inheritIO()
                .start()
                .waitFor();
    }

    /** Deletes what a role keeps on its disk; it must not run. */
    void deleteState(Role role) throws IOException {
        try (Stream<Path> all = Files.walk(data(role))) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Starts what has ended by itself. */
    void keepUp() throws IOException {
        for (Role role : Role.values()) {
            Program program = running.get(role);
            if (!program.alive()) {
                ended++;
                System.out.println(role.title() + " ended with "
                        + program.process().exitValue() + ": " + lastLine(program.said()));
                keepLog(role);
                start(role);
            }
        }
    }

    private static String lastLine(String said) {
        return said.lines().reduce((first, second) -> second).orElse("");
    }

    /** Returns how often a role has ended by itself. */
    int ended() {
        return ended;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        programs.close();
        vendor.close();
    }
}
