package io.modelwatch.bench.lineage;

import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import io.modelwatch.bench.measure.Sample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench lineage}: a whole hub, a root with a hundred thousand derivatives, and leaves in graphs of three sizes. */
@Command(
        name = "lineage",
        mixinStandardHelpOptions = true,
        description = {
            "load: a hub's models and some weeks of additions and deletions, from nothing to a settled closure.",
            "root: the licence of a root with many derivatives changes; timed until every ancestry and every MBOM that"
                    + " rests upon it is committed and read, beside PostgreSQL and plain Java.",
            "leaf: models without children change in graphs of growing size; what one costs must not grow.",
            "Each result is held against plain search in memory before there is a figure."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch bench lineage --part root,leaf",
            "  modelwatch bench lineage --part load --edges edges.csv.gz --events events.csv.gz"
        },
        sortOptions = false)
public final class LineageBenchCommand extends Measurement {

    /** The parts of the benchmark. */
    enum Part {
        load,
        root,
        leaf
    }

    /** How the derivatives of the root are spread over its depths. */
    enum Spread {
        hub,
        even
    }

    private static final double GOAL_SECONDS = 10;
    private static final int DEPTH = 10;
    private static final double GOAL_GROWTH = 1.1;

    @Option(names = "--part", split = ",", description = "load, root or leaf; several, by comma; default all")
    private Set<Part> parts = EnumSet.allOf(Part.class);

    @Option(
            names = "--edges",
            paramLabel = "FILE",
            description = "load: recorded edges instead of generated ones, CSV, .gz too: " + HubLoad.EDGES_FORM)
    private @Nullable Path edges;

    @Option(
            names = "--events",
            paramLabel = "FILE",
            description = "load: recorded events instead of generated ones, CSV, .gz too: " + HubLoad.EVENTS_FORM)
    private @Nullable Path events;

    @Option(
            names = "--models",
            defaultValue = "180000",
            description = "load: models where edges are generated; default ${DEFAULT-VALUE}")
    private int models;

    @Option(
            names = "--generated-events",
            defaultValue = "400000",
            description = "load: how many, where events are generated; default ${DEFAULT-VALUE}")
    private int generated;

    @Option(names = "--derivatives", defaultValue = "100000", description = "root: default ${DEFAULT-VALUE}")
    private int derivatives;

    @Option(names = "--deployments", defaultValue = "1000", description = "root: default ${DEFAULT-VALUE}")
    private int deployments;

    @Option(
            names = "--spread",
            defaultValue = "hub",
            description = "root: depths as on a hub (most at one or two steps), or as many at each of ten; default"
                    + " ${DEFAULT-VALUE}")
    private Spread spread = Spread.hub;

    @Option(
            names = "--warm-up",
            defaultValue = "8",
            description = "root: changes through each system before those that count, since both run for months;"
                    + " default ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(
            names = "--runs",
            defaultValue = "3",
            description = "root: changes through each system that count; default ${DEFAULT-VALUE}")
    private int runs;

    @Option(
            names = "--sizes",
            split = ",",
            defaultValue = "10000,100000,1000000",
            description = "leaf: models in the graphs; default ${DEFAULT-VALUE}")
    private List<Integer> sizes = List.of();

    @Option(
            names = "--changes",
            defaultValue = "200",
            description = "leaf: changes in each graph, after some that are not counted; default ${DEFAULT-VALUE}")
    private int changes;

    @Option(names = "--seed", defaultValue = "1", description = "default ${DEFAULT-VALUE}")
    private long seed;

    private final List<List<Object>> rows = new ArrayList<>();
    private final List<Figure> figures = new ArrayList<>();

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        if (derivatives < DEPTH
                || deployments < 1
                || deployments > derivatives
                || warmUp < 1
                || runs < 1
                || changes < 1) {
            throw new IllegalArgumentException("give at least " + DEPTH + " derivatives, at least one deployment and at"
                    + " most one a derivative, and at least one warm-up, run and change");
        }
        progress.accept("seed " + seed);
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("parts", parts.stream().map(Enum::name).toList());
        parameters.put("seed", seed);
        if (parts.contains(Part.load)) {
            parameters.put("edges", edges == null ? models + " models, generated" : name(edges));
            parameters.put("events", events == null ? generated + ", generated" : name(events));
            load(progress);
        }
        if (parts.contains(Part.root)) {
            parameters.put("derivatives", derivatives);
            parameters.put("deployments", deployments);
            parameters.put("spread", spread.name());
            parameters.put("warm-up", warmUp);
            root(progress);
        }
        if (parts.contains(Part.leaf)) {
            parameters.put("changes", changes);
            leaf(progress);
        }
        return new Report(
                "lineage",
                machine,
                parameters,
                List.of("part", "system", "models", "run", "seconds", "records"),
                rows,
                figures);
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private void load(Consumer<String> progress) throws Exception {
        try (Bed bed = Bed.open(progress)) {
            LineageLoadBench.Result result = LineageLoadBench.run(
                    bed, new LineageLoadBench.Plan(edges, events, models, generated, seed), progress);
            rows.add(List.of("load", "modelwatch", result.models(), 1, result.seconds(), result.records()));
            figures.add(Figure.of("load, to a settled closure", result.records() / result.seconds(), "records/s"));
            if (result.peakKiB() > 0) {
                figures.add(Figure.of("load, peak memory, broker included", result.peakKiB() / 1024.0, "MiB"));
            }
        }
    }

    private void root(Consumer<String> progress) throws Exception {
        List<Integer> levels =
                spread == Spread.hub ? HubGenerator.DEPTHS.subList(0, DEPTH) : Collections.nCopies(DEPTH, 1);
        try (Bed bed = Bed.open(progress)) {
            List<LineageRootBench.Run> all = new LineageRootBench(
                            bed, new LineageRootBench.Plan(derivatives, deployments, levels, warmUp, runs, seed))
                    .run(progress);
            for (LineageRootBench.Run run : all) {
                rows.add(List.of("root", run.system(), derivatives + 1, run.run(), run.seconds(), run.records()));
            }
            double modelwatch = median(all, LineageRootBench.MODELWATCH, LineageRootBench.Run::seconds);
            double recomputed = median(all, LineageRootBench.POSTGRESQL, LineageRootBench.Run::seconds);
            double read = median(all, LineageRootBench.POSTGRESQL_READ, LineageRootBench.Run::seconds);
            figures.add(Figure.of("root, modelwatch, median", modelwatch, "s").atMost(GOAL_SECONDS));
            figures.add(Figure.of(
                    "root, modelwatch, processor time with its broker, median",
                    median(all, LineageRootBench.MODELWATCH, LineageRootBench.Run::processor),
                    "s"));
            figures.add(Figure.of("root, PostgreSQL, recomputed and committed, median", recomputed, "s"));
            figures.add(Figure.of("root, PostgreSQL, and read by a client, median", read, "s"));
            figures.add(Figure.of(
                            "root, PostgreSQL (committed) to modelwatch (read by a client)",
                            recomputed / modelwatch,
                            "")
                    .atLeast(1));
            figures.add(Figure.of("root, PostgreSQL to modelwatch, both read by a client", read / modelwatch, "")
                    .atLeast(1));
            figures.add(Figure.of(
                    "root, in memory, median",
                    median(all, LineageRootBench.MEMORY, LineageRootBench.Run::seconds),
                    "s"));
        }
    }

    private static double median(
            List<LineageRootBench.Run> runs, String system, ToDoubleFunction<LineageRootBench.Run> figure) {
        return new Sample(runs.stream()
                        .filter(run -> run.system().equals(system))
                        .mapToDouble(figure)
                        .toArray())
                .median();
    }

    private void leaf(Consumer<String> progress) throws Exception {
        List<Double> written = new ArrayList<>();
        for (int size : sizes) {
            try (Bed bed = Bed.open(progress)) {
                LineageLeafBench.Result result = LineageLeafBench.run(bed, size, changes, seed, progress);
                rows.add(List.of("leaf", "load", size, 1, result.load(), (long) size));
                String graph = "leaf in %,d, ".formatted(size);
                figures.add(Figure.of(graph + "latency p50", result.millis().median(), "ms"));
                figures.add(Figure.of(graph + "latency p99", result.millis().percentile(0.99), "ms"));
                figures.add(Figure.of(graph + "records written a change", result.written(), ""));
                written.add(result.written());
            }
        }
        figures.add(Figure.of(
                        "leaf, records written, largest graph to smallest", written.getLast() / written.getFirst(), "")
                .atMost(GOAL_GROWTH));
    }
}
