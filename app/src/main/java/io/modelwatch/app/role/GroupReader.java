package io.modelwatch.app.role;

import io.modelwatch.alerts.delivery.Deliveries;
import io.modelwatch.history.HistorySink;
import io.modelwatch.producers.telemetry.CollectorReader;
import io.modelwatch.producers.telemetry.TelemetryConfig;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.KafkaConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Part of a role that reads topics as a consumer group.
 *
 * @param name what it is called: that of a topology, {@code history}, {@code delivery NAME} or {@code collector-reader}
 * @param role whose part it is
 * @param group its consumer group
 * @param topics full names of what it reads, as far as they are known without asking Kafka
 * @param members how the static ids of its members are made: the first group of the pattern is the instance
 */
public record GroupReader(String name, Role role, String group, Set<String> topics, Pattern members) {

    /** Name of the one that writes the history. */
    public static final String HISTORY = "history";

    /** Copies the set. */
    public GroupReader {
        topics = Set.copyOf(topics);
    }

    /** Returns those that a configuration has run, role by role; Kafka is not asked. */
    public static List<GroupReader> of(InstanceConfig config) {
        KafkaConnection kafka = config.kafka();
        List<GroupReader> readers = new ArrayList<>();
        TelemetryConfig.Collector collector =
                config.telemetry() == null ? null : config.telemetry().reading().collector();
        if (collector != null) {
            readers.add(new GroupReader(
                    "collector-reader",
                    Role.POLLERS,
                    CollectorReader.group(kafka.topics()),
                    Set.of(collector.topic()),
                    Pattern.compile("(.*)")));
        }
        // Only asked for at the first record.
        AvroSerdes serdes = new AvroSerdes(new ConfluentRegistry(kafka.registryUrl(), Map.of()));
        for (Role role : List.of(Role.STREAMS, Role.ALERTS)) {
            for (RoleTopology topology : RoleTopology.of(role, config)) {
                readers.add(new GroupReader(
                        topology.title(),
                        role,
                        topology.group(kafka),
                        topology.reads(config, serdes),
                        // Kafka Streams numbers its threads.
                        Pattern.compile(Pattern.quote(topology.title()) + "-(.+)-\\d+")));
            }
        }
        // They begin where their offsets were put when they were first started: those say what they read.
        config.deliveries()
                .forEach(delivery -> readers.add(new GroupReader(
                        "delivery " + delivery.name(),
                        Role.ALERTS,
                        Deliveries.group(kafka.topics(), delivery.name()),
                        Set.of(),
                        Pattern.compile("delivery-" + Pattern.quote(delivery.name()) + "-(.+)"))));
        readers.add(new GroupReader(
                HISTORY,
                Role.HISTORY,
                HistorySink.group(kafka.topics()),
                HistorySink.topics().stream().map(kafka.topics()::name).collect(Collectors.toSet()),
                Pattern.compile("history-(.+)")));
        return readers;
    }

    /** Returns the instance that a member belongs to: the same for all that runs beside one data directory. */
    public String instance(String member) {
        Matcher matcher = members.matcher(member);
        return matcher.matches() ? matcher.group(1) : member;
    }
}
