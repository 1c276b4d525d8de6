package io.modelwatch.producers.alias;

import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.schemas.AliasRule;
import io.modelwatch.schemas.ModelNames;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which model a name stands for at a vendor. The first rule that speaks wins; what none speaks of is only spelled as an id. */
public final class Aliases {

    private static final String FORM = "vendor,name,model";
    private static final String ANY = "*";

    /** Serve a model by default under the name that it has on the hub. */
    private static final Set<String> HUB_NAMES = Set.of("huggingface", "vllm", "hosted_vllm", "sglang", "tgi");

    /**
     * A name resolved.
     *
     * @param model package URL
     * @param rule how it came to be
     */
    public record Resolution(String model, AliasRule rule) {}

    private final Map<String, String> configured;
    private final Map<String, String> shipped;

    private Aliases(Map<String, String> configured) {
        this.configured = configured;
        this.shipped = table(Table.shipped(Aliases.class, "aliases.csv", FORM), "aliases.csv");
    }

    /** Returns the table that ships with modelwatch. */
    public static Aliases shipped() {
        return new Aliases(Map.of());
    }

    /**
     * Returns that table with one's own before it.
     *
     * @param file lines of the form {@code vendor,name,model}; {@code *} stands for every vendor
     * @throws IllegalArgumentException if it cannot be read or a line has another form; it says which
     */
    public static Aliases shippedAnd(Path file) {
        return new Aliases(table(Table.file(file, FORM), file.toString()));
    }

    private static Map<String, String> table(List<List<String>> rows, String where) {
        Map<String, String> table = new HashMap<>();
        for (List<String> row : rows) {
            String model = ModelIds.canonical(row.get(2));
            if (!model.startsWith("pkg:")) {
                throw new IllegalArgumentException(
                        where + ": '" + row.get(2) + "' is no package URL such as pkg:huggingface/Qwen/Qwen3-8B");
            }
            table.put(key(row.get(0), row.get(1)), model);
        }
        return table;
    }

    /** Returns what a name stands for, or null if it cannot be part of an id. */
    public @Nullable Resolution of(@Nullable String vendor, String name) {
        String at = vendor == null ? ANY : vendor;
        String known = find(configured, at, name);
        if (known != null) {
            return new Resolution(known, AliasRule.CONFIGURED);
        }
        known = find(shipped, at, name);
        if (known != null) {
            return new Resolution(known, AliasRule.TABLE);
        }
        if (HUB_NAMES.contains(at) && name.matches("[\\w.-]+/[\\w.-]+")) {
            return resolution(ModelIds.of("huggingface", name), AliasRule.HUB);
        }
        ModelNames.Snapshot snapshot = ModelNames.snapshot(name);
        String path = vendor == null ? snapshot.base() : vendor + "/" + snapshot.base();
        return resolution(
                ModelIds.of("generic", path), snapshot.snapshot() == null ? AliasRule.UNRESOLVED : AliasRule.SNAPSHOT);
    }

    private static @Nullable String find(Map<String, String> table, String vendor, String name) {
        String known = table.get(key(vendor, name));
        return known != null ? known : table.get(key(ANY, name));
    }

    private static @Nullable Resolution resolution(@Nullable String model, AliasRule rule) {
        return model == null ? null : new Resolution(model, rule);
    }

    private static String key(String vendor, String name) {
        return vendor.toLowerCase(Locale.ROOT) + " " + name.toLowerCase(Locale.ROOT);
    }
}
