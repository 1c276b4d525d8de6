package io.modelwatch.bench.memory;

import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.bench.measure.ProcessMemory;
import io.modelwatch.bench.measure.RoleProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a process holds, in bytes.
 *
 * @param heap objects that live after a collection
 * @param rocksDb blocks, indexes, filters and write buffers of its stores, outside of the heap
 * @param pinned the part of it that cannot be given back
 * @param proportional set size: pages that processes share count once
 * @param resident set size
 * @param disk files of its stores
 */
record Footprint(long heap, long rocksDb, long pinned, long proportional, long resident, long disk) {

    /** Collects the garbage of a process, then looks at it. */
    static Footprint of(RoleProcess process) throws IOException, InterruptedException {
        long heap = process.liveHeapBytes();
        return new Footprint(
                heap,
                (long) process.metric("modelwatch_rocksdb_cache_bytes"),
                (long) process.metric("modelwatch_rocksdb_pinned_bytes"),
                ProcessMemory.kibibytes(process.handle())
                                .orElseThrow(() -> new BenchException("this needs /proc, which Linux has"))
                        << 10,
                ProcessMemory.residentKibibytes(process.handle()).orElse(0) << 10,
                size(process.dir().resolve("streams")));
    }

    private static long size(Path dir) throws IOException {
        try (Stream<Path> all = Files.walk(dir)) {
            return all.filter(Files::isRegularFile)
                    .mapToLong(file -> {
                        try {
                            return Files.size(file);
                        } catch (NoSuchFileException e) {
                            // Compacted away in the meantime.
                            return 0;
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .sum();
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof NoSuchFileException) {
                // A compaction took one while the directory was read: look again.
                return size(dir);
            }
            throw e;
        }
    }
}
