package io.modelwatch.app.platform;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/** A Kafka broker and its controller in this process, on loopback only. */
final class EmbeddedKafka implements AutoCloseable {

    private static final int NODE_ID = 1;

    private final KafkaRaftServer server;
    private final String bootstrap;

    private EmbeddedKafka(KafkaRaftServer server, String bootstrap) {
        this.server = server;
        this.bootstrap = bootstrap;
    }

    static EmbeddedKafka start(PlatformConfig config) throws Exception {
        return start(config, Map.of(), List.of());
    }

    /**
     * Starts a broker that is set up otherwise.
     *
     * @param more settings that go before the usual ones
     * @param scram users with their passwords, as {@code kafka-storage.sh --add-scram} takes them
     */
    static EmbeddedKafka start(PlatformConfig config, Map<String, String> more, List<String> scram) throws Exception {
        Path logs = config.dataDir().resolve("kafka");
        if (!Files.exists(logs.resolve("meta.properties"))) {
            format(logs, scram);
        }
        String bootstrap = "127.0.0.1:" + config.kafkaPort();
        Map<String, Object> settings = settings(config, logs, bootstrap);
        settings.putAll(more);
        KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings), Time.SYSTEM);
        try {
            // Returns once the broker is unfenced and takes requests.
            server.startup();
        } catch (RuntimeException | Error e) {
            server.shutdown();
            throw e;
        }
        return new EmbeddedKafka(server, bootstrap);
    }

    String bootstrap() {
        return bootstrap;
    }

    private static void format(Path logs, List<String> scram) throws Exception {
        Files.createDirectories(logs);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Formatter formatter = new Formatter()
                .setPrintStream(new PrintStream(said, true, StandardCharsets.UTF_8))
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(NODE_ID)
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(logs.toString())
                .addDirectory(logs.toString())
                .setScramArguments(scram)
                // A format that was cut short by a crash is done again.
                .setIgnoreFormatted(true);
        try {
            formatter.run();
        } catch (Exception e) {
            throw new IOException("cannot format " + logs + ": " + said.toString(StandardCharsets.UTF_8), e);
        }
    }

    private static Map<String, Object> settings(PlatformConfig config, Path logs, String bootstrap) {
        String controller = "127.0.0.1:" + config.kafkaControllerPort();
        Map<String, Object> s = new HashMap<>();
        s.put("node.id", Integer.toString(NODE_ID));
        s.put("process.roles", "broker,controller");
        s.put("controller.quorum.voters", NODE_ID + "@" + controller);
        s.put("listeners", "PLAINTEXT://" + bootstrap + ",CONTROLLER://" + controller);
        s.put("advertised.listeners", "PLAINTEXT://" + bootstrap);
        s.put("controller.listener.names", "CONTROLLER");
        s.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        s.put("inter.broker.listener.name", "PLAINTEXT");
        s.put("log.dirs", logs.toString());
        // There is one broker: nothing can be replicated.
        s.put("offsets.topic.replication.factor", "1");
        s.put("transaction.state.log.replication.factor", "1");
        s.put("transaction.state.log.min.isr", "1");
        s.put("share.coordinator.state.topic.replication.factor", "1");
        s.put("share.coordinator.state.topic.min.isr", "1");
        // 50 each by default; a dozen groups and transactions need 4, and each costs files and start-up time.
        s.put("offsets.topic.num.partitions", "4");
        s.put("transaction.state.log.num.partitions", "4");
        // The default waits 3 s for more members, who are all in this process.
        s.put("group.initial.rebalance.delay.ms", "0");
        // A mistyped topic is an error, not a new topic.
        s.put("auto.create.topics.enable", "false");
        // A laptop has two cores as a rule; the defaults (8 I/O threads, 3 network threads) only cost memory.
        s.put("num.network.threads", "2");
        s.put("num.io.threads", "4");
        s.put("background.threads", "2");
        // 128 MiB by default, allocated at start.
        s.put("log.cleaner.dedupe.buffer.size", Integer.toString(8 * 1024 * 1024));
        // Clean logs are recovered in parallel after a kill; one thread a directory is the default.
        s.put("num.recovery.threads.per.data.dir", "2");
        // Offsets of groups that are not active are kept for a week by default; a laptop may sleep longer.
        s.put("offsets.retention.minutes", Integer.toString(60 * 24 * 90));
        return s;
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }
}
