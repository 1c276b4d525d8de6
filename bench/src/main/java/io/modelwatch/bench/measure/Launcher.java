package io.modelwatch.bench.measure;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The script that starts the program, as an option: it gives the JVM its settings, then becomes the JVM. */
public final class Launcher {

    @Option(
            names = "--launcher",
            paramLabel = "FILE",
            description = "the program to start (default: the modelwatch that runs this)")
    private @Nullable Path named;

    /**
     * Returns its path.
     *
     * @throws IllegalArgumentException if it cannot be started
     */
    public Path find() {
        String home = System.getProperty("modelwatch.home");
        Path found = named != null ? named : Path.of(home == null ? "." : home, "modelwatch");
        if (!Files.isExecutable(found)) {
            throw new IllegalArgumentException(found + " is no program that can be started: "
                    + (named != null
                            ? "give the path of the script `modelwatch`"
                            : "call the benchmark by that script"));
        }
        return found.toAbsolutePath();
    }
}
