package io.modelwatch.bench.start;

import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.ProcessMemory;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Starts the program as a user does and stops it as Ctrl-C does. */
final class StartBench {

    /** The first call of the launcher builds. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(60);

    private final Path launcher;
    private final Path dir;
    private final Path dataDir;
    private final List<Integer> ports;

    /** @param dir an empty directory for data and log */
    StartBench(Path launcher, Path dir) throws IOException {
        this.launcher = launcher;
        this.dir = dir;
        this.dataDir = dir.resolve("data");
        this.ports = Bed.freePorts(5);
        // What sources answer, and when, is not ours to measure.
        Files.writeString(dir.resolve("modelwatch.yaml"), "sources: []\n");
    }

    /** Starts, waits until ready, watches the memory for a while, stops. */
    Started start(int run, Duration settle) throws Exception {
        Path log = dir.resolve("start-" + run + ".log");
        long begin = System.nanoTime();
        Process up = new ProcessBuilder(
                        launcher.toString(),
                        "up",
                        "--config",
                        dir.resolve("modelwatch.yaml").toString(),
                        "--data-dir",
                        dataDir.toString(),
                        "--port",
                        port(0),
                        "--kafka-port",
                        port(1),
                        "--kafka-controller-port",
                        port(2),
                        "--registry-port",
                        port(3),
                        "--postgres-port",
                        port(4))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Thread onKill = new Thread(up::destroy, "bench-stop");
        Runtime.getRuntime().addShutdownHook(onKill);
        try {
            awaitReady(up, log);
            double seconds = (System.nanoTime() - begin) / 1e9;
            return settle(run, seconds, up, settle);
        } finally {
            stop(up);
            Runtime.getRuntime().removeShutdownHook(onKill);
        }
    }

    private String port(int which) {
        return Integer.toString(ports.get(which));
    }

    private void awaitReady(Process up, Path log) throws IOException, InterruptedException {
        HttpRequest ready = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port(0) + "/health/ready"))
                .timeout(Duration.ofSeconds(5))
                .build();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (HttpClient http = HttpClient.newHttpClient()) {
            while (!answersYes(http, ready)) {
                if (!up.isAlive()) {
                    throw new BenchException("`up` has ended instead of becoming ready; it said: " + tail(log));
                }
                if (System.nanoTime() > deadline) {
                    throw new BenchException("`up` is not ready after " + PATIENCE + "; it said: " + tail(log));
                }
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        }
    }

    private static boolean answersYes(HttpClient http, HttpRequest ready) throws InterruptedException {
        try {
            return http.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            // Nobody listens yet.
            return false;
        }
    }

    private static String tail(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    }

    private Started settle(int run, double seconds, Process up, Duration settle) {
        OptionalDouble most = OptionalDouble.empty();
        int processes = 0;
        long until = System.nanoTime() + settle.toNanos();
        do {
            Set<ProcessHandle> family = ProcessMemory.family(up.toHandle(), dataDir);
            long sum = family.stream()
                    .map(ProcessMemory::kibibytes)
                    .filter(OptionalLong::isPresent)
                    .mapToLong(OptionalLong::getAsLong)
                    .sum();
            if (sum > 0 && sum / 1024.0 > most.orElse(0)) {
                most = OptionalDouble.of(sum / 1024.0);
                processes = family.size();
            }
            LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        } while (System.nanoTime() < until);
        return new Started(run, seconds, most, processes);
    }

    private static void stop(Process up) throws InterruptedException {
        up.destroy();
        if (!up.waitFor(STOP_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            up.destroyForcibly().waitFor();
            throw new BenchException("`up` did not stop within " + STOP_PATIENCE);
        }
    }
}
