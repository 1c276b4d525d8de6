package io.modelwatch.app.role;

import io.modelwatch.alerts.blindness.BlindnessTopology;
import io.modelwatch.alerts.drift.DriftTopology;
import io.modelwatch.app.config.Placement;
import io.modelwatch.app.config.TelemetrySettings;
import io.modelwatch.app.trace.Traces;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.streams.changes.ChangesTopology;
import io.modelwatch.streams.inference.InferenceTopology;
import io.modelwatch.streams.lineage.LineageTopology;
import io.modelwatch.streams.mbom.MbomTopology;
import io.modelwatch.streams.telemetry.TelemetryTopology;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.jspecify.annotations.Nullable;

/** The topologies of the program, which role runs each and with what settings: the one place where they are listed. */
public enum RoleTopology {
    CHANGES(Role.STREAMS, ChangesTopology.NAME, StreamsRunner.BULK_COMMIT_INTERVAL, null) {
        @Override
        Topology build(InstanceConfig config, AvroSerdes serdes) {
            return ChangesTopology.build(topics(config), serdes);
        }
    },
    INFERENCE(Role.STREAMS, InferenceTopology.NAME, StreamsRunner.SPARSE_COMMIT_INTERVAL, null) {
        @Override
        boolean runs(InstanceConfig config) {
            return config.inference();
        }

        @Override
        Topology build(InstanceConfig config, AvroSerdes serdes) {
            return InferenceTopology.build(topics(config), serdes);
        }
    },
    TELEMETRY(Role.STREAMS, TelemetryTopology.NAME, StreamsRunner.BULK_COMMIT_INTERVAL, null) {
        @Override
        boolean runs(InstanceConfig config) {
            return config.telemetry() != null;
        }

        @Override
        Topology build(InstanceConfig config, AvroSerdes serdes) {
            TelemetrySettings telemetry = Objects.requireNonNull(config.telemetry());
            return TelemetryTopology.build(topics(config), serdes, telemetry.window());
        }
    },
    // A base that changes brings a record of a kilobyte for each of its derivatives, and most of it is what its
    // siblings say too: compressed it is fewer bytes, and batches, for client, broker, disk and every reader.
    LINEAGE(Role.STREAMS, LineageTopology.NAME, StreamsRunner.SPARSE_COMMIT_INTERVAL, "lz4") {
        @Override
        Topology build(InstanceConfig config, AvroSerdes serdes) {
            return LineageTopology.build(topics(config), serdes, config.lineage());
        }
    },
    MBOM(Role.STREAMS, MbomTopology.NAME, StreamsRunner.SPARSE_COMMIT_INTERVAL, null) {
        @Override
        Topology build(InstanceConfig config, AvroSerdes serdes) {
            return MbomTopology.build(topics(config), serdes, config.lineage().origins());
        }
    },
    DRIFT(Role.ALERTS, DriftTopology.NAME, StreamsRunner.BULK_COMMIT_INTERVAL, null) {
        @Override
        Topology build(InstanceConfig config, AvroSerdes serdes) {
            return DriftTopology.build(topics(config), serdes, config.drift());
        }
    },
    BLINDNESS(Role.ALERTS, BlindnessTopology.NAME, StreamsRunner.SPARSE_COMMIT_INTERVAL, null) {
        @Override
        Topology build(InstanceConfig config, AvroSerdes serdes) {
            return BlindnessTopology.build(topics(config), serdes, config.drift(), tickLimit(config.tickEvery()));
        }
    };

    /**
     * The format of what topologies keep: raised, and told here why, by who changes it so that an older program could not
     * go on with it. StateUpgradeTest says what a change does to what older ones have left.
     */
    static final StateFormat FORMAT = new StateFormat(1, 0);

    /** So many ticks in a row must be missing, and for so long, before nobody is said to tick. */
    private static final int MISSED_TICKS = 6;

    private static final Duration MIN_TICK_LIMIT = Duration.ofMinutes(2);

    private final Role role;
    private final String title;
    private final Duration commitInterval;
    private final @Nullable String compression;

    RoleTopology(Role role, String title, Duration commitInterval, @Nullable String compression) {
        this.role = role;
        this.title = title;
        this.commitInterval = commitInterval;
        this.compression = compression;
    }

    /** Returns those of a role, whether a configuration has them run or not. */
    static List<RoleTopology> of(Role role) {
        return Arrays.stream(values()).filter(one -> one.role == role).toList();
    }

    /** Returns those of a role that a configuration has run. */
    static List<RoleTopology> of(Role role, InstanceConfig config) {
        return of(role).stream().filter(one -> one.runs(config)).toList();
    }

    /** Returns its name, as its own class gives it. */
    String title() {
        return title;
    }

    /** Returns the role that runs it. */
    Role role() {
        return role;
    }

    /** Returns its consumer group, which is the beginning of the names of its stores' topics too. */
    String group(KafkaConnection kafka) {
        return StreamsRunner.applicationId(kafka.topics(), title);
    }

    /** Returns whether a configuration has it run. */
    boolean runs(InstanceConfig config) {
        return true;
    }

    /**
     * Starts it with its settings; it works once {@link StreamsRunner#awaitRunning} returns true.
     *
     * @param topology as it was built, with whatever configuration
     * @param stateDir where stores live; lost stores are restored from their changelogs
     * @param traces of what it sends, or null
     */
    StreamsRunner start(
            Topology topology, KafkaConnection kafka, Path stateDir, Placement placement, @Nullable Traces traces) {
        FORMAT.addTo(topology, title);
        Map<String, Object> more = traces == null ? Map.of() : traces.settings(role.title(), title);
        return StreamsRunner.start(title, topology, kafka, stateDir, placement, commitInterval, compression, more);
    }

    /** Starts it as the only instance. */
    public StreamsRunner start(Topology topology, KafkaConnection kafka, Path stateDir) {
        return start(topology, kafka, stateDir, Placement.ALONE, null);
    }

    /** Builds it; nothing is asked of Kafka or the registry for that. */
    abstract Topology build(InstanceConfig config, AvroSerdes serdes);

    /** Returns the names of the topics of the catalogue that it reads under a configuration; Kafka is not asked. */
    Set<String> reads(InstanceConfig config, AvroSerdes serdes) {
        Set<String> catalogue = Topics.all().stream().map(topics(config)::name).collect(Collectors.toSet());
        return build(config, serdes).describe().subtopologies().stream()
                .flatMap(part -> part.nodes().stream())
                .flatMap(node ->
                        node instanceof TopologyDescription.Source source ? source.topicSet().stream() : Stream.empty())
                .filter(catalogue::contains)
                .collect(Collectors.toSet());
    }

    private static Topics topics(InstanceConfig config) {
        return config.kafka().topics();
    }

    /** Pollers that start again are no news; a replay ticks as it pleases. */
    private static @Nullable Duration tickLimit(@Nullable Duration tickEvery) {
        if (tickEvery == null || tickEvery.isZero()) {
            return null;
        }
        Duration many = tickEvery.multipliedBy(MISSED_TICKS);
        return many.compareTo(MIN_TICK_LIMIT) < 0 ? MIN_TICK_LIMIT : many;
    }
}
