package io.modelwatch.streams.lineage;

import io.modelwatch.streams.CsvTable;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What each licence asks for. One licence is more permissive than another if it asks for strictly less: part of the
 * same, and not all of it. Licences that ask for different things, or that the table does not hold, are not compared.
 * The table is a help to see drift and no legal advice.
 */
public final class LicenseTable {

    private static final String FORM = "license,asks,source";

    private final Map<String, Set<String>> asks = new HashMap<>();

    private LicenseTable(List<List<String>> rows) {
        for (List<String> row : rows) {
            asks.put(
                    row.get(0).toLowerCase(Locale.ROOT),
                    row.get(1).isEmpty() ? Set.of() : Set.of(row.get(1).split(" ", -1)));
        }
    }

    /** Returns the table that ships with modelwatch; each of its rows names its source. */
    public static LicenseTable shipped() {
        return new LicenseTable(CsvTable.resource(LicenseTable.class, "licenses.csv", FORM));
    }

    /**
     * Returns the table of a file in the same form, in place of the shipped one.
     *
     * @throws IllegalArgumentException if the file cannot be read or a line has another form; it says which
     */
    public static LicenseTable of(Path file) {
        return new LicenseTable(CsvTable.file(file, FORM));
    }

    /** True if a licence asks for strictly less than another; false where that cannot be said. */
    boolean morePermissive(@Nullable String license, @Nullable String than) {
        Set<String> one = of(license);
        Set<String> other = of(than);
        return one != null && other != null && one.size() < other.size() && other.containsAll(one);
    }

    private @Nullable Set<String> of(@Nullable String license) {
        return license == null ? null : asks.get(license.toLowerCase(Locale.ROOT));
    }
}
