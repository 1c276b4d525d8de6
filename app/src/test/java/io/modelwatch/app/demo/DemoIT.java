package io.modelwatch.app.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.history.bills.BillFormat;
import io.modelwatch.history.bills.OfficialSchemas;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.json.JsonForms;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two demos agree in every change, MBOM revision and alert: what they say, their ids, and their order by key. And every
 * bill of theirs keeps to the official schemas.
 */
class DemoIT {

    private static final Topics TOPICS = new Topics("modelwatch");

    /** Up to a day on which several alerts of one deployment close together, with outages, an expiry and removals before. */
    private static final int DAYS = 85;

    @TempDir
    Path directory;

    /** Every revision of every MBOM, once. */
    private final Set<String> bills = new TreeSet<>();

    @Test
    void shouldComeToTheSameEndTwice() throws Exception {
        List<Integer> ports = Ports.free(6);
        PlatformConfig platform =
                new PlatformConfig(directory.resolve("demo"), ports.get(0), ports.get(1), ports.get(2), ports.get(3));
        Demo.Config config = new Demo.Config(platform, ports.get(4), ports.get(5), DAYS);
        Map<String, List<String>> first = run(config);
        assertThat(first.keySet()).anyMatch(key -> key.startsWith("alerts "));
        // The same directory: the second demo starts afresh on it.
        Map<String, List<String>> second = run(config);
        assertThat(second.keySet()).isEqualTo(first.keySet());
        first.forEach((key, records) -> assertThat(second.get(key)).as(key).isEqualTo(records));
        assertThat(bills).hasSizeGreaterThan(20);
        for (BillFormat format : BillFormat.values()) {
            for (String bill : bills) {
                assertThat(OfficialSchemas.violations(format, format.write(bill)))
                        .as(bill)
                        .isEmpty();
            }
        }
    }

    private Map<String, List<String>> run(Demo.Config config) throws InterruptedException {
        Map<String, List<String>> records = new TreeMap<>();
        StringWriter out = new StringWriter();
        Demo.run(config, new PrintWriter(out), false, () -> {
            for (Topic<? extends SpecificRecord> topic : List.of(Topics.CHANGES, Topics.MBOMS, Topics.ALERTS)) {
                read(config.platform(), topic, records);
            }
        });
        assertThat(out.toString())
                .contains(DAYS + " recorded days")
                .contains("blind sources       openrouter on 1 days from 2025-06-20, mistral on 5 days from 2025-06-25")
                .contains("EXHAUSTED", "EXPIRED", "APPROVED_LATE", "UNAPPROVED");
        return records;
    }

    private <V extends SpecificRecord> void read(
            PlatformConfig platform, Topic<V> topic, Map<String, List<String>> records) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", "127.0.0.1:" + platform.kafkaPort());
        settings.put("isolation.level", "read_committed");
        AvroSerdes serdes = new AvroSerdes(
                new ConfluentRegistry("http://127.0.0.1:" + platform.registryPort() + "/apis/ccompat/v7", Map.of()));
        Deserializer<V> values = serdes.of(topic).deserializer();
        try (KafkaConsumer<String, V> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), values)) {
            List<TopicPartition> partitions = new ArrayList<>();
            consumer.partitionsFor(TOPICS.name(topic))
                    .forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                for (ConsumerRecord<String, V> record : consumer.poll(Duration.ofMillis(200))) {
                    String id = new String(record.headers().lastHeader("ce_id").value(), UTF_8);
                    records.computeIfAbsent(topic.entity() + " " + record.key(), key -> new ArrayList<>())
                            .add(id + " " + record.value());
                    if (record.value() instanceof Mbom mbom) {
                        bills.add(JsonForms.mbom(mbom).toString());
                    }
                }
            }
        }
    }
}
