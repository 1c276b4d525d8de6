package io.modelwatch.producers.intake;

import io.modelwatch.schemas.avro.ProcurementEvent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvReadFeature;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Files of procurement events, in a form that the end of their name tells: {@code .json} (an event or a list of them),
 * {@code .jsonl} or {@code .ndjson} (one a line), {@code .yaml} or {@code .yml} (an event, a list, or several documents)
 * and {@code .csv} (the columns of {@link FlatForm}).
 *
 * <p>An event with a mistake is refused and the others go through; of a file that breaks off or is not of its form
 * nothing is taken, since what is missing may be the part that limits an event.
 */
public final class ProcurementFile {

    /** Longest file, in bytes. */
    public static final int MAX_BYTES = 16 << 20;

    private static final int MAX_DEPTH = 32;

    private static final StreamReadConstraints CONSTRAINTS = StreamReadConstraints.builder()
            .maxNestingDepth(MAX_DEPTH)
            .maxNumberLength(100)
            .maxStringLength(IntakeParser.MAX_LINE_BYTES)
            .maxNameLength(1000)
            .build();

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(CONSTRAINTS)
                    .build())
            // Several values are read one by one.
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(CONSTRAINTS)
                    .build())
            // Several values are read one by one.
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final CsvMapper CSV = CsvMapper.builder()
            .enable(CsvReadFeature.WRAP_AS_ARRAY)
            .enable(CsvReadFeature.TRIM_SPACES)
            .enable(CsvReadFeature.SKIP_EMPTY_LINES)
            .build();

    private static final char BOM = '\uFEFF';

    private final List<ProcurementEvent> accepted = new ArrayList<>();
    private final List<Integer> lines = new ArrayList<>();
    private final List<LineError> errors = new ArrayList<>();
    private final InstantSource clock;

    private ProcurementFile(InstantSource clock) {
        this.clock = clock;
    }

    /** Returns whether a file of that name holds procurement events. */
    public static boolean isOne(String name) {
        return switch (form(name)) {
            case "json", "jsonl", "ndjson", "yaml", "yml", "csv" -> true;
            default -> false;
        };
    }

    /**
     * Reads a file.
     *
     * @param name its name, whose end tells the form
     * @param content UTF-8
     * @param clock says what the future is
     * @throws IllegalArgumentException if the name tells no form
     */
    public static Batch<ProcurementEvent> read(String name, byte[] content, InstantSource clock) {
        if (content.length > MAX_BYTES) {
            return whole(0, "longer than " + (MAX_BYTES >> 20) + " MiB; split it");
        }
        String form = form(name);
        try {
            if (form.equals("jsonl") || form.equals("ndjson")) {
                return new IntakeParser().procurement(new ByteArrayInputStream(content), clock);
            }
            String text = text(content);
            ProcurementFile file = new ProcurementFile(clock);
            switch (form) {
                case "json" -> file.values(JSON, text);
                case "yaml", "yml" -> file.yaml(text);
                case "csv" -> file.csv(text);
                default -> throw new IllegalArgumentException(name + ": neither JSON, JSON Lines, YAML nor CSV");
            }
            return new Batch<>(file.accepted, file.lines, file.errors);
        } catch (CharacterCodingException e) {
            return whole(0, "not UTF-8");
        } catch (JacksonException e) {
            return whole(
                    line(e.getLocation()),
                    "not whole: " + Fields.quote(String.valueOf(e.getOriginalMessage()))
                            + "; nothing of the file is taken");
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot fail so", e);
        }
    }

    private static Batch<ProcurementEvent> whole(int line, String message) {
        return new Batch<>(List.of(), List.of(), List.of(new LineError(line, "", message)));
    }

    private static String form(String name) {
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    private static String text(byte[] content) throws CharacterCodingException {
        String text = StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(content))
                .toString();
        return !text.isEmpty() && text.charAt(0) == BOM ? text.substring(1) : text;
    }

    private void yaml(String text) {
        // Jackson reads an alias as the text of its name: what was meant to limit an event would be something else.
        try (JsonParser parser = YAML.createParser(text)) {
            while (parser.nextToken() != null) {
                if (((YAMLParser) parser).isCurrentAlias()) {
                    errors.add(new LineError(
                            line(parser.currentTokenLocation()),
                            "",
                            "aliases (*name) are not read: write it out; nothing of the file is taken"));
                    return;
                }
            }
        }
        values(YAML, text);
    }

    /** Values one after the other; those of a list at the top count as such. */
    private void values(ObjectMapper mapper, String text) {
        try (JsonParser parser = mapper.createParser(text)) {
            boolean list = false;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (!list && token == JsonToken.START_ARRAY) {
                    list = true;
                } else if (list && token == JsonToken.END_ARRAY) {
                    list = false;
                } else {
                    int line = line(parser.currentTokenLocation());
                    JsonNode value = mapper.readTree(parser);
                    // An empty YAML document is nothing.
                    if (list || !value.isNull()) {
                        take(value, line);
                    }
                }
            }
        }
    }

    private void csv(String text) {
        List<String> columns = List.of();
        try (MappingIterator<String[]> rows = CSV.readerFor(String[].class).readValues(text)) {
            while (rows.hasNextValue()) {
                int line = line(rows.currentLocation());
                String[] row = rows.nextValue();
                if (row.length == 0 || row[0].startsWith("#")) {
                    continue;
                }
                if (columns.isEmpty()) {
                    columns = List.of(row);
                    if (!known(columns, line)) {
                        return;
                    }
                } else if (row.length != columns.size()) {
                    errors.add(new LineError(
                            line, "", "has " + row.length + " cells where the header has " + columns.size()));
                } else {
                    Map<String, String> cells = new LinkedHashMap<>();
                    for (int i = 0; i < row.length; i++) {
                        cells.put(columns.get(i), row[i]);
                    }
                    take(FlatForm.nested(cells), line);
                }
            }
        }
    }

    private boolean known(List<String> columns, int line) {
        Set<String> seen = new HashSet<>();
        for (String column : columns) {
            if (!FlatForm.columns().contains(column)) {
                errors.add(new LineError(
                        line,
                        Fields.quote(column),
                        "unknown column; the first line names columns of " + String.join(", ", FlatForm.columns())
                                + ", separated by commas (semicolons separate the entries of a list)"));
            } else if (!seen.add(column)) {
                errors.add(new LineError(line, column, "is named twice"));
            }
        }
        return errors.isEmpty();
    }

    private void take(JsonNode value, int line) {
        Batch<ProcurementEvent> one = IntakeParser.procurement(value, line, clock);
        accepted.addAll(one.accepted());
        lines.addAll(one.lines());
        errors.addAll(one.errors());
    }

    private static int line(TokenStreamLocation location) {
        return location == null ? 0 : Math.max(0, location.getLineNr());
    }
}
