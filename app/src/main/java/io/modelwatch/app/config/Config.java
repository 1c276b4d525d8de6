package io.modelwatch.app.config;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.delivery.DeliveryConfig;
import io.modelwatch.alerts.policy.PolicyException;
import io.modelwatch.alerts.policy.PolicySet;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.history.api.ApiConfig;
import io.modelwatch.history.api.ApiTls;
import io.modelwatch.history.api.ApiToken;
import io.modelwatch.producers.SourceConfig;
import io.modelwatch.producers.receiver.ReceiverConfig;
import io.modelwatch.producers.ticket.WebhookConfig;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.streams.OriginTable;
import io.modelwatch.streams.lineage.LicenseTable;
import io.modelwatch.streams.lineage.LineageConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration, checked.
 *
 * @param dataDir directory of everything that is kept
 * @param ledgerKey file of the key that signs the ledger of the history
 * @param api where the HTTP API listens, and whom it serves
 * @param health where an instance says how it is
 * @param platform the embedded platform
 * @param topics the topic catalogue with its prefix
 * @param kafka an external Kafka, or null
 * @param placement where copies of stores are kept beside an external Kafka
 * @param database an external PostgreSQL, or null
 * @param lineage what the lineage topology is told from outside
 * @param inference whether parents that no card declares are inferred
 * @param telemetry how spans are taken in, or null where they are not
 * @param traces where traces are sent, or null where none are made
 * @param drift how the drift topology judges
 * @param tickEvery time between two ticks
 * @param sources what is polled
 * @param deliveries where alerts are sent
 * @param webhooks ways in for tickets of other systems
 * @param receivers ways in for systems that post what runs
 */
public record Config(
        Path dataDir,
        Path ledgerKey,
        ApiConfig api,
        HealthSettings health,
        PlatformConfig platform,
        Topics topics,
        @Nullable KafkaConnection kafka,
        Placement placement,
        @Nullable Database database,
        LineageConfig lineage,
        boolean inference,
        @Nullable TelemetrySettings telemetry,
        @Nullable TraceSettings traces,
        DriftConfig drift,
        Duration tickEvery,
        List<SourceConfig> sources,
        List<DeliveryConfig> deliveries,
        List<WebhookConfig> webhooks,
        List<ReceiverConfig> receivers) {

    /** A user, and maybe a password, before the host of an address. */
    private static final Pattern ACCOUNT = Pattern.compile("://[^/?]*@");

    /**
     * An external PostgreSQL.
     *
     * @param url JDBC address
     * @param user user, or null where the address has it
     * @param password password, or null where none is needed
     */
    public record Database(
            String url, @Nullable String user, @Nullable String password) {
        /** Leaves the password out. */
        @Override
        public String toString() {
            return "Database[url=" + url + ", user=" + user + "]";
        }
    }

    /** Checks what belongs together. */
    public Config {
        sources = List.copyOf(sources);
        distinct("sources", sources.stream().map(SourceConfig::name));
        deliveries = List.copyOf(deliveries);
        distinct("deliveries", deliveries.stream().map(DeliveryConfig::name));
        webhooks = List.copyOf(webhooks);
        distinct("procurement.webhooks", webhooks.stream().map(WebhookConfig::name));
        receivers = List.copyOf(receivers);
        distinct(
                "sources and receivers",
                Stream.concat(
                        sources.stream().map(SourceConfig::name),
                        receivers.stream().map(ReceiverConfig::name)));
        for (ReceiverConfig receiver : receivers) {
            if (!api.tokens().isEmpty() && !receiver.isGuarded()) {
                throw new ConfigException("receiver " + receiver.name()
                        + ": api.tokens guards the API, and this would be a way in beside it; name where its token is in"
                        + " tokenEnv or tokenFile");
            }
        }
    }

    /** Returns the address of the HTTP API. */
    public String apiHost() {
        return api.host();
    }

    /** Returns the port of the HTTP API. */
    public int apiPort() {
        return api.port();
    }

    private static void distinct(String list, Stream<String> names) {
        Set<String> seen = new HashSet<>();
        names.forEach(name -> {
            if (!seen.add(name)) {
                throw new ConfigException(list + ": two have the name " + name + "; give each its own");
            }
        });
    }

    /**
     * Puts the configuration together; what the command line says goes before the environment, that before the file.
     *
     * @param options values from the command line, by setting
     * @throws ConfigException if a value is not legal
     */
    public static Config of(
            ConfigFile file, Map<Setting, String> options, Function<String, @Nullable String> environment) {
        Values values = new Values(file, Map.copyOf(options), environment);
        Topics topics = values.read(Setting.TOPICS_PREFIX, "", Topics::new);
        Path dataDir = values.read(Setting.DATA_DIR, "", Path::of);
        try {
            PlatformConfig platform = new PlatformConfig(
                    dataDir,
                    values.port(Setting.PORTS_KAFKA),
                    values.port(Setting.PORTS_KAFKA_CONTROLLER),
                    values.port(Setting.PORTS_REGISTRY),
                    values.port(Setting.PORTS_POSTGRES));
            return new Config(
                    platform.dataDir(),
                    values.find(Setting.LEDGER_KEY) == null
                            ? platform.dataDir().resolve("ledger.key")
                            : values.read(Setting.LEDGER_KEY, "the path of a file", Config::path),
                    api(values, file, environment),
                    HealthSettings.of(values),
                    platform,
                    topics,
                    kafka(values, file, topics),
                    Placement.of(values),
                    database(values),
                    lineage(values),
                    values.read(Setting.INFERENCE_ENABLED, "true or false", Config::flag),
                    TelemetrySettings.of(values, Config::names),
                    TraceSettings.of(values),
                    drift(values, file, List.of()),
                    values.read(Setting.TICKS_EVERY, "", Config::tick),
                    sources(values, file),
                    file.deliveries(),
                    file.webhooks(),
                    file.receivers());
        } catch (IllegalArgumentException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
    }

    private static ApiConfig api(Values values, ConfigFile file, Function<String, @Nullable String> environment) {
        List<ApiToken> tokens =
                file.tokens().stream().map(token -> token.resolve(environment)).toList();
        ApiConfig api = new ApiConfig(
                values.required(Setting.API_HOST),
                values.port(Setting.API_PORT),
                tokens,
                values.number(Setting.API_RATE, 0, 1_000_000),
                tls(values));
        api.requireGuarded();
        return api;
    }

    private static @Nullable ApiTls tls(Values values) {
        boolean certificate = values.find(Setting.API_CERTIFICATE) != null;
        boolean key = values.find(Setting.API_KEY) != null;
        if (certificate != key) {
            throw new ConfigException("%s needs %s too"
                    .formatted(
                            (certificate ? Setting.API_CERTIFICATE : Setting.API_KEY).key(),
                            (certificate ? Setting.API_KEY : Setting.API_CERTIFICATE).key()));
        }
        return certificate
                ? new ApiTls(
                        values.read(Setting.API_CERTIFICATE, "the path of a file", Config::path),
                        values.read(Setting.API_KEY, "the path of a file", Config::path))
                : null;
    }

    private static List<SourceConfig> sources(Values values, ConfigFile file) {
        List<SourceConfig> sources = new ArrayList<>(file.sources());
        if (values.find(Setting.PROCUREMENT_FOLDER) != null) {
            Path folder = values.read(Setting.PROCUREMENT_FOLDER, "the path of a folder", Config::path);
            sources.add(values.read(
                    Setting.PROCUREMENT_EVERY, "", every -> SourceConfig.folder(folder, Durations.parse(every))));
        }
        return sources;
    }

    /**
     * Returns how the drift topology judges.
     *
     * @param files policy files beside those that the configuration names
     * @throws ConfigException if a policy or another value is not legal
     */
    public static DriftConfig drift(ConfigFile file, List<Path> files, Function<String, @Nullable String> environment) {
        return drift(new Values(file, Map.of(), environment), file, files);
    }

    private static DriftConfig drift(Values values, ConfigFile file, List<Path> more) {
        List<Path> files = new ArrayList<>(values.read(Setting.POLICIES_FILES, "", Config::names).stream()
                .map(Path::of)
                .toList());
        files.addAll(more);
        boolean shipped = values.read(Setting.POLICIES_SHIPPED, "true or false", Config::flag);
        PolicySet policies;
        try {
            policies = shipped && files.isEmpty() && file.policyParams().isEmpty()
                    ? PolicySet.shipped()
                    : PolicySet.of(files, shipped, file.policyParams());
        } catch (PolicyException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
        return new DriftConfig(
                values.read(
                        Setting.POLICIES_BASELINE,
                        "drift or accept",
                        text -> DriftConfig.Baseline.valueOf(text.toUpperCase(Locale.ROOT))),
                values.read(Setting.POLICIES_GRACE, "", Durations::parse),
                policies);
    }

    private static List<String> names(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private static LineageConfig lineage(Values values) {
        String origins = values.find(Setting.LINEAGE_ORIGINS);
        String licenses = values.find(Setting.LINEAGE_LICENSES);
        return new LineageConfig(
                origins == null ? OriginTable.shipped() : OriginTable.shippedAnd(Path.of(origins)),
                licenses == null ? LicenseTable.shipped() : LicenseTable.of(Path.of(licenses)),
                values.read(Setting.LINEAGE_WATCHED, "", Config::names));
    }

    private static @Nullable KafkaConnection kafka(Values values, ConfigFile file, Topics topics) {
        String bootstrap = values.find(Setting.KAFKA_BOOTSTRAP);
        String registry = values.find(Setting.KAFKA_REGISTRY);
        if (bootstrap == null && registry == null) {
            return null;
        }
        if (bootstrap == null || registry == null) {
            throw new ConfigException("kafka.bootstrap and kafka.registry belong together: give both");
        }
        // Every error of the registry names its address.
        if (ACCOUNT.matcher(registry).find()) {
            throw new ConfigException(
                    "kafka.registry must be an address without user and password: kafka.registryClient"
                            + " takes them, as basic.auth.credentials.source: USER_INFO and basic.auth.user.info");
        }
        return new KafkaConnection(
                bootstrap,
                registry,
                topics,
                (short) values.number(Setting.KAFKA_REPLICATION, 1, 9),
                file.kafkaClient(),
                file.registryClient());
    }

    private static @Nullable Database database(Values values) {
        String url = values.find(Setting.DATABASE_URL);
        if (url == null) {
            return null;
        }
        // An account before the host is nothing that the driver knows: it would quote it as the host that it cannot
        // find.
        if (!url.startsWith("jdbc:postgresql:")
                || url.contains("password=")
                || ACCOUNT.matcher(url).find()) {
            throw new ConfigException("database.url must be like jdbc:postgresql://host:5432/modelwatch, without a"
                    + " password: that comes from " + Setting.DATABASE_PASSWORD.variable() + " or "
                    + Setting.DATABASE_PASSWORD.variable() + "_FILE");
        }
        return new Database(url, values.find(Setting.DATABASE_USER), values.find(Setting.DATABASE_PASSWORD));
    }

    /** An empty text would be the working directory. */
    private static Path path(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException();
        }
        return Path.of(text);
    }

    static boolean flag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException();
        };
    }

    private static Duration tick(String text) {
        Duration every = Durations.parse(text);
        if (every.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException("'" + text + "' is too short: at least 100 ms (PT0.1S)");
        }
        return every;
    }
}
