package io.modelwatch.app.role;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.delivery.DeliveryConfig;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.HealthSettings;
import io.modelwatch.app.config.Placement;
import io.modelwatch.app.config.TelemetrySettings;
import io.modelwatch.app.config.TraceSettings;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.history.api.ApiConfig;
import io.modelwatch.producers.SourceConfig;
import io.modelwatch.producers.receiver.ReceiverConfig;
import io.modelwatch.producers.ticket.WebhookConfig;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.streams.lineage.LineageConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What the roles of an instance work with.
 *
 * @param kafka Kafka and registry, embedded or external
 * @param placement where copies of stores are kept
 * @param database PostgreSQL, or null: the history role needs it, and so do pollers that share sources with others
 * @param dataDir where stores live
 * @param ledgerKey file of the key that signs the ledger of the history
 * @param api where the HTTP API listens, and whom it serves
 * @param health where it says how it is beside the API, or null where it does not
 * @param lineage what the lineage topology is told from outside
 * @param inference whether parents that no card declares are inferred; one value for all instances
 * @param telemetry how spans are taken in, or null where they are not; one value for all instances
 * @param traces where traces are sent, or null where none are made; one value for all instances
 * @param drift how the drift topology judges
 * @param deliveries where alerts are sent
 * @param sources what is polled
 * @param webhooks ways in for tickets of other systems
 * @param receivers ways in for systems that post what runs
 * @param tickEvery time between two ticks, or null where the owner ticks
 * @param scheduled whether sources are swept on their schedules; false where the owner sweeps them
 */
public record InstanceConfig(
        KafkaConnection kafka,
        Placement placement,
        @Nullable DataSource database,
        Path dataDir,
        Path ledgerKey,
        ApiConfig api,
        @Nullable HealthSettings health,
        LineageConfig lineage,
        boolean inference,
        @Nullable TelemetrySettings telemetry,
        @Nullable TraceSettings traces,
        DriftConfig drift,
        List<DeliveryConfig> deliveries,
        List<SourceConfig> sources,
        List<WebhookConfig> webhooks,
        List<ReceiverConfig> receivers,
        @Nullable Duration tickEvery,
        boolean scheduled) {

    /** Copies the lists. */
    public InstanceConfig {
        deliveries = List.copyOf(deliveries);
        sources = List.copyOf(sources);
        webhooks = List.copyOf(webhooks);
        receivers = List.copyOf(receivers);
    }

    /** Returns where the stores of the topologies live. */
    Path stateDir() {
        return stateDir(dataDir);
    }

    /** Returns where in a data directory the stores of the topologies live. */
    static Path stateDir(Path dataDir) {
        return dataDir.resolve("streams");
    }

    /** Returns what an instance beside an embedded platform works with. */
    public static InstanceConfig embedded(Config config, EmbeddedPlatform platform) {
        KafkaConnection kafka = new KafkaConnection(
                platform.bootstrap(), platform.registryUrl(), config.topics(), (short) 1, Map.of(), Map.of());
        HealthSettings health = config.health();
        return of(config, kafka, Placement.ALONE, platform.dataSource(), health.port() == null ? null : health);
    }

    /**
     * Returns what an instance beside an external Kafka works with.
     *
     * @param database PostgreSQL, or null where no role here needs it
     */
    public static InstanceConfig of(Config config, KafkaConnection kafka, @Nullable DataSource database) {
        return of(config, kafka, config.placement(), database, config.health().somewhere());
    }

    private static InstanceConfig of(
            Config config,
            KafkaConnection kafka,
            Placement placement,
            @Nullable DataSource database,
            @Nullable HealthSettings health) {
        return new InstanceConfig(
                kafka,
                placement,
                database,
                config.dataDir(),
                config.ledgerKey(),
                config.api(),
                health,
                config.lineage(),
                config.inference(),
                config.telemetry(),
                config.traces(),
                config.drift(),
                config.deliveries(),
                config.sources(),
                config.webhooks(),
                config.receivers(),
                config.tickEvery(),
                true);
    }
}
