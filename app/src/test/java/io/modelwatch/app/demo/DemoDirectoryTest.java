package io.modelwatch.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.PlatformException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoDirectoryTest {

    @TempDir
    Path directory;

    @Test
    void shouldStartAfreshWhereADemoHasBeen() throws IOException {
        Path demo = directory.resolve("demo");
        DemoDirectory.prepare(config(demo));
        Files.writeString(Files.createDirectories(demo.resolve("kafka")).resolve("log"), "old");
        DemoDirectory.prepare(config(demo));
        assertThat(demo).isDirectoryContaining("glob:**" + DemoDirectory.MARKER);
        assertThat(demo.resolve("kafka")).doesNotExist();
    }

    @Test
    void shouldDeleteNothingThatIsNotADemos() throws IOException {
        Path precious = Files.writeString(directory.resolve("precious"), "kept");
        assertThatThrownBy(() -> DemoDirectory.prepare(config(directory)))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("--data-dir");
        assertThat(precious).hasContent("kept");
    }

    private static PlatformConfig config(Path directory) {
        return new PlatformConfig(directory, 1, 2, 3, 4);
    }
}
