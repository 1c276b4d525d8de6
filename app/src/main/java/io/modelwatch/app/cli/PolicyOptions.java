package io.modelwatch.app.cli;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigFile;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which policies a command is about. */
final class PolicyOptions {
    @Parameters(
            arity = "0..*",
            paramLabel = "FILE",
            description = "policy files, or directories with .yaml and .yml files")
    private List<Path> files = List.of();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "a configuration: its policies.files, policies.params and other settings hold too")
    private @Nullable Path config;

    /**
     * Compiles the policies.
     *
     * @throws io.modelwatch.app.config.ConfigException if one is wrong
     */
    DriftConfig drift() {
        ConfigFile file = config == null ? ConfigFile.none() : ConfigFile.read(config);
        return Config.drift(file, files, System::getenv);
    }
}
