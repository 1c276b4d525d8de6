package io.modelwatch.app.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends child processes that a killed modelwatch has left behind on the same data directory. */
final class Orphans {

    private static final Logger LOGGER = LoggerFactory.getLogger(Orphans.class);
    private static final Duration GRACE = Duration.ofSeconds(5);

    private Orphans() {}

    /**
     * Ends the process whose id is the first line of a file, if it is ours: an id may have been given to another
     * process since, so its command line must name our directory.
     */
    static void end(Path pidFile, Path directory) {
        if (!Files.isRegularFile(pidFile)) {
            return;
        }
        try {
            String first =
                    Files.readString(pidFile).lines().findFirst().orElse("").strip();
            Optional<ProcessHandle> process =
                    first.matches("\\d{1,10}") ? ProcessHandle.of(Long.parseLong(first)) : Optional.empty();
            if (process.isPresent() && isOurs(process.get(), directory)) {
                LOGGER.atInfo()
                        .addKeyValue("pid", first)
                        .addKeyValue("directory", directory)
                        .log("ending a process that an earlier run left behind");
                end(process.get());
            }
            Files.deleteIfExists(pidFile);
        } catch (IOException e) {
            throw new PlatformException("cannot read or remove " + pidFile + ": " + e.getMessage(), e);
        }
    }

    /** Asks a process to end, and ends it by force if it does not. */
    static void end(ProcessHandle process) {
        process.destroy();
        if (!awaitExit(process)) {
            process.destroyForcibly();
            if (!awaitExit(process)) {
                throw new PlatformException("process " + process.pid() + " does not end: end it by hand");
            }
        }
    }

    private static boolean isOurs(ProcessHandle process, Path directory) {
        ProcessHandle.Info info = process.info();
        String name = directory.toString();
        return info.commandLine().map(line -> line.contains(name)).orElse(false)
                || info.arguments()
                        .map(arguments -> Arrays.stream(arguments).anyMatch(argument -> argument.contains(name)))
                        .orElse(false);
    }

    private static boolean awaitExit(ProcessHandle process) {
        try {
            process.onExit().get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return !process.isAlive();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
