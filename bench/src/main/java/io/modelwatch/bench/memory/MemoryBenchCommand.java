package io.modelwatch.bench.memory;

import io.modelwatch.app.role.Role;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Launcher;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench memory}: what {@code streams} and {@code alerts} hold, by how much they know. */
@Command(
        name = "memory",
        mixinStandardHelpOptions = true,
        description = {
            "Memory and disk of the roles `streams` and `alerts`, each a process of its own, against the number of models,"
                    + " of deployments and of open alerts: heap after a collection that is asked for, RocksDB, proportional"
                    + " and resident set size, files of the stores, and topics on the broker.",
            "One after the other: models, then deployments of approved models, then swaps of these for models that nobody"
                    + " approved. Bytes for one of a kind are the difference between its first and its last point."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch bench memory",
            "  modelwatch bench memory --models 1000,10000 --deployments 100,1000 --alerts 100,1000"
        },
        sortOptions = false)
public final class MemoryBenchCommand extends Measurement {

    @Option(
            names = "--models",
            split = ",",
            defaultValue = "10000,100000,1000000",
            description = "numbers of models, by comma; default ${DEFAULT-VALUE}")
    private List<Integer> models = List.of();

    @Option(
            names = "--deployments",
            split = ",",
            defaultValue = "100,1000,10000",
            description = "numbers of deployments; default ${DEFAULT-VALUE}")
    private List<Integer> deployments = List.of();

    @Option(
            names = "--alerts",
            split = ",",
            defaultValue = "100,1000,10000",
            description = "numbers of open alerts, at most as many as deployments; default ${DEFAULT-VALUE}")
    private List<Integer> alerts = List.of();

    @Mixin
    private Launcher launcher = new Launcher();

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        rising("--models", models);
        rising("--deployments", deployments);
        rising("--alerts", alerts);
        if (alerts.getLast() > deployments.getLast()) {
            throw new IllegalArgumentException("--alerts: at most as many as deployments, " + deployments.getLast());
        }
        List<Point> points;
        try (Bed bed = Bed.open(progress)) {
            points = new MemoryBench(bed, launcher.find(), new MemoryBench.Plan(models, deployments, alerts), progress)
                    .run();
        }
        return report(machine, points);
    }

    private static void rising(String option, List<Integer> numbers) {
        for (int i = 0; i < numbers.size(); i++) {
            if (numbers.get(i) <= (i == 0 ? 0 : numbers.get(i - 1))) {
                throw new IllegalArgumentException(option + ": numbers that rise, for example 100,1000");
            }
        }
        if (numbers.isEmpty()) {
            throw new IllegalArgumentException(option + ": at least one number");
        }
    }

    private Report report(Machine machine, List<Point> points) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("models", models);
        parameters.put("deployments", deployments);
        parameters.put("alerts", alerts);
        List<List<Object>> rows = new ArrayList<>();
        for (Point point : points) {
            for (Role role : List.of(Role.STREAMS, Role.ALERTS)) {
                Footprint it = point.of(role.title());
                rows.add(List.of(
                        (long) point.models(),
                        (long) point.deployments(),
                        (long) point.alerts(),
                        role.title(),
                        mebibytes(it.heap()),
                        mebibytes(it.rocksDb()),
                        mebibytes(it.pinned()),
                        mebibytes(it.proportional()),
                        mebibytes(it.resident()),
                        mebibytes(it.disk()),
                        mebibytes(point.topics())));
            }
        }
        List<Figure> figures = new ArrayList<>();
        each(points, Point.Kind.models, List.of(Role.STREAMS), figures);
        each(points, Point.Kind.deployments, List.of(Role.STREAMS, Role.ALERTS), figures);
        each(points, Point.Kind.alerts, List.of(Role.STREAMS, Role.ALERTS), figures);
        return new Report(
                "memory",
                machine,
                parameters,
                List.of(
                        "models",
                        "deployments",
                        "alerts",
                        "role",
                        "heapMiB",
                        "rocksDbMiB",
                        "pinnedMiB",
                        "pssMiB",
                        "rssMiB",
                        "diskMiB",
                        "topicsMiB"),
                rows,
                figures);
    }

    /** Adds what one of a kind takes, where there are two points of it. */
    private static void each(List<Point> points, Point.Kind kind, List<Role> roles, List<Figure> figures) {
        List<Point> these = points.stream().filter(one -> one.what() == kind).toList();
        Point first = these.getFirst();
        Point last = these.getLast();
        if (first == last) {
            return;
        }
        for (Role role : roles) {
            String name = kind.one() + ", " + role.title() + ": ";
            String of = role.title();
            figures.add(each(name + "heap", first, last, point -> point.of(of).heap()));
            figures.add(each(
                    name + "RocksDB in memory",
                    first,
                    last,
                    point -> point.of(of).rocksDb()));
            figures.add(each(
                    name + "proportional set size",
                    first,
                    last,
                    point -> point.of(of).proportional()));
            figures.add(each(name + "disk", first, last, point -> point.of(of).disk()));
        }
        figures.add(each(kind.one() + ": topics", first, last, Point::topics));
    }

    static Figure each(String name, Point first, Point last, ToLongFunction<Point> of) {
        return Figure.of(
                name,
                (of.applyAsLong(last) - of.applyAsLong(first)) / (double) (last.count() - first.count()),
                "bytes");
    }

    private static double mebibytes(long bytes) {
        return bytes / (double) (1 << 20);
    }
}
