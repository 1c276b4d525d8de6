package io.modelwatch.app.export;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.Objects;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * Writes a table into a directory, a file a day (UTC). A day that the manifest has, and whose file is the one that it
 * describes, is left alone: an export that was cut short goes on where it stopped. Several tables share a directory.
 */
public final class TableExport {

    /** What came of an export. */
    public record Outcome(int days, int kept, long rows) {}

    private final ExportTable table;
    private final Path directory;
    private final ExportFormat format;
    private final BiConsumer<LocalDate, Consumer<JsonNode>> source;
    private final Consumer<String> progress;

    /**
     * @param source hands over every item of a day, in the form of the API
     * @param progress told of each day that was written
     */
    public TableExport(
            ExportTable table,
            Path directory,
            ExportFormat format,
            BiConsumer<LocalDate, Consumer<JsonNode>> source,
            Consumer<String> progress) {
        this.table = table;
        this.directory = directory;
        this.format = format;
        this.source = source;
        this.progress = progress;
    }

    /**
     * Exports days.
     *
     * @param since the first day
     * @param until the day after the last
     * @param again whether days that are there are written again
     * @throws ExportException if the directory is not ours, or cannot be written
     */
    public Outcome run(LocalDate since, LocalDate until, boolean again) {
        Path file = directory.resolve(Manifest.NAME);
        try {
            Manifest manifest = open(file);
            SortedMap<LocalDate, Manifest.Day> done = manifest.days(table);
            int kept = 0;
            long rows = 0;
            int days = 0;
            for (LocalDate day = since; day.isBefore(until); day = day.plusDays(1)) {
                Manifest.Day known = done.get(day);
                days++;
                if (known != null && !again && isThere(day, known)) {
                    kept++;
                    rows += known.rows();
                    continue;
                }
                Manifest.Day written = write(day);
                done.put(day, written);
                manifest.write(file);
                rows += written.rows();
                if (written.rows() > 0) {
                    progress.accept(day + ": " + written.rows() + " " + table);
                }
            }
            return new Outcome(days, kept, rows);
        } catch (IOException | UncheckedIOException | SQLException e) {
            throw new ExportException("cannot write below " + directory + ": " + reason(e)
                    + "; the days that are complete stay, and the same call goes on after them");
        }
    }

    private Manifest open(Path file) throws IOException {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new ExportException(directory + " is a file: name a directory");
        }
        Files.createDirectories(directory);
        if (Files.exists(file)) {
            Manifest manifest = Manifest.read(file);
            if (manifest.format() != format) {
                throw new ExportException(directory + " holds an export as " + manifest.format()
                        + ": name another directory for " + format);
            }
            return manifest;
        }
        try (Stream<Path> others = Files.list(directory)) {
            others.filter(other -> !other.getFileName().toString().equals(Manifest.NAME + ".part"))
                    .findFirst()
                    .ifPresent(other -> {
                        throw new ExportException(directory + " is not empty and holds no export (there is "
                                + other.getFileName() + "): name an empty or a new directory");
                    });
        }
        Manifest manifest = Manifest.empty(format);
        manifest.write(file);
        return manifest;
    }

    private boolean isThere(LocalDate day, Manifest.Day known) throws IOException {
        Path file = directory.resolve(Manifest.path(table, day, format));
        if (known.rows() == 0) {
            return !Files.exists(file);
        }
        return Files.exists(file)
                && Files.size(file) == known.bytes()
                && DayFile.sha256(file).equals(known.sha256());
    }

    private Manifest.Day write(LocalDate day) throws IOException, SQLException {
        try (DayFile file = new DayFile(table, directory.resolve(Manifest.path(table, day, format)), format)) {
            source.accept(day, item -> {
                try {
                    file.add(item);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            return file.write();
        }
    }

    private static String reason(Exception e) {
        Exception cause = e instanceof UncheckedIOException wrapped ? Objects.requireNonNull(wrapped.getCause()) : e;
        if (cause instanceof FileAlreadyExistsException there) {
            return there.getFile() + " is a file where a directory is needed";
        }
        if (cause instanceof FileSystemException system && system.getReason() != null) {
            return system.getFile() + ": " + system.getReason();
        }
        String message = String.valueOf(cause.getMessage());
        // DuckDB wraps what the system said into JSON.
        return message.contains("No space left on device") ? "no space left on device" : message;
    }
}
