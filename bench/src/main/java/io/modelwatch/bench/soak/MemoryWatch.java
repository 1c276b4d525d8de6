package io.modelwatch.bench.soak;

import io.modelwatch.app.role.Role;
import io.modelwatch.bench.measure.Bed;
import io.modelwatch.bench.measure.ProcessMemory;
import io.modelwatch.bench.measure.Sample;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Notes what each process takes (proportional set size), and how many observations are written, line by line in a CSV
 * file: a run that breaks off leaves what it saw.
 */
final class MemoryWatch implements AutoCloseable {

    /** The process of the benchmark itself, with the broker in it. */
    static final String BROKER = "broker and benchmark";

    /** Registry and PostgreSQL. */
    static final String SERVERS = "registry and PostgreSQL";

    private final Bed bed;
    private final Fleet fleet;
    private final LongSupplier written;
    private final long begin;
    private final BufferedWriter out;
    private final List<Double> minutes = new ArrayList<>();
    private final Map<String, List<Double>> mebibytes = new LinkedHashMap<>();
    private final List<String> events = new ArrayList<>();

    /**
     * @param written how many observations are written by now
     * @param begin from when time is told, in nanoseconds of this JVM's clock
     */
    MemoryWatch(Bed bed, Fleet fleet, LongSupplier written, long begin, Path file) throws IOException {
        this.bed = bed;
        this.fleet = fleet;
        this.written = written;
        this.begin = begin;
        for (Role role : Role.values()) {
            mebibytes.put(role.title(), new ArrayList<>());
        }
        mebibytes.put(BROKER, new ArrayList<>());
        mebibytes.put(SERVERS, new ArrayList<>());
        this.out = Files.newBufferedWriter(file);
        line("seconds,"
                + mebibytes.keySet().stream().map(name -> name + " MiB").collect(Collectors.joining(","))
                + ",observations,event");
    }

    /** Notes what happened, in the line of the next sample. */
    synchronized void event(String words) {
        events.add(words);
    }

    /** Takes a sample. */
    synchronized void sample() throws IOException {
        double seconds = (System.nanoTime() - begin) / 1e9;
        Set<Long> roles = new HashSet<>();
        for (Role role : Role.values()) {
            roles.add(fleet.process(role).pid());
            note(role.title(), kibibytes(fleet.process(role).handle()));
        }
        ProcessHandle self = ProcessHandle.current();
        note(BROKER, kibibytes(self));
        note(
                SERVERS,
                ProcessMemory.family(self, bed.dir()).stream()
                        .filter(one -> !roles.contains(one.pid()))
                        .mapToLong(MemoryWatch::kibibytes)
                        .sum());
        minutes.add(seconds / 60);
        line("%.0f,%s,%d,%s"
                .formatted(
                        seconds,
                        mebibytes.values().stream()
                                .map(values -> "%.0f".formatted(values.getLast()))
                                .collect(Collectors.joining(",")),
                        written.getAsLong(),
                        String.join("; ", events)));
        events.clear();
    }

    private static long kibibytes(ProcessHandle process) {
        return ProcessMemory.kibibytes(process).orElse(0);
    }

    private void note(String process, long kibibytes) {
        mebibytes.computeIfAbsent(process, unused -> new ArrayList<>()).add(kibibytes / 1024.0);
    }

    private void line(String text) throws IOException {
        out.write(text);
        out.newLine();
        out.flush();
    }

    /** Returns when the samples were taken, in minutes since it began. */
    synchronized List<Double> minutes() {
        return List.copyOf(minutes);
    }

    /** Returns what each process took, in MiB, sample by sample. */
    synchronized Map<String, List<Double>> mebibytes() {
        Map<String, List<Double>> copy = new LinkedHashMap<>();
        mebibytes.forEach((process, values) -> copy.put(process, List.copyOf(values)));
        return copy;
    }

    /** Returns the median of a part of some samples, from one share of the time to another. */
    static double median(List<Double> values, double from, double to) {
        double[] all = values.stream().mapToDouble(one -> one).toArray();
        int first = Math.min((int) (from * all.length), all.length - 1);
        return new Sample(Arrays.copyOfRange(all, first, Math.max(first + 1, (int) (to * all.length)))).median();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
