package io.modelwatch.app.faults;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.stream.Stream;

/** What libfaketime tells a process that the time is; only the wall clock, not the time that has gone by. */
final class FakeClock implements AutoCloseable {

    private final Path file;

    private FakeClock(Path file) {
        this.file = file;
    }

    static FakeClock create() throws IOException {
        FakeClock clock = new FakeClock(Files.createTempFile("modelwatch-clock", null));
        clock.set(0);
        return clock;
    }

    /** Returns whether this machine has libfaketime, in the place where Debian has it. */
    static boolean isPossible() {
        return !library().isEmpty();
    }

    private static String library() {
        Path lib = FileSystems.getDefault().getPath("/usr/lib");
        try (Stream<Path> all =
                Files.find(lib, 3, (path, unused) -> path.endsWith(Path.of("faketime", "libfaketimeMT.so.1")))) {
            return all.findFirst().map(Path::toString).orElse("");
        } catch (IOException e) {
            return "";
        }
    }

    /** Returns the variables of a process that is to have this clock. */
    Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD",
                library(),
                "FAKETIME_TIMESTAMP_FILE",
                file.toString(),
                "FAKETIME_CACHE_DURATION",
                "1",
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1");
    }

    /** Sets the clock so many seconds before or after the true time; it is seen within a second. */
    void set(int seconds) throws IOException {
        Path next = Files.writeString(file.resolveSibling(file.getFileName() + ".next"), "%+d".formatted(seconds));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void close() throws IOException {
        Files.delete(file);
    }
}
