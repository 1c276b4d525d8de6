package io.modelwatch.bench.replay;

import io.modelwatch.app.role.RoleTopology;
import io.modelwatch.app.role.StreamsRunner;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.Machine;
import io.modelwatch.bench.measure.Measurement;
import io.modelwatch.bench.measure.Report;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.SweepOutcome;
import io.modelwatch.streams.changes.ChangesTopology;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench replay}: recorded polls, poll by poll, against the changes that they imply. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = {
            "Serves recorded polls of vendors' lists with their real failures over HTTP, polls them with the pollers at the"
                    + " recorded times, and holds the changes that come out of the changes topology against those that a"
                    + " plain replay of the recording gives: the same ones, at the same times, or it fails.",
            "The two files are JSON Lines, plain or gzip; docs/benchmarks.md tells their form."
        },
        footer = {"", "Examples:", "  modelwatch bench replay --events events.jsonl.gz --polls polls.jsonl.gz"},
        sortOptions = false)
public final class ReplayBenchCommand extends Measurement {

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int TELL_EVERY = 100;

    @Option(
            names = "--events",
            paramLabel = "FILE",
            required = true,
            description = "how the lists differed, poll by poll")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path events;

    @Option(names = "--polls", paramLabel = "FILE", required = true, description = "which lists came at each poll")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path polls;

    @Override
    protected Report measure(Machine machine, Consumer<String> progress) throws Exception {
        PollRecording recording = PollRecording.load(events, polls);
        List<Told> expected = PlainReplay.of(recording);
        progress.accept(
                "%,d polls imply %,d changes".formatted(recording.polls().size(), expected.size()));
        PollsReplay replay = new PollsReplay(recording);
        List<Told> told = new ArrayList<>();
        long begin;
        double seconds;
        try (Bed bed = Bed.open(progress);
                Admin admin = Admin.create(bed.kafka().clientProperties());
                StreamsRunner runner = RoleTopology.CHANGES.start(
                        ChangesTopology.build(bed.kafka().topics(), bed.serdes()), bed.kafka(), bed.stateDir())) {
            if (!runner.awaitRunning(Duration.ofMinutes(1))) {
                throw new BenchException("the changes topology does not start: " + runner.state());
            }
            begin = System.nanoTime();
            replay.run(
                    new Publisher(bed.kafka(), bed.serdes(), "bench-replay", InstantSource.system()),
                    poll -> tell(poll, recording, progress));
            var unused =
                    Settled.await(bed.kafka(), admin, ChangesTopology.NAME, List.of(Topics.OBSERVATIONS), PATIENCE);
            seconds = (System.nanoTime() - begin) / 1e9;
            var changes = bed.serdes().of(Topics.CHANGES).deserializer();
            Committed.each(
                    bed.kafka(),
                    Settled.partitions(bed.kafka(), List.of(Topics.CHANGES)),
                    record -> told.add(Told.of(changes.deserialize(record.topic(), record.value()))));
        }
        Differences.require(expected, told);
        return report(machine, recording, replay, told, seconds);
    }

    private static void tell(PollRecording.Poll poll, PollRecording recording, Consumer<String> progress) {
        if (poll.number() % TELL_EVERY == 0) {
            progress.accept("poll %,d of %,d, %s"
                    .formatted(poll.number(), recording.polls().size(), poll.at()));
        }
    }

    private Report report(
            Machine machine, PollRecording recording, PollsReplay replay, List<Told> told, double seconds) {
        List<List<Object>> rows = new ArrayList<>();
        replay.sweeps().forEach((source, outcomes) -> {
            String prefix = "pkg:generic/" + PollServer.descriptor(source).vendor() + "/";
            List<Object> row = new ArrayList<>(List.of(source));
            for (SweepOutcome outcome : List.of(SweepOutcome.COMPLETE, SweepOutcome.PARTIAL, SweepOutcome.FAILED)) {
                row.add(outcomes.getOrDefault(outcome, 0));
            }
            for (String what : List.of("APPEARED", "CHANGED", "REMOVED")) {
                row.add(told.stream()
                        .filter(one -> one.what().equals(what) && one.subject().startsWith(prefix))
                        .count());
            }
            rows.add(row);
        });
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("events", String.valueOf(events.getFileName()));
        parameters.put("polls", String.valueOf(polls.getFileName()));
        return new Report(
                "replay",
                machine,
                parameters,
                List.of("source", "complete", "partial", "failed", "appeared", "changed", "removed"),
                rows,
                List.of(
                        Figure.of("polls", recording.polls().size(), ""),
                        Figure.of("changes", told.size(), ""),
                        Figure.of("changes that differ from the plain replay's", 0, "")
                                .atMost(0),
                        Figure.of("time", seconds, "s")));
    }
}
