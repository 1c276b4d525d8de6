package io.modelwatch.app.export;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The items of one day on their way into a file. They are collected beside it, put in order by DuckDB, which uses the
 * disk where a day does not fit into memory, and written under another name until all of them are there. The same
 * items make the same bytes: the order is that of their time and id, and there is one thread.
 */
final class DayFile implements AutoCloseable {

    /** The item whole, digit by digit. */
    private static final String DOCUMENT = "document";

    /** Where DuckDB puts what does not fit into memory. */
    private static final String DUCKDB = ".duckdb";

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int BUFFER = 1 << 16;
    /** Bytes of a row: an item fits into a message of 1 MiB, and stands here in two forms, with its quotes escaped. */
    private static final int MOST_ROW = 1 << 24;

    private final ExportTable table;
    private final Path file;
    private final Path collected;
    private final Path part;
    private final ExportFormat format;
    private final BufferedWriter lines;
    private long rows;

    DayFile(ExportTable table, Path file, ExportFormat format) throws IOException {
        this.table = table;
        this.file = file;
        this.format = format;
        this.collected = file.resolveSibling("." + file.getFileName() + ".rows");
        this.part = file.resolveSibling("." + file.getFileName() + ".part");
        Files.createDirectories(file.getParent());
        this.lines = Files.newBufferedWriter(collected);
    }

    /** Adds an item in the form of the API. */
    void add(JsonNode item) throws IOException {
        ObjectNode row = JSON.createObjectNode();
        for (ExportTable.Column column : table.columns()) {
            JsonNode value = item.get(column.field());
            if (value == null || value.isNull()) {
                if (column.mark()) {
                    row.put(column.name(), false);
                }
                continue;
            }
            switch (column.type()) {
                // As text: an engine that reads numbers would drop the last zero of a price.
                case "json" -> row.put(column.name(), value.toString());
                case "bigint", "boolean" -> row.set(column.name(), value);
                default -> row.put(column.name(), value.asString());
            }
        }
        row.put(DOCUMENT, item.toString());
        lines.write(row.toString());
        lines.write('\n');
        rows++;
    }

    /** Writes the file and returns what it holds. */
    Manifest.Day write() throws IOException, SQLException {
        lines.close();
        if (rows == 0) {
            Files.deleteIfExists(file);
            return new Manifest.Day(0, 0, "");
        }
        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duck.createStatement()) {
            statement.execute("set threads = 1");
            statement.execute("set memory_limit = '256MB'");
            statement.execute("set temp_directory = " + quoted(file.resolveSibling(DUCKDB)));
            statement.execute("set autoinstall_known_extensions = false");
            statement.execute("set TimeZone = 'UTC'");
            String types = table.columns().stream()
                    .map(column ->
                            column.name() + ": " + quoted(column.type().equals("json") ? "varchar" : column.type()))
                    .collect(Collectors.joining(", "));
            String ordered = " from read_json(" + quoted(collected)
                    + ", format = 'newline_delimited', maximum_object_size = " + MOST_ROW + ", columns = {" + types
                    + ", "
                    + DOCUMENT + ": 'varchar'}) order by " + table.order() + ", " + DOCUMENT;
            String columns =
                    table.columns().stream().map(ExportTable.Column::name).collect(Collectors.joining(", "));
            switch (format) {
                case parquet ->
                    statement.execute("copy (select " + columns + ordered + ") to " + quoted(part)
                            + " (format parquet, compression zstd)");
                case csv ->
                    statement.execute("copy (select " + columns + ordered + ") to " + quoted(part)
                            + " (format csv, header true)");
                case jsonl -> lines(statement, "select " + DOCUMENT + ordered);
            }
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new Manifest.Day(rows, Files.size(file), sha256(file));
    }

    private void lines(Statement statement, String sql) throws IOException, SQLException {
        try (ResultSet all = statement.executeQuery(sql);
                BufferedWriter out = Files.newBufferedWriter(part)) {
            while (all.next()) {
                out.write(all.getString(1));
                out.write('\n');
            }
        }
    }

    private static String quoted(Object text) {
        return "'" + text.toString().replace("'", "''") + "'";
    }

    /** Returns the digest of a file in lower-case hex. */
    static String sha256(Path file) throws IOException {
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            DigestInputStream digesting = (DigestInputStream) in;
            byte[] buffer = new byte[BUFFER];
            while (digesting.read(buffer) >= 0) {
                // The digest is all that is wanted.
            }
            return HexFormat.of().formatHex(digesting.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Removes what was collected; the file itself stays. */
    @Override
    public void close() throws IOException {
        try {
            lines.close();
        } finally {
            Files.deleteIfExists(collected);
            Files.deleteIfExists(part);
            Files.deleteIfExists(file.resolveSibling(DUCKDB));
            try (Stream<Path> left = Files.list(file.getParent())) {
                if (left.findAny().isEmpty()) {
                    Files.delete(file.getParent());
                }
            }
        }
    }
}
