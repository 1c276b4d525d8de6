package io.modelwatch.bench.soak;

import io.modelwatch.app.role.Role;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.RoleProcess;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/** Each role in a process of its own, started again where it ends, as a service manager does. */
final class Fleet implements AutoCloseable {

    private final Map<Role, RoleProcess> processes = new EnumMap<>(Role.class);
    private final Consumer<String> progress;
    private int ended;

    /** @param sources the part {@code sources} of the pollers' configuration */
    Fleet(Path launcher, Bed bed, String sources, Consumer<String> progress) throws IOException {
        this.progress = progress;
        String port = Integer.toString(Bed.freePorts(1).getFirst());
        for (Role role : Role.values()) {
            // A restart of the history keeps its port, which is its name.
            String[] more = role == Role.HISTORY ? new String[] {"--port", port} : new String[0];
            processes.put(
                    role,
                    new RoleProcess(
                            launcher,
                            role.title(),
                            bed.dir().resolve("roles").resolve(role.title()),
                            bed,
                            "ticks: {every: 1s}\n" + (role == Role.POLLERS ? sources : "sources: []\n"),
                            "",
                            more));
        }
    }

    /** Starts all and waits for them. */
    void start() throws IOException {
        RoleProcess.start(processes.values());
        progress.accept("every role is up");
    }

    /** Ends a role as kill -9 does and starts it again at once. */
    void kill(Role role) throws IOException, InterruptedException {
        RoleProcess process = process(role);
        process.kill();
        process.launch();
    }

    /** Starts what has ended by itself. */
    void keepUp() throws IOException {
        for (RoleProcess process : processes.values()) {
            if (!process.isAlive()) {
                ended++;
                progress.accept(process.role() + " has ended by itself: "
                        + process.said()
                                .lines()
                                .reduce((first, second) -> second)
                                .orElse(""));
                process.launch();
            }
        }
    }

    /** Returns whether a role has said, since its last start, that it is up. */
    boolean isUp(Role role) throws IOException {
        return process(role).isUp();
    }

    /** Returns how often a role has ended by itself. */
    int ended() {
        return ended;
    }

    /** Returns the process of a role. */
    RoleProcess process(Role role) {
        RoleProcess process = processes.get(role);
        if (process == null) {
            throw new IllegalStateException("no " + role);
        }
        return process;
    }

    /** Copies what the roles have said to a directory that stays. */
    void keepLogs(Path to) throws IOException {
        Files.createDirectories(to);
        for (RoleProcess process : processes.values()) {
            try (DirectoryStream<Path> logs = Files.newDirectoryStream(process.dir(), "log-*")) {
                for (Path log : logs) {
                    Files.copy(
                            log,
                            to.resolve(process.role() + "-" + log.getFileName()),
                            StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    @Override
    public void close() {
        processes.values().forEach(RoleProcess::close);
    }
}
