package io.modelwatch.app.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an export holds: written after each day, so that one that was cut short knows what is complete. It says nothing of
 * when it was made: the same items make the same bytes.
 *
 * @param format of the files
 * @param tables what each complete day of each table holds; a day without items has no file
 */
record Manifest(ExportFormat format, SortedMap<ExportTable, SortedMap<LocalDate, Day>> tables) {

    static final String NAME = "manifest.json";

    /** 1 had the days of changes alone, at the top. */
    private static final int VERSION = 2;

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * One day.
     *
     * @param rows items of it
     * @param bytes size of the file
     * @param sha256 of the file in lower-case hex, empty where there is none
     */
    record Day(long rows, long bytes, String sha256) {
        Day {
            boolean digested =
                    rows == 0 ? sha256.isEmpty() : SHA256.matcher(sha256).matches();
            if (rows < 0 || bytes < 0 || !digested) {
                throw new IllegalArgumentException("rows, bytes and sha256 of a day");
            }
        }
    }

    /** Copies the maps. */
    Manifest {
        SortedMap<ExportTable, SortedMap<LocalDate, Day>> copies = new TreeMap<>();
        tables.forEach((table, days) -> copies.put(table, new TreeMap<>(days)));
        tables = copies;
    }

    static Manifest empty(ExportFormat format) {
        return new Manifest(format, new TreeMap<>());
    }

    /** Returns the complete days of a table, to be added to. */
    SortedMap<LocalDate, Day> days(ExportTable table) {
        return tables.computeIfAbsent(table, unused -> new TreeMap<>());
    }

    /** @throws ExportException if it cannot be read, or is none of ours */
    static Manifest read(Path file) {
        try {
            JsonNode json = JSON.readTree(Files.readString(file));
            int version = json.path("version").asInt(0);
            SortedMap<ExportTable, SortedMap<LocalDate, Day>> tables = new TreeMap<>();
            if (version == 1 && json.path("entity").asString("").equals(ExportTable.CHANGES.entity())) {
                tables.put(ExportTable.CHANGES, days(json));
            } else if (version == VERSION) {
                for (JsonNode table : json.path("tables")) {
                    tables.put(ExportTable.of(table.path("entity").asString("")), days(table));
                }
            } else {
                throw new ExportException(file + " is no manifest of this export: name another directory");
            }
            return new Manifest(ExportFormat.valueOf(json.path("format").asString("")), tables);
        } catch (IOException | JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new ExportException(file + " is no manifest of this export (" + e.getMessage()
                    + "): name another directory, or remove it to begin anew");
        }
    }

    private static SortedMap<LocalDate, Day> days(JsonNode json) {
        SortedMap<LocalDate, Day> days = new TreeMap<>();
        for (JsonNode day : json.path("days")) {
            days.put(
                    LocalDate.parse(day.path("day").asString("")),
                    new Day(
                            day.path("rows").asLong(-1),
                            day.path("bytes").asLong(0),
                            day.path("sha256").asString("")));
        }
        return days;
    }

    /** Writes it whole or not at all. */
    void write(Path file) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("version", VERSION).put("format", format.name());
        ArrayNode all = json.putArray("tables");
        tables.forEach((table, days) -> {
            ObjectNode one = all.addObject().put("entity", table.entity());
            one.put("rows", days.values().stream().mapToLong(Day::rows).sum());
            ArrayNode each = one.putArray("days");
            days.forEach((date, day) -> {
                ObjectNode entry = each.addObject().put("day", date.toString()).put("rows", day.rows());
                if (day.rows() > 0) {
                    entry.put("file", path(table, date, format)).put("bytes", day.bytes());
                    entry.put("sha256", day.sha256());
                }
            });
        });
        Path part = file.resolveSibling(NAME + ".part");
        Files.writeString(
                part,
                JSON.writer()
                                .with(new DefaultPrettyPrinter()
                                        .withObjectIndenter(new DefaultIndenter("  ", "\n"))
                                        .withArrayIndenter(new DefaultIndenter("  ", "\n")))
                                .writeValueAsString(json)
                        + "\n");
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Returns where the file of a day lies: the layout that DuckDB and Spark call Hive partitions. */
    static String path(ExportTable table, LocalDate day, ExportFormat format) {
        return table.entity() + "/day=" + day + "/" + table.entity() + "." + format.name();
    }
}
