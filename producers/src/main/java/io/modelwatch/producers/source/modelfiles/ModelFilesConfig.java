package io.modelwatch.producers.source.modelfiles;

import io.modelwatch.producers.source.Settings;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a directory of model files.
 *
 * @param path the directory
 * @param deployment name of the deployment that it is, or null for the source's name
 * @param owner team that answers for it, or null
 * @param country where it is, two letters, or null
 * @param maxFiles files of models below the directory
 */
public record ModelFilesConfig(
        Path path,
        @Nullable String deployment,
        @Nullable String owner,
        @Nullable String country,
        int maxFiles) {

    /** Legal keys. */
    public static final Set<String> KEYS =
            Set.of("path", "deployment", "owner", "country", "maxFiles", "requestsPerSecond");

    /** Checks the country. */
    public ModelFilesConfig {
        if (country != null && !country.matches("[A-Z]{2}")) {
            throw new IllegalArgumentException("country: two capital letters, for example NL");
        }
    }

    /** Reads the settings. */
    public static ModelFilesConfig of(Settings settings) {
        return new ModelFilesConfig(
                Path.of(settings.required("path")),
                settings.text("deployment"),
                settings.text("owner"),
                settings.text("country"),
                settings.number("maxFiles", 1000, 1, 5000));
    }
}
