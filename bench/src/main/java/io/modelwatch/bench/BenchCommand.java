package io.modelwatch.bench;

import io.modelwatch.bench.changes.ChangesBenchCommand;
import io.modelwatch.bench.changes.LatencyBenchCommand;
import io.modelwatch.bench.drift.DriftBenchCommand;
import io.modelwatch.bench.history.HistoryBenchCommand;
import io.modelwatch.bench.inference.InferenceBenchCommand;
import io.modelwatch.bench.lineage.LineageBenchCommand;
import io.modelwatch.bench.memory.MemoryBenchCommand;
import io.modelwatch.bench.recovery.RecoveryBenchCommand;
import io.modelwatch.bench.replay.ReplayBenchCommand;
import io.modelwatch.bench.scale.ScaleBenchCommand;
import io.modelwatch.bench.soak.SoakBenchCommand;
import io.modelwatch.bench.sources.SourcesBenchCommand;
import io.modelwatch.bench.start.StartBenchCommand;
import io.modelwatch.bench.telemetry.TelemetryBenchCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The benchmarks. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures this build on this machine, on a platform of its own in a temporary directory.",
        synopsisSubcommandLabel = "BENCHMARK",
        subcommands = {
            ChangesBenchCommand.class,
            LatencyBenchCommand.class,
            LineageBenchCommand.class,
            DriftBenchCommand.class,
            StartBenchCommand.class,
            InferenceBenchCommand.class,
            HistoryBenchCommand.class,
            ReplayBenchCommand.class,
            SourcesBenchCommand.class,
            TelemetryBenchCommand.class,
            ScaleBenchCommand.class,
            RecoveryBenchCommand.class,
            MemoryBenchCommand.class,
            SoakBenchCommand.class
        },
        footer = {
            "",
            "Each figure stands beside its goal. The exit code says whether the benchmark ran and its result was right,",
            "not whether the goal was met.",
            "",
            "Examples:",
            "  modelwatch bench changes",
            "  modelwatch bench latency --probes 1000",
            "  modelwatch bench start --format json",
            "  modelwatch bench lineage --part root",
            "  modelwatch bench drift --changes 200000",
            "  modelwatch bench inference --edges hf-lineage-edges.csv.gz",
            "  modelwatch bench history --changes 5000000 --rows 10000000",
            "  modelwatch bench replay --events events.jsonl.gz --polls polls.jsonl.gz",
            "  modelwatch bench sources --models 100000",
            "  modelwatch bench telemetry --spans-per-record 20",
            "  modelwatch bench scale --instances 1,2",
            "  modelwatch bench recovery --models 1000000 --settle 180",
            "  modelwatch bench memory --models 10000,100000",
            "  modelwatch bench soak --minutes 5 --kill-every 1m"
        })
final class BenchCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Name a benchmark: changes, latency, lineage, drift, start, inference, history, replay, sources, telemetry, scale, recovery, memory or soak.");
    }
}
