package io.modelwatch.app.platform;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Where the embedded platform keeps its data and on which loopback ports it listens.
 *
 * @param dataDir the directory under which everything is kept
 * @param kafkaPort port of the broker
 * @param kafkaControllerPort port of its KRaft controller
 * @param registryPort port of the schema registry
 * @param postgresPort port of PostgreSQL
 */
public record PlatformConfig(Path dataDir, int kafkaPort, int kafkaControllerPort, int registryPort, int postgresPort) {

    /** Makes the directory absolute and checks the ports. */
    public PlatformConfig {
        dataDir = dataDir.toAbsolutePath().normalize();
        Map<Integer, String> seen = new HashMap<>();
        check(seen, kafkaPort, "ports.kafka");
        check(seen, kafkaControllerPort, "ports.kafkaController");
        check(seen, registryPort, "ports.registry");
        check(seen, postgresPort, "ports.postgres");
    }

    private static void check(Map<Integer, String> seen, int port, String name) {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException(name + " is " + port + ": give a port from 1 to 65535");
        }
        String other = seen.put(port, name);
        if (other != null) {
            throw new IllegalArgumentException(name + " and " + other + " are both " + port + ": give two ports");
        }
    }
}
