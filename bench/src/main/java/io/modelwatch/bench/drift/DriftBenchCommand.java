package io.modelwatch.bench.drift;

import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench drift}: the join of changes and procurement, beside the same join as one statement in PostgreSQL. */
@Command(
        name = "drift",
        mixinStandardHelpOptions = true,
        description = {
            "Changes of many deployments are held against many procurement events: from nothing until every change has its"
                    + " verdict, beside one SQL statement over the same data in PostgreSQL.",
            "Then single changes until their alert is read, and the revocation of an approval of everything until the last"
                    + " alert is open again.",
            "The verdicts of both must be the same before there is a figure."
        },
        footer = {"", "Examples:", "  modelwatch bench drift", "  modelwatch bench drift --changes 200000 --seed 2"},
        sortOptions = false)
public final class DriftBenchCommand extends Measurement {

    @Option(names = "--deployments", defaultValue = "10000", description = "default ${DEFAULT-VALUE}")
    private int deployments;

    @Option(names = "--changes", defaultValue = "1000000", description = "default ${DEFAULT-VALUE}")
    private int changes;

    @Option(names = "--events", defaultValue = "50000", description = "procurement events; default ${DEFAULT-VALUE}")
    private int events;

    @Option(names = "--probes", defaultValue = "500", description = "single changes; default ${DEFAULT-VALUE}")
    private int probes;

    @Option(names = "--seed", defaultValue = "1", description = "default ${DEFAULT-VALUE}")
    private long seed;

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        if (deployments < 1 || changes < deployments || changes % deployments != 0 || events < 1 || probes < 1) {
            throw new IllegalArgumentException(
                    "give at least one deployment, event and probe, and a multiple of the deployments as changes");
        }
        progress.accept("seed " + seed);
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("deployments", deployments);
        parameters.put("changes", changes);
        parameters.put("events", events);
        parameters.put("seed", seed);
        try (Bed bed = Bed.open(progress)) {
            DriftBench.Result result = new DriftBench(
                            bed, new DriftWorld(deployments, changes, events, seed), probes, seed, progress)
                    .run();
            double rate = changes / result.seconds();
            return new Report(
                    "drift",
                    machine,
                    parameters,
                    List.of("part", "system", "seconds", "records"),
                    List.of(
                            List.of("join", "modelwatch", result.seconds(), changes),
                            List.of("join", "PostgreSQL", result.peer(), changes),
                            List.of(
                                    "revocation, alerts",
                                    "modelwatch",
                                    result.revocation().alerts(),
                                    result.alerts()),
                            List.of(
                                    "revocation, verdicts",
                                    "modelwatch",
                                    result.revocation().verdicts(),
                                    changes),
                            List.of("revocation, verdicts", "PostgreSQL", result.revocationPeer(), changes)),
                    List.of(
                            Figure.of("changes to verdicts", rate, "changes/s"),
                            Figure.of("CPU of the topology's thread, a change", result.cpu() * 1e6 / changes, "µs"),
                            Figure.of("PostgreSQL, all at once", changes / result.peer(), "changes/s"),
                            Figure.of("ratio", result.peer() / result.seconds(), ""),
                            Figure.of("peak memory, broker included", result.peakKiB() / 1024.0, "MiB"),
                            Figure.of("change to alert, p50", result.millis().median(), "ms"),
                            Figure.of("change to alert, p99", result.millis().percentile(0.99), "ms"),
                            Figure.of(
                                    "revocation, until the last alert",
                                    result.revocation().alerts(),
                                    "s"),
                            Figure.of(
                                    "revocation, until the last verdict",
                                    result.revocation().verdicts(),
                                    "s"),
                            Figure.of("revocation, PostgreSQL judges all again", result.revocationPeer(), "s")));
        }
    }
}
