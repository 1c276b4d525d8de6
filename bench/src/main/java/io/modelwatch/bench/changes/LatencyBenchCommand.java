package io.modelwatch.bench.changes;

import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import io.modelwatch.bench.measure.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench latency}: from an observation to its alert, while others come in. */
@Command(
        name = "latency",
        mixinStandardHelpOptions = true,
        description = {
            "Time from just before an observation is sent until its alert is readable with read_committed, while a poller"
                    + " sends a background of observations, two of a hundred of which differ.",
            "Each probe is a deployment never seen before, sent in a transaction of its own, at a random moment and"
                    + " without waiting for the one before. A probe without exactly one alert fails the benchmark."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch bench latency",
            "  modelwatch bench latency --probes 1000 --format json"
        },
        sortOptions = false)
public final class LatencyBenchCommand extends Measurement {

    /** Milliseconds. */
    private static final double GOAL_P99 = 800;

    @Option(names = "--probes", defaultValue = "500", description = "counted probes; default ${DEFAULT-VALUE}")
    private int probes;

    @Option(
            names = "--warm-up",
            defaultValue = "150",
            description = "probes before them that are not counted; default ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(
            names = "--interval",
            defaultValue = "200",
            description = "mean time between probes, milliseconds; default ${DEFAULT-VALUE}")
    private int interval;

    @Option(
            names = "--background",
            defaultValue = "1000",
            description = "observations per second; default ${DEFAULT-VALUE}")
    private int background;

    @Option(
            names = "--subjects",
            defaultValue = "10000",
            description = "models in the background; default ${DEFAULT-VALUE}")
    private int subjects;

    @Option(names = "--seed", defaultValue = "1", description = "default ${DEFAULT-VALUE}")
    private long seed;

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        if (probes < 1 || warmUp < 0 || interval < 1 || background < 1 || subjects < 1) {
            throw new IllegalArgumentException("--probes, --interval, --background and --subjects: give at least 1");
        }
        progress.accept("seed " + seed);
        LatencyBench.Result result;
        try (Bed bed = Bed.open(progress)) {
            result = new LatencyBench(bed, new LatencyBench.Plan(probes, warmUp, interval, background, subjects, seed))
                    .run(progress);
        }
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("probes", probes);
        parameters.put("warmUp", warmUp);
        parameters.put("interval", interval);
        parameters.put("background", background);
        parameters.put("subjects", subjects);
        parameters.put("seed", seed);
        List<List<Object>> rows = new ArrayList<>();
        result.stages().forEach((stage, millis) -> {
            Sample sample =
                    new Sample(millis.stream().mapToDouble(Double::doubleValue).toArray());
            rows.add(List.of(stage, sample.percentile(0.5), sample.percentile(0.99), sample.max()));
        });
        Sample all = new Sample(
                result.millis().stream().mapToDouble(Double::doubleValue).toArray());
        return new Report(
                "latency",
                machine,
                parameters,
                List.of("stage", "p50", "p99", "max"),
                rows,
                List.of(
                        Figure.of("background that was kept up", result.background(), "observations/s"),
                        Figure.of("observation to alert, p50", all.percentile(0.5), "ms"),
                        Figure.of("observation to alert, p99", all.percentile(0.99), "ms")
                                .atMost(GOAL_P99),
                        Figure.of("observation to alert, max", all.max(), "ms")));
    }
}
