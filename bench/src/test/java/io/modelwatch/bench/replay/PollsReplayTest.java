package io.modelwatch.bench.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.SweepOutcome;
import io.modelwatch.streams.changes.ChangesTopology;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recorded polls with their real failures: pollers, HTTP and the changes topology say what a plain replay says. */
class PollsReplayTest {

    private static final Topics TOPICS = new Topics("t");
    private static final Path RECORDED = Path.of("src/test/resources/polls");

    private final AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
    private final List<MockProducer<String, byte[]>> producers = new ArrayList<>();

    @TempDir
    Path dir;

    @Test
    void twoRecordedMonthsGiveExactlyTheChangesThatTheyImply() throws Exception {
        PollRecording recording =
                PollRecording.load(RECORDED.resolve("events.jsonl.gz"), RECORDED.resolve("polls.jsonl.gz"));
        assertThat(recording.polls()).hasSize(363);
        List<Told> expected = PlainReplay.of(recording);
        assertThat(expected).filteredOn(one -> one.what().equals("REMOVED")).hasSize(75);

        PollsReplay replay = new PollsReplay(recording);
        List<Told> told = replay(recording, replay);

        Differences.require(expected, told);
        int failed = replay.sweeps().values().stream()
                .mapToInt(outcomes -> outcomes.getOrDefault(SweepOutcome.FAILED, 0))
                .sum();
        assertThat(failed).isEqualTo(11);
    }

    @Test
    void aPartialListAndADyingSourceRemoveNothing() throws Exception {
        StringBuilder polls = new StringBuilder();
        StringBuilder events = new StringBuilder();
        for (String model : List.of("a", "b", "c", "d")) {
            events.append(event(0, "baseline", model, ",\"value\":{\"id\":\"" + model + "\"}"));
        }
        // b misses two lists, with a failure between them; c misses one; at last the source is gone for good.
        events.append(event(1, "removed", "b", "")).append(event(1, "removed", "c", ""));
        events.append(event(3, "added", "c", ",\"value\":{\"id\":\"c\"}"));
        for (int poll = 0; poll < 8; poll++) {
            String answer = poll == 2
                    ? "{\"ok\":false,\"error\":\"timeout of 30000ms exceeded\"}"
                    : poll > 3 ? "{\"ok\":false,\"error\":\"HTTP 410: Gone\"}" : "{\"ok\":true}";
            polls.append("{\"poll\":%d,\"ts\":\"2026-07-30T0%d:00:00Z\",\"endpoints\":{\"github-models\":%s}}%n"
                    .formatted(poll, poll, answer));
        }
        PollRecording recording = PollRecording.load(
                Files.writeString(dir.resolve("events.jsonl"), events),
                Files.writeString(dir.resolve("polls.jsonl"), polls));
        List<Told> told = replay(recording, new PollsReplay(recording));
        Differences.require(PlainReplay.of(recording), told);
        assertThat(told)
                .filteredOn(one -> one.what().equals("REMOVED"))
                .containsExactly(Told.removed(
                        "pkg:generic/github-models/b",
                        Instant.parse("2026-07-30T01:00:00Z"),
                        Instant.parse("2026-07-30T03:00:00Z")));
        // The comparison itself can fail.
        assertThatThrownBy(() -> Differences.require(PlainReplay.of(recording), told.subList(1, told.size())))
                .hasMessageContaining("1 changes differ")
                .hasMessageContaining("missing: ");
    }

    private static String event(int poll, String op, String model, String rest) {
        return "{\"poll\":%d,\"source\":\"github-models\",\"op\":\"%s\",\"model\":\"%s\"%s}%n"
                .formatted(poll, op, model, rest);
    }

    private List<Told> replay(PollRecording recording, PollsReplay replay) throws Exception {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "replay-test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, dir.resolve("state").toString());
        List<Told> told = new ArrayList<>();
        try (TopologyTestDriver driver =
                new TopologyTestDriver(ChangesTopology.build(TOPICS, serdes), properties, Instant.EPOCH)) {
            TestInputTopic<String, byte[]> in = driver.createInputTopic(
                    TOPICS.name(Topics.OBSERVATIONS), new StringSerializer(), new ByteArraySerializer());
            TestOutputTopic<String, Change> out = driver.createOutputTopic(
                    TOPICS.name(Topics.CHANGES),
                    new StringDeserializer(),
                    serdes.of(Topics.CHANGES).deserializer());
            TestOutputTopic<String, byte[]> facts = driver.createOutputTopic(
                    TOPICS.name(Topics.FACTS), new StringDeserializer(), new ByteArrayDeserializer());
            KafkaConnection kafka = new KafkaConnection("none:1", "http://none", TOPICS, (short) 1, Map.of(), Map.of());
            replay.run(new Publisher(kafka, serdes, InstantSource.system(), this::producer), poll -> {
                for (ProducerRecord<String, byte[]> record : published()) {
                    in.pipeInput(new TestRecord<>(record.key(), record.value(), record.headers(), poll.at()));
                }
                out.readValuesToList().forEach(change -> told.add(Told.of(change)));
                facts.readRecordsToList();
            });
        }
        return told;
    }

    /** Returns what was published as observations since it was last asked for. */
    private List<ProducerRecord<String, byte[]>> published() {
        List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
        for (MockProducer<String, byte[]> producer : producers) {
            producer.history().stream()
                    .filter(record -> record.topic().equals(TOPICS.name(Topics.OBSERVATIONS)))
                    .forEach(records::add);
            producer.clear();
        }
        return records;
    }

    /** One partition a topic, as the driver has. */
    private MockProducer<String, byte[]> producer() {
        Node node = new Node(0, "none", 1);
        List<PartitionInfo> partitions = new ArrayList<>();
        for (Topic<?> topic : Topics.all()) {
            partitions.add(new PartitionInfo(TOPICS.name(topic), 0, node, new Node[] {node}, new Node[] {node}));
        }
        var producer = new MockProducer<>(
                new Cluster("c", List.of(node), partitions, Set.of(), Set.of()),
                true,
                null,
                new StringSerializer(),
                new ByteArraySerializer());
        producers.add(producer);
        return producer;
    }
}
