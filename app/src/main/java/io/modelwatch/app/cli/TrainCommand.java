package io.modelwatch.app.cli;

import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.app.config.Setting;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.app.role.Instance;
import io.modelwatch.app.role.InstanceConfig;
import io.modelwatch.app.role.Role;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Goes once through what every start does, so that the JVM, started with {@code -XX:AOTCacheOutput}, writes a cache that
 * makes later starts fast. The launcher calls it after a build.
 */
@Command(name = "train", hidden = true, description = "Starts everything once in a directory, and stops it.")
final class TrainCommand implements Callable<Integer> {

    private static final String OBSERVATION = """
            {"kind":"deployment","source":"train","observedAt":"2026-01-01T00:00:00Z","deployment":{"id":"train",\
            "models":[{"id":"pkg:huggingface/train/train","role":"primary"}]}}
            """;

    @Option(names = "--data-dir", required = true, description = "an empty directory")
    private Path dataDir = Path.of("");

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Integer> ports = Ports.free(5);
        Map<Setting, String> settings = Map.of(
                Setting.DATA_DIR, dataDir.toString(),
                Setting.API_PORT, ports.get(0).toString(),
                Setting.PORTS_KAFKA, ports.get(1).toString(),
                Setting.PORTS_KAFKA_CONTROLLER, ports.get(2).toString(),
                Setting.PORTS_REGISTRY, ports.get(3).toString(),
                Setting.PORTS_POSTGRES, ports.get(4).toString());
        Config config = Config.of(ConfigFile.none(), settings, name -> null);
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(config.platform(), line -> {});
                Instance instance = Instance.start(
                        InstanceConfig.embedded(config, platform),
                        EnumSet.allOf(Role.class),
                        InstantSource.system(),
                        line -> {})) {
            instance.intake()
                    .observations(
                            new ByteArrayInputStream(OBSERVATION.getBytes(StandardCharsets.UTF_8)), true, name -> null);
            ApiClient.of("http://127.0.0.1:" + instance.port()).get("/v1/sources", Map.of());
        }
        return 0;
    }
}
