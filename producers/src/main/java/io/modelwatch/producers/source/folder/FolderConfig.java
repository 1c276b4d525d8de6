package io.modelwatch.producers.source.folder;

import io.modelwatch.producers.source.Settings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;

/**
 * Settings of a watched folder.
 *
 * @param path the folder; it need not be there yet
 */
public record FolderConfig(Path path) {

    /** Legal keys. */
    public static final Set<String> KEYS = Set.of("path");

    /** Reads the settings. */
    public static FolderConfig of(Settings settings) {
        String path = settings.required("path");
        try {
            return new FolderConfig(Path.of(path));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("'" + path + "' is no path of a folder", e);
        }
    }
}
