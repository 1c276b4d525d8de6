package io.modelwatch.app.cli;

import io.modelwatch.producers.SourceType;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in one line what each source sees, whenever that changes. */
final class SourceReports implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(SourceReports.class);

    private final KafkaConsumer<String, SourceHealth> consumer;
    private final Consumer<String> say;
    private final Thread thread;
    private final Map<String, String> said = new HashMap<>();

    private SourceReports(KafkaConsumer<String, SourceHealth> consumer, Consumer<String> say) {
        this.consumer = consumer;
        this.say = say;
        this.thread = Thread.ofPlatform().daemon().name("source-reports").unstarted(this::run);
    }

    static SourceReports start(KafkaConnection kafka, AvroSerdes serdes, Consumer<String> say) {
        Properties settings = kafka.clientProperties();
        settings.put("isolation.level", "read_committed");
        Deserializer<SourceHealth> deserializer = serdes.of(Topics.SOURCES).deserializer();
        KafkaConsumer<String, SourceHealth> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), deserializer);
        List<TopicPartition> partitions = consumer.partitionsFor(kafka.topics().name(Topics.SOURCES)).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        // What sources saw before this start was said by an earlier run.
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        SourceReports reports = new SourceReports(consumer, say);
        reports.thread.start();
        return reports;
    }

    private void run() {
        try (consumer) {
            while (true) {
                for (ConsumerRecord<String, SourceHealth> record : consumer.poll(Duration.ofSeconds(1))) {
                    report(record.value());
                }
            }
        } catch (WakeupException e) {
            LOGGER.trace("closed");
        } catch (RuntimeException e) {
            LOGGER.atWarn().addKeyValue("error", e.getMessage()).log("sources are not reported on any more");
        }
    }

    private void report(@Nullable SourceHealth health) {
        if (health == null || health.getState() == SourceState.STARTING) {
            return;
        }
        String state = health.getState().name().toLowerCase(Locale.ROOT);
        String error = Objects.requireNonNullElse(health.getError(), "");
        // The number of subjects changes all the time and is no news.
        if (!(state + error).equals(said.put(health.getSource(), state + error))) {
            say.accept(Text.plain(health.getSource() + ": " + state
                    + (health.getSubjects() == null || health.getState() == SourceState.BLIND
                            ? ""
                            : ", " + health.getSubjects() + what(health))
                    + (error.isEmpty() ? "" : ": " + error)));
        }
    }

    private static String what(SourceHealth health) {
        return SourceType.of(health.getType())
                .map(type -> type.tellsProcurement() ? " events" : type.tellsDisclosures() ? " disclosures" : " models")
                .orElse(" models");
    }

    @Override
    public void close() {
        consumer.wakeup();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
