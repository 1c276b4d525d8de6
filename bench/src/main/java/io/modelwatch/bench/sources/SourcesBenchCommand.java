package io.modelwatch.bench.sources;

import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Launcher;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
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

/** {@code bench sources}: what it costs to keep up with a hub, and with many sources. */
@Command(
        name = "sources",
        mixinStandardHelpOptions = true,
        description = {
            "hub: requests a day to keep up with a hub, by passes over what changed against full listings. The real source"
                    + " runs, over HTTP, against a fake hub that lists as the real one does, through a day of its own"
                    + " clock; every change must be seen. The rate is that of new models in the recorded weeks of 2025"
                    + " (27,000 a week); ten and a hundred times that stand for updates, which the recording does not have.",
            "load: `run pollers` in a process of its own polls many sources; its share of a core and its memory.",
            "share: two such processes share the sources; the server counts. One is killed, and the other takes over."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch bench sources --models 100000",
            "  modelwatch bench sources --part load,share --minutes 2"
        },
        sortOptions = false)
public final class SourcesBenchCommand extends Measurement {

    /** The parts of the benchmark. */
    enum Part {
        hub,
        load,
        share
    }

    @Option(names = "--part", split = ",", description = "hub, load or share; several, by comma; default all")
    private Set<Part> parts = EnumSet.allOf(Part.class);

    @Option(names = "--models", defaultValue = "2000000", description = "models of the hub (default: ${DEFAULT-VALUE})")
    private int models;

    @Option(
            names = "--changes",
            defaultValue = "3857",
            description = "changes a day, of the lowest rate (default: ${DEFAULT-VALUE})")
    private int changes;

    @Option(names = "--every", defaultValue = "15", description = "minutes between passes (default: ${DEFAULT-VALUE})")
    private int every;

    @Option(
            names = "--sources",
            defaultValue = "200",
            description = "sources that are polled (default: ${DEFAULT-VALUE})")
    private int sources;

    @Option(
            names = "--interval",
            defaultValue = "60",
            description = "seconds between the polls of a source (default: ${DEFAULT-VALUE})")
    private int interval;

    @Option(
            names = "--minutes",
            defaultValue = "3",
            description = "minutes that load and share are watched each (default: ${DEFAULT-VALUE})")
    private int minutes;

    @Mixin
    private Launcher launcher = new Launcher();

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        if (models < 2000 || changes < 1 || every < 1 || every > 1440) {
            throw new IllegalArgumentException("at least 2000 models, one change, and 1 to 1440 minutes");
        }
        if (sources < 2 || interval < 2 || minutes < 1) {
            throw new IllegalArgumentException("at least 2 sources, an interval of 2 seconds, and one minute");
        }
        List<List<Object>> rows = new ArrayList<>();
        List<Figure> figures = new ArrayList<>();
        if (parts.contains(Part.hub)) {
            hub(rows, figures, progress);
        }
        if (parts.contains(Part.load)) {
            try (PollsBench bench = new PollsBench(launcher.find(), sources, interval, progress)) {
                add("load", bench.load(minutes), figures);
            }
        }
        if (parts.contains(Part.share)) {
            try (PollsBench bench = new PollsBench(launcher.find(), sources, interval, progress)) {
                add("share", bench.share(minutes), figures);
            }
        }
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("parts", parts.stream().map(Enum::name).toList());
        parameters.put("models", models);
        parameters.put("every", every + "m");
        parameters.put("sources", sources);
        parameters.put("interval", interval + "s");
        parameters.put("minutes", minutes);
        parameters.put("seed", HubDay.SEED);
        return new Report(
                "sources",
                machine,
                parameters,
                List.of(
                        "changes/day",
                        "passes",
                        "requests",
                        "with full pass",
                        "full listings",
                        "MiB",
                        "MiB, full pass"),
                rows,
                figures);
    }

    private static void add(String part, List<Figure> of, List<Figure> figures) {
        of.forEach(one -> figures.add(new Figure(part + ": " + one.name(), one.value(), one.unit(), one.goal())));
    }

    private void hub(List<List<Object>> rows, List<Figure> figures, Consumer<String> progress) throws Exception {
        HubDay day = new HubDay(models, every);
        long begin = System.nanoTime();
        HubDay.Full full = day.full();
        progress.accept("a full listing: %,d requests, after %.1f s"
                .formatted(full.cost().requests(), (System.nanoTime() - begin) / 1e9));
        long listings = full.cost().requests() * day.passes();
        for (int times : List.of(1, 10, 100)) {
            long rate = (long) changes * times;
            HubDay.Cost cost = day.changes(rate, full.mark());
            progress.accept("%,d changes a day: %,d requests, after %.1f s"
                    .formatted(rate, cost.requests(), (System.nanoTime() - begin) / 1e9));
            rows.add(List.of(
                    rate,
                    (long) day.passes(),
                    cost.requests(),
                    cost.requests() + full.cost().requests(),
                    listings,
                    cost.bytes() >> 20,
                    full.cost().bytes() >> 20));
            if (times == 1) {
                figures.add(Figure.of("requests a day to see what changed", cost.requests(), ""));
                figures.add(Figure.of(
                        "requests a day, with one full pass for removals",
                        cost.requests() + full.cost().requests(),
                        ""));
                figures.add(Figure.of("requests a day by full listings", listings, ""));
                figures.add(Figure.of("full listings, of that", (double) listings / cost.requests(), "times"));
            }
        }
    }
}
