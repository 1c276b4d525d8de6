package io.modelwatch.app.demo;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what comes out, as any consumer would, with {@code read_committed}: counts it, notes how long each alert was on
 * its way, and tells the alerts on.
 */
final class Watcher implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Watcher.class);

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration END_LIMIT = Duration.ofSeconds(30);

    private final KafkaConsumer<String, byte[]> consumer;
    private final Topics topics;
    private final Deserializer<Alert> alerts;
    private final Deserializer<Change> changes;
    private final Deserializer<ChangeVerdict> verdicts;
    private final Consumer<Alert> told;
    private final Thread thread;
    private volatile boolean ending;

    private final Map<String, Long> changesByKind = new TreeMap<>();
    private final Map<String, Alert> lastByAlert = new HashMap<>();
    private final Map<String, Set<Verdict>> verdictsByAlert = new HashMap<>();
    private final List<Long> millisUnderway = new ArrayList<>();
    private final Map<String, Set<Verdict>> verdictsByChange = new HashMap<>();
    private final Set<String> disclosed = new HashSet<>();
    private long mboms;

    private Watcher(KafkaConsumer<String, byte[]> consumer, Topics topics, AvroSerdes serdes, Consumer<Alert> told) {
        this.consumer = consumer;
        this.topics = topics;
        this.alerts = serdes.of(Topics.ALERTS).deserializer();
        this.changes = serdes.of(Topics.CHANGES).deserializer();
        this.verdicts = serdes.of(Topics.VERDICTS).deserializer();
        this.told = told;
        this.thread = Thread.ofPlatform().daemon().name("demo-watcher").unstarted(this::run);
    }

    /** @param told is given every alert record as soon as it is readable, by the watcher's thread */
    static Watcher start(KafkaConnection kafka, AvroSerdes serdes, Consumer<Alert> told) {
        Properties settings = kafka.clientProperties();
        settings.put("isolation.level", "read_committed");
        settings.put("enable.auto.commit", "false");
        KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = new ArrayList<>();
        for (var topic : List.of(Topics.ALERTS, Topics.CHANGES, Topics.MBOMS, Topics.VERDICTS)) {
            consumer.partitionsFor(kafka.topics().name(topic))
                    .forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Watcher watcher = new Watcher(consumer, kafka.topics(), serdes, told);
        watcher.thread.start();
        return watcher;
    }

    private void run() {
        try (consumer) {
            Map<TopicPartition, Long> ends = null;
            while (ends == null || isBehind(ends)) {
                if (ending && ends == null) {
                    ends = consumer.endOffsets(consumer.assignment());
                }
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    take(record);
                }
            }
        } catch (RuntimeException e) {
            LOGGER.atWarn().setCause(e).log("The demo's figures are not complete");
        }
    }

    private boolean isBehind(Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        if (record.value() == null) {
            return;
        }
        if (record.topic().equals(topics.name(Topics.MBOMS))) {
            synchronized (this) {
                mboms++;
            }
        } else if (record.topic().equals(topics.name(Topics.CHANGES))) {
            Change change = changes.deserialize(record.topic(), record.value());
            synchronized (this) {
                changesByKind.merge(change.getKind().name(), 1L, Long::sum);
            }
        } else if (record.topic().equals(topics.name(Topics.VERDICTS))) {
            ChangeVerdict said = verdicts.deserialize(record.topic(), record.value());
            synchronized (this) {
                verdictsByChange
                        .computeIfAbsent(said.getId(), id -> new HashSet<>())
                        .add(said.getJudged().getVerdict());
                if (said.getDisclosed()) {
                    disclosed.add(said.getId());
                }
            }
        } else {
            Alert alert = alerts.deserialize(record.topic(), record.value());
            Long polled = PathHeader.read(record.headers()).get("poll");
            synchronized (this) {
                if (polled != null) {
                    millisUnderway.add(System.currentTimeMillis() - polled);
                }
                lastByAlert.put(alert.getId(), alert);
                verdictsByAlert
                        .computeIfAbsent(alert.getId(), id -> new HashSet<>())
                        .add(alert.getVerdict());
            }
            told.accept(alert);
        }
    }

    /** Reads to the end of what there is, and stops. */
    void finish() throws InterruptedException {
        ending = true;
        if (!thread.join(END_LIMIT)) {
            LOGGER.atWarn().log("The demo's figures are not complete");
        }
    }

    /** Changes by kind. */
    synchronized Map<String, Long> changesByKind() {
        return new TreeMap<>(changesByKind);
    }

    /** Revisions of MBOMs. */
    synchronized long mboms() {
        return mboms;
    }

    /** How many alerts have had each verdict; one that changed its verdict counts under each. */
    synchronized Map<Verdict, Long> alertsByVerdict() {
        return byVerdict(verdictsByAlert);
    }

    /** How many provenance changes have had each verdict; one whose verdict changed counts under each. */
    synchronized Map<Verdict, Long> changesByVerdict() {
        return byVerdict(verdictsByChange);
    }

    /** How many provenance changes were judged. */
    synchronized long judged() {
        return verdictsByChange.size();
    }

    /** How many provenance changes the vendor had announced. */
    synchronized long disclosed() {
        return disclosed.size();
    }

    private static Map<Verdict, Long> byVerdict(Map<String, Set<Verdict>> all) {
        Map<Verdict, Long> count = new EnumMap<>(Verdict.class);
        all.values().forEach(had -> had.forEach(verdict -> count.merge(verdict, 1L, Long::sum)));
        return count;
    }

    /** How many alerts there are of each severity. */
    synchronized Map<Severity, Long> alertsBySeverity() {
        Map<Severity, Long> count = new EnumMap<>(Severity.class);
        lastByAlert.values().forEach(alert -> count.merge(alert.getSeverity(), 1L, Long::sum));
        return count;
    }

    synchronized long alerts() {
        return lastByAlert.size();
    }

    synchronized long openAlerts() {
        return lastByAlert.values().stream()
                .filter(alert -> alert.getState() != AlertState.CLOSED)
                .count();
    }

    /** How many alert records were timed. */
    synchronized int timed() {
        return millisUnderway.size();
    }

    /**
     * Returns a percentile (nearest rank) of the milliseconds from poll, push or tick to the alert that was readable.
     *
     * @return null where nothing was timed
     */
    synchronized @Nullable Long percentile(int percent) {
        if (millisUnderway.isEmpty()) {
            return null;
        }
        List<Long> sorted = millisUnderway.stream().sorted().toList();
        return sorted.get((sorted.size() * percent + 99) / 100 - 1);
    }

    /** Stops where it is. */
    @Override
    public void close() {
        if (thread.isAlive()) {
            consumer.wakeup();
            try {
                thread.join(Duration.ofSeconds(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
