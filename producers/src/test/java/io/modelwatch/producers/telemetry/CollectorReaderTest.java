package io.modelwatch.producers.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topics;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** What counts as heard, with a producer and a consumer that are none; {@code OwnObservationsIT} reads from a broker. */
class CollectorReaderTest {

    private static final TopicPartition PARTITION = new TopicPartition("otlp_spans", 0);
    private static final Topics TOPICS = new Topics("t");
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-06-09T00:00:00Z"));
    private static final byte[] BROKEN = "{".getBytes(UTF_8);

    private final AtomicInteger heard = new AtomicInteger();
    private final MockProducer<String, byte[]> producer =
            new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
    private final CollectorReader reader = new CollectorReader(
            SpanReaderTest.config(List.of()),
            new TelemetryConfig.Collector(PARTITION.topic(), true),
            new TrafficPublisher(
                    new KafkaConnection("none:1", "http://none", TOPICS, (short) 1, Map.of(), Map.of()),
                    new AvroSerdes(new FakeSchemaRegistry()),
                    CLOCK,
                    producer),
            CLOCK,
            heard::incrementAndGet,
            new MockConsumer<>("earliest"));

    @Test
    void anExportIsHeard() throws Exception {
        take(export());
        assertThat(published()).containsExactly(TOPICS.name(Topics.TRAFFIC));
        assertThat(heard).hasValue(1);
        take("{}".getBytes(UTF_8));
        assertThat(heard).as("one without spans of models").hasValue(2);
    }

    @Test
    void whatCannotBeReadIsPutAsideAndHeardOnlyWithWhatCan() throws Exception {
        take(BROKEN, null);
        assertThat(published()).containsExactly(TOPICS.name(Topics.DEAD_LETTERS));
        take((byte[]) null);
        assertThat(heard).hasValue(0);
        take(BROKEN, export(), null);
        assertThat(heard).hasValue(1);
        assertThat(reader.buried()).isEqualTo(2);
    }

    private void take(byte[]... values) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (byte[] value : values) {
            records.add(new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), records.size(), null, value));
        }
        reader.take(new ConsumerRecords<>(new LinkedHashMap<>(Map.of(PARTITION, records)), Map.of()));
    }

    private List<String> published() {
        return producer.history().stream().map(ProducerRecord::topic).toList();
    }

    private static byte[] export() throws IOException {
        try (InputStream in = CollectorReaderTest.class.getResourceAsStream("export.json")) {
            return in.readAllBytes();
        }
    }
}
