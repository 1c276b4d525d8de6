package io.modelwatch.bench.inference;

import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.schemas.Ids;
import io.modelwatch.streams.inference.Name;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What authors declared on a hub: edges, and every model that is named anywhere, with the number of models that declare
 * it as their parent.
 */
final class RecordedLineage {

    private static final String EDGES = "inference-edges.csv.gz";
    private static final String CATALOGUE = "inference-catalogue.csv.gz";

    /**
     * A model that is named in the recording.
     *
     * @param id package URL
     * @param declared how many models declare it as their parent
     * @param family where its line ends, following the first parent by name
     */
    record Model(String id, int declared, String family) {}

    private final SortedMap<String, SortedMap<String, String>> parents;
    private final Map<String, Model> models = new HashMap<>();
    private final NavigableMap<String, List<Model>> byName = new TreeMap<>();

    private RecordedLineage(SortedMap<String, SortedMap<String, String>> parents, List<Model> all) {
        this.parents = parents;
        for (Model model : all) {
            models.put(model.id(), model);
            String name = Name.of(model.id()).key();
            if (name != null) {
                byName.computeIfAbsent(name, key -> new ArrayList<>()).add(model);
            }
        }
    }

    /** Returns the sample that ships with the bench. */
    static RecordedLineage shipped() {
        SortedMap<String, SortedMap<String, String>> parents = new TreeMap<>();
        try (BufferedReader edges = resource(EDGES);
                BufferedReader catalogue = resource(CATALOGUE)) {
            edges(edges, EDGES, parents);
            List<Model> all = new ArrayList<>();
            for (String line = catalogue.readLine(); line != null; line = catalogue.readLine()) {
                List<String> cells = List.of(line.split(",", -1));
                if (!cells.getFirst().equals("model")) {
                    all.add(new Model(id(cells.get(0)), Integer.parseInt(cells.get(1)), id(cells.get(2))));
                }
            }
            return new RecordedLineage(parents, all);
        } catch (IOException e) {
            throw new BenchException("the shipped sample cannot be read: " + e.getMessage());
        }
    }

    /**
     * Reads recorded edges: CSV, gzip or not, whose header begins with {@code child,parent,relation}.
     *
     * @throws IllegalArgumentException if the file is of another form
     */
    static RecordedLineage of(Path file) {
        SortedMap<String, SortedMap<String, String>> parents = new TreeMap<>();
        try (BufferedReader lines = reader(Files.newInputStream(file))) {
            edges(lines, file.toString(), parents);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": cannot be read: " + e.getMessage(), e);
        }
        return of(parents);
    }

    static RecordedLineage of(SortedMap<String, SortedMap<String, String>> parents) {
        Map<String, Integer> declared = new TreeMap<>();
        parents.forEach((child, named) -> {
            declared.putIfAbsent(child, 0);
            named.keySet().forEach(parent -> declared.merge(parent, 1, Integer::sum));
        });
        List<Model> all = new ArrayList<>();
        declared.forEach((id, count) -> all.add(new Model(id, count, family(id, parents))));
        return new RecordedLineage(parents, all);
    }

    private static void edges(BufferedReader lines, String where, SortedMap<String, SortedMap<String, String>> parents)
            throws IOException {
        String header = lines.readLine();
        if (header == null || !header.startsWith("child,parent,relation")) {
            throw new IllegalArgumentException(where + " line 1: must begin with child,parent,relation");
        }
        int number = 1;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            List<String> cells = Arrays.asList(line.split(",", -1));
            if (cells.size() < 3 || cells.get(0).isBlank() || cells.get(1).isBlank()) {
                throw new IllegalArgumentException(where + " line " + number + ": must be child,parent,relation,...");
            }
            // A model that names itself has no parent to be found.
            if (!cells.get(0).equals(cells.get(1))) {
                parents.computeIfAbsent(id(cells.get(0)), child -> new TreeMap<>())
                        .put(id(cells.get(1)), cells.get(2));
            }
        }
    }

    private static String family(String model, SortedMap<String, SortedMap<String, String>> parents) {
        Set<String> seen = new HashSet<>();
        String one = model;
        while (seen.add(one) && parents.containsKey(one)) {
            one = Objects.requireNonNull(parents.get(one)).firstKey();
        }
        return one;
    }

    /** Returns every model that declares parents, with these and their relations. */
    SortedMap<String, SortedMap<String, String>> parents() {
        return parents;
    }

    /** Returns every model. */
    Iterable<Model> models() {
        return models.values();
    }

    /** Returns where the line of a model ends; null where the recording does not name it. */
    @Nullable
    String family(String model) {
        Model known = models.get(model);
        if (known != null) {
            return known.family();
        }
        SortedMap<String, String> declared = parents.get(model);
        return declared == null ? null : family(declared.firstKey());
    }

    /** Returns the models by normalised name. */
    NavigableMap<String, List<Model>> byName() {
        return byName;
    }

    /** The half that the weights were fitted on, and the half that is reported: no author is in both. */
    static boolean development(String model) {
        int slash = model.lastIndexOf('/');
        String author = model.substring(model.indexOf('/') + 1, Math.max(slash, model.indexOf('/') + 1));
        return Math.floorMod(Ids.digest("author", author).hashCode(), 2) == 0;
    }

    private static String id(String name) {
        return "pkg:huggingface/" + name;
    }

    private static BufferedReader resource(String name) throws IOException {
        return reader(Objects.requireNonNull(RecordedLineage.class.getResourceAsStream(name), name));
    }

    private static BufferedReader reader(InputStream raw) throws IOException {
        BufferedInputStream in = new BufferedInputStream(raw);
        in.mark(2);
        boolean zipped = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        return new BufferedReader(new InputStreamReader(zipped ? new GZIPInputStream(in) : in, StandardCharsets.UTF_8));
    }
}
