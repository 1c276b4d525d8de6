package io.modelwatch.streams.mbom;

import io.modelwatch.schemas.avro.Origin;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** Which organisation, from which country, stands behind a namespace. What the table does not hold is unresolved. */
public final class OriginTable {

    private record Row(String prefix, String organization, String country) {}

    private final List<Row> rows;

    private OriginTable(List<Row> rows) {
        // The longest prefix first: a router's entry for a vendor is more than the router.
        this.rows = rows.stream()
                .sorted(Comparator.comparingInt((Row row) -> -row.prefix().length()))
                .toList();
    }

    /** Returns the table that ships with modelwatch; each of its rows names its source. */
    public static OriginTable shipped() {
        try (InputStream in = Objects.requireNonNull(OriginTable.class.getResourceAsStream("origins.csv"));
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return new OriginTable(reader.lines()
                    .skip(1)
                    .map(line -> line.split(",", -1))
                    .map(cells -> new Row(cells[0], cells[1], cells[2]))
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the origin of a model; organisation and country are absent where unresolved. */
    Origin of(String model) {
        for (Row row : rows) {
            if (model.startsWith(row.prefix())) {
                return new Origin(model, row.organization(), row.country());
            }
        }
        return new Origin(model, null, null);
    }
}
