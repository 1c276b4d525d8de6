package io.modelwatch.producers.telemetry;

import io.modelwatch.producers.alias.Table;
import io.modelwatch.schemas.avro.Hosting;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Who answers, and where: from the names that instrumentations give providers, and from the address that was called. */
final class Providers {

    /** A region in an address: Bedrock, Vertex AI and Azure's regional endpoints. */
    private static final List<Pattern> REGIONAL = List.of(
            Pattern.compile("[a-z0-9-]+\\.([a-z]{2}(?:-[a-z]+)+-\\d)\\.amazonaws\\.com"),
            Pattern.compile("([a-z]+-[a-z]+\\d+)-aiplatform\\.googleapis\\.com"),
            Pattern.compile("([a-z0-9]+)\\.api\\.cognitive\\.microsoft\\.com"));

    private record Row(String vendor, String host) {}

    private final Map<String, Row> rows = new HashMap<>();
    private final Map<String, String> countries = new HashMap<>();

    private Providers() {
        Table.shipped(Providers.class, "providers.csv", "name,vendor,host")
                .forEach(row -> rows.put(row.get(0), new Row(row.get(1), row.get(2))));
        Table.shipped(Providers.class, "regions.csv", "host,region,country")
                .forEach(row -> countries.put(row.get(0) + "/" + row.get(1), row.get(2)));
    }

    static Providers shipped() {
        return new Providers();
    }

    /**
     * Returns the vendor as our ids spell it, or null where nothing names one. An address that is known says more than the
     * name: a client made for one vendor's API calls many others with it.
     */
    @Nullable
    String vendor(@Nullable String name, @Nullable String address) {
        Row row = row(name, address);
        return row != null ? row.vendor() : name == null ? null : name.toLowerCase(Locale.ROOT);
    }

    /** Returns where it was answered, or null where no region is known. */
    @Nullable
    Hosting place(@Nullable String name, @Nullable String address, @Nullable String region) {
        String where = region != null ? region.toLowerCase(Locale.ROOT) : region(address);
        if (where == null) {
            return null;
        }
        Row row = row(name, address);
        String host = row == null || row.host().isEmpty() ? vendor(name, address) : row.host();
        return new Hosting(host, where, countries.get(host + "/" + where));
    }

    private static @Nullable String region(@Nullable String address) {
        if (address != null) {
            for (Pattern pattern : REGIONAL) {
                Matcher matcher = pattern.matcher(address.toLowerCase(Locale.ROOT));
                if (matcher.matches()) {
                    return matcher.group(1);
                }
            }
        }
        return null;
    }

    private @Nullable Row row(@Nullable String name, @Nullable String address) {
        String end = address == null ? "" : address.toLowerCase(Locale.ROOT);
        while (end.indexOf('.') > 0) {
            Row row = rows.get(end);
            if (row != null) {
                return row;
            }
            end = end.substring(end.indexOf('.') + 1);
        }
        // us-central1-aiplatform.googleapis.com: the region is no label of its own.
        Row vertex = address != null && address.endsWith("-aiplatform.googleapis.com")
                ? rows.get("aiplatform.googleapis.com")
                : null;
        return vertex != null ? vertex : name == null ? null : rows.get(name.toLowerCase(Locale.ROOT));
    }
}
