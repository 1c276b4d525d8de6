package io.modelwatch.bench.recovery;

import io.modelwatch.app.role.Role;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Owners;
import io.modelwatch.bench.measure.RoleProcess;
import io.modelwatch.schemas.Topics;
import io.modelwatch.streams.changes.ChangesTopology;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;

/** Two instances of the role {@code streams}. */
final class Pair implements AutoCloseable {

    private static final Duration SHARE_PATIENCE = Duration.ofMinutes(30);
    private static final Duration LOOK = Duration.ofSeconds(5);
    private static final Duration SHORT_LOOK = Duration.ofMillis(5);

    /** So many looks in a row must find both ready. */
    private static final int STILL = 3;

    private final Bed bed;
    private final Consumer<String> progress;
    private final Owners owners;
    private final List<RoleProcess> processes;

    Pair(Path launcher, Bed bed, Admin admin, Consumer<String> progress) throws IOException {
        this.bed = bed;
        this.progress = progress;
        this.owners = new Owners(admin, bed.kafka(), ChangesTopology.NAME, Topics.OBSERVATIONS);
        this.processes = List.of(process(launcher, "first"), process(launcher, "second"));
    }

    private RoleProcess process(Path launcher, String name) throws IOException {
        return new RoleProcess(
                launcher, Role.STREAMS.title(), bed.stateDir().resolve(name), bed, "sources: []\n", settings(0));
    }

    /** An instance that comes back gets its share again at the next look at it: not after ten minutes, as by default. */
    private static String settings(int standby) {
        return "standby: " + standby + ", client: {\"probing.rebalance.interval.ms\": \"60000\"}";
    }

    /** Starts both anew, with so many copies of each store; stops them in order before that, where they run. */
    void start(int standby) throws IOException, ExecutionException, InterruptedException {
        for (RoleProcess process : processes) {
            process.stop();
            process.configure(bed, "sources: []\n", settings(standby));
        }
        RoleProcess.start(processes);
        owners.awaitEven(processes, SHARE_PATIENCE);
        progress.accept("both are up and have their share");
    }

    /**
     * Waits until both have their share and are ready, and then some time more: nothing tells how far copies are.
     *
     * @param settle that time
     */
    void awaitQuiet(Duration settle) throws IOException, ExecutionException, InterruptedException {
        owners.awaitEven(processes, SHARE_PATIENCE);
        long deadline = System.nanoTime() + SHARE_PATIENCE.toNanos();
        for (int still = 0; still < STILL; ) {
            if (System.nanoTime() > deadline) {
                throw new BenchException("the two are not ready after " + SHARE_PATIENCE);
            }
            pause(LOOK);
            boolean ready = true;
            for (RoleProcess process : processes) {
                ready &= process.isReady();
            }
            still = ready ? still + 1 : 0;
        }
        pause(settle);
        owners.awaitEven(processes, SHARE_PATIENCE);
        progress.accept("both are ready and have their share");
    }

    private static void pause(Duration length) {
        long until = System.nanoTime() + length.toNanos();
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }

    /** Returns one of the two. */
    RoleProcess get(int which) {
        return processes.get(which % processes.size());
    }

    /**
     * Returns the partitions of observations that one has, once they are not being shared out anew.
     *
     * @throws BenchException if it gets none
     */
    Set<Integer> partitions(RoleProcess process) throws IOException, ExecutionException, InterruptedException {
        long deadline = System.nanoTime() + SHARE_PATIENCE.toNanos();
        Set<Integer> partitions = owners.of(process);
        while (partitions.isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new BenchException("it has no partition after " + SHARE_PATIENCE);
            }
            pause(SHORT_LOOK);
            partitions = owners.of(process);
        }
        return partitions;
    }

    @Override
    public void close() {
        processes.forEach(RoleProcess::close);
    }
}
