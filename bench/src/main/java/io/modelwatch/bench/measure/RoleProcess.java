package io.modelwatch.bench.measure;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code modelwatch run ROLE} in a process of its own, started by the launcher as a user does; it can be killed and started again. */
public final class RoleProcess implements AutoCloseable {

    /** The launcher builds if a source file has changed since it started the benchmark. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final Duration LOOK = Duration.ofMillis(50);

    private static final Duration ANSWER = Duration.ofSeconds(10);

    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    private static final Pattern HEALTH = Pattern.compile("health and metrics at (http://\\S+?)/health/ready");

    private final Path launcher;
    private final String role;
    private final Path dir;
    private final List<String> arguments;
    /** A bench that is ended leaves nothing behind. */
    private final Thread onKill = new Thread(this::end, "bench-stop");

    private final List<Path> logs = new ArrayList<>();
    private volatile @Nullable Process process;

    /**
     * Prepares it; {@link #launch} starts it.
     *
     * @param launcher the program
     * @param role its role
     * @param dir a directory for its data and logs
     * @param bed what it works on
     * @param configuration more lines of its configuration; what they say under {@code kafka} is added by {@code kafka}
     * @param kafka more settings under {@code kafka}, in flow style, such as {@code standby: 1}; or ""
     * @param more arguments of the command
     */
    public RoleProcess(
            Path launcher, String role, Path dir, Bed bed, String configuration, String kafka, String... more)
            throws IOException {
        this.launcher = launcher;
        this.role = role;
        this.dir = dir;
        Files.createDirectories(dir);
        Path config = dir.resolve("modelwatch.yaml");
        configure(bed, configuration, kafka);
        this.arguments =
                new ArrayList<>(List.of("run", role, "--config", config.toString(), "--data-dir", dir.toString()));
        this.arguments.addAll(List.of(more));
        Runtime.getRuntime().addShutdownHook(onKill);
    }

    /** Writes its configuration anew, for its next start. */
    public void configure(Bed bed, String configuration, String kafka) throws IOException {
        Files.writeString(
                dir.resolve("modelwatch.yaml"),
                """
                kafka: {bootstrap: "%s", registry: "%s", replication: 1%s}
                topics: {prefix: "%s"}
                database: {url: "%s"}
                """.formatted(
                                        bed.kafka().bootstrap(),
                                        bed.kafka().registryUrl(),
                                        kafka.isEmpty() ? "" : ", " + kafka,
                                        bed.kafka().topics().prefix(),
                                        bed.jdbcUrl())
                        + configuration);
    }

    /** Starts it, and returns once it says that its role is up. */
    public RoleProcess start() throws IOException {
        launch();
        awaitUp();
        return this;
    }

    /** Starts some at the same time, and returns once all of them are up. */
    public static void start(Collection<RoleProcess> processes) throws IOException {
        for (RoleProcess process : processes) {
            process.launch();
        }
        for (RoleProcess process : processes) {
            process.awaitUp();
        }
    }

    /** Starts it, and returns at once. */
    public void launch() throws IOException {
        Path log = dir.resolve("log-" + (logs.size() + 1));
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(arguments);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        logs.add(log);
    }

    /** Waits until it says that its role is up. */
    public void awaitUp() throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!isUp()) {
            if (!isAlive() || System.nanoTime() > deadline) {
                throw new BenchException("`run " + role + "` does not start; it said: " + said());
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    /** Returns whether it has said, since its last start, that its role is up. */
    public boolean isUp() throws IOException {
        return said().contains("roles are up");
    }

    /** Returns whether it runs. */
    public boolean isAlive() {
        return running().isAlive();
    }

    /** Returns the id of its process. */
    public long pid() {
        return running().pid();
    }

    /** Returns it as the system sees it. */
    public ProcessHandle handle() {
        return running().toHandle();
    }

    /** Returns its role. */
    public String role() {
        return role;
    }

    /** Returns where it keeps its data. */
    public Path dir() {
        return dir;
    }

    /** Returns its name among the instances. */
    public String instance() throws IOException {
        return Files.readString(dir.resolve("streams").resolve("instance-id")).strip();
    }

    /** Returns the processor time that it has used since it was started. */
    public Duration cpu() {
        return running().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Returns its proportional set size in MiB (see {@link ProcessMemory}); empty without {@code /proc}. */
    public OptionalLong proportionalMiB() {
        OptionalLong kibibytes = ProcessMemory.kibibytes(handle());
        return kibibytes.isPresent() ? OptionalLong.of(kibibytes.getAsLong() >> 10) : kibibytes;
    }

    /** Collects its garbage and returns the bytes of heap that live. */
    public long liveHeapBytes() throws IOException, InterruptedException {
        Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(pid()),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String said = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher total = TOTAL.matcher(said);
        if (tool.waitFor() != 0 || !total.find()) {
            throw new BenchException(
                    "jcmd does not tell the heap: " + said.lines().findFirst().orElse(""));
        }
        return Long.parseLong(total.group(1));
    }

    /**
     * Returns a metric that it gives, summed over its labels.
     *
     * @param name as {@code docs/metrics.md} lists it
     */
    public double metric(String name) throws IOException, InterruptedException {
        return answer("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Returns whether it says of itself that all of it works. */
    public boolean isReady() throws IOException, InterruptedException {
        return isUp() && answer("/health/ready").statusCode() == 200;
    }

    private HttpResponse<String> answer(String path) throws IOException, InterruptedException {
        Matcher at = HEALTH.matcher(said());
        if (!at.find()) {
            throw new BenchException("`run " + role + "` does not say where its metrics are; it said: " + said());
        }
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(at.group(1) + path))
                            .timeout(ANSWER)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    /** Returns what it has said since its last start. */
    public String said() throws IOException {
        return Files.readString(logs.getLast());
    }

    /** Returns the lines of all its logs that warn, or say that something broke. */
    public List<String> troubles() throws IOException {
        List<String> troubles = new ArrayList<>();
        for (Path log : logs) {
            Files.readAllLines(log).stream()
                    .filter(line -> line.contains(" WARN ") || line.contains(" ERROR "))
                    .forEach(troubles::add);
        }
        return troubles;
    }

    /** Ends it as {@code kill -9} does. */
    public void kill() throws InterruptedException {
        int code = running().destroyForcibly().waitFor();
        if (code == 0) {
            throw new BenchException("it had ended before it was killed");
        }
    }

    /** Asks it to stop, as a service manager does, and waits for that. */
    public void stop() {
        Process one = process;
        if (one == null) {
            return;
        }
        one.destroy();
        try {
            if (!one.waitFor(30, TimeUnit.SECONDS)) {
                one.destroyForcibly();
            }
        } catch (InterruptedException e) {
            one.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private Process running() {
        Process one = process;
        if (one == null) {
            throw new IllegalStateException("not started");
        }
        return one;
    }

    private void end() {
        Process one = process;
        if (one != null) {
            one.destroy();
        }
    }

    @Override
    public void close() {
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(onKill);
        } catch (IllegalStateException e) {
            // It runs already: the bench is being ended.
        }
    }
}
