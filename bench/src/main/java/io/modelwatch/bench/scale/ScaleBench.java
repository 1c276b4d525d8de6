package io.modelwatch.bench.scale;

import io.modelwatch.app.role.Role;
import io.modelwatch.app.role.StreamsRunner;
import io.modelwatch.bench.load.ObservationLoad;
import io.modelwatch.bench.load.PageWriter;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.Committed;
import io.modelwatch.bench.measure.Owners;
import io.modelwatch.bench.measure.RoleProcess;
import io.modelwatch.bench.measure.Settled;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.streams.changes.ChangesTopology;
import io.modelwatch.streams.lineage.LineageTopology;
import io.modelwatch.streams.mbom.MbomTopology;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;

/** A backlog that some instances of the role {@code streams} read, which have shared it out before they see it. */
final class ScaleBench {

    private static final Duration SHARE_PATIENCE = Duration.ofMinutes(2);
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private final Path launcher;
    private final ObservationLoad load;
    private final int warmUp;
    private final Consumer<String> progress;

    /** @param warmUp sweeps that are read before those that count */
    ScaleBench(Path launcher, ObservationLoad load, int warmUp, Consumer<String> progress) {
        this.launcher = launcher;
        this.load = load;
        this.warmUp = warmUp;
        this.progress = progress;
    }

    ScaleRun run(int instances, int number) throws Exception {
        List<RoleProcess> processes = new ArrayList<>();
        // A platform of its own: the runs before leave neither records nor files.
        try (Bed bed = Bed.open(progress);
                Admin admin = Admin.create(bed.kafka().clientProperties())) {
            try {
                start(bed, admin, instances, processes);
                return run(bed, admin, processes, number);
            } finally {
                processes.forEach(RoleProcess::close);
            }
        }
    }

    private void start(Bed bed, Admin admin, int instances, List<RoleProcess> processes)
            throws IOException, ExecutionException, InterruptedException {
        for (int i = 1; i <= instances; i++) {
            Path dir = bed.stateDir().resolve("instance-" + i);
            processes.add(new RoleProcess(launcher, Role.STREAMS.title(), dir, bed, "sources: []\n", ""));
        }
        RoleProcess.start(processes);
        new Owners(admin, bed.kafka(), ChangesTopology.NAME, Topics.OBSERVATIONS).awaitEven(processes, SHARE_PATIENCE);
        progress.accept(ScaleBenchCommand.name(instances) + ": up, with all partitions shared out");
    }

    private ScaleRun run(Bed bed, Admin admin, List<RoleProcess> processes, int number) throws Exception {
        KafkaConnection kafka = bed.kafka();
        try (Gate gate = new Gate(kafka, Topics.OBSERVATIONS);
                Publisher publisher = new Publisher(kafka, bed.serdes(), "bench", InstantSource.system())) {
            PageWriter writer = new PageWriter(publisher, load.observations(), progress);
            Warm warm = new Warm(kafka, admin, gate, writer);
            long expected = load.generate(writer::add, warm::end);
            double cpu = cpu(processes);
            double platformCpu = platformCpu();
            long begin = System.nanoTime();
            gate.open();
            awaitChanges(kafka, admin, writer);
            double seconds = (System.nanoTime() - begin) / 1e9;
            cpu = cpu(processes) - cpu;
            platformCpu = platformCpu() - platformCpu;
            double settled = (settle(kafka, admin) - begin) / 1e9;
            long written = Committed.count(kafka, Settled.beginnings(kafka, List.of(Topics.CHANGES)));
            if (written != expected) {
                throw new BenchException("%s: %,d changes were written where %,d are right: there is no figure"
                        .formatted(ScaleBenchCommand.name(processes.size()), written, expected));
            }
            for (RoleProcess process : processes) {
                process.troubles().stream().limit(3).forEach(progress);
            }
            return new ScaleRun(
                    processes.size(),
                    number,
                    writer.records() - warm.records,
                    seconds,
                    Math.max(seconds, settled),
                    cpu,
                    platformCpu,
                    written);
        }
    }

    /** Sweeps that are read as they come, then the backlog behind the gate. */
    private final class Warm {
        private final KafkaConnection kafka;
        private final Admin admin;
        private final Gate gate;
        private final PageWriter writer;
        private int sweeps;
        private long records;

        Warm(KafkaConnection kafka, Admin admin, Gate gate, PageWriter writer) {
            this.kafka = kafka;
            this.admin = admin;
            this.gate = gate;
            this.writer = writer;
        }

        void end(Observation marker) {
            writer.end(marker);
            if (++sweeps != warmUp) {
                return;
            }
            try {
                awaitChanges(kafka, admin, writer);
                settle(kafka, admin);
            } catch (ExecutionException e) {
                throw new BenchException("the broker does not answer: " + e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BenchException("interrupted");
            }
            records = writer.records();
            progress.accept("%,d records are read and do not count; the backlog is written where nobody sees it"
                    .formatted(records));
            gate.shut();
        }
    }

    private static void awaitChanges(KafkaConnection kafka, Admin admin, PageWriter writer)
            throws ExecutionException, InterruptedException {
        Committed.awaitRead(
                admin,
                StreamsRunner.applicationId(kafka.topics(), ChangesTopology.NAME),
                writer.published().lastOffsets(),
                PATIENCE);
    }

    /** Waits for what comes after the changes; returns when it was there. */
    private static long settle(KafkaConnection kafka, Admin admin) throws ExecutionException, InterruptedException {
        long lineage = Settled.await(kafka, admin, LineageTopology.NAME, Settled.lineageInputs(), PATIENCE);
        return Math.max(lineage, Settled.await(kafka, admin, MbomTopology.NAME, Settled.mbomInputs(), PATIENCE));
    }

    private static double cpu(List<RoleProcess> processes) {
        return processes.stream().mapToDouble(one -> one.cpu().toMillis() / 1e3).sum();
    }

    private static double platformCpu() {
        return ProcessHandle.current()
                        .info()
                        .totalCpuDuration()
                        .orElse(Duration.ZERO)
                        .toMillis()
                / 1e3;
    }
}
