package io.modelwatch.bench.measure;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * Where a figure was seen.
 *
 * @param cores processors that this JVM may use
 * @param memoryMiB memory of the machine, or of the container
 * @param heapMiB the largest heap of this JVM
 * @param jdk vendor and version
 * @param system operating system and architecture
 */
public record Machine(int cores, long memoryMiB, long heapMiB, String jdk, String system) {

    /** Returns the machine that this runs on. */
    public static Machine here() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                system.getTotalMemorySize() >> 20,
                Runtime.getRuntime().maxMemory() >> 20,
                System.getProperty("java.vm.vendor") + " " + Runtime.version(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    }

    @Override
    public String toString() {
        return "machine: %d cores, %,d MiB memory, heap up to %,d MiB, JDK %s, %s"
                .formatted(cores, memoryMiB, heapMiB, jdk, system);
    }
}
