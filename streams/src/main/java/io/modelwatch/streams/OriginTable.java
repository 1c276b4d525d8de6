package io.modelwatch.streams;

import io.modelwatch.schemas.avro.Origin;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Which organisation, from which country, stands behind a namespace. What the table does not hold is unresolved. */
public final class OriginTable {

    private static final String FORM = "prefix,organization,country,source";
    private static final Pattern COUNTRY = Pattern.compile("[A-Z]{2}");

    private record Row(String organization, String country) {}

    private final Map<String, Row> rows = new HashMap<>();
    /** Lengths that a prefix in the table has, the longest first. */
    private final NavigableSet<Integer> lengths = new TreeSet<>(Comparator.reverseOrder());

    private OriginTable(List<List<String>> table) {
        for (List<String> cells : table) {
            if (!COUNTRY.matcher(cells.get(2)).matches()) {
                throw new IllegalArgumentException("origin of " + cells.get(0) + ": country '" + cells.get(2)
                        + "' is not an ISO 3166-1 alpha-2 code in capitals");
            }
            rows.put(cells.get(0), new Row(cells.get(1), cells.get(2)));
            lengths.add(cells.get(0).length());
        }
    }

    /** Returns the table that ships with modelwatch; each of its rows names its source. */
    public static OriginTable shipped() {
        return new OriginTable(CsvTable.resource(OriginTable.class, "origins.csv", FORM));
    }

    /**
     * Returns the shipped table with the rows of a file in the same form put before it: they win where both speak of one
     * prefix, and a longer prefix wins over a shorter one.
     *
     * @throws IllegalArgumentException if the file cannot be read or a line has another form; it says which
     */
    public static OriginTable shippedAnd(Path file) {
        OriginTable table = shipped();
        OriginTable own = new OriginTable(CsvTable.file(file, FORM));
        table.rows.putAll(own.rows);
        table.lengths.addAll(own.lengths);
        return table;
    }

    /** Returns the origin of a model; organisation and country are absent where unresolved. */
    public Origin of(String model) {
        // The longest prefix first: a router's entry for a vendor is more than the router.
        for (int length : lengths.tailSet(model.length())) {
            Row row = rows.get(model.substring(0, length));
            if (row != null) {
                return new Origin(model, row.organization(), row.country());
            }
        }
        return new Origin(model, null, null);
    }
}
