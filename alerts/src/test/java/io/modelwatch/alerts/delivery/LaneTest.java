package io.modelwatch.alerts.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.modelwatch.alerts.delivery.destination.DeliveryException;
import io.modelwatch.alerts.delivery.destination.Destination;
import io.modelwatch.alerts.delivery.destination.Message;
import io.modelwatch.alerts.delivery.destination.Probe;
import io.modelwatch.alerts.delivery.destination.Samples;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Severity;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LaneTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Topics TOPICS = new Topics("modelwatch");

    private final AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
    private final MockProducer<byte[], byte[]> letters =
            new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final List<String> watched = Collections.synchronizedList(new ArrayList<>());
    private final Attempts attempts = new Attempts(Duration.ofSeconds(20));
    private final Script script = new Script();
    private final Meters meters;
    private DeliveryConfig config =
            DeliveryConfig.fromMap(Map.of("name", "soc", "type", "slack", "when", "alert.level >= medium"));

    LaneTest() {
        meters = new Meters(new SimpleMeterRegistry(), config);
    }

    @AfterEach
    void close() {
        attempts.close();
    }

    /** An endpoint that does as it is told, one step a try; then it accepts everything. */
    private static final class Script implements Destination {
        interface Step {
            void go() throws DeliveryException, InterruptedException;
        }

        private final List<Step> steps = Collections.synchronizedList(new ArrayList<>());
        private final List<String> tried = Collections.synchronizedList(new ArrayList<>());
        private final List<String> parents = Collections.synchronizedList(new ArrayList<>());
        private boolean needsAll;

        @Override
        public Set<Topic<?>> topics() {
            return Set.of(Topics.ALERTS);
        }

        @Override
        public boolean needs(Message message) {
            return needsAll;
        }

        @Override
        public String send(Message message, String traceParent) throws DeliveryException, InterruptedException {
            parents.add(traceParent);
            return send(message);
        }

        @Override
        public String send(Message message) throws DeliveryException, InterruptedException {
            tried.add(message.id());
            if (!steps.isEmpty()) {
                steps.removeFirst().go();
            }
            return "ok";
        }

        @Override
        public Message probe(Probe probe) {
            return probe.alert();
        }
    }

    @Test
    void recordsGoOutInOrderAndWhatFailsIsTriedUntilItIsAccepted() {
        for (int i = 0; i < 5; i++) {
            script.steps.add(() -> {
                throw DeliveryException.passing("503 Service Unavailable");
            });
        }
        Lane lane = lane();

        lane.take(List.of(record(3, "a"), record(4, "b"), record(7, "c")));

        await().atMost(PATIENCE).until(lane::idle);
        assertThat(script.tried).containsExactly("a", "a", "a", "a", "a", "a", "b", "c");
        assertThat(lane.done()).isEqualTo(8);
        assertThat(meters.failures.count()).isEqualTo(5);
        assertThat(meters.delivered.count()).isEqualTo(3);
        assertThat(meters.retrying.get()).isZero();
        Note note = Note.of(lane.progress().metadata());
        assertThat(note.failingSince()).isNull();
        assertThat(note.lastSuccess()).isEqualTo(Samples.NOW);
        assertThat(note.lastError()).isEqualTo("503 Service Unavailable");
        assertThat(letters.history()).isEmpty();
    }

    private AttemptWatcher.Attempt watch(DeliveryConfig delivery, ConsumerRecord<byte[], byte[]> record, int number) {
        String attempt = record.offset() + "." + number;
        return new AttemptWatcher.Attempt() {
            @Override
            public String traceParent() {
                return "parent " + attempt;
            }

            @Override
            public void accepted(String how) {
                watched.add(attempt + " " + how);
            }

            @Override
            public void failed(String error) {
                watched.add(attempt + " " + error);
            }
        };
    }

    @Test
    void everyAttemptIsWatchedAndHasItsOwnTraceParent() {
        script.steps.add(() -> {
            throw DeliveryException.passing("503 Service Unavailable");
        });
        script.steps.add(() -> {
            throw DeliveryException.refused("400 Bad Request");
        });
        Lane lane = lane();

        lane.take(List.of(record(3, "a"), record(4, "b")));

        await().atMost(PATIENCE).until(lane::idle);
        assertThat(script.parents).containsExactly("parent 3.1", "parent 3.2", "parent 4.1");
        assertThat(watched).containsExactly("3.1 503 Service Unavailable", "3.2 400 Bad Request", "4.1 ok");
    }

    @Test
    void whileItIsTriedInVainThatIsSeenAndNothingIsDone() {
        script.steps.add(() -> {
            throw DeliveryException.passing("429 Too Many Requests", Duration.ofMinutes(5));
        });
        Lane lane = lane();

        lane.take(List.of(record(3, "a"), record(4, "b")));

        await().atMost(PATIENCE).until(() -> meters.retrying.get() == 1);
        await().atMost(PATIENCE).until(() -> Note.of(lane.progress().metadata()).failingSince() != null);
        assertThat(lane.idle()).isFalse();
        assertThat(lane.progress().offset()).isEqualTo(3);
        // A wait that an endpoint asked for ends when the program does.
        lane.awaitStop(PATIENCE);
        assertThat(script.tried).containsExactly("a");
        assertThat(lane.progress().offset()).isEqualTo(3);
    }

    @Test
    void aRefusalIsPutAsideWithItsReasonAndTheNextGoesOn() {
        script.steps.add(() -> {
            throw DeliveryException.refused("400 Bad Request (it says: invalid_payload)");
        });
        Lane lane = lane();

        lane.take(List.of(record(3, "a"), record(4, "b")));

        await().atMost(PATIENCE).until(lane::idle);
        assertThat(script.tried).containsExactly("a", "b");
        assertThat(lane.done()).isEqualTo(5);
        ProducerRecord<byte[], byte[]> letter = letters.history().getFirst();
        assertThat(letter.topic()).isEqualTo("modelwatch.dead-letters.v1");
        assertThat(letter.value()).isEqualTo(record(3, "a").value());
        assertThat(headers(letter))
                .containsEntry("mw_reason", "400 Bad Request (it says: invalid_payload)")
                .containsEntry("mw_delivery", "soc")
                .containsEntry("mw_topic", "modelwatch.alerts.v1")
                .containsEntry("mw_partition", "2")
                .containsEntry("mw_offset", "3")
                .containsEntry("ce_id", "a");
        assertThat(meters.refused.count()).isEqualTo(1);
    }

    @Test
    void aRefusalThatCannotBePutAsideIsNotPassedOver() {
        script.steps.add(() -> {
            throw DeliveryException.refused("400 Bad Request");
        });
        letters.sendException = new org.apache.kafka.common.errors.TimeoutException("no broker");
        Lane lane = lane();

        lane.take(List.of(record(3, "a")));

        await().atMost(PATIENCE).until(() -> Note.of(lane.progress().metadata()).lastError() != null);
        assertThat(Note.of(lane.progress().metadata()).lastError()).contains("dead letter cannot be written");
        // Then the endpoint takes it: no letter is needed any more.
        await().atMost(PATIENCE).until(lane::idle);
        assertThat(script.tried).containsExactly("a", "a");
    }

    @Test
    void whereRefusalsAreHeldNothingIsPutAside() {
        config = DeliveryConfig.fromMap(Map.of("name", "soc", "type", "slack", "onRefusal", "retry"));
        script.steps.add(() -> {
            throw DeliveryException.refused("404 Not Found (it says: no_service)");
        });
        Lane lane = lane();

        lane.take(List.of(record(3, "a")));

        await().atMost(PATIENCE).until(lane::idle);
        assertThat(script.tried).containsExactly("a", "a");
        assertThat(letters.history()).isEmpty();
    }

    @Test
    void whatCannotBeReadIsPutAside() {
        Lane lane = lane();

        lane.take(List.of(raw(3, "a", "no avro".getBytes(UTF_8)), record(4, "b"), raw(5, "c", null)));

        await().atMost(PATIENCE).until(lane::idle);
        assertThat(script.tried).containsExactly("b");
        assertThat(lane.done()).isEqualTo(6);
        assertThat(headers(letters.history().getFirst()).get("mw_reason")).contains("wire format");
    }

    @Test
    void aBugHoldsNothingBack() {
        script.steps.add(() -> {
            throw new IndexOutOfBoundsException("geheim");
        });
        Lane lane = lane();

        lane.take(List.of(record(3, "a"), record(4, "b")));

        await().atMost(PATIENCE).until(lane::idle);
        assertThat(script.tried).containsExactly("a", "b");
        assertThat(headers(letters.history().getFirst()).get("mw_reason"))
                .startsWith("a bug")
                .doesNotContain("geheim");
    }

    @Test
    void whenChoosesAndWhatTheEndpointNeedsGoesAllTheSame() {
        Alert low = Samples.alert(AlertState.CLOSED);
        low.setSeverity(Severity.LOW);
        Lane lane = lane();

        lane.take(List.of(record(3, "a", low), record(4, "b")));
        await().atMost(PATIENCE).until(lane::idle);
        assertThat(script.tried).containsExactly("b");
        assertThat(meters.passedOver.count()).isEqualTo(1);

        script.needsAll = true;
        lane.take(List.of(record(5, "c", low)));
        await().atMost(PATIENCE).until(lane::idle);
        assertThat(script.tried).containsExactly("b", "c");
    }

    @Test
    void aWhenThatFailsOverNotifies() {
        config = DeliveryConfig.fromMap(Map.of("name", "soc", "type", "slack", "when", "alert.kinds[7] == 'X'"));
        Lane lane = lane();

        lane.take(List.of(record(3, "a")));

        await().atMost(PATIENCE).until(lane::idle);
        assertThat(script.tried).containsExactly("a");
        assertThat(meters.routeErrors.count()).isEqualTo(1);
    }

    @Test
    void aTryThatNeverEndsIsCutWhenTheProgramStops() {
        CountDownLatch never = new CountDownLatch(1);
        script.steps.add(never::await);
        Lane lane = lane();
        lane.take(List.of(record(3, "a"), record(4, "b")));
        await().atMost(PATIENCE).until(() -> !script.tried.isEmpty());

        lane.awaitStop(Duration.ofMillis(50));

        assertThat(script.tried).containsExactly("a");
        assertThat(lane.progress().offset()).isEqualTo(3);
    }

    @Test
    void aTryThatNeverEndsIsCutAndMadeAgain() {
        CountDownLatch never = new CountDownLatch(1);
        script.steps.add(never::await);
        try (Attempts hasty = new Attempts(Duration.ofMillis(50))) {
            Lane lane = lane(hasty);

            lane.take(List.of(record(3, "a")));

            await().atMost(PATIENCE).until(lane::idle);
            assertThat(script.tried).containsExactly("a", "a");
            assertThat(Note.of(lane.progress().metadata()).lastError()).isEqualTo("no end after 50 ms");
        }
    }

    @Test
    void aNoteSurvivesItsWayThroughTheBroker() {
        Note note = Note.NOTHING
                .accepted(Samples.NOW)
                .failing(Samples.NOW.plusSeconds(1), "→".repeat(5000))
                .failing(Samples.NOW.plusSeconds(2), "→".repeat(5000));

        assertThat(note.text().getBytes(UTF_8)).hasSizeLessThan(4096);
        assertThat(Note.of(note.text()))
                .returns(Samples.NOW, Note::lastSuccess)
                .returns(Samples.NOW.plusSeconds(1), Note::failingSince)
                .returns(Samples.NOW.plusSeconds(2), Note::lastErrorAt);
        assertThat(Note.of("somebody else's")).isEqualTo(Note.NOTHING);
        assertThat(Note.of("")).isEqualTo(Note.NOTHING);
    }

    private Lane lane() {
        return lane(attempts);
    }

    private Lane lane(Attempts tries) {
        return new Lane(
                new Lane.Equipment(
                        config,
                        script,
                        config.route(),
                        new Reader(TOPICS, serdes, config.grouped(), script.topics()),
                        new DeadLetterBox(letters, TOPICS.name(Topics.DEAD_LETTERS)),
                        tries,
                        meters,
                        this::watch,
                        Samples.limits(),
                        InstantSource.fixed(Samples.NOW)),
                3,
                Note.NOTHING);
    }

    private ConsumerRecord<byte[], byte[]> record(long offset, String id) {
        return record(offset, id, Samples.alert());
    }

    private ConsumerRecord<byte[], byte[]> record(long offset, String id, Alert alert) {
        return raw(offset, id, serdes.of(Topics.ALERTS).serializer().serialize(TOPICS.name(Topics.ALERTS), alert));
    }

    private static ConsumerRecord<byte[], byte[]> raw(long offset, String id, byte[] value) {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>(TOPICS.name(Topics.ALERTS), 2, offset, Samples.ALERT.getBytes(UTF_8), value);
        record.headers().add("ce_id", id.getBytes(UTF_8));
        return record;
    }

    private static Map<String, String> headers(ProducerRecord<byte[], byte[]> letter) {
        Map<String, String> headers = new java.util.HashMap<>();
        for (Header header : letter.headers()) {
            headers.put(header.key(), new String(header.value(), UTF_8));
        }
        return headers;
    }
}
