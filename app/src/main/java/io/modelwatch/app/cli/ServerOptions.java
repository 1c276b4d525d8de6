package io.modelwatch.app.cli;

import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigException;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.app.config.Setting;
import io.modelwatch.schemas.KafkaConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a server's configuration comes from, and what the command line says instead. */
final class ServerOptions {

    private static final String FILE = "modelwatch.yaml";

    /** Set by the launcher: where modelwatch itself, with its shipped configuration, lies. */
    private static final String HOME = "modelwatch.home";

    private final Map<Setting, String> given = new EnumMap<>(Setting.class);

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "the configuration (default: modelwatch.yaml here, else the one that is shipped)")
    private @Nullable Path config;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "where everything is kept (default: .modelwatch)")
    void dataDir(String dir) {
        given.put(Setting.DATA_DIR, dir);
    }

    @Option(names = "--port", paramLabel = "N", description = "port of the HTTP API (default: 8080)")
    void port(String port) {
        given.put(Setting.API_PORT, port);
    }

    @Option(names = "--kafka-port", paramLabel = "N", description = "port of the embedded broker (default: 9092)")
    void kafkaPort(String port) {
        given.put(Setting.PORTS_KAFKA, port);
    }

    @Option(
            names = "--kafka-controller-port",
            paramLabel = "N",
            description = "port of the embedded broker's controller (default: 9093)")
    void kafkaControllerPort(String port) {
        given.put(Setting.PORTS_KAFKA_CONTROLLER, port);
    }

    @Option(
            names = "--registry-port",
            paramLabel = "N",
            description = "port of the embedded schema registry (default: 8081)")
    void registryPort(String port) {
        given.put(Setting.PORTS_REGISTRY, port);
    }

    @Option(
            names = "--postgres-port",
            paramLabel = "N",
            description = "port of the embedded PostgreSQL (default: 15432)")
    void postgresPort(String port) {
        given.put(Setting.PORTS_POSTGRES, port);
    }

    /**
     * Returns the configuration.
     *
     * @throws ConfigException if it is not legal
     */
    Config config() {
        return Config.of(file(), given, System::getenv);
    }

    /** Returns the external Kafka, or else the embedded one, which listens on this machine alone. */
    KafkaConnection kafka() {
        Config config = config();
        KafkaConnection external = config.kafka();
        return external != null
                ? external
                : new KafkaConnection(
                        "127.0.0.1:" + config.platform().kafkaPort(),
                        "http://127.0.0.1:" + config.platform().registryPort() + "/apis/ccompat/v7",
                        config.topics(),
                        (short) 1,
                        Map.of(),
                        Map.of());
    }

    /**
     * Returns the external Kafka.
     *
     * @param command that needs one
     * @throws ConfigException if none is configured
     */
    KafkaConnection externalKafka(String command) {
        KafkaConnection kafka = config().kafka();
        if (kafka == null) {
            throw new ConfigException(
                    command + " needs an external Kafka: set kafka.bootstrap and kafka.registry in the"
                            + " configuration or as MODELWATCH_KAFKA_BOOTSTRAP and MODELWATCH_KAFKA_REGISTRY; 'modelwatch up'"
                            + " brings its own, all of which is in its data directory");
        }
        return kafka;
    }

    private ConfigFile file() {
        if (config != null) {
            return ConfigFile.read(config);
        }
        String home = System.getProperty(HOME);
        Path shipped = home == null ? Path.of(FILE) : Path.of(home, FILE);
        Path found = Files.exists(Path.of(FILE)) ? Path.of(FILE) : shipped;
        return Files.exists(found) ? ConfigFile.read(found) : ConfigFile.none();
    }
}
