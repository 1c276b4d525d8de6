package io.modelwatch.bench.soak;

import io.modelwatch.app.config.Durations;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Launcher;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import io.modelwatch.bench.measure.Sample;
import io.modelwatch.history.reconcile.Account;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench soak}: an hour under load, with kills, and nothing lost. */
@Command(
        name = "soak",
        mixinStandardHelpOptions = true,
        description = {
            "Runs every role in a process of its own under a steady load of observations, most of them unchanged, and kills"
                    + " (-9) a role chosen by the seed from time to time; it is started again at once.",
            "Probes (deployments that nobody approved) are timed from observation to alert; the memory of each process is"
                    + " noted every ten seconds in a CSV file, and drawn beside it (.svg).",
            "At the end everything is accounted for, from observation to row. Exit status 1 if anything is lost or there"
                    + " twice; the logs of the roles are then kept beside the CSV file."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch bench soak",
            "  modelwatch bench soak --minutes 60 --rate 5000 --kill-every 5m --out soak.csv",
            "  modelwatch bench soak --minutes 5 --kill-every 1m --rate 1000 --subjects 10000"
        },
        sortOptions = false)
public final class SoakBenchCommand extends Measurement {

    @Option(names = "--minutes", defaultValue = "60", description = "under load; default ${DEFAULT-VALUE}")
    private int minutes;

    @Option(
            names = "--warm-up",
            defaultValue = "30",
            description = "seconds under load before them, of which nothing is timed; default ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(names = "--rate", defaultValue = "5000", description = "observations a second; default ${DEFAULT-VALUE}")
    private int rate;

    @Option(
            names = "--kill-every",
            paramLabel = "TIME",
            defaultValue = "5m",
            description = "time between kills; default ${DEFAULT-VALUE}")
    private String killEvery = "5m";

    @Option(
            names = "--probe-every",
            paramLabel = "TIME",
            defaultValue = "1s",
            description = "mean time between probes; default ${DEFAULT-VALUE}")
    private String probeEvery = "1s";

    @Option(names = "--subjects", defaultValue = "100000", description = "models; default ${DEFAULT-VALUE}")
    private int subjects;

    @Option(names = "--seed", defaultValue = "1", description = "default ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            defaultValue = "soak.csv",
            description = "for the samples of memory; default ${DEFAULT-VALUE}")
    private Path out = Path.of("soak.csv");

    @Mixin
    private Launcher launcher = new Launcher();

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        if (minutes < 1 || warmUp < 0 || rate < 1 || subjects < 1) {
            throw new IllegalArgumentException(
                    "--minutes, --rate and --subjects: give at least 1; --warm-up: at least 0");
        }
        SoakBench.Plan plan = new SoakBench.Plan(
                Duration.ofSeconds(warmUp),
                Duration.ofMinutes(minutes),
                rate,
                time("--kill-every", killEvery),
                time("--probe-every", probeEvery),
                subjects,
                seed,
                out);
        progress.accept("seed " + seed);
        SoakResult result;
        try (Bed bed = Bed.open(progress)) {
            result = new SoakBench(bed, launcher.find(), plan, progress).run();
        }
        Report report = report(machine, result);
        progress.accept("samples of memory: " + plan.out() + ", picture: " + plan.picture());
        if (result.lost() + result.duplicated() > 0) {
            throw new BenchException(
                    "%,d lost or different, %,d there more than once (logs: %s): %s"
                            .formatted(
                                    result.lost(),
                                    result.duplicated(),
                                    plan.logs(),
                                    result.accounts().stream()
                                            .filter(one -> !one.isBalanced())
                                            .map(Account::toString)
                                            .toList()),
                    report);
        }
        return report;
    }

    private static Duration time(String option, String text) {
        Duration time;
        try {
            time = Durations.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
        }
        if (!time.isPositive()) {
            throw new IllegalArgumentException(option + ": more than 0");
        }
        return time;
    }

    private Report report(Machine machine, SoakResult result) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("minutes", minutes);
        parameters.put("warmUp", warmUp);
        parameters.put("rate", rate);
        parameters.put("killEvery", killEvery);
        parameters.put("probeEvery", probeEvery);
        parameters.put("subjects", subjects);
        parameters.put("seed", seed);
        List<ProbeTime> quiet = result.probes().stream()
                .filter(one -> one.isQuiet(result.kills()))
                .toList();
        List<ProbeTime> after = result.probes().stream()
                .filter(one -> !one.isQuiet(result.kills()))
                .toList();
        List<List<Object>> rows = new ArrayList<>();
        rows.add(row("-", "none: quiet", "-", quiet));
        for (Kill kill : result.kills()) {
            rows.add(row(
                    "%.1f".formatted((kill.at() - result.begin()) / 60e9),
                    kill.role().title(),
                    kill.up().isPresent() ? "%.1f".formatted(kill.up().getAsDouble()) : "-",
                    result.probes().stream().filter(one -> one.isAfter(kill)).toList()));
        }
        List<Figure> figures = new ArrayList<>();
        figures.add(Figure.of("observations a second, kept up", result.rate(), ""));
        figures.add(Figure.of("observations", result.observations(), ""));
        figures.add(Figure.of("probes that were timed", result.probes().size(), ""));
        latency("quiet", quiet, figures);
        latency("in the minute after a kill", after, figures);
        figures.add(Figure.of("kills", result.kills().size(), ""));
        figures.add(Figure.of("roles that ended by themselves", result.ended(), ""));
        figures.add(Figure.of(
                "records accounted for",
                result.accounts().stream().mapToLong(Account::counted).sum(),
                ""));
        figures.add(Figure.of("lost", result.lost(), "").atMost(0));
        figures.add(Figure.of("duplicated", result.duplicated(), "").atMost(0));
        result.mebibytes().forEach((process, values) -> {
            figures.add(Figure.of(
                    process + ", median of the second quarter", MemoryWatch.median(values, 0.25, 0.5), "MiB"));
            figures.add(
                    Figure.of(process + ", median of the last quarter", MemoryWatch.median(values, 0.75, 1), "MiB"));
        });
        return new Report(
                "soak",
                machine,
                parameters,
                List.of("minute", "killed", "up", "probes", "p50", "p99", "max"),
                rows,
                figures);
    }

    private static List<Object> row(String minute, String killed, String up, List<ProbeTime> probes) {
        List<Object> row = new ArrayList<>(List.of(minute, killed, up, (long) probes.size()));
        if (probes.isEmpty()) {
            row.addAll(List.of("-", "-", "-"));
        } else {
            Sample sample = sample(probes);
            row.addAll(List.of(sample.percentile(0.5), sample.percentile(0.99), sample.max()));
        }
        return row;
    }

    private static void latency(String when, List<ProbeTime> probes, List<Figure> figures) {
        if (probes.isEmpty()) {
            return;
        }
        Sample sample = sample(probes);
        figures.add(Figure.of("observation to alert, " + when + ", p50", sample.percentile(0.5), "ms"));
        figures.add(Figure.of("observation to alert, " + when + ", p99", sample.percentile(0.99), "ms"));
        figures.add(Figure.of("observation to alert, " + when + ", max", sample.max(), "ms"));
    }

    private static Sample sample(List<ProbeTime> probes) {
        return new Sample(probes.stream().mapToDouble(ProbeTime::millis).toArray());
    }
}
