package io.modelwatch.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The program in processes of its own, which can be killed; what still runs at the end is stopped. */
public final class Programs implements AutoCloseable {

    /** One running program and what it says. */
    public record Program(Process process, Path log) {
        /** Returns whether it runs. */
        public boolean alive() {
            return process.isAlive();
        }

        /** Returns what it has said. */
        public String said() throws IOException {
            return Files.readString(log);
        }

        /** Ends it as kill -9 does. */
        public void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        /** Asks it to stop, as Ctrl-C or a service manager would. */
        public void stop() throws InterruptedException {
            process.destroy();
            if (!process.waitFor(90, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("did not stop");
            }
        }
    }

    private final List<Process> processes = new ArrayList<>();

    /** Starts the program; what it says goes to a file. */
    public Program start(Path log, Map<String, String> environment, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                // Started often and ended soon: the better compiler would take the cores from the others.
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "io.modelwatch.app.Main"));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        processes.add(process);
        return new Program(process, log);
    }

    @Override
    public void close() throws InterruptedException {
        for (Process process : processes) {
            process.destroy();
        }
        for (Process process : processes) {
            if (!process.waitFor(90, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }
}
