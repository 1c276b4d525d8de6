package io.modelwatch.bench.inference;

import io.modelwatch.bench.inference.InferenceBench.Answer;
import io.modelwatch.bench.inference.InferenceBench.Tally;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import io.modelwatch.streams.inference.Inference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench inference}: how often an inferred parent is the one that was declared and hidden. */
@Command(
        name = "inference",
        mixinStandardHelpOptions = true,
        description = {
            "Precision and recall of inferred parents on recorded models whose declared parents are hidden from the"
                    + " inference, beside two baselines.",
            "Only names are used: the recording has no configurations. Authors fall into two halves by a hash; the"
                    + " weights were fitted on the one, the other is measured."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch bench inference",
            "  modelwatch bench inference --edges hf-lineage-edges.csv.gz"
        },
        sortOptions = false)
public final class InferenceBenchCommand extends Measurement {

    private static final double[] THRESHOLDS = {0.5, 0.6, 0.7, Inference.THRESHOLD, 0.85, 0.9, 0.95};

    private static final List<String> RELATIONS = List.of("quantized", "adapter", "finetune", "merge");

    @Option(
            names = "--edges",
            paramLabel = "FILE",
            description = "recorded edges (CSV, gzip or not: child,parent,relation,...); default: the shipped sample")
    private @Nullable Path edges;

    @Option(names = "--development", description = "measure the half that the weights were fitted on")
    private boolean development;

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) {
        RecordedLineage lineage = edges == null ? RecordedLineage.shipped() : RecordedLineage.of(edges);
        InferenceBench bench = new InferenceBench(lineage, development);
        long started = System.nanoTime();
        List<Answer> hidden = bench.hidden();
        double seconds = (System.nanoTime() - started) / 1e9;
        progress.accept("%,d models asked in %.1f s".formatted(hidden.size(), seconds));
        if (hidden.isEmpty()) {
            throw new BenchException("no model of this half declares a parent");
        }
        List<List<Object>> rows = new ArrayList<>();
        for (double threshold : THRESHOLDS) {
            rows.add(row("inference", "all", threshold, Tally.of(hidden, threshold)));
        }
        for (String relation : RELATIONS) {
            List<Answer> some = hidden.stream()
                    .filter(answer -> answer.relation().equals(relation))
                    .toList();
            rows.add(row("inference", relation, Inference.THRESHOLD, Tally.of(some, Inference.THRESHOLD)));
        }
        progress.accept("baselines");
        NearestName nearest = new NearestName(lineage.byName());
        Tally longest = Tally.of(bench.baseline(nearest::longestBeginning), 0);
        Tally whole = Tally.of(bench.baseline(nearest::wholeBeginning), 0);
        rows.add(row("longest beginning", "all", 0, longest));
        rows.add(row("whole name as beginning", "all", 0, whole));
        Tally said = Tally.of(hidden, Inference.THRESHOLD);
        Tally undeclared = bench.undeclared();
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("edges", edges == null ? "shipped sample" : String.valueOf(edges.getFileName()));
        parameters.put("part", development ? "development" : "test");
        parameters.put("threshold", Inference.THRESHOLD);
        return new Report(
                "inference",
                machine,
                parameters,
                List.of(
                        "method",
                        "relation",
                        "threshold",
                        "asked",
                        "said",
                        "right",
                        "precision%",
                        "recall%",
                        "family%"),
                rows,
                List.of(
                        Figure.of("precision", percent(said.precision()), "%"),
                        Figure.of("recall", percent(said.recall()), "%"),
                        Figure.of("right family, of what was said", percent(said.familyPrecision()), "%"),
                        Figure.of("precision, longest beginning", percent(longest.precision()), "%"),
                        Figure.of("recall, longest beginning", percent(longest.recall()), "%"),
                        Figure.of("precision, whole name as beginning", percent(whole.precision()), "%"),
                        Figure.of("recall, whole name as beginning", percent(whole.recall()), "%"),
                        Figure.of(
                                "declared parents that would be contradicted",
                                percent((double) bench.contradicted() / hidden.size()),
                                "%"),
                        Figure.of(
                                "models without a declared parent here of which one is inferred",
                                undeclared.asked() == 0 ? 0 : percent((double) undeclared.said() / undeclared.asked()),
                                "%"),
                        Figure.of("inferences", hidden.size() / seconds, "models/s")));
    }

    private static List<Object> row(String method, String relation, double threshold, Tally tally) {
        return List.of(
                method,
                relation,
                "%.2f".formatted(threshold),
                (long) tally.asked(),
                (long) tally.said(),
                (long) tally.right(),
                percent(tally.precision()),
                percent(tally.recall()),
                percent(tally.familyPrecision()));
    }

    private static double percent(double share) {
        return 100 * share;
    }
}
