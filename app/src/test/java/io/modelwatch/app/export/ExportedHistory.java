package io.modelwatch.app.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.modelwatch.app.Programs;
import io.modelwatch.app.cli.ModelwatchCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Exports the history of a running modelwatch as a user does, in every format, once through kill -9 and a damaged file,
 * and holds the files against their manifest, the database and one another. Parquet is read back with DuckDB.
 */
public final class ExportedHistory {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** So many days are complete before the export is killed. */
    private static final int DAYS_BEFORE_KILL = 5;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What names a row, by columns of the file and as the database has it; and the database's rows from a day up to another. */
    private record Rows(List<String> key, String stored) {}

    private static final Map<ExportTable, Rows> ROWS = new EnumMap<>(Map.of(
            ExportTable.CHANGES,
            new Rows(List.of("id"), "select observed_at as at, concat_ws('|', id) as key, document from changes"),
            ExportTable.MBOMS,
            new Rows(
                    List.of("deployment", "revision"),
                    "select at, concat_ws('|', deployment, revision) as key, document from mboms"),
            ExportTable.LINEAGE,
            // A belief is kept in pieces where a later one took its place in part.
            new Rows(
                    List.of("model"),
                    "select distinct lower(recorded) as at, model as key, cause::text, document::text from (select *"
                            + " from bitemporal.lineage union all select * from bitemporal.lineage_before) f where"
                            + " document is not null"),
            ExportTable.ALERTS,
            new Rows(
                    List.of("id", "state", "verdict"),
                    "select updated_at as at, concat_ws('|', id, lower(state), verdict) as key, document from"
                            + " alert_transitions"),
            ExportTable.VERDICTS,
            new Rows(
                    List.of("deployment", "change_id", "verdict"),
                    "select observed_at as at, concat_ws('|', deployment, change_id, verdict) as key, document from"
                            + " verdicts"),
            ExportTable.PROCUREMENT_EVENTS,
            new Rows(List.of("id"), "select issued_at as at, id as key, document from procurement_events")));

    private final String api;
    private final String jdbcUrl;
    private final Path directory;

    /**
     * @param api address of the HTTP API
     * @param jdbcUrl of the history, with its own tables
     * @param directory to write to; a new one
     */
    public ExportedHistory(String api, String jdbcUrl, Path directory) {
        this.api = api;
        this.jdbcUrl = jdbcUrl;
        this.directory = directory;
    }

    /**
     * Exports everything and fails where it is not what the database has.
     *
     * @param recent the first day for CSV and JSON Lines; Parquet has all
     * @param until the day after the last
     */
    public void check(LocalDate recent, LocalDate until) throws Exception {
        Path parquet = directory.resolve("parquet");
        killed(parquet, until);
        LocalDate damaged = Manifest.read(parquet.resolve(Manifest.NAME))
                .days(ExportTable.CHANGES)
                .firstKey();
        Path file = parquet.resolve(Manifest.path(ExportTable.CHANGES, damaged, ExportFormat.parquet));
        Files.write(file, new byte[] {0}, StandardOpenOption.APPEND);
        assertThat(export(parquet, ExportFormat.parquet, null, until)).contains("days were there");
        holds(parquet, ExportFormat.parquet, LocalDate.EPOCH, until);
        String manifest = Files.readString(parquet.resolve(Manifest.NAME));
        assertThat(export(parquet, ExportFormat.parquet, null, until).lines())
                .allMatch(line -> line.matches(".* of ([0-9,]+) days in .*; \\1 days were there"));
        assertThat(parquet.resolve(Manifest.NAME)).hasContent(manifest);

        for (ExportFormat format : List.of(ExportFormat.csv, ExportFormat.jsonl)) {
            Path other = directory.resolve(format.name());
            export(other, format, recent, until);
            holds(other, format, recent, until);
        }
        for (ExportTable table : ExportTable.values()) {
            sameAsParquet(table, recent);
            sameAsDatabase(table, recent, until);
        }
    }

    private void killed(Path out, LocalDate until) throws Exception {
        try (Programs programs = new Programs()) {
            Programs.Program program = programs.start(
                    directory.resolve("killed.log"), Map.of(), arguments(out, ExportFormat.parquet, null, until));
            Path manifest = out.resolve(Manifest.NAME);
            ThrowingRunnable some = () -> {
                assertThat(program.alive()).as(program.said()).isTrue();
                assertThat(manifest).exists();
                assertThat(Manifest.read(manifest).days(ExportTable.CHANGES)).hasSizeGreaterThan(DAYS_BEFORE_KILL);
            };
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).untilAsserted(some);
            program.kill();
        }
    }

    private String export(Path out, ExportFormat format, LocalDate since, LocalDate until) {
        StringWriter said = new StringWriter();
        StringWriter errors = new StringWriter();
        int status = ModelwatchCommand.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(errors))
                .execute(arguments(out, format, since, until).toArray(String[]::new));
        assertThat(status).as("%s%s", said, errors).isZero();
        return said.toString();
    }

    private List<String> arguments(Path out, ExportFormat format, LocalDate since, LocalDate until) {
        List<String> arguments = new ArrayList<>(List.of(
                "export",
                "--what",
                "all",
                "--format",
                format.name(),
                "--until",
                until + "T00:00:00Z",
                "--out",
                out.toString(),
                "--url",
                api));
        if (since != null) {
            arguments.addAll(List.of("--since", since + "T00:00:00Z"));
        }
        return arguments;
    }

    /** Every file is what the manifest says, there is no other, and it has the rows of the database by day. */
    private void holds(Path out, ExportFormat format, LocalDate since, LocalDate until) throws Exception {
        Manifest manifest = Manifest.read(out.resolve(Manifest.NAME));
        TreeSet<String> expected = new TreeSet<>(List.of(Manifest.NAME));
        for (ExportTable table : ExportTable.values()) {
            List<String> counts = new ArrayList<>();
            for (Map.Entry<LocalDate, Manifest.Day> day : manifest.days(table).entrySet()) {
                if (day.getValue().rows() > 0) {
                    String path = Manifest.path(table, day.getKey(), format);
                    expected.add(path);
                    byte[] content = Files.readAllBytes(out.resolve(path));
                    assertThat(content).as(path).hasSize((int) day.getValue().bytes());
                    assertThat(sha256(content))
                            .as(path)
                            .isEqualTo(day.getValue().sha256());
                    counts.add(day.getKey() + " " + day.getValue().rows());
                }
            }
            assertThat(counts)
                    .as("%s", table)
                    .isNotEmpty()
                    .isEqualTo(
                            stored("select d || ' ' || count(*) from (select (at at time zone 'UTC')::date as d from ("
                                    + ROWS.get(table).stored() + ") r where at >= '" + since + "Z' and at < '" + until
                                    + "Z') days group by d order by d"));
            if (format == ExportFormat.parquet) {
                assertThat(read(select(table, format, key(table))))
                        .as("%s", table)
                        .isEqualTo(storedKeys(table, until));
            }
        }
        try (Stream<Path> files = Files.walk(out)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> out.relativize(file).toString()))
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    private List<String> storedKeys(ExportTable table, LocalDate until) throws SQLException {
        return stored("select concat_ws(' ', (at at time zone 'UTC')::date, key) as k from ("
                        + ROWS.get(table).stored() + ") r where at < '" + until + "Z'")
                .stream()
                .sorted()
                .toList();
    }

    /** Both have the same rows in every column. */
    private void sameAsParquet(ExportTable table, LocalDate recent) throws SQLException {
        String columns = table.columns().stream()
                .map(column -> "coalesce(" + column.name() + "::varchar, '')")
                .collect(Collectors.joining(", "));
        String whole = "concat_ws('|', " + columns + ") || ' '";
        List<String> csv = read(select(table, ExportFormat.csv, whole));
        assertThat(csv)
                .as("%s", table)
                .isNotEmpty()
                .isEqualTo(read(select(table, ExportFormat.parquet, whole) + " where day >= '" + recent + "'"));
    }

    /** A line is the document that the database has. Ancestries it has in pieces: there the keys must do, see {@link #holds}. */
    private void sameAsDatabase(ExportTable table, LocalDate recent, LocalDate until) throws Exception {
        if (table == ExportTable.LINEAGE) {
            return;
        }
        List<JsonNode> lines = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory.resolve("jsonl").resolve(table.entity()))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.readAllLines(file).forEach(line -> lines.add(JSON.readTree(line)));
            }
        }
        List<JsonNode> documents = stored("select document from ("
                        + ROWS.get(table).stored() + ") r where at >= '" + recent + "Z' and at < '" + until + "Z'")
                .stream()
                .map(JSON::readTree)
                .toList();
        assertThat(lines).as("%s", table).isNotEmpty().containsExactlyInAnyOrderElementsOf(documents);
    }

    private static String key(ExportTable table) {
        return "concat_ws('|', " + String.join(", ", ROWS.get(table).key()) + ")";
    }

    private String select(ExportTable table, ExportFormat format, String expression) {
        String options = format == ExportFormat.csv
                ? ", header = true, columns = {"
                        + table.columns().stream()
                                .map(column -> "'" + column.name() + "': '"
                                        + (column.type().equals("json") ? "varchar" : column.type()) + "'")
                                .collect(Collectors.joining(", "))
                        + "}"
                : "";
        return "select concat_ws(' ', day, " + expression + ") from read_" + format + "('" + directory + "/" + format
                + "/" + table + "/*/*." + format + "', hive_partitioning = true, hive_types = {'day': varchar}"
                + options + ")";
    }

    private static List<String> read(String sql) throws SQLException {
        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:")) {
            try (Statement settings = duck.createStatement()) {
                settings.execute("set TimeZone = 'UTC'");
            }
            return column(duck, sql).stream().sorted().toList();
        }
    }

    private List<String> stored(String sql) throws SQLException {
        try (Connection database = DriverManager.getConnection(jdbcUrl)) {
            return column(database, sql);
        }
    }

    private static List<String> column(Connection connection, String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }

    private static String sha256(byte[] content) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }
}
