package io.modelwatch.app.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.json.JsonForms;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.RandomData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TableExportTest {
    static {
        // Lets Avro use the contract's classes.
        Topics.all();
    }

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();
    private static final LocalDate FIRST = LocalDate.parse("2026-03-01");
    private static final LocalDate END = LocalDate.parse("2026-03-04");

    private final List<LocalDate> asked = new ArrayList<>();

    @TempDir
    Path dir;

    @Test
    void shouldWriteParquetThatDuckDbReadsBack() throws Exception {
        TableExport.Outcome outcome = export(dir, ExportFormat.parquet, false).run(FIRST, END, false);

        assertThat(outcome).isEqualTo(new TableExport.Outcome(3, 0, 3));
        assertThat(query(
                        "select concat_ws('|', id, subject, kind, field, before, after, source, observed_at at time zone"
                                + " 'UTC', day) from read_parquet('" + dir
                                + "/changes/*/*.parquet', hive_partitioning = true) order by observed_at, id"))
                .containsExactly(
                        "a|pkg:a/b/c|PRICE_CHANGED|attributes.price|0.10|0.20|hub|2026-03-01 10:00:00|2026-03-01",
                        "b|d'1 \"x\", ☃|HOSTING_MOVED|hosting|[{\"country\":\"NL\"}]|[]|push|2026-03-01 10:00:00|2026-03-01",
                        "c|pkg:a/b/c|REMOVED|hub|2026-03-03 23:59:59.999|2026-03-03");
        assertThat(Files.readString(dir.resolve("manifest.json")))
                .contains("\"rows\" : 3", "\"day\" : \"2026-03-02\"")
                .contains(DayFile.sha256(dir.resolve("changes/day=2026-03-01/changes.parquet")));
    }

    @Test
    void shouldWriteEveryTableBesideTheOthersWithTheColumnsItHas() throws Exception {
        Map<ExportTable, String> items = new EnumMap<>(ExportTable.class);
        items.put(
                ExportTable.MBOMS,
                "{'deployment':'d','serialNumber':'urn:uuid:0','revision':7,'at':'2026-03-01T10:00:00Z',"
                        + "'changed':['models.primary.id'],'type':'internal','components':[{'role':'primary'}],'hosting':[],'claims':[{'field':'x'}]}");
        items.put(
                ExportTable.LINEAGE,
                "{'model':'pkg:a/b/c','effectiveAt':'2026-02-01T00:00:00Z','observedAt':'2026-03-01T10:00:00Z',"
                        + "'truncated':false,'ancestry':[{'id':'pkg:a/b/d'}],'origins':null}");
        items.put(
                ExportTable.ALERTS,
                "{'id':'a','deployment':'d','state':'open','verdict':'UNAPPROVED','severity':'high','disclosed':true,"
                        + "'openedAt':'2026-03-01T09:00:00Z','updatedAt':'2026-03-01T10:00:00Z','kinds':['MODEL_SWAPPED'],'group':'g','author':'erin',"
                        + "'suppressedUntil':'2026-04-01T00:00:00Z','procurement':[{'id':'CHG-1'}],'routes':['page']}");
        items.put(
                ExportTable.VERDICTS,
                "{'deployment':'d','changeId':'c','kind':'MODEL_SWAPPED','before':0.10,'live':false,'verdict':'APPROVED',"
                        + "'by':'CHG-1','effectiveAt':'2026-03-01T09:00:00Z','observedAt':'2026-03-01T10:00:00Z'}");
        items.put(
                ExportTable.PROCUREMENT_EVENTS,
                "{'id':'CHG-1','type':'approval','issuedAt':'2026-03-01T10:00:00Z','subject':{'deployment':'d'},"
                        + "'once':true,'validTo':'2027-01-01T00:00:00Z'}");
        export(dir, ExportFormat.parquet, false).run(FIRST, END, false);
        for (Map.Entry<ExportTable, String> one : items.entrySet()) {
            JsonNode item = JSON.readTree(one.getValue().replace('\'', '"'));
            TableExport export = new TableExport(
                    one.getKey(),
                    dir,
                    ExportFormat.parquet,
                    (day, each) -> {
                        if (day.equals(FIRST)) {
                            each.accept(item);
                        }
                    },
                    line -> {});
            assertThat(export.run(FIRST, END, false)).isEqualTo(new TableExport.Outcome(3, 0, 1));
            assertThat(export.run(FIRST, END, false).kept()).isEqualTo(3);
        }

        assertThat(query(from(
                        "mboms", "revision + 1, claims, components, revised_at at time zone 'UTC', type, not removed")))
                .containsExactly(
                        "8|[{\"field\":\"x\"}]|[{\"role\":\"primary\"}]|2026-03-01 10:00:00|internal|true|2026-03-01");
        assertThat(query(from("lineage", "model, not truncated, ancestry, coalesce(origins, '-')")))
                .containsExactly("pkg:a/b/c|true|[{\"id\":\"pkg:a/b/d\"}]|-|2026-03-01");
        assertThat(query(from(
                        "alerts",
                        "id, state, disclosed, kinds, alert_group, author, suppressed_until at time zone 'UTC', procurement,"
                                + " routes, coalesce(close_reason, '-')")))
                .containsExactly("a|open|true|[\"MODEL_SWAPPED\"]|g|erin|2026-04-01 00:00:00|[{\"id\":\"CHG-1\"}]|"
                        + "[\"page\"]|-|2026-03-01");
        assertThat(query(from("verdicts", "change_id, before, live, approved_by")))
                .containsExactly("c|0.10|false|CHG-1|2026-03-01");
        assertThat(query(from("procurement-events", "id, once, valid_to at time zone 'UTC', subject")))
                .containsExactly("CHG-1|true|2027-01-01 00:00:00|{\"deployment\":\"d\"}|2026-03-01");
        assertThat(Files.readString(dir.resolve("manifest.json")))
                .contains(DayFile.sha256(dir.resolve("changes/day=2026-03-01/changes.parquet")))
                .contains(DayFile.sha256(dir.resolve("mboms/day=2026-03-01/mboms.parquet")));
    }

    @Test
    void shouldHaveAColumnForEveryFieldOfTheContractAndNoOther() throws Exception {
        assertThat(columns(ExportTable.CHANGES)).isEqualTo(fields(Change.class, JsonForms::change));
        assertThat(columns(ExportTable.MBOMS)).isEqualTo(fields(Mbom.class, JsonForms::mbom));
        assertThat(columns(ExportTable.ALERTS)).isEqualTo(fields(Alert.class, JsonForms::alert));
        assertThat(columns(ExportTable.VERDICTS)).isEqualTo(fields(ChangeVerdict.class, JsonForms::verdict));
        assertThat(columns(ExportTable.PROCUREMENT_EVENTS))
                .isEqualTo(fields(ProcurementEvent.class, JsonForms::procurement));
    }

    private static Set<String> columns(ExportTable table) {
        return table.columns().stream().map(ExportTable.Column::field).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Every field that is in the form of any of many random records. */
    private static <V extends SpecificRecord> Set<String> fields(Class<V> type, Function<V, ObjectNode> form)
            throws IOException {
        Set<String> fields = new TreeSet<>();
        Schema schema = SpecificData.get().getSchema(type);
        for (Object random : new RandomData(schema, 500, 1L)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
            new GenericDatumWriter<>(schema).write(random, encoder);
            encoder.flush();
            V record = new SpecificDatumReader<>(type)
                    .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
            fields.addAll(form.apply(record).propertyNames());
        }
        return fields;
    }

    private String from(String table, String columns) {
        return "select concat_ws('|', " + columns + ", day) from read_parquet('" + dir + "/" + table
                + "/*/*.parquet', hive_partitioning = true)";
    }

    @Test
    void shouldGoOnWithAManifestOfChangesAloneAsItWasWrittenBefore() throws Exception {
        export(dir, ExportFormat.jsonl, false).run(FIRST, END, false);
        Path file = dir.resolve("manifest.json");
        JsonNode changes = JSON.readTree(Files.readString(file)).path("tables").path(0);
        Files.writeString(
                file,
                "{\"version\":1,\"entity\":\"changes\",\"format\":\"jsonl\",\"rows\":3,\"days\":" + changes.path("days")
                        + "}");

        assertThat(export(dir, ExportFormat.jsonl, false).run(FIRST, END, false).kept())
                .isEqualTo(3);
    }

    @Test
    void shouldWriteEveryFormatTheSameTwice() throws Exception {
        for (ExportFormat format : ExportFormat.values()) {
            Path one = dir.resolve("one-" + format);
            Path other = dir.resolve("other-" + format);
            export(one, format, false).run(FIRST, END, false);
            export(other, format, true).run(FIRST, END, false);
            assertThat(files(other)).isEqualTo(files(one));
            assertThat(files(one).keySet())
                    .containsExactly(
                            "changes/day=2026-03-01/changes." + format,
                            "changes/day=2026-03-03/changes." + format,
                            "manifest.json");
        }
        assertThat(Files.readAllLines(dir.resolve("one-jsonl/changes/day=2026-03-01/changes.jsonl")))
                .containsExactly(
                        changes(FIRST, false).getFirst(), changes(FIRST, false).getLast());
        assertThat(Files.readString(dir.resolve("one-csv/changes/day=2026-03-01/changes.csv")))
                .startsWith("id,subject,kind,field,before,after,path,source,effective_at,observed_at,")
                .contains("\"d'1 \"\"x\"\", ☃\"");
    }

    @Test
    void shouldGoOnAfterTheDaysThatAreComplete() throws Exception {
        TableExport broken = new TableExport(
                ExportTable.CHANGES,
                dir,
                ExportFormat.jsonl,
                (day, each) -> {
                    if (day.equals(FIRST.plusDays(2))) {
                        throw new IllegalStateException("staged: the server went away");
                    }
                    changes(day, false).forEach(change -> each.accept(JSON.readTree(change)));
                },
                line -> {});
        assertThatThrownBy(() -> broken.run(FIRST, END, false)).hasMessageContaining("staged");

        assertThat(export(dir, ExportFormat.jsonl, false).run(FIRST, END, false))
                .isEqualTo(new TableExport.Outcome(3, 2, 3));
        assertThat(asked).containsExactly(FIRST.plusDays(2));

        // A file that is not what the manifest says is written again.
        Files.writeString(dir.resolve("changes/day=2026-03-01/changes.jsonl"), "{}\n");
        assertThat(export(dir, ExportFormat.jsonl, false).run(FIRST, END, false).kept())
                .isEqualTo(2);
        assertThat(export(dir, ExportFormat.jsonl, false).run(FIRST, END, true).kept())
                .isZero();
    }

    @Test
    void shouldLeaveWhatIsNotItsOwnAlone() throws Exception {
        Files.writeString(dir.resolve("thesis.tex"), "x");
        assertThatThrownBy(() -> export(dir, ExportFormat.csv, false).run(FIRST, END, false))
                .isInstanceOf(ExportException.class)
                .hasMessageContaining("thesis.tex")
                .hasMessageContaining("name an empty or a new directory");

        Path file = Files.writeString(dir.resolve("file"), "x");
        assertThatThrownBy(() -> export(file, ExportFormat.csv, false).run(FIRST, END, false))
                .hasMessageContaining("is a file: name a directory");

        Path foreign = Files.createDirectory(dir.resolve("foreign"));
        Files.writeString(foreign.resolve("manifest.json"), "{\"name\":\"a web app\"}");
        assertThatThrownBy(() -> export(foreign, ExportFormat.csv, false).run(FIRST, END, false))
                .isInstanceOf(ExportException.class)
                .hasMessageContaining("is no manifest of this export");

        Path csv = dir.resolve("csv");
        export(csv, ExportFormat.csv, false).run(FIRST, END, false);
        assertThatThrownBy(() -> export(csv, ExportFormat.parquet, false).run(FIRST, END, false))
                .hasMessageContaining("holds an export as csv");
    }

    @Test
    void shouldSayThatTheDiskIsFull() throws Exception {
        // Where the rows of the day are collected there is no room: the device that is always full.
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full));
        Path day = Files.createDirectories(dir.resolve("changes/day=2026-03-01"));
        export(dir.resolve("other"), ExportFormat.parquet, false).run(FIRST, FIRST, false);
        Files.copy(dir.resolve("other/manifest.json"), dir.resolve("manifest.json"));
        Files.createSymbolicLink(day.resolve(".changes.parquet.rows"), full);

        assertThatThrownBy(() -> export(dir, ExportFormat.parquet, false).run(FIRST, END, false))
                .isInstanceOf(ExportException.class)
                .hasMessageContaining("no space left on device")
                .hasMessageContaining("the same call goes on");
    }

    /** @param backwards whether changes are handed over in another order */
    private TableExport export(Path directory, ExportFormat format, boolean backwards) {
        return new TableExport(
                ExportTable.CHANGES,
                directory,
                format,
                (day, each) -> {
                    asked.add(day);
                    hand(day, backwards, each);
                },
                line -> {});
    }

    private static void hand(LocalDate day, boolean backwards, Consumer<JsonNode> each) {
        changes(day, backwards).forEach(change -> each.accept(JSON.readTree(change)));
    }

    private static List<String> changes(LocalDate day, boolean backwards) {
        List<String> changes =
                switch (day.getDayOfMonth()) {
                    case 1 ->
                        List.of(
                                "{\"id\":\"a\",\"subject\":\"pkg:a/b/c\",\"kind\":\"PRICE_CHANGED\",\"field\":"
                                        + "\"attributes.price\",\"before\":0.10,\"after\":0.20,\"source\":\"hub\","
                                        + "\"effectiveAt\":\"2026-02-01T00:00:00Z\",\"observedAt\":\"2026-03-01T10:00:00Z\","
                                        + "\"correlationId\":\"o\"}",
                                "{\"id\":\"b\",\"subject\":\"d'1 \\\"x\\\", ☃\",\"kind\":\"HOSTING_MOVED\",\"field\":"
                                        + "\"hosting\",\"before\":[{\"country\":\"NL\"}],\"after\":[],\"source\":\"push\","
                                        + "\"effectiveAt\":\"2026-02-01T00:00:00Z\",\"observedAt\":\"2026-03-01T10:00:00Z\","
                                        + "\"correlationId\":\"o\"}");
                    case 3 ->
                        List.of("{\"id\":\"c\",\"subject\":\"pkg:a/b/c\",\"kind\":\"REMOVED\",\"source\":\"hub\","
                                + "\"effectiveAt\":\"2026-03-03T00:00:00Z\",\"observedAt\":\"2026-03-03T23:59:59.999Z\","
                                + "\"correlationId\":\"o\"}");
                    default -> List.of();
                };
        return backwards ? changes.reversed() : changes;
    }

    private static Map<String, String> files(Path directory) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(directory.relativize(file).toString(), DayFile.sha256(file));
            }
        }
        return files;
    }

    private static List<String> query(String sql) throws Exception {
        List<String> rows = new ArrayList<>();
        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duck.createStatement();
                ResultSet all = statement.executeQuery(sql)) {
            while (all.next()) {
                rows.add(all.getString(1));
            }
        }
        return rows;
    }
}
