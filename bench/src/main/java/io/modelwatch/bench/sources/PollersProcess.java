package io.modelwatch.bench.sources;

import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.ProcessMemory;
import io.modelwatch.schemas.KafkaConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code modelwatch run pollers} in a process of its own, started by the launcher as a user does. */
final class PollersProcess implements AutoCloseable {

    /** The launcher builds if a source file has changed since it started the benchmark. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    private final Process process;
    private final Path log;
    private final Path dir;
    /** A bench that is ended leaves nothing behind. */
    private final Thread onKill;

    private PollersProcess(Process process, Path log, Path dir) {
        this.process = process;
        this.log = log;
        this.dir = dir;
        this.onKill = new Thread(process::destroy, "bench-stop");
        Runtime.getRuntime().addShutdownHook(onKill);
    }

    /**
     * Starts it, and returns once it says that its role is up.
     *
     * @param launcher the program
     * @param dir an empty directory for its data and log
     * @param sources the part {@code sources} of its configuration
     */
    static PollersProcess start(Path launcher, Path dir, KafkaConnection kafka, String jdbcUrl, String sources)
            throws IOException {
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
                        launcher.toString(),
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

    /** Returns its name among the instances. */
    String instance() throws IOException {
        return Files.readString(dir.resolve("streams").resolve("instance-id")).strip();
    }

    /** Returns the processor time that it has used. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Returns its proportional set size in MiB (see {@link ProcessMemory}); empty without {@code /proc}. */
    OptionalLong proportionalMiB() {
        OptionalLong kibibytes = ProcessMemory.kibibytes(process.toHandle());
        return kibibytes.isPresent() ? OptionalLong.of(kibibytes.getAsLong() >> 10) : kibibytes;
    }

    /** Collects its garbage and returns the MiB of heap that live. */
    double liveHeapMiB() throws IOException, InterruptedException {
        Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(process.pid()),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String said = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
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
        int code = process.destroyForcibly().waitFor();
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
        try {
            Runtime.getRuntime().removeShutdownHook(onKill);
        } catch (IllegalStateException e) {
            // It runs already: the bench is being ended.
        }
    }
}
