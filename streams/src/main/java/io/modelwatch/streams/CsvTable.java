package io.modelwatch.streams;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A reference table as comma-separated text: a header, then rows of as many cells; no quotes, no commas in cells. */
public final class CsvTable {

    private CsvTable() {}

    /** Returns the rows of a table that ships with modelwatch. */
    public static List<List<String>> resource(Class<?> beside, String name, String header) {
        try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(name), name)) {
            return rows(
                    name,
                    new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList(),
                    header);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the rows of a file.
     *
     * @throws IllegalArgumentException if it cannot be read or a line has another form; it says which
     */
    public static List<List<String>> file(Path file, String header) {
        try {
            return rows(file.toString(), Files.readAllLines(file), header);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    file + ": cannot be read as UTF-8 text; it must hold lines of the form " + header, e);
        }
    }

    private static List<List<String>> rows(String where, List<String> lines, String header) {
        if (lines.isEmpty() || !lines.getFirst().strip().equals(header)) {
            throw new IllegalArgumentException(where + " line 1: must be " + header);
        }
        int cells = header.split(",", -1).length;
        List<List<String>> rows = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            List<String> row = List.of(line.split(",", -1));
            if (row.size() != cells || row.getFirst().isBlank()) {
                throw new IllegalArgumentException(where + " line " + (i + 1) + ": must be " + header);
            }
            rows.add(row);
        }
        return rows;
    }
}
