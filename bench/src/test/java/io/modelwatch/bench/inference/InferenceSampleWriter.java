package io.modelwatch.bench.inference;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelwatch.bench.inference.RecordedLineage.Model;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/**
 * Makes the shipped sample of {@code bench inference} from recorded edges. Run it with the file of edges and the directory
 * to write to; ORIGIN.md beside the sample tells what it holds.
 */
public final class InferenceSampleWriter {

    private static final long SEED = 20261125;
    private static final int CHILDREN = 4000;

    private InferenceSampleWriter() {}

    /** @param args the file of edges, the directory to write to */
    public static void main(String[] args) throws IOException {
        RecordedLineage lineage = RecordedLineage.of(Path.of(args[0]));
        List<String> children = new ArrayList<>(lineage.parents().keySet());
        Collections.shuffle(children, new Random(SEED));
        try (Writer edges = writer(Path.of(args[1], "inference-edges.csv.gz"))) {
            edges.write("child,parent,relation\n");
            for (String child : children.subList(0, CHILDREN).stream().sorted().toList()) {
                SortedMap<String, String> parents = lineage.parents().getOrDefault(child, new TreeMap<>());
                for (Map.Entry<String, String> parent : parents.entrySet()) {
                    edges.write(name(child) + "," + name(parent.getKey()) + "," + parent.getValue() + "\n");
                }
            }
        }
        TreeMap<String, Model> named = new TreeMap<>();
        lineage.models().forEach(model -> {
            if (model.declared() > 0) {
                named.put(model.id(), model);
            }
        });
        try (Writer catalogue = writer(Path.of(args[1], "inference-catalogue.csv.gz"))) {
            catalogue.write("model,declared,family\n");
            for (Model model : named.values()) {
                catalogue.write(name(model.id()) + "," + model.declared() + "," + name(model.family()) + "\n");
            }
        }
    }

    private static String name(String id) {
        return id.substring("pkg:huggingface/".length());
    }

    private static Writer writer(Path file) throws IOException {
        return new OutputStreamWriter(new GZIPOutputStream(Files.newOutputStream(file)), UTF_8);
    }
}
