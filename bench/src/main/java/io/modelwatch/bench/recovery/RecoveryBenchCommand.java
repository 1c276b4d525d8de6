package io.modelwatch.bench.recovery;

import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Launcher;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import io.modelwatch.bench.measure.Sample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench recovery}: from {@code kill -9} of an instance of {@code streams} until its partitions are processed again. */
@Command(
        name = "recovery",
        mixinStandardHelpOptions = true,
        description = {
            "Two instances of the role `streams`, each a process of its own, with the state of many models and a load of"
                    + " observations. One is killed (-9), in turns; timed until a probe in each partition that it had has"
                    + " its committed change.",
            "restart: it is started again at once, on its disk. takeover: it stays away, and the other takes over once"
                    + " Kafka misses it (45 s by default). Each with and without standby copies (kafka.standby)."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch bench recovery",
            "  modelwatch bench recovery --models 1000000 --settle 180",
            "  modelwatch bench recovery --models 10000 --times 1 --part restart --standby 0"
        },
        sortOptions = false)
public final class RecoveryBenchCommand extends Measurement {

    @Option(
            names = "--models",
            defaultValue = "100000",
            description = "models of which there is state; default ${DEFAULT-VALUE}")
    private int models;

    @Option(names = "--times", defaultValue = "3", description = "kills of each kind; default ${DEFAULT-VALUE}")
    private int times;

    @Option(
            names = "--standby",
            split = ",",
            defaultValue = "0,1",
            description = "copies of each store, 0 or 1; both by comma; default ${DEFAULT-VALUE}")
    private List<Integer> standbys = List.of();

    @Option(names = "--part", split = ",", description = "restart or takeover; both, by comma, are the default")
    private Set<Comeback> comebacks = EnumSet.allOf(Comeback.class);

    @Option(
            names = "--background",
            defaultValue = "500",
            description = "observations a second when one is killed; default ${DEFAULT-VALUE}")
    private int background;

    @Option(
            names = "--settle",
            defaultValue = "60",
            description =
                    "seconds without load before each kill, for the copies to be complete; default ${DEFAULT-VALUE}")
    private int settle;

    @Option(names = "--seed", defaultValue = "1", description = "default ${DEFAULT-VALUE}")
    private long seed;

    @Mixin
    private Launcher launcher = new Launcher();

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        if (models < 1 || times < 1 || background < 1 || settle < 0) {
            throw new IllegalArgumentException(
                    "--models, --times and --background: give at least 1; --settle: at least 0");
        }
        if (standbys.isEmpty() || standbys.stream().anyMatch(one -> one < 0 || one > 1)) {
            throw new IllegalArgumentException("--standby: 0, 1 or 0,1; there are two instances");
        }
        progress.accept("seed " + seed);
        List<Recovered> all;
        try (Bed bed = Bed.open(progress)) {
            all = new RecoveryBench(
                            bed,
                            launcher.find(),
                            new RecoveryBench.Plan(
                                    models, times, standbys, comebacks, background, Duration.ofSeconds(settle), seed),
                            progress)
                    .run();
        }
        return report(machine, all);
    }

    private Report report(Machine machine, List<Recovered> all) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("models", models);
        parameters.put("times", times);
        parameters.put("standby", standbys);
        parameters.put("parts", comebacks.stream().map(Enum::name).toList());
        parameters.put("background", background);
        parameters.put("settle", settle);
        parameters.put("seed", seed);
        List<List<Object>> rows = new ArrayList<>();
        for (Recovered one : all) {
            rows.add(List.of(
                    one.standby(),
                    one.comeback().name(),
                    one.number(),
                    one.partitions(),
                    one.changes(),
                    one.lineage(),
                    one.others()));
        }
        List<Figure> figures = new ArrayList<>();
        for (int standby : standbys) {
            for (Comeback comeback : comebacks) {
                String name = comeback.words() + ", " + (standby == 0 ? "no copies" : "a copy of each store");
                List<Recovered> these = all.stream()
                        .filter(one -> one.standby() == standby && one.comeback() == comeback)
                        .toList();
                Sample changes = new Sample(
                        these.stream().mapToDouble(Recovered::changes).toArray());
                figures.add(Figure.of(name + ": processed again, median", changes.median(), "s"));
                figures.add(Figure.of(name + ": longest", changes.max(), "s"));
                figures.add(Figure.of(
                        name + ": lineage too, median",
                        new Sample(these.stream()
                                        .mapToDouble(Recovered::lineage)
                                        .toArray())
                                .median(),
                        "s"));
            }
        }
        return new Report(
                "recovery",
                machine,
                parameters,
                List.of("standby", "part", "kill", "partitions", "changes s", "lineage s", "others s"),
                rows,
                figures);
    }
}
