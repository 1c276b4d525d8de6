package io.modelwatch.app.platform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/**
 * A real broker with Kafka's own authorizer, TLS, SCRAM, OAUTHBEARER and client certificates, beside a real registry
 * and PostgreSQL. Its tokens are unsigned, which Kafka has for tests: where there is an issuer, the settings name it.
 */
public final class SecuredPlatform implements AutoCloseable {

    /** What was refused, in words, where the caller said that a refusal is worth a line. */
    private static final Queue<String> REFUSED = new ConcurrentLinkedQueue<>();

    /** Kafka's authorizer, which tells what it refused. */
    public static final class Recorder extends StandardAuthorizer {
        @Override
        public List<AuthorizationResult> authorize(AuthorizableRequestContext context, List<Action> actions) {
            List<AuthorizationResult> results = super.authorize(context, actions);
            for (int i = 0; i < actions.size(); i++) {
                if (results.get(i) == AuthorizationResult.DENIED
                        && actions.get(i).logIfDenied()) {
                    REFUSED.add(words(context, actions.get(i)));
                }
            }
            return results;
        }

        @Override
        public AuthorizationResult authorizeByResourceType(
                AuthorizableRequestContext context, AclOperation operation, ResourceType type) {
            AuthorizationResult result = super.authorizeByResourceType(context, operation, type);
            if (result == AuthorizationResult.DENIED) {
                REFUSED.add(context.principal() + " " + operation + " any " + type);
            }
            return result;
        }

        private static String words(AuthorizableRequestContext context, Action action) {
            return context.principal() + " " + action.operation() + " "
                    + action.resourcePattern().resourceType() + " "
                    + action.resourcePattern().name();
        }
    }

    private final EmbeddedDatabase database;
    private final EmbeddedRegistry registry;
    private final EmbeddedKafka kafka;
    private final Path keys;
    private final int saslPort;
    private final int tlsPort;
    private final String secret;

    private SecuredPlatform(
            EmbeddedDatabase database,
            EmbeddedRegistry registry,
            EmbeddedKafka kafka,
            Path keys,
            int saslPort,
            int tlsPort,
            String secret) {
        this.database = database;
        this.registry = registry;
        this.kafka = kafka;
        this.keys = keys;
        this.saslPort = saslPort;
        this.tlsPort = tlsPort;
        this.secret = secret;
    }

    /**
     * Starts it.
     *
     * @param scramUsers who may come with a password
     * @param certificates who may come with a client certificate
     * @param secret everybody's password
     */
    public static SecuredPlatform start(Path dir, List<String> scramUsers, List<String> certificates, String secret)
            throws Exception {
        REFUSED.clear();
        List<Integer> ports = Ports.free(6);
        PlatformConfig config = new PlatformConfig(dir, ports.get(0), ports.get(1), ports.get(2), ports.get(3));
        int saslPort = ports.get(4);
        int tlsPort = ports.get(5);
        Path keys = Files.createDirectories(dir.resolve("keys"));
        key(keys, secret, "broker", "-ext", "san=ip:127.0.0.1");
        for (String name : certificates) {
            key(keys, secret, name);
        }
        EmbeddedKafka kafka = EmbeddedKafka.start(
                config,
                broker(config, keys, secret, saslPort, tlsPort),
                scramUsers.stream()
                        .map(user -> "SCRAM-SHA-256=[name=" + user + ",password=" + secret + "]")
                        .toList());
        EmbeddedDatabase database = EmbeddedDatabase.start(config);
        EmbeddedRegistry registry = EmbeddedRegistry.launch(
                config,
                "jdbc:postgresql://127.0.0.1:" + config.postgresPort() + "/" + EmbeddedDatabase.REGISTRY_DATABASE);
        registry.awaitReady(config);
        return new SecuredPlatform(database, registry, kafka, keys, saslPort, tlsPort, secret);
    }

    private static Map<String, String> broker(
            PlatformConfig config, Path keys, String secret, int saslPort, int tlsPort) {
        String sasl = "listener.name.sasl.";
        String login = "org.apache.kafka.common.security.";
        return Map.ofEntries(
                Map.entry(
                        "listeners",
                        "PLAINTEXT://127.0.0.1:" + config.kafkaPort() + ",CONTROLLER://127.0.0.1:"
                                + config.kafkaControllerPort() + ",SASL://127.0.0.1:" + saslPort + ",TLS://127.0.0.1:"
                                + tlsPort),
                Map.entry(
                        "advertised.listeners",
                        "PLAINTEXT://127.0.0.1:" + config.kafkaPort() + ",SASL://127.0.0.1:" + saslPort
                                + ",TLS://127.0.0.1:" + tlsPort),
                Map.entry(
                        "listener.security.protocol.map",
                        "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,TLS:SSL"),
                Map.entry("authorizer.class.name", Recorder.class.getName()),
                // Brokers and the test itself come without a name, over a listener of their own.
                Map.entry("super.users", "User:ANONYMOUS"),
                Map.entry("ssl.keystore.location", keys.resolve("broker.p12").toString()),
                Map.entry("ssl.keystore.password", secret),
                Map.entry("ssl.truststore.location", keys.resolve("trust.p12").toString()),
                Map.entry("ssl.truststore.password", secret),
                Map.entry("listener.name.tls.ssl.client.auth", "required"),
                Map.entry(sasl + "sasl.enabled.mechanisms", "SCRAM-SHA-256,OAUTHBEARER"),
                Map.entry(sasl + "scram-sha-256.sasl.jaas.config", login + "scram.ScramLoginModule required;"),
                Map.entry(
                        sasl + "oauthbearer.sasl.jaas.config", login + "oauthbearer.OAuthBearerLoginModule required;"));
    }

    /** Makes a key with a certificate of its own, which everybody here trusts. */
    private static void key(Path keys, String secret, String name, String... more) throws Exception {
        String store = keys.resolve(name + ".p12").toString();
        String certificate = keys.resolve(name + ".crt").toString();
        List<String> generate = new ArrayList<>(
                List.of("-genkeypair", "-alias", name, "-keyalg", "EC", "-dname", "CN=" + name, "-keystore", store));
        generate.addAll(List.of(more));
        keytool(secret, generate);
        keytool(secret, List.of("-exportcert", "-alias", name, "-keystore", store, "-file", certificate));
        keytool(
                secret,
                List.of(
                        "-importcert",
                        "-noprompt",
                        "-alias",
                        name,
                        "-file",
                        certificate,
                        "-keystore",
                        keys.resolve("trust.p12").toString()));
    }

    private static void keytool(String secret, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(arguments);
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", secret));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new IOException("keytool: " + said);
        }
    }

    /** Returns the broker's address for who comes without a name and may do anything. */
    public String bootstrap() {
        return kafka.bootstrap();
    }

    /** Returns the broker's address for who comes with a password or a token. */
    public String saslBootstrap() {
        return "127.0.0.1:" + saslPort;
    }

    /** Returns the broker's address for who comes with a certificate. */
    public String tlsBootstrap() {
        return "127.0.0.1:" + tlsPort;
    }

    /** Returns the settings of a client that comes with a password. */
    public Map<String, String> scram(String user) {
        return sasl(
                "SCRAM-SHA-256",
                "scram.ScramLoginModule required username=\"" + user + "\" password=\"" + secret + "\";");
    }

    /** Returns the settings of a client that comes with a token. */
    public Map<String, String> token(String subject) {
        return sasl(
                "OAUTHBEARER",
                "oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"" + subject + "\";");
    }

    private Map<String, String> sasl(String mechanism, String login) {
        return Map.of(
                "security.protocol",
                "SASL_SSL",
                "sasl.mechanism",
                mechanism,
                "sasl.jaas.config",
                "org.apache.kafka.common.security." + login,
                "ssl.truststore.location",
                keys.resolve("trust.p12").toString(),
                "ssl.truststore.password",
                secret);
    }

    /** Returns the settings of a client that comes with a certificate. */
    public Map<String, String> certificate(String name) {
        return Map.of(
                "security.protocol",
                "SSL",
                "ssl.keystore.location",
                keys.resolve(name + ".p12").toString(),
                "ssl.keystore.password",
                secret,
                "ssl.truststore.location",
                keys.resolve("trust.p12").toString(),
                "ssl.truststore.password",
                secret);
    }

    /** Returns the base address of the registry's Confluent API. */
    public String registryUrl() {
        return registry.url();
    }

    /** Returns the address of the history's database, which asks nobody for a password. */
    public String jdbcUrl() {
        return database.jdbcUrl(EmbeddedDatabase.DATABASE);
    }

    /** Returns what was refused since the start, each once. */
    public List<String> refused() {
        return REFUSED.stream().distinct().sorted().toList();
    }

    @Override
    public void close() throws Exception {
        kafka.close();
        registry.close();
        database.close();
    }
}
