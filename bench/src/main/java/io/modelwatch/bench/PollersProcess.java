package io.modelwatch.bench;

import io.modelwatch.schemas.KafkaConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code modelwatch run pollers} in a process of its own, with the JVM settings of the launcher. */
final class PollersProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    private final Process process;
    private final Path log;
    private final Path dir;

    private PollersProcess(Process process, Path log, Path dir) {
        this.process = process;
        this.log = log;
        this.dir = dir;
    }

    /**
     * Starts it, and returns once it says that its role is up.
     *
     * @param dir an empty directory for its data and log
     * @param sources the part {@code sources} of its configuration
     */
    static PollersProcess start(Path dir, KafkaConnection kafka, String jdbcUrl, String sources) throws IOException {
        Files.createDirectories(dir);
        Path config = Files.writeString(
                dir.resolve("modelwatch.yaml"),
                """
                kafka: {bootstrap: "%s", registry: "%s", replication: 1}
                topics: {prefix: "%s"}
                database: {url: "%s"}
                """.formatted(
                                        kafka.bootstrap(),
                                        kafka.registryUrl(),
                                        kafka.topics().prefix(),
                                        jdbcUrl)
                        + sources);
        Path log = dir.resolve("log");
        Process process = new ProcessBuilder(
                        java("java"),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.modelwatch.app.Main",
                        "run",
                        "pollers",
                        "--config",
                        config.toString(),
                        "--data-dir",
                        dir.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        PollersProcess started = new PollersProcess(process, log, dir);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.readString(log).contains("roles are up")) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                started.close();
                throw new BenchException("`run pollers` does not start; it said: " + Files.readString(log));
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        return started;
    }

    private static String java(String tool) {
        return Path.of(System.getProperty("java.home"), "bin", tool).toString();
    }

    /** Returns its name among the instances. */
    String instance() throws IOException {
        return Files.readString(dir.resolve("streams").resolve("instance-id")).strip();
    }

    /** Returns the processor time that it has used. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Returns the MiB that it holds of the machine's memory; empty without {@code /proc}. */
    OptionalLong residentMiB() {
        OptionalLong kibibytes = ProcessMemory.kibibytes(process.toHandle());
        return kibibytes.isPresent() ? OptionalLong.of(kibibytes.getAsLong() >> 10) : kibibytes;
    }

    /** Collects its garbage and returns the MiB of heap that live. */
    double liveHeapMiB() throws IOException, InterruptedException {
        Process tool = new ProcessBuilder(java("jcmd"), Long.toString(process.pid()), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String said = new String(tool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        Matcher total = TOTAL.matcher(said);
        if (tool.waitFor() != 0 || !total.find()) {
            throw new BenchException(
                    "jcmd does not tell the heap: " + said.lines().findFirst().orElse(""));
        }
        return Long.parseLong(total.group(1)) / (double) (1 << 20);
    }

    /** Returns the lines of its log that warn, or say that something broke. */
    List<String> troubles() throws IOException {
        return Files.readAllLines(log).stream()
                .filter(line -> line.contains(" WARN ") || line.contains(" ERROR "))
                .toList();
    }

    /** Ends it as {@code kill -9} does. */
    void kill() throws InterruptedException {
        var code = process.destroyForcibly().waitFor();
        if (code == 0) {
            throw new BenchException("it had ended before it was killed");
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
