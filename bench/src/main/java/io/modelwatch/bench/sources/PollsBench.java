package io.modelwatch.bench.sources;

import io.modelwatch.bench.load.CountingVendors;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Figure;
import io.modelwatch.bench.measure.RoleProcess;
import io.modelwatch.bench.measure.Sample;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** What it costs to poll many sources, and how two processes share them. */
final class PollsBench implements AutoCloseable {

    private static final Duration LOOK = Duration.ofMillis(200);

    private final Path launcher;
    private final int sources;
    private final int every;
    private final Consumer<String> progress;
    private final Bed bed;
    private final CountingVendors vendors;

    /**
     * @param launcher the program
     * @param every seconds between the polls of one source
     */
    PollsBench(Path launcher, int sources, int every, Consumer<String> progress) throws IOException {
        this.launcher = launcher;
        this.sources = sources;
        this.every = every;
        this.progress = progress;
        this.bed = Bed.open(progress);
        this.vendors = new CountingVendors(sources);
    }

    private RoleProcess start(String name) throws IOException {
        RoleProcess started =
                new RoleProcess(launcher, "pollers", bed.stateDir().resolve(name), bed, vendors.sources(every), "");
        try {
            started.start();
        } catch (RuntimeException | IOException e) {
            started.close();
            throw e;
        }
        progress.accept(name + " is up");
        return started;
    }

    /** One process polls all sources for some minutes. */
    List<Figure> load(int minutes) throws IOException, InterruptedException {
        try (RoleProcess one = start("alone")) {
            // Not what a start costs: two rounds have gone by.
            pause(Duration.ofSeconds(2L * every));
            long begin = System.nanoTime();
            Duration cpu = one.cpu();
            long polled = count(vendors.polls());
            double heap = 0;
            long memory = 0;
            for (int minute = 1; minute <= minutes; minute++) {
                pause(Duration.ofMinutes(1));
                memory = Math.max(memory, one.proportionalMiB().orElse(0));
                heap = Math.max(heap, one.liveHeapBytes() / (double) (1 << 20));
                progress.accept("minute %d: %,d polls, heap after GC %.1f MiB, proportional set size %,d MiB"
                        .formatted(minute, count(vendors.polls()) - polled, heap, memory));
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            double share = one.cpu().minus(cpu).toMillis() / 10.0 / seconds;
            one.troubles().stream().limit(3).forEach(progress);
            return List.of(
                    Figure.of("polls a minute", (count(vendors.polls()) - polled) * 60 / seconds, ""),
                    Figure.of("polls due a minute", sources * 60.0 / every, ""),
                    Figure.of("CPU of one core", share, "%"),
                    Figure.of("heap after GC, most", heap, "MiB"),
                    Figure.of("proportional set size, most", memory, "MiB"),
                    Figure.of("polls within half an interval of the one before", doubled(vendors.polls(), begin), "")
                            .atMost(0));
        }
    }

    /** Two processes share all sources; one is killed. */
    List<Figure> share(int minutes) throws IOException, InterruptedException, SQLException {
        try (RoleProcess first = start("first");
                RoleProcess second = start("second")) {
            // Until both have their share, which the second takes as sources are due.
            pause(Duration.ofSeconds(3L * every));
            long begin = System.nanoTime();
            long before = count(vendors.polls());
            pause(Duration.ofMinutes(minutes));
            double seconds = (System.nanoTime() - begin) / 1e9;
            List<List<Long>> polls = vendors.polls();
            List<Integer> lost = owned(first);
            int rest = owned(second).size();
            progress.accept("%,d polls in %.0f s; the first has %d sources, the second %d"
                    .formatted(count(polls) - before, seconds, lost.size(), rest));
            first.kill();
            long killed = System.nanoTime();
            List<Double> back = awaitPolls(lost, killed);
            progress.accept("the sources of the one that was killed are polled again");
            return List.of(
                    Figure.of("polls a minute", (count(polls) - before) * 60 / seconds, ""),
                    Figure.of("polls due a minute", sources * 60.0 / every, ""),
                    Figure.of("sources of the first", lost.size(), ""),
                    Figure.of("sources of the second", rest, ""),
                    Figure.of("polls within half an interval of the one before", doubled(polls, begin), "")
                            .atMost(0),
                    Figure.of("killed, until a source of its is polled again, median", median(back), "s"),
                    Figure.of(
                            "until all of them are",
                            back.stream().mapToDouble(one -> one).max().orElse(0),
                            "s"),
                    Figure.of("interval", every, "s"));
        }
    }

    private List<Integer> owned(RoleProcess process) throws IOException, SQLException {
        List<Integer> owned = new ArrayList<>();
        try (Connection connection = bed.database().getConnection();
                PreparedStatement select =
                        connection.prepareStatement("select job_name from pollers.owners where instance_name = ?")) {
            select.setString(1, process.instance());
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    owned.add(Integer.parseInt(
                            rows.getString(1).substring(CountingVendors.name(0).length() - 1)));
                }
            }
        }
        return owned;
    }

    private List<Double> awaitPolls(List<Integer> which, long since) {
        long limit = since + Duration.ofSeconds(2L * every + 120).toNanos();
        while (true) {
            List<List<Long>> polls = vendors.polls();
            List<Double> seconds = new ArrayList<>();
            for (int vendor : which) {
                polls.get(vendor).stream()
                        .filter(time -> time > since)
                        .findFirst()
                        .ifPresent(time -> seconds.add((time - since) / 1e9));
            }
            if (seconds.size() == which.size()) {
                return seconds;
            }
            if (System.nanoTime() > limit) {
                throw new BenchException((which.size() - seconds.size()) + " sources are not polled any more");
            }
            pause(LOOK);
        }
    }

    private static double median(List<Double> values) {
        return values.isEmpty()
                ? 0
                : new Sample(values.stream().mapToDouble(one -> one).toArray()).median();
    }

    private static long count(List<List<Long>> polls) {
        return polls.stream().mapToLong(List::size).sum();
    }

    private long doubled(List<List<Long>> polls, long since) {
        long doubled = 0;
        for (List<Long> times : polls) {
            for (int i = 1; i < times.size(); i++) {
                boolean close = times.get(i) - times.get(i - 1)
                        < Duration.ofSeconds(every).toNanos() / 2;
                doubled += times.get(i) > since && close ? 1 : 0;
            }
        }
        return doubled;
    }

    private static void pause(Duration length) {
        long until = System.nanoTime() + length.toNanos();
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }

    @Override
    public void close() {
        vendors.close();
        bed.close();
    }
}
