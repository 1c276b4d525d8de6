package io.modelwatch.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ProcessMemoryTest {

    @Test
    void shouldReadTheFieldThatBeginsTheLine() {
        List<String> rollup = List.of("00400000-7ff [rollup]", "Rss:  300 kB", "Pss:    123 kB", "Pss_Dirty: 7 kB");
        assertThat(ProcessMemory.field(rollup, "Pss:")).hasValue(123);
        assertThat(ProcessMemory.field(rollup, "VmRSS:")).isEmpty();
        assertThat(ProcessMemory.field(List.of("Pss: many kB"), "Pss:")).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldTakeMoreThanAMebibyteToRunThisTest() {
        assertThat(ProcessMemory.kibibytes(ProcessHandle.current()).getAsLong()).isGreaterThan(1024);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldFindAChildThatIsNamedByItsDirectory(@TempDir Path dir) throws Exception {
        // `sh -c` with a name for $0: the directory stands in the command line.
        Process child = new ProcessBuilder("sh", "-c", "read line", dir.toString()).start();
        try {
            assertThat(ProcessMemory.family(child.toHandle(), dir)).contains(child.toHandle());
            Process stranger = new ProcessBuilder("sh", "-c", "read line").start();
            try {
                assertThat(ProcessMemory.family(stranger.toHandle(), dir))
                        .containsExactlyInAnyOrder(stranger.toHandle(), child.toHandle());
            } finally {
                stranger.destroy();
            }
        } finally {
            child.destroy();
        }
    }
}
