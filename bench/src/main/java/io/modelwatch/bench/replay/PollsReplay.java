package io.modelwatch.bench.replay;

import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.producers.Pollers;
import io.modelwatch.producers.SweepReport;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Polls what was recorded, poll by poll, with the pollers themselves over real HTTP, at the recorded times. */
final class PollsReplay {

    /** As by default but for the waits between tries: the recorded failures did not pass by waiting. */
    private static final HttpLimits LIMITS = new HttpLimits(
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(120),
            32 << 20,
            2,
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            0);

    private final PollRecording recording;
    private final Map<String, Map<SweepOutcome, Integer>> sweeps = new TreeMap<>();
    private Instant now = Instant.EPOCH;

    PollsReplay(PollRecording recording) {
        this.recording = recording;
    }

    /**
     * Replays everything.
     *
     * @param publisher closed at the end
     * @param afterEach told of each poll when it is over
     * @throws BenchException if a sweep has another outcome than the recorded poll
     */
    void run(Publisher publisher, Consumer<PollRecording.Poll> afterEach) throws InterruptedException {
        InstantSource clock = () -> now;
        PollRecording.Listings listings = new PollRecording.Listings();
        try (PollServer server = new PollServer(recording.sources());
                Pollers pollers = Pollers.byHand(server.configs(), publisher, LIMITS, clock)) {
            for (PollRecording.Poll poll : recording.polls()) {
                now = poll.at();
                listings.apply(poll);
                for (Map.Entry<String, PollRecording.Answer> one :
                        poll.answers().entrySet()) {
                    Collection<?> entries = listings.of(one.getKey());
                    server.set(one.getKey(), one.getValue(), listings.of(one.getKey()));
                    check(poll, one.getValue(), !entries.isEmpty(), pollers.pollNow(one.getKey()));
                }
                afterEach.accept(poll);
            }
        }
    }

    private void check(PollRecording.Poll poll, PollRecording.Answer answer, boolean lists, SweepReport report) {
        sweeps.computeIfAbsent(report.source(), s -> new EnumMap<>(SweepOutcome.class))
                .merge(report.outcome(), 1, Integer::sum);
        SweepOutcome implied =
                !answer.listed() ? SweepOutcome.FAILED : lists ? SweepOutcome.COMPLETE : SweepOutcome.PARTIAL;
        // A list with entries of no use is partial, and the plain replay knows that too.
        boolean usable = report.outcome() == implied
                || (implied == SweepOutcome.COMPLETE && report.outcome() == SweepOutcome.PARTIAL);
        if (!usable) {
            throw new BenchException("poll " + poll.number() + " of " + report.source() + " was "
                    + (answer.listed() ? "answered" : "refused (" + answer.error() + ")") + ", its sweep is "
                    + report.outcome() + (report.error() == null ? "" : ": " + report.error()));
        }
    }

    /** Returns how many sweeps had which outcome, by source. */
    Map<String, Map<SweepOutcome, Integer>> sweeps() {
        return sweeps;
    }
}
