package io.modelwatch.bench.telemetry;

import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import io.modelwatch.bench.measure.Sample;
import io.modelwatch.bench.measure.TopologyRun;
import io.modelwatch.streams.telemetry.TelemetryTopology;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench telemetry}: the pre-aggregation of spans against a topology that only passes its input through. */
@Command(
        name = "telemetry",
        mixinStandardHelpOptions = true,
        description = {
            "Spans a second through the telemetry topology beside a pass-through topology: same broker, same input, same"
                    + " settings (exactly once), in turns.",
            "--spans-per-record says how many spans of one route an export brings at once: the receiver makes one record of"
                    + " them. With 1, the default, each span is a record, which is the worst that can come.",
            "The observations are counted (one a route), and the writes of the store of routes: it grows with routes, not with"
                    + " spans. How fast exports are read is measured apart, on one thread."
        },
        footer = {"", "Examples:", "  modelwatch bench telemetry", "  modelwatch bench telemetry --spans-per-record 20"
        },
        sortOptions = false)
public final class TelemetryBenchCommand extends Measurement {

    private static final double GOAL_SPANS = 50_000;
    private static final int EXPORTS = 2_000;

    @Option(names = "--spans", defaultValue = "2000000", description = "default ${DEFAULT-VALUE}")
    private long spans;

    @Option(names = "--deployments", defaultValue = "500", description = "default ${DEFAULT-VALUE}")
    private int deployments;

    @Option(names = "--routes", defaultValue = "8", description = "routes of each deployment; default ${DEFAULT-VALUE}")
    private int routes;

    @Option(names = "--spans-per-record", defaultValue = "1", description = "default ${DEFAULT-VALUE}")
    private int spansPerRecord;

    @Option(names = "--seed", defaultValue = "1", description = "default ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--runs",
            defaultValue = "3",
            description = "runs of each topology, after one that is not counted; default ${DEFAULT-VALUE}")
    private int runs;

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        SpanLoad load = new SpanLoad(spans, deployments, routes, spansPerRecord, seed);
        if (runs < 1) {
            throw new IllegalArgumentException("--runs " + runs + ": give at least 1");
        }
        progress.accept("seed " + seed);
        double read = SpanReadBench.spansPerSecond(EXPORTS);
        progress.accept("exports are read at %,.0f spans/s".formatted(read));
        List<TopologyRun> counted = new ArrayList<>();
        long writes = 0;
        try (Bed bed = Bed.open(progress)) {
            TelemetryBench bench = TelemetryBench.load(bed, load, progress);
            for (int run = 0; run <= runs; run++) {
                // In turns, and each first as often as second: what warms up or wears out does so for both.
                List<TopologyRun> pair = run % 2 == 0
                        ? List.of(bench.passThrough(run), bench.telemetry(run))
                        : List.of(bench.telemetry(run), bench.passThrough(run));
                for (TopologyRun one : pair) {
                    progress.accept("%s: %s, %,.0f spans/s"
                            .formatted(
                                    run == 0 ? "warm-up" : "run " + run,
                                    one.topology(),
                                    one.recordsPerSecond() * spansPerRecord));
                }
                if (run > 0) {
                    counted.addAll(pair);
                    writes = Math.max(writes, bench.routeWrites(run));
                }
            }
        }
        return report(machine, load, counted, read, writes);
    }

    private Report report(Machine machine, SpanLoad load, List<TopologyRun> counted, double read, long writes) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("spans", spans);
        parameters.put("deployments", deployments);
        parameters.put("routes", routes);
        parameters.put("spansPerRecord", spansPerRecord);
        parameters.put("seed", seed);
        parameters.put("runs", runs);
        double passThrough = median(counted, TelemetryBench.PASS_THROUGH) * spansPerRecord;
        double telemetry = median(counted, TelemetryTopology.NAME) * spansPerRecord;
        return new Report(
                "telemetry",
                machine,
                parameters,
                List.of("run", "topology", "records", "seconds", "recordsPerSecond", "written"),
                counted.stream().map(TopologyRun::row).toList(),
                List.of(
                        Figure.of("exports read, one thread", read, "spans/s"),
                        Figure.of("pass-through, median", passThrough, "spans/s"),
                        Figure.of("telemetry, median", telemetry, "spans/s").atLeast(GOAL_SPANS),
                        Figure.of("ratio", telemetry / passThrough, ""),
                        Figure.of("routes", load.totalRoutes(), ""),
                        // First sight, and each of four fingerprints: nothing that grows with the number of spans.
                        Figure.of("writes of the store of routes", writes, "").atMost(load.totalRoutes() * 5.0)));
    }

    private static double median(List<TopologyRun> runs, String topology) {
        return new Sample(runs.stream()
                        .filter(run -> run.topology().equals(topology))
                        .mapToDouble(TopologyRun::recordsPerSecond)
                        .toArray())
                .median();
    }
}
