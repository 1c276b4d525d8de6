package io.modelwatch.bench.measure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What processes take, as Linux tells it in {@code /proc}. */
public final class ProcessMemory {

    private ProcessMemory() {}

    /**
     * Returns a program with all that it started: its descendants, and those that name its data directory in their command
     * line, with theirs (PostgreSQL leaves its parent).
     */
    public static Set<ProcessHandle> family(ProcessHandle program, Path dataDir) {
        return Stream.concat(
                        Stream.of(program),
                        ProcessHandle.allProcesses()
                                .filter(one -> commandLine(one).contains(dataDir.toString())))
                .flatMap(one -> Stream.concat(Stream.of(one), one.descendants()))
                .filter(one -> one.pid() != ProcessHandle.current().pid())
                .collect(Collectors.toSet());
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(proc(process, "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // It has ended, or there is no /proc.
            return "";
        }
    }

    /** Returns KiB: the proportional set size, where it cannot be read the resident set size; empty without {@code /proc}. */
    public static OptionalLong kibibytes(ProcessHandle process) {
        OptionalLong proportional = field(proc(process, "smaps_rollup"), "Pss:");
        return proportional.isPresent() ? proportional : residentKibibytes(process);
    }

    /** Returns KiB of the resident set: pages that it shares with others count whole; empty without {@code /proc}. */
    public static OptionalLong residentKibibytes(ProcessHandle process) {
        return field(proc(process, "status"), "VmRSS:");
    }

    private static Path proc(ProcessHandle process, String file) {
        return Path.of("/proc", Long.toString(process.pid()), file);
    }

    private static OptionalLong field(Path file, String name) {
        try {
            return field(Files.readAllLines(file, StandardCharsets.ISO_8859_1), name);
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Returns the number in the first line that begins with a name, for example {@code Pss:   1234 kB}. */
    static OptionalLong field(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).strip().split(" ", -1)[0])
                .filter(number -> number.matches("\\d{1,18}"))
                .mapToLong(Long::parseLong)
                .findFirst();
    }
}
