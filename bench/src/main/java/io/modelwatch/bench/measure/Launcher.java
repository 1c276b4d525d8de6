package io.modelwatch.bench.measure;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The script that starts the program: it gives the JVM its settings, then becomes the JVM. */
public final class Launcher {

    private Launcher() {}

    /**
     * Returns its path.
     *
     * @param named by the user; null for the one by which this was started
     * @throws IllegalArgumentException if it cannot be started
     */
    public static Path find(@Nullable Path named) {
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
