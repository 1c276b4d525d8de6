package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.drift.DriftTopology;
import io.modelwatch.app.config.Placement;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.TopicsAdmin;
import io.modelwatch.history.api.Letters;
import io.modelwatch.producers.intake.Batch;
import io.modelwatch.producers.intake.IntakeParser;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.ConfluentRegistry;
import io.modelwatch.schemas.DeadLetter;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.streams.OriginTable;
import io.modelwatch.streams.changes.ChangesTopology;
import io.modelwatch.streams.lineage.LineageConfig;
import io.modelwatch.streams.lineage.LineageTopology;
import io.modelwatch.streams.mbom.MbomTopology;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** The pipeline on a real broker, registry and PostgreSQL: what is pushed becomes an alert, once. */
class PipelineIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final InstantSource CLOCK = () -> Instant.parse("2026-03-05T00:00:00Z");

    private static final String MODEL = """
            {"kind":"model","source":"huggingface","observedAt":"2026-03-01T10:00:00Z","model":{"id":"pkg:huggingface/acme/tuned","revision":"a09a354","parents":[{"id":"pkg:huggingface/Qwen/Qwen2.5-7B","relation":"finetune"}],"license":"apache-2.0"}}
            """;
    private static final String DEPLOYMENT = """
            {"kind":"deployment","source":"litellm","observedAt":"2026-03-01T11:00:00Z","deployment":{"id":"support-copilot","type":"copilot","vendor":"acme","models":[{"id":"pkg:huggingface/acme/tuned","role":"primary"}],"hosting":[{"provider":"azure","country":"NL"}]}}
            """;
    private static final String APPROVAL = """
            {"id":"CHG-1042","type":"approval","issuedAt":"2026-03-02T08:00:00Z","subject":{"deployment":"support-copilot"},"allows":{"models":["pkg:huggingface/acme/*"],"origins":["CN"]}}
            """;

    @TempDir
    Path dataDir;

    @Test
    void shouldMakeOneAlertOfAPushedDeploymentAndCloseItOnALateApproval() throws Exception {
        PlatformConfig ports = new PlatformConfig(dataDir, freePort(), freePort(), freePort(), freePort());
        try (Pipeline pipeline = new Pipeline(ports)) {
            pipeline.observe(MODEL + DEPLOYMENT);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(pipeline.alerts())
                            .extracting(alert -> alert.get("state").toString())
                            .containsExactly("OPEN"));
            assertThat(pipeline.alerts().getFirst().get("verdict")).hasToString("UNAPPROVED");

            pipeline.poison(Topics.OBSERVATIONS);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(pipeline.read(Topics.DEAD_LETTERS))
                            .singleElement()
                            .satisfies(letter -> {
                                assertThat(letter.key()).isEqualTo("poison");
                                assertThat(letter.headers()
                                                .lastHeader("mw_reason")
                                                .value())
                                        .isNotEmpty();
                            }));
            redrive(pipeline);
        }
        // The same data directory, started again: what is known is kept, and nothing is told twice.
        try (Pipeline pipeline = new Pipeline(ports)) {
            pipeline.observe(MODEL + DEPLOYMENT);
            // Before the time at which it is issued an approval is not in force, and the alert would say that first.
            pipeline.tick();
            pipeline.procure(APPROVAL);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(pipeline.alerts())
                            .extracting(alert -> alert.get("state").toString())
                            .containsExactly("OPEN", "CLOSED"));
            assertThat(pipeline.alerts().getLast().get("closeReason")).hasToString("approved_late");
            List<GenericRecord> changes = pipeline.decoded(Topics.CHANGES);
            assertThat(changes)
                    .extracting(change -> change.get("kind").toString())
                    .containsExactly("APPEARED", "APPEARED");
            assertThat(pipeline.decoded(Topics.MBOMS))
                    .singleElement()
                    .satisfies(mbom -> assertThat(mbom.get("revision")).isEqualTo(1L));
            pipeline.refuseToAnOlderProgramWhatThisOneHasWritten();
        }
    }

    /** What was put aside goes back as it was, once, and not where it would take the place of something newer. */
    private static void redrive(Pipeline pipeline) {
        LetterBox box = new LetterBox(pipeline.kafka);
        Letters.Letter letter = box.list(Letters.Filter.ALL, null, 10).letters().getFirst();
        assertThat(letter.topic()).isEqualTo("modelwatch.observations.v1");
        assertThat(letter.by()).isEqualTo("modelwatch-changes");
        assertThat(box.redrive(letter.id(), Letters.Filter.ALL, true).redriven())
                .containsExactly(Map.entry("modelwatch.observations.v1", 1));
        assertThat(pipeline.poisoned(Topics.OBSERVATIONS)).hasSize(1);

        box.redrive(letter.id(), Letters.Filter.ALL, false);

        assertThat(pipeline.poisoned(Topics.OBSERVATIONS)).hasSize(2).allSatisfy(one -> {
            assertThat(one.partition()).isEqualTo(letter.partition());
            assertThat(one.value()).isEqualTo("not Avro".getBytes(UTF_8));
            assertThat(one.headers().toArray())
                    .singleElement()
                    .isEqualTo(new RecordHeader("ce_id", "poison".getBytes(UTF_8)));
        });
        assertThat(box.redrive(letter.id(), Letters.Filter.ALL, false).left().get(letter.id()))
                .contains("it was redriven at");
        Letters.Content content = box.one(letter.id());
        assertThat(content.letter().redrivenAt()).isNotNull();
        assertThat(content.value()).isEqualTo("not Avro".getBytes(UTF_8));
        assertThat(content.headers()).containsExactly(Map.entry("ce_id", "poison"));
        // It cannot be read this time either.
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(box.list(Letters.Filter.ALL, null, 10).letters())
                                .hasSize(2));

        pipeline.poison(Topics.PROCUREMENT_EVENTS);
        pipeline.poison(Topics.PROCUREMENT_EVENTS);
        Letters.Filter procurement = new Letters.Filter("procurement-events", "WIRE FORMAT", null, null, null);
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(box.list(procurement, null, 10).letters()).hasSize(2));
        Letters.Page first = box.list(procurement, null, 1);
        assertThat(first.more()).isTrue();
        Letters.Page second = box.list(procurement, first.letters().getFirst().place(), 1);
        assertThat(second.more()).isFalse();
        Letters.Outcome outcome = box.redrive(null, procurement, true);
        assertThat(outcome.redriven()).containsExactly(Map.entry("modelwatch.procurement-events.v1", 1));
        assertThat(outcome.left().get(first.letters().getFirst().id()))
                .contains("a newer record of its key is at offset "
                        + second.letters().getFirst().offset());
        twoLettersOfOneRecord(pipeline, box);
        assertThat(box.one("0-999999")).isNull();
        assertThat(box.one("../etc")).isNull();
    }

    /** Several may read a topic, and each that cannot read a record puts it aside: it goes back once all the same. */
    private static void twoLettersOfOneRecord(Pipeline pipeline, LetterBox box) {
        Letters.Letter again = box.list(new Letters.Filter("observations", null, null, null, false), null, 10)
                .letters()
                .getFirst();
        pipeline.putAside(new DeadLetter(again.topic(), again.partition(), again.offset(), "history too", "another"));
        Letters.Filter other = new Letters.Filter(null, "history too", null, null, null);
        int before = pipeline.poisoned(Topics.OBSERVATIONS).size();

        assertThat(box.redrive(null, new Letters.Filter("observations", null, null, null, null), false)
                        .redriven())
                .containsExactly(Map.entry("modelwatch.observations.v1", 1));

        assertThat(pipeline.poisoned(Topics.OBSERVATIONS)).hasSize(before + 1);
        assertThat(box.list(other, null, 10).letters())
                .singleElement()
                .satisfies(one -> assertThat(one.redrivenAt()).isNotNull());
        // One that is put aside afterwards, by somebody who is behind, is of the same record.
        pipeline.putAside(new DeadLetter(again.topic(), again.partition(), again.offset(), "late", "third"));
        Letters.Outcome late = box.redrive(null, new Letters.Filter(null, "late", null, null, null), false);
        assertThat(late.redriven()).isEmpty();
        assertThat(late.left().values()).singleElement().asString().contains("its record was redriven with letter");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Everything that runs, and a reader that knows nothing of our serdes. */
    private static final class Pipeline implements AutoCloseable {
        private final EmbeddedPlatform platform;
        private final KafkaConnection kafka;
        private final List<StreamsRunner> runners = new ArrayList<>();
        private final AvroSerdes serdes;
        private final Path state;
        private final Publisher publisher;
        private final IntakeParser parser = new IntakeParser();

        Pipeline(PlatformConfig config) throws Exception {
            platform = EmbeddedPlatform.start(config, System.out::println);
            kafka = new KafkaConnection(
                    platform.bootstrap(),
                    platform.registryUrl(),
                    new Topics("modelwatch"),
                    (short) 1,
                    Map.of(),
                    Map.of());
            ConfluentRegistry registry = new ConfluentRegistry(kafka.registryUrl(), Map.of());
            serdes = new AvroSerdes(registry);
            TopicsAdmin.ensure(kafka, registry);
            state = config.dataDir().resolve("streams");
            runners.add(RoleTopology.CHANGES.start(ChangesTopology.build(kafka.topics(), serdes), kafka, state));
            runners.add(RoleTopology.LINEAGE.start(
                    LineageTopology.build(kafka.topics(), serdes, LineageConfig.shipped()), kafka, state));
            runners.add(RoleTopology.MBOM.start(
                    MbomTopology.build(kafka.topics(), serdes, OriginTable.shipped()), kafka, state));
            runners.add(RoleTopology.DRIFT.start(
                    DriftTopology.build(kafka.topics(), serdes, DriftConfig.DEFAULT), kafka, state));
            publisher = new Publisher(kafka, serdes, "modelwatch-intake", CLOCK);
            for (StreamsRunner runner : runners) {
                assertThat(runner.awaitRunning(PATIENCE)).isTrue();
            }
        }

        /** As when a task goes back to an instance that has not been replaced yet. */
        void refuseToAnOlderProgramWhatThisOneHasWritten() throws InterruptedException {
            StreamsRunner ours = runners.removeLast();
            ours.close();
            Topology older = DriftTopology.build(kafka.topics(), serdes, DriftConfig.DEFAULT);
            new StateFormat(0, 0).addTo(older, ours.name());
            try (StreamsRunner runner = StreamsRunner.start(
                    ours.name(),
                    older,
                    kafka,
                    state,
                    Placement.ALONE,
                    StreamsRunner.BULK_COMMIT_INTERVAL,
                    null,
                    Map.of())) {
                assertThat(runner.awaitRunning(PATIENCE)).isFalse();
                await().atMost(PATIENCE).until(runner::isDead);
                assertThat(runner.state())
                        .startsWith("a newer modelwatch has written the state of the topology drift (format 1, this one"
                                + " knows 0): start the newer one")
                        .endsWith("'modelwatch reset alerts'");
            }
        }

        void observe(String lines) throws IOException {
            Batch<Observation> batch = parser.observations(new ByteArrayInputStream(lines.getBytes(UTF_8)), CLOCK);
            assertThat(batch.errors()).isEmpty();
            publisher.publish(batch.accepted());
        }

        void procure(String lines) throws IOException {
            Batch<ProcurementEvent> batch = parser.procurement(new ByteArrayInputStream(lines.getBytes(UTF_8)), CLOCK);
            assertThat(batch.errors()).isEmpty();
            publisher.publishProcurement(batch.accepted());
        }

        /** Returns when the drift topology knows what time it is. */
        void tick() {
            publisher.tick(CLOCK.instant());
            Map<TopicPartition, Long> last = new HashMap<>();
            read(Topics.TICKS)
                    .forEach(tick ->
                            last.merge(new TopicPartition(tick.topic(), tick.partition()), tick.offset(), Math::max));
            assertThat(last).hasSize(Topics.TICKS.partitions());
            String group = StreamsRunner.applicationId(kafka.topics(), DriftTopology.NAME);
            try (Admin admin = Admin.create(kafka.clientProperties())) {
                await().atMost(PATIENCE).untilAsserted(() -> {
                    Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(group)
                            .partitionsToOffsetAndMetadata()
                            .get();
                    last.forEach((partition, offset) -> assertThat(committed)
                            .hasEntrySatisfying(
                                    partition, at -> assertThat(at.offset()).isGreaterThan(offset)));
                });
            }
        }

        void poison(Topic<?> topic) {
            try (KafkaProducer<String, byte[]> producer =
                    new KafkaProducer<>(kafka.clientProperties(), new StringSerializer(), new ByteArraySerializer())) {
                ProducerRecord<String, byte[]> poison =
                        new ProducerRecord<>(kafka.topics().name(topic), "poison", "not Avro".getBytes(UTF_8));
                poison.headers().add("ce_id", "poison".getBytes(UTF_8));
                producer.send(poison);
            }
        }

        void putAside(DeadLetter letter) {
            try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                    kafka.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
                producer.send(letter.of(
                        kafka.topics().name(Topics.DEAD_LETTERS),
                        "poison".getBytes(UTF_8),
                        "not Avro".getBytes(UTF_8),
                        new RecordHeaders()));
            }
        }

        List<ConsumerRecord<String, byte[]>> poisoned(Topic<?> topic) {
            return read(topic).stream()
                    .filter(one -> one.key().equals("poison"))
                    .toList();
        }

        List<GenericRecord> alerts() throws Exception {
            return decoded(Topics.ALERTS);
        }

        List<ConsumerRecord<String, byte[]>> read(Topic<?> topic) {
            Properties settings = kafka.clientProperties();
            settings.put("isolation.level", "read_committed");
            settings.put("auto.offset.reset", "earliest");
            List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
            try (KafkaConsumer<String, byte[]> consumer =
                    new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
                String name = kafka.topics().name(topic);
                List<TopicPartition> partitions = consumer.partitionsFor(name).stream()
                        .map(one -> new TopicPartition(name, one.partition()))
                        .toList();
                consumer.assign(partitions);
                Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
                while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                    consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                }
            }
            return records;
        }

        /** The registry's own HTTP API and plain Avro: what any integrator has. */
        List<GenericRecord> decoded(Topic<?> topic) throws Exception {
            List<GenericRecord> decoded = new ArrayList<>();
            for (ConsumerRecord<String, byte[]> record : read(topic)) {
                ByteBuffer bytes = ByteBuffer.wrap(record.value());
                assertThat(bytes.get()).isZero();
                Schema schema = schema(bytes.getInt());
                assertThat(record.headers().lastHeader("ce_id").value()).isNotEmpty();
                decoded.add(new GenericDatumReader<GenericRecord>(schema)
                        .read(
                                null,
                                DecoderFactory.get()
                                        .binaryDecoder(record.value(), 5, record.value().length - 5, null)));
            }
            return decoded;
        }

        private Schema schema(int id) throws Exception {
            HttpRequest request = HttpRequest.newBuilder(URI.create(kafka.registryUrl() + "/schemas/ids/" + id))
                    .build();
            try (HttpClient http = HttpClient.newHttpClient()) {
                String body =
                        http.send(request, HttpResponse.BodyHandlers.ofString()).body();
                return new Schema.Parser()
                        .parse(JsonMapper.builder()
                                .build()
                                .readTree(body)
                                .get("schema")
                                .stringValue());
            }
        }

        @Override
        public void close() {
            publisher.close();
            runners.forEach(StreamsRunner::close);
            platform.close();
        }
    }
}
