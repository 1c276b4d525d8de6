package io.modelwatch.producers.alias;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MappingIterator;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvReadFeature;

/** A reference table as comma-separated text: a header, then rows of as many cells; a row that begins with # is a comment. */
public final class Table {

    private static final CsvMapper CSV = CsvMapper.builder()
            .enable(CsvReadFeature.WRAP_AS_ARRAY)
            .enable(CsvReadFeature.TRIM_SPACES)
            .enable(CsvReadFeature.SKIP_EMPTY_LINES)
            .build();

    /** A table that somebody wrote by hand has fewer. */
    private static final long MAX_BYTES = 4 << 20;

    private Table() {}

    /**
     * Returns the rows of a table that ships with modelwatch.
     *
     * @param beside a class of the package that it belongs to
     * @param header its first line
     */
    public static List<List<String>> shipped(Class<?> beside, String name, String header) {
        try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(name), name)) {
            return rows(name, new String(in.readAllBytes(), StandardCharsets.UTF_8), header);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws IllegalArgumentException if it cannot be read or a row has another form; it says which */
    static List<List<String>> file(Path file, String header) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException(file + ": longer than " + MAX_BYTES + " bytes");
            }
            return rows(file.toString(), Files.readString(file), header);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    file + ": cannot be read as UTF-8 text; it must hold lines of the form " + header, e);
        }
    }

    private static List<List<String>> rows(String where, String text, String header) {
        int cells = header.split(",", -1).length;
        List<List<String>> rows = new ArrayList<>();
        try (MappingIterator<String[]> lines = CSV.readerFor(String[].class).readValues(text)) {
            boolean first = true;
            while (lines.hasNext()) {
                List<String> row = List.of(lines.next());
                if (first && !String.join(",", row).equals(header)) {
                    throw new IllegalArgumentException(where + ": the first line must be " + header);
                }
                if (!first && !row.getFirst().startsWith("#")) {
                    if (row.size() != cells || row.getFirst().isBlank()) {
                        throw new IllegalArgumentException(
                                where + ": '" + String.join(",", row) + "' must be of the form " + header);
                    }
                    rows.add(row);
                }
                first = false;
            }
            if (first) {
                throw new IllegalArgumentException(where + ": the first line must be " + header);
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException(where + ": not comma-separated text of the form " + header, e);
        }
        return rows;
    }
}
