package io.modelwatch.bench.start;

import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Launcher;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import io.modelwatch.bench.measure.Sample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench start}: how long {@code up} takes, and how much memory. */
@Command(
        name = "start",
        mixinStandardHelpOptions = true,
        description = {
            "Starts `modelwatch up` with no sources on a data directory of its own and stops it again. The first start,"
                    + " which makes the directory, is not counted; each further one is.",
            "Time: from the launch of the program until /health/ready says yes. Memory: the most that all its processes"
                    + " together take while they settle (Linux: proportional set size; shared pages count once)."
        },
        footer = {"", "Examples:", "  modelwatch bench start", "  modelwatch bench start --runs 5 --format json"},
        sortOptions = false)
public final class StartBenchCommand extends Measurement {

    private static final double GOAL_SECONDS = 15;
    private static final double GOAL_MIB = 1536;

    @Option(names = "--runs", defaultValue = "3", description = "counted starts; default ${DEFAULT-VALUE}")
    private int runs;

    @Option(
            names = "--settle",
            defaultValue = "20",
            description = "seconds after it is ready in which memory is watched; default ${DEFAULT-VALUE}")
    private int settle;

    @Mixin
    private Launcher launcher = new Launcher();

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        if (runs < 1 || settle < 0) {
            throw new IllegalArgumentException("--runs: give at least 1; --settle: give at least 0");
        }
        List<Started> counted = new ArrayList<>();
        Path dir = Files.createTempDirectory("modelwatch-bench");
        try {
            StartBench bench = new StartBench(launcher.find(), dir);
            for (int run = 0; run <= runs; run++) {
                Started started = bench.start(run, Duration.ofSeconds(settle));
                progress.accept("%s: ready after %.1f s%s"
                        .formatted(run == 0 ? "first start" : "start " + run, started.seconds(), memory(started)));
                if (run > 0) {
                    counted.add(started);
                }
            }
        } finally {
            Bed.delete(dir);
        }
        return report(machine, counted);
    }

    private static String memory(Started started) {
        return started.mebibytes().isEmpty()
                ? ""
                : ", %,.0f MiB in %d processes".formatted(started.mebibytes().getAsDouble(), started.processes());
    }

    private Report report(Machine machine, List<Started> counted) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("runs", runs);
        parameters.put("settle", settle);
        List<Figure> figures = new ArrayList<>();
        figures.add(Figure.of(
                        "start to ready, median",
                        new Sample(counted.stream()
                                        .mapToDouble(Started::seconds)
                                        .toArray())
                                .median(),
                        "s")
                .atMost(GOAL_SECONDS));
        double[] memory = counted.stream()
                .map(Started::mebibytes)
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble)
                .toArray();
        if (memory.length > 0) {
            figures.add(Figure.of("memory of all processes, largest", new Sample(memory).max(), "MiB")
                    .atMost(GOAL_MIB));
        }
        return new Report(
                "start",
                machine,
                parameters,
                List.of("run", "seconds", "MiB", "processes"),
                counted.stream().map(Started::row).toList(),
                figures);
    }
}
