package io.modelwatch.producers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A watched folder, polled as the pollers role does, with a producer of our own. */
class ProcurementRunnerTest {

    private static final Topics TOPICS = new Topics("t");
    private static final String FOLDER = "procurement-folder";

    @TempDir
    private Path dir;

    private final AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
    private final List<MockProducer<String, byte[]>> producers = new ArrayList<>();
    private final Instant now = Instant.parse("2026-06-01T00:00:00Z");
    private boolean broken;

    private Pollers start() {
        KafkaConnection kafka = new KafkaConnection("none:1", "http://none", TOPICS, (short) 1, Map.of(), Map.of());
        return Pollers.start(
                List.of(SourceConfig.folder(dir.resolve("events"), Duration.ofSeconds(30))),
                (config, http) -> {
                    throw new AssertionError("it tells of no model");
                },
                new Publisher(kafka, serdes, () -> now, this::producer),
                this::cursors,
                HttpLimits.defaults(),
                () -> now,
                null,
                false);
    }

    private MockProducer<String, byte[]> producer() {
        Node node = new Node(0, "none", 1);
        List<PartitionInfo> partitions = new ArrayList<>();
        for (Topic<?> topic : Topics.all()) {
            partitions.add(new PartitionInfo(TOPICS.name(topic), 0, node, new Node[] {node}, new Node[] {node}));
        }
        Cluster cluster = new Cluster("c", List.of(node), partitions, Set.of(), Set.of());
        var producer = new MockProducer<>(cluster, true, null, new StringSerializer(), new ByteArraySerializer()) {
            @Override
            public synchronized void commitTransaction() {
                if (broken) {
                    throw new ProducerFencedException("another one came");
                }
                super.commitTransaction();
            }
        };
        producers.add(producer);
        return producer;
    }

    private Map<String, byte[]> cursors() {
        Map<String, byte[]> cursors = new HashMap<>();
        records(Topics.CURSORS).forEach(record -> cursors.put(record.key(), record.value()));
        return cursors;
    }

    private List<ProducerRecord<String, byte[]>> records(Topic<?> topic) {
        return producers.stream()
                .flatMap(producer -> producer.history().stream())
                .filter(record -> record.topic().equals(TOPICS.name(topic)))
                .toList();
    }

    private <V extends SpecificRecord> List<V> read(Topic<V> topic) {
        return records(topic).stream()
                .map(record -> serdes.of(topic).deserializer().deserialize(record.topic(), record.value()))
                .toList();
    }

    private List<String> published() {
        return read(Topics.PROCUREMENT_EVENTS).stream()
                .map(event -> event.getId() + " " + event.getApprover())
                .toList();
    }

    private void write(String name, String... events) throws Exception {
        Path file = dir.resolve("events").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, String.join("\n", events));
        var unused = Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    }

    private static String event(String id, String approver) {
        return "{\"id\":\"" + id + "\",\"type\":\"approval\",\"issuedAt\":\"2026-03-01T00:00:00Z\",\"subject\":"
                + "{\"deployment\":\"d\"},\"approver\":\"" + approver + "\"}";
    }

    @Test
    void shouldPublishWhatIsNewAndWhatDiffersAndNothingElse() throws Exception {
        write("a.jsonl", event("A", "Kim"), event("B", "Kim"));
        try (Pollers pollers = start()) {
            assertThat(pollers.pollNow(FOLDER).outcome()).isEqualTo(SweepOutcome.COMPLETE);
            assertThat(pollers.pollNow(FOLDER).subjects()).isEqualTo(2);
            assertThat(published()).containsExactly("A Kim", "B Kim");

            write("a.jsonl", event("A", "Kim"), event("B", "Lee"), event("C", "Lee"));
            pollers.pollNow(FOLDER);
            assertThat(published()).containsExactly("A Kim", "B Kim", "B Lee", "C Lee");
        }
        assertThat(read(Topics.OBSERVATIONS)).isEmpty();
    }

    @Test
    void shouldKnowAfterARestartWhatItPublished() throws Exception {
        write("a.jsonl", event("A", "Kim"), event("B", "Kim"));
        try (Pollers pollers = start()) {
            pollers.pollNow(FOLDER);
        }
        write("b.jsonl", event("C", "Kim"));
        try (Pollers pollers = start()) {
            pollers.pollNow(FOLDER);
        }
        assertThat(published()).containsExactly("A Kim", "B Kim", "C Kim");
    }

    @Test
    void shouldTakeNothingBackWhenAnEventIsGone() throws Exception {
        write("a.jsonl", event("A", "Kim"));
        try (Pollers pollers = start()) {
            pollers.pollNow(FOLDER);
            Files.delete(dir.resolve("events/a.jsonl"));
            assertThat(pollers.pollNow(FOLDER).outcome()).isEqualTo(SweepOutcome.COMPLETE);
            write("a.jsonl", event("A", "Kim"));
            pollers.pollNow(FOLDER);
        }
        assertThat(published()).containsExactly("A Kim");
    }

    @Test
    void shouldPublishAgainWhatKafkaDidNotTake() throws Exception {
        write("a.jsonl", event("A", "Kim"));
        try (Pollers pollers = start()) {
            broken = true;
            assertThatThrownBy(() -> pollers.pollNow(FOLDER)).isInstanceOf(PublishException.class);
            assertThat(published()).isEmpty();
            broken = false;
            pollers.pollNow(FOLDER);
            assertThat(published()).containsExactly("A Kim");
        }
    }

    @Test
    void shouldTellItsHealth() throws Exception {
        try (Pollers pollers = start()) {
            assertThat(pollers.pollNow(FOLDER).outcome()).isEqualTo(SweepOutcome.FAILED);
            write("a.jsonl", event("A", "Kim"), "{}");
            assertThat(pollers.pollNow(FOLDER).outcome()).isEqualTo(SweepOutcome.PARTIAL);
            write("a.jsonl", event("A", "Kim"));
            assertThat(pollers.pollNow(FOLDER).outcome()).isEqualTo(SweepOutcome.COMPLETE);
        }
        List<SourceHealth> told = read(Topics.SOURCES);
        assertThat(told)
                .extracting(SourceHealth::getState)
                .containsExactly(SourceState.STARTING, SourceState.BLIND, SourceState.PARTIAL, SourceState.SEEING);
        assertThat(told.get(1).getError()).contains("does not exist");
        assertThat(told.get(2).getError()).contains("a.jsonl line 2: type: required field is missing");
        assertThat(told.get(3).getSubjects()).isEqualTo(1);
        assertThat(told).extracting(SourceHealth::getType).containsOnly(FOLDER);
    }

    @Test
    void shouldPublishManyInPartsThatKafkaTakes() throws Exception {
        String[] many = new String[3000];
        java.util.Arrays.setAll(many, i -> event("E" + i, "Kim"));
        write("many.jsonl", many);
        try (Pollers pollers = start()) {
            pollers.pollNow(FOLDER);
        }
        assertThat(read(Topics.PROCUREMENT_EVENTS))
                .extracting(ProcurementEvent::getId)
                .doesNotHaveDuplicates()
                .hasSize(3000);
        try (Pollers pollers = start()) {
            pollers.pollNow(FOLDER);
        }
        assertThat(read(Topics.PROCUREMENT_EVENTS)).hasSize(3000);
    }
}
