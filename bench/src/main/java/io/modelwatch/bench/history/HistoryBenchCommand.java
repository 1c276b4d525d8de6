package io.modelwatch.bench.history;

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

/** {@code bench history}: how fast changes come into PostgreSQL, and how fast it answers as of a time. */
@Command(
        name = "history",
        mixinStandardHelpOptions = true,
        description = {
            "Changes go from their topic into PostgreSQL, exactly once and with all indexes, beside a plain COPY of the same"
                    + " rows into a table without any.",
            "Then mbom_as_of and fleet_as_of are asked at random moments of a year, over as many rows of history.",
            "A tenth of the changes is exported, by the command and through the API.",
            "Full size is --changes 5000000 --rows 10000000."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch bench history",
            "  modelwatch bench history --changes 5000000 --rows 10000000"
        },
        sortOptions = false)
public final class HistoryBenchCommand extends Measurement {

    private static final double ROWS_PER_SECOND = 20_000;
    private static final double MBOM_MILLIS = 50;
    private static final double FLEET_MILLIS = 500;

    @Option(names = "--changes", defaultValue = "500000", description = "default ${DEFAULT-VALUE}")
    private int changes;

    @Option(names = "--rows", defaultValue = "500000", description = "rows of history; default ${DEFAULT-VALUE}")
    private int rows;

    @Option(names = "--questions", defaultValue = "200", description = "of each kind; default ${DEFAULT-VALUE}")
    private int questions;

    @Option(names = "--seed", defaultValue = "1", description = "default ${DEFAULT-VALUE}")
    private long seed;

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        if (changes < 1 || rows < 1 || questions < 1) {
            throw new IllegalArgumentException("give at least one change, row and question");
        }
        progress.accept("seed " + seed);
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("changes", changes);
        parameters.put("rows", rows);
        parameters.put("questions", questions);
        parameters.put("seed", seed);
        try (Bed bed = Bed.open(progress)) {
            HistoryBench.Result result = new HistoryBench(bed, seed, progress).run(changes, rows, questions);
            return new Report(
                    "history",
                    machine,
                    parameters,
                    List.of("part", "system", "seconds", "records"),
                    List.of(
                            List.of("ingest", "modelwatch", result.ingest().seconds(), changes),
                            List.of("ingest", "COPY", result.copy(), changes)),
                    List.of(
                            Figure.of(
                                            "changes into PostgreSQL",
                                            changes / result.ingest().seconds(),
                                            "rows/s")
                                    .atLeast(ROWS_PER_SECOND),
                            Figure.of(
                                    "of these the second tenth", result.ingest().earlyRate(), "rows/s"),
                            Figure.of("of these the last tenth", result.ingest().lateRate(), "rows/s"),
                            Figure.of("plain COPY", changes / result.copy(), "rows/s"),
                            Figure.of("export of changes as Parquet", result.exportRate(), "rows/s"),
                            Figure.of("mbom_as_of, p95", result.mbomMillis().percentile(0.95), "ms")
                                    .atMost(MBOM_MILLIS),
                            Figure.of("fleet_as_of, p95", result.fleetMillis().percentile(0.95), "ms")
                                    .atMost(FLEET_MILLIS)));
        }
    }
}
