package io.modelwatch.bench.changes;

import io.modelwatch.bench.load.ObservationLoad;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import io.modelwatch.bench.measure.Sample;
import io.modelwatch.bench.measure.TopologyRun;
import io.modelwatch.streams.changes.ChangesTopology;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench changes}: the changes topology against one that only passes its input through. */
@Command(
        name = "changes",
        mixinStandardHelpOptions = true,
        description = {
            "Throughput of the changes topology beside that of a pass-through topology: same broker, same input, same"
                    + " settings (exactly once), in turns.",
            "Both are timed from the assignment of their tasks to the commit of the last input record. The changes that"
                    + " come out are counted against those that went in."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch bench changes",
            "  modelwatch bench changes --observations 200000 --runs 1"
        },
        sortOptions = false)
public final class ChangesBenchCommand extends Measurement {

    private static final double GOAL_RATIO = 0.5;

    @Option(names = "--observations", defaultValue = "2000000", description = "default ${DEFAULT-VALUE}")
    private int observations;

    @Option(names = "--subjects", defaultValue = "100000", description = "default ${DEFAULT-VALUE}")
    private int subjects;

    @Option(
            names = "--changed",
            defaultValue = "0.02",
            description = "share that differs from the observation before; default ${DEFAULT-VALUE}")
    private double changed;

    @Option(names = "--seed", defaultValue = "1", description = "default ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--runs",
            defaultValue = "3",
            description = "runs of each topology, after one that is not counted; default ${DEFAULT-VALUE}")
    private int runs;

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        ObservationLoad load = new ObservationLoad(subjects, observations, changed, seed);
        if (runs < 1) {
            throw new IllegalArgumentException("--runs " + runs + ": give at least 1");
        }
        progress.accept("seed " + seed);
        List<TopologyRun> counted = new ArrayList<>();
        try (Bed bed = Bed.open(progress)) {
            ChangesBench bench = ChangesBench.load(bed, load, progress);
            for (int run = 0; run <= runs; run++) {
                // In turns, and each first as often as second: what warms up or wears out does so for both.
                List<TopologyRun> pair = run % 2 == 0
                        ? List.of(bench.passThrough(run), bench.changes(run))
                        : List.of(bench.changes(run), bench.passThrough(run));
                for (TopologyRun one : pair) {
                    progress.accept("%s: %s, %,.0f records/s"
                            .formatted(run == 0 ? "warm-up" : "run " + run, one.topology(), one.recordsPerSecond()));
                }
                if (run > 0) {
                    counted.addAll(pair);
                }
            }
        }
        return report(machine, counted);
    }

    private Report report(Machine machine, List<TopologyRun> counted) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("observations", observations);
        parameters.put("subjects", subjects);
        parameters.put("changed", changed);
        parameters.put("seed", seed);
        parameters.put("runs", runs);
        double passThrough = median(counted, ChangesBench.PASS_THROUGH);
        double changes = median(counted, ChangesTopology.NAME);
        return new Report(
                "changes",
                machine,
                parameters,
                List.of("run", "topology", "records", "seconds", "recordsPerSecond", "written"),
                counted.stream().map(TopologyRun::row).toList(),
                List.of(
                        Figure.of("pass-through, median", passThrough, "records/s"),
                        Figure.of("changes, median", changes, "records/s"),
                        Figure.of("ratio", changes / passThrough, "").atLeast(GOAL_RATIO)));
    }

    private static double median(List<TopologyRun> runs, String topology) {
        return new Sample(runs.stream()
                        .filter(run -> run.topology().equals(topology))
                        .mapToDouble(TopologyRun::recordsPerSecond)
                        .toArray())
                .median();
    }
}
