package io.modelwatch.bench.scale;

import io.modelwatch.bench.load.ObservationLoad;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Launcher;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import io.modelwatch.bench.measure.Sample;
import io.modelwatch.schemas.Topics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench scale}: one backlog, read by one instance of {@code streams}, by two, by four. */
@Command(
        name = "scale",
        mixinStandardHelpOptions = true,
        description = {
            "Throughput of the role `streams` with one, two and four instances, each a process of its own beside the"
                    + " broker, all on this machine: more instances than it has cores share those.",
            "The instances share out the partitions and read some sweeps that do not count; the backlog is written where"
                    + " they do not see it yet. Timed from the moment when they see all of it until the last change is"
                    + " committed. The changes must be as many as were generated."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch bench scale",
            "  modelwatch bench scale --instances 1,2 --observations 500000 --subjects 50000 --format json"
        },
        sortOptions = false)
public final class ScaleBenchCommand extends Measurement {

    @Option(
            names = "--instances",
            split = ",",
            defaultValue = "1,2,4",
            description = "numbers of instances, joined by commas; default ${DEFAULT-VALUE}")
    private List<Integer> instances = List.of();

    @Option(
            names = "--observations",
            defaultValue = "2000000",
            description = "in all, those that do not count among them; default ${DEFAULT-VALUE}")
    private int observations;

    @Option(names = "--subjects", defaultValue = "100000", description = "models; default ${DEFAULT-VALUE}")
    private int subjects;

    @Option(
            names = "--changed",
            defaultValue = "0.02",
            description = "share that differs from the observation before; default ${DEFAULT-VALUE}")
    private double changed;

    @Option(
            names = "--warm-up",
            defaultValue = "4",
            description = "sweeps over all models before those that count; default ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(names = "--runs", defaultValue = "1", description = "of each number of instances; default ${DEFAULT-VALUE}")
    private int runs;

    @Option(names = "--seed", defaultValue = "1", description = "default ${DEFAULT-VALUE}")
    private long seed;

    @Mixin
    private Launcher launcher = new Launcher();

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        ObservationLoad load = new ObservationLoad(subjects, observations, changed, seed);
        if (instances.isEmpty() || instances.stream().anyMatch(one -> one < 1 || one > Topics.PARTITIONS)) {
            throw new IllegalArgumentException("--instances: from 1 to " + Topics.PARTITIONS
                    + ", for there are so many partitions; for example 1,2,4");
        }
        if (warmUp < 1 || warmUp >= load.sweeps() || runs < 1) {
            throw new IllegalArgumentException(
                    "--runs and --warm-up: at least 1; --observations must have more sweeps than --warm-up");
        }
        progress.accept("seed " + seed);
        ScaleBench bench = new ScaleBench(launcher.find(), load, warmUp, progress);
        List<ScaleRun> all = new ArrayList<>();
        for (int run = 1; run <= runs; run++) {
            for (int count : instances) {
                ScaleRun one = bench.run(count, run);
                progress.accept("%s: %,.0f records/s".formatted(name(count), one.recordsPerSecond()));
                all.add(one);
            }
        }
        return report(machine, all);
    }

    private Report report(Machine machine, List<ScaleRun> all) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("instances", instances);
        parameters.put("observations", observations);
        parameters.put("subjects", subjects);
        parameters.put("changed", changed);
        parameters.put("warmUp", warmUp);
        parameters.put("runs", runs);
        parameters.put("seed", seed);
        List<List<Object>> rows = new ArrayList<>();
        for (ScaleRun one : all) {
            rows.add(List.of(
                    one.instances(),
                    one.run(),
                    one.records(),
                    one.seconds(),
                    Math.round(one.recordsPerSecond()),
                    one.changes(),
                    one.settled(),
                    one.cpu(),
                    one.platformCpu(),
                    one.busyCores()));
        }
        List<Figure> figures = new ArrayList<>();
        int first = instances.getFirst();
        double base = median(all, first, ScaleRun::recordsPerSecond);
        for (int count : instances.stream().distinct().toList()) {
            String name = name(count);
            double rate = median(all, count, ScaleRun::recordsPerSecond);
            figures.add(Figure.of(name, rate, "records/s"));
            if (count != first) {
                figures.add(Figure.of(name + ", to " + (first == 1 ? "one" : first), rate / base, ""));
            }
            figures.add(Figure.of(
                    name + ", cores at work of " + machine.cores(), median(all, count, ScaleRun::busyCores), ""));
        }
        return new Report(
                "scale",
                machine,
                parameters,
                List.of(
                        "instances",
                        "run",
                        "records",
                        "seconds",
                        "records/s",
                        "changes",
                        "settled",
                        "cpu",
                        "platformCpu",
                        "coresAtWork"),
                rows,
                figures);
    }

    static String name(int instances) {
        return instances == 1 ? "one instance" : instances + " instances";
    }

    private static double median(List<ScaleRun> all, int instances, ToDoubleFunction<ScaleRun> of) {
        return new Sample(all.stream()
                        .filter(one -> one.instances() == instances)
                        .mapToDouble(of)
                        .toArray())
                .median();
    }
}
