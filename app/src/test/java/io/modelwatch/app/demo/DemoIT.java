package io.modelwatch.app.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.modelwatch.app.export.ExportedHistory;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.history.bills.BillFormat;
import io.modelwatch.history.bills.OfficialSchemas;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Verdict;
import io.modelwatch.schemas.json.JsonForms;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two demos agree in every change, MBOM revision and alert: what they say, their ids, and their order by key. Each
 * verdict is given at least once, to changes that the vendor announced and to silent ones. Every bill of theirs keeps to the
 * official schemas, and the history can be had whole as files.
 */
class DemoIT {

    private static final Topics TOPICS = new Topics("modelwatch");

    /**
     * Up to a day on which several alerts of one deployment close together; outages, an expiry, removals and a
     * revocation come before.
     */
    private static final int DAYS = 85;

    private static final LocalDate LAST = Replay.FIRST_DAY.plusDays(DAYS - 1L);

    /** All but the symbol for what a reader does not know. */
    private static final Set<Verdict> EVERY = EnumSet.complementOf(EnumSet.of(Verdict.UNKNOWN));

    /** What the summary says of the verdicts. */
    private static final Pattern PROVENANCE = Pattern.compile(
            "provenance changes +(?<judged>\\d+), of which (?<disclosed>[1-9]\\d*) are"
                    + " disclosed by the vendor and (?<silent>[1-9]\\d*) silent\\R +by verdict +(?<verdicts>[^(]+?) \\(");

    @TempDir
    Path directory;

    /** Every revision of every MBOM, once. */
    private final Set<String> bills = new TreeSet<>();

    /** The provenance changes of one demo, every verdict that was given, and whether any was announced or not. */
    private final Set<String> judged = new HashSet<>();

    private final Set<Verdict> verdicts = EnumSet.noneOf(Verdict.class);
    private final Set<Boolean> disclosed = new HashSet<>();

    @Test
    void shouldComeToTheSameEndTwice() throws Exception {
        List<Integer> ports = Ports.free(6);
        PlatformConfig platform =
                new PlatformConfig(directory.resolve("demo"), ports.get(0), ports.get(1), ports.get(2), ports.get(3));
        Demo.Config config = new Demo.Config(platform, ports.get(4), ports.get(5), DAYS);
        Map<String, List<String>> first = run(
                config,
                () -> new ExportedHistory(
                                "http://127.0.0.1:" + config.apiPort(),
                                EmbeddedPlatform.jdbcUrl(platform),
                                Files.createDirectory(directory.resolve("exported")))
                        .check(LAST.minusDays(13), LAST.plusDays(1)));
        assertThat(first.keySet()).anyMatch(key -> key.startsWith("alerts "));
        // The same directory: the second demo starts afresh on it.
        Map<String, List<String>> second = run(config, () -> {});
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

    private Map<String, List<String>> run(Demo.Config config, ThrowingCallable also) throws InterruptedException {
        Map<String, List<String>> records = new TreeMap<>();
        StringWriter out = new StringWriter();
        judged.clear();
        verdicts.clear();
        disclosed.clear();
        Demo.run(config, new PrintWriter(out), false, () -> {
            for (Topic<? extends SpecificRecord> topic : List.of(Topics.CHANGES, Topics.MBOMS, Topics.ALERTS)) {
                read(config.platform(), topic, record -> take(topic.entity(), record, records));
            }
            read(config.platform(), Topics.VERDICTS, record -> {
                judged.add(record.key());
                verdicts.add(record.value().getJudged().getVerdict());
                disclosed.add(record.value().getDisclosed());
            });
            assertThatCode(also).doesNotThrowAnyException();
        });
        assertThat(out.toString())
                .contains(DAYS + " recorded days")
                .contains(
                        "blind sources       openrouter on 1 days from 2025-06-20, mistral on 5 days from 2025-06-25");
        assertThat(verdicts).isEqualTo(EVERY);
        assertThat(disclosed).containsExactlyInAnyOrder(true, false);
        Matcher told = PROVENANCE.matcher(out.toString());
        assertThat(told.find()).as("%s", out).isTrue();
        assertThat(told.group("judged")).isEqualTo(String.valueOf(judged.size()));
        assertThat(Integer.parseInt(told.group("disclosed")) + Integer.parseInt(told.group("silent")))
                .isEqualTo(judged.size());
        assertThat(told.group("verdicts").split(", "))
                .extracting(one -> one.replaceFirst(" [1-9][0-9]*$", ""))
                .containsExactlyInAnyOrderElementsOf(
                        EVERY.stream().map(Verdict::name).toList());
        return records;
    }

    private void take(
            String entity, ConsumerRecord<String, ? extends SpecificRecord> record, Map<String, List<String>> records) {
        String id = new String(record.headers().lastHeader("ce_id").value(), UTF_8);
        records.computeIfAbsent(entity + " " + record.key(), key -> new ArrayList<>())
                .add(id + " " + record.value());
        if (record.value() instanceof Mbom mbom) {
            bills.add(JsonForms.mbom(mbom).toString());
        }
    }

    private <V extends SpecificRecord> void read(
            PlatformConfig platform, Topic<V> topic, Consumer<ConsumerRecord<String, V>> taker) {
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
                consumer.poll(Duration.ofMillis(200)).forEach(taker);
            }
        }
    }
}
