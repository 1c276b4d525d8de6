package io.modelwatch.app.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Map;
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
 * when it was made: the same changes make the same bytes.
 *
 * @param format of the files
 * @param days what each complete day holds; a day without changes has no file
 */
record Manifest(ExportFormat format, SortedMap<LocalDate, Day> days) {

    static final String NAME = "manifest.json";
    static final String ENTITY = "changes";

    private static final int VERSION = 1;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * One day.
     *
     * @param rows changes that became known on it
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

    Manifest {
        days = new TreeMap<>(days);
    }

    static Manifest empty(ExportFormat format) {
        return new Manifest(format, new TreeMap<>());
    }

    /** @throws ExportException if it cannot be read, or is none of ours */
    static Manifest read(Path file) {
        try {
            JsonNode json = JSON.readTree(Files.readString(file));
            if (json.path("version").asInt(0) != VERSION
                    || !json.path("entity").asString("").equals(ENTITY)) {
                throw new ExportException(file + " is no manifest of this export: name another directory");
            }
            SortedMap<LocalDate, Day> days = new TreeMap<>();
            for (JsonNode day : json.path("days")) {
                days.put(
                        LocalDate.parse(day.path("day").asString("")),
                        new Day(
                                day.path("rows").asLong(-1),
                                day.path("bytes").asLong(0),
                                day.path("sha256").asString("")));
            }
            return new Manifest(ExportFormat.valueOf(json.path("format").asString("")), days);
        } catch (IOException | JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new ExportException(file + " is no manifest of this export (" + e.getMessage()
                    + "): name another directory, or remove it to begin anew");
        }
    }

    /** Writes it whole or not at all. */
    void write(Path file) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("version", VERSION).put("entity", ENTITY).put("format", format.name());
        json.put("rows", days.values().stream().mapToLong(Day::rows).sum());
        ArrayNode all = json.putArray("days");
        for (Map.Entry<LocalDate, Day> entry : days.entrySet()) {
            Day day = entry.getValue();
            ObjectNode one =
                    all.addObject().put("day", entry.getKey().toString()).put("rows", day.rows());
            if (day.rows() > 0) {
                one.put("file", path(entry.getKey(), format)).put("bytes", day.bytes());
                one.put("sha256", day.sha256());
            }
        }
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
    static String path(LocalDate day, ExportFormat format) {
        return ENTITY + "/day=" + day + "/" + ENTITY + "." + format.name();
    }
}
