package io.modelwatch.app.demo;

import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.PlatformException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A directory that is the demo's to delete: its own marker says so. */
final class DemoDirectory {

    static final String MARKER = "modelwatch-demo";

    private DemoDirectory() {}

    /**
     * Makes a fresh directory in the place of what an earlier demo left.
     *
     * @throws PlatformException if something else is there, or another modelwatch runs on it
     */
    static void prepare(PlatformConfig config) {
        Path directory = config.dataDir();
        try {
            if (Files.exists(directory)) {
                if (!Files.isDirectory(directory)) {
                    throw new PlatformException(directory + " is no directory: choose another with --data-dir");
                }
                if (Files.isRegularFile(directory.resolve(MARKER))) {
                    EmbeddedPlatform.erase(config);
                } else if (!isEmpty(directory)) {
                    throw new PlatformException("the demo starts afresh and deletes only what a demo has made, and "
                            + directory + " is not empty and has no file " + MARKER
                            + ": choose another with --data-dir");
                }
            }
            Files.createDirectories(directory);
            Files.writeString(directory.resolve(MARKER), "The demo deletes this directory when it starts again.\n");
        } catch (IOException e) {
            throw new PlatformException(
                    "cannot prepare " + directory + ": " + e + "; choose another with --data-dir", e);
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }
}
