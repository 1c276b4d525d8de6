package io.modelwatch.producers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.publish.PublishException;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.producers.source.IncrementalSource;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.SourceCondition;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
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

/** Sweeps and their schedule, with sources and a producer of our own. */
class PollersTest {

    private static final Topics TOPICS = new Topics("t");

    private final AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
    private final List<MockProducer<String, byte[]>> producers = new ArrayList<>();
    private final Map<String, byte[]> cursors = new ConcurrentHashMap<>();
    private volatile Instant now = Instant.parse("2026-03-01T00:00:00Z");
    private volatile boolean broken;
    private int removalSweeps = 2;
    private Duration staleAfter;

    /** What a sweep does. */
    private interface Script {
        String sweep(Pages pages) throws SourceException, InterruptedException;
    }

    private record Scripted(Script script) implements Source {
        @Override
        public List<String> scopes() {
            return List.of("");
        }

        @Override
        public String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
            return script.sweep(pages);
        }
    }

    private Pollers start(boolean scheduled, Map<String, Script> scripts) {
        return start(scheduled, scripts.keySet(), name -> new Scripted(scripts.get(name)));
    }

    private Pollers start(boolean scheduled, Set<String> names, Function<String, Source> source) {
        List<SourceConfig> configs = names.stream()
                .map(name -> new SourceConfig(
                        name,
                        "json-list",
                        Duration.ofSeconds(1),
                        null,
                        removalSweeps,
                        50,
                        null,
                        staleAfter,
                        Map.of("descriptor", "openai", "baseUrl", "http://127.0.0.1:1")))
                .toList();
        KafkaConnection kafka = new KafkaConnection("none:1", "http://none", TOPICS, (short) 1, Map.of(), Map.of());
        Publisher publisher = new Publisher(kafka, serdes, () -> now, this::producer);
        return Pollers.start(
                configs,
                (config, http) -> source.apply(config.name()),
                publisher,
                () -> new HashMap<>(cursors),
                HttpLimits.defaults(),
                () -> now,
                null,
                scheduled);
    }

    private synchronized MockProducer<String, byte[]> producer() {
        Node node = new Node(0, "none", 1);
        List<PartitionInfo> partitions = new ArrayList<>();
        for (Topic<?> topic : Topics.all()) {
            for (int i = 0; i < 2; i++) {
                partitions.add(new PartitionInfo(TOPICS.name(topic), i, node, new Node[] {node}, new Node[] {node}));
            }
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

    private synchronized <V extends SpecificRecord> List<V> read(Topic<V> topic) {
        List<V> values = new ArrayList<>();
        for (MockProducer<String, byte[]> producer : producers) {
            for (ProducerRecord<String, byte[]> record : producer.history()) {
                if (record.topic().equals(TOPICS.name(topic))) {
                    values.add(serdes.of(topic).deserializer().deserialize(record.topic(), record.value()));
                }
            }
        }
        return values;
    }

    private List<Observation> observed(ObservationKind kind) {
        return read(Topics.OBSERVATIONS).stream()
                .filter(one -> one.getKind() == kind)
                .toList();
    }

    private synchronized void keepCursors() {
        producers.forEach(producer -> producer.history().stream()
                .filter(record -> record.topic().equals(TOPICS.name(Topics.CURSORS)))
                .forEach(record -> cursors.put(record.key(), record.value())));
    }

    private static ModelReading reading(String name, Object attribute) {
        return new ModelReading(
                ModelFacts.newBuilder()
                        .setId("pkg:generic/x/" + name)
                        .setParents(List.of())
                        .setDatasets(List.of())
                        .setAttributes(new HashMap<>(Map.of("a", attribute)))
                        .build(),
                Instant.parse("2999-01-01T00:00:00Z"),
                Evidence.newBuilder().build());
    }

    private static String say(Pages pages, String... names) {
        for (String name : names) {
            pages.page(List.of(reading(name, 1L)), null);
        }
        return null;
    }

    @Test
    void a_whole_sweep_is_marked_complete_on_every_partition() throws Exception {
        try (Pollers pollers = start(false, Map.of("s", pages -> say(pages, "a", "b")))) {
            SweepReport report = pollers.pollNow("s");
            assertThat(report.outcome()).isEqualTo(SweepOutcome.COMPLETE);
            assertThat(report.subjects()).isEqualTo(2);
        }
        assertThat(observed(ObservationKind.MODEL))
                .extracting(Observation::getSubject)
                .containsExactly("pkg:generic/x/a", "pkg:generic/x/b");
        // What is said to hold from a time to come holds from now: nothing until then may count as late.
        assertThat(observed(ObservationKind.MODEL)).allMatch(one -> one.getEffectiveAt() == null);
        assertThat(observed(ObservationKind.SWEEP)).hasSize(2);
        assertThat(read(Topics.SOURCES))
                .extracting(SourceHealth::getState)
                .containsExactly(SourceState.STARTING, SourceState.SEEING);
    }

    @Test
    void one_publisher_of_many_sources_stays_open_for_all() throws Exception {
        Map<String, Script> scripts = new HashMap<>();
        for (int i = 0; i < 40; i++) {
            scripts.put("s" + i, pages -> say(pages, "a"));
        }
        try (Pollers pollers = start(false, scripts)) {
            for (String source : scripts.keySet()) {
                assertThat(pollers.pollNow(source).outcome()).isEqualTo(SweepOutcome.COMPLETE);
            }
            assertThat(producers).hasSize(1);
            assertThat(producers.getFirst().closed()).isFalse();
        }
        assertThat(producers.getFirst().closed()).isTrue();
    }

    @Test
    void a_sweep_that_breaks_off_is_partial_and_one_without_a_page_is_blind() throws Exception {
        Script half = pages -> {
            say(pages, "a");
            throw new SourceException("503 from somewhere");
        };
        Script none = pages -> {
            throw new SourceException("404 from somewhere");
        };
        Script bug = pages -> {
            throw new IllegalStateException("secret");
        };
        try (Pollers pollers = start(false, Map.of("half", half, "none", none, "bug", bug))) {
            assertThat(pollers.pollNow("half").outcome()).isEqualTo(SweepOutcome.PARTIAL);
            assertThat(pollers.pollNow("none").outcome()).isEqualTo(SweepOutcome.FAILED);
            assertThat(pollers.pollNow("bug").error())
                    .contains("IllegalStateException")
                    .doesNotContain("secret");
        }
        assertThat(observed(ObservationKind.SWEEP))
                .extracting(one -> one.getSweep().getOutcome())
                .doesNotContain(SweepOutcome.COMPLETE);
        assertThat(read(Topics.SOURCES))
                .filteredOn(one -> one.getOutcome() != SweepOutcome.UNKNOWN)
                .extracting(one -> one.getSource() + " " + one.getState() + " " + one.getError())
                .contains("half PARTIAL 503 from somewhere", "none BLIND 404 from somewhere");
    }

    @Test
    void a_list_that_was_full_and_is_empty_removes_nothing_even_after_a_restart() throws Exception {
        AtomicInteger sweeps = new AtomicInteger();
        Script script = pages -> sweeps.getAndIncrement() == 0 ? say(pages, "a", "b") : null;
        try (Pollers pollers = start(false, Map.of("s", script))) {
            assertThat(pollers.pollNow("s").outcome()).isEqualTo(SweepOutcome.COMPLETE);
        }
        keepCursors();
        try (Pollers pollers = start(false, Map.of("s", script))) {
            for (int i = 0; i < 2; i++) {
                SweepReport report = pollers.pollNow("s");
                assertThat(report.outcome()).isEqualTo(SweepOutcome.PARTIAL);
                assertThat(report.error()).contains("the last complete sweep saw 2");
            }
        }
    }

    @Test
    void a_scope_that_was_emptied_by_right_is_whole_and_is_believed_by_the_second_sweep() throws Exception {
        AtomicInteger sweeps = new AtomicInteger();
        removalSweeps = 1;
        Script script = pages -> {
            if (sweeps.getAndIncrement() == 0) {
                return say(pages, "a");
            }
            pages.emptied();
            return null;
        };
        try (Pollers pollers = start(false, Map.of("s", script))) {
            assertThat(pollers.pollNow("s").error()).isNull();
            SweepReport held = pollers.pollNow("s");
            assertThat(held.outcome()).isEqualTo(SweepOutcome.COMPLETE);
            assertThat(held.error()).contains("lists 0 where the complete sweep before saw 1");
            assertThat(pollers.pollNow("s").error()).isNull();
        }
        assertThat(observed(ObservationKind.SWEEP))
                .extracting(one -> one.getSweep().getRemovalSweeps())
                .containsExactly(1, 1, 2, 2, 1, 1);
        assertThat(read(Topics.SOURCES).getLast().getState()).isEqualTo(SourceState.SEEING);
    }

    @Test
    void a_list_that_shrinks_by_more_than_a_share_needs_a_second_sweep() throws Exception {
        List<String[]> lists = new ArrayList<>(List.of(
                new String[] {"a", "b", "c", "d"}, new String[] {"a"}, new String[] {"a"}, new String[] {"a", "b"}));
        removalSweeps = 1;
        try (Pollers pollers = start(false, Map.of("s", pages -> say(pages, lists.removeFirst())))) {
            assertThat(pollers.pollNow("s").error()).isNull();
            SweepReport held = pollers.pollNow("s");
            assertThat(held.outcome()).isEqualTo(SweepOutcome.COMPLETE);
            assertThat(held.error()).contains("lists 1 where the complete sweep before saw 4");
            assertThat(pollers.pollNow("s").error()).isNull();
            assertThat(pollers.pollNow("s").error()).isNull();
        }
        // One marker a partition; the sweep after the one that was held removes what both miss.
        assertThat(observed(ObservationKind.SWEEP))
                .extracting(one -> one.getSweep().getRemovalSweeps())
                .containsExactly(1, 1, 2, 2, 1, 1, 1, 1);
    }

    @Test
    void a_source_that_lists_nothing_is_blind_and_says_after_how_long_that_counts() throws Exception {
        Script script = pages -> "the list is empty";
        try (Pollers pollers = start(false, Map.of("s", script))) {
            assertThat(pollers.pollNow("s").outcome()).isEqualTo(SweepOutcome.PARTIAL);
        }
        SourceHealth last = read(Topics.SOURCES).getLast();
        assertThat(last.getState()).isEqualTo(SourceState.BLIND);
        assertThat(last.getBlindAfterMs()).isEqualTo(Duration.ofMinutes(1).toMillis());
    }

    @Test
    void how_far_a_source_can_be_relied_on_is_told_in_words() throws Exception {
        List<Script> scripts = new ArrayList<>(List.of(
                pages -> say(pages, "a", "b"),
                pages -> say(pages, "b", "a"),
                pages -> say(pages, "a", "c"),
                pages -> {
                    say(pages, "a");
                    throw new SourceException("503");
                },
                pages -> {
                    throw new SourceException("401");
                },
                pages -> {
                    throw new SourceException("401");
                },
                pages -> say(pages, "c", "a"),
                pages -> say(pages, "c", "a")));
        int sweeps = scripts.size();
        staleAfter = Duration.ofHours(1);
        for (int i = 0; i < sweeps; i++) {
            // Each in a process of its own: what it is held against comes from the topic.
            try (Pollers pollers = start(false, Map.of("s", scripts.removeFirst()))) {
                assertThat(pollers.pollNow("s").source()).isEqualTo("s");
            }
            keepCursors();
            now = now.plusSeconds(i == sweeps - 2 ? 3600 : 50);
        }
        assertThat(read(Topics.SOURCES))
                .filteredOn(one -> one.getState() != SourceState.STARTING)
                .extracting(SourceHealth::getCondition)
                .containsExactly(
                        SourceCondition.CHANGED,
                        SourceCondition.VERIFIED,
                        SourceCondition.CHANGED,
                        SourceCondition.STALE,
                        SourceCondition.UNREACHABLE,
                        SourceCondition.UNREACHABLE,
                        SourceCondition.VERIFIED,
                        SourceCondition.STALE);
        assertThat(read(Topics.SOURCES).getLast().getLastChangedAt()).isEqualTo("2026-03-01T00:01:40Z");
    }

    @Test
    void a_source_that_is_not_configured_any_more_is_forgotten_and_not_blind() throws Exception {
        try (Pollers pollers = start(false, Map.of("s", pages -> say(pages, "a")))) {
            assertThat(pollers.pollNow("s").outcome()).isEqualTo(SweepOutcome.COMPLETE);
        }
        keepCursors();
        producers.clear();
        start(false, Map.of("t", pages -> say(pages, "a"))).close();
        List<String> forgotten = producers.stream()
                .flatMap(producer -> producer.history().stream())
                .filter(record -> record.value() == null)
                .map(record -> record.topic() + " " + record.key())
                .toList();
        assertThat(forgotten).containsExactly(TOPICS.name(Topics.SOURCES) + " s", TOPICS.name(Topics.CURSORS) + " s");
    }

    @Test
    void a_source_is_blind_since_it_went_blind_not_since_the_restart() throws Exception {
        Script none = pages -> {
            throw new SourceException("410");
        };
        Instant blind = now;
        try (Pollers pollers = start(false, Map.of("s", none))) {
            assertThat(pollers.pollNow("s").outcome()).isEqualTo(SweepOutcome.FAILED);
        }
        keepCursors();
        now = now.plusSeconds(3600);
        try (Pollers pollers = start(false, Map.of("s", none))) {
            assertThat(pollers.pollNow("s").outcome()).isEqualTo(SweepOutcome.FAILED);
        }
        SourceHealth last = read(Topics.SOURCES).getLast();
        assertThat(last.getSince()).isEqualTo(blind);
        assertThat(last.getConsecutiveFailures()).isEqualTo(2);
    }

    @Test
    void one_model_too_large_is_left_out_and_told() throws Exception {
        String[] large = new String[200];
        java.util.Arrays.setAll(large, i -> i + "x".repeat(2000));
        Script script = pages -> {
            pages.page(List.of(reading("small", 1L), reading("large", List.of(large))), null);
            return null;
        };
        try (Pollers pollers = start(false, Map.of("s", script))) {
            SweepReport report = pollers.pollNow("s");
            assertThat(report.outcome()).isEqualTo(SweepOutcome.PARTIAL);
            assertThat(report.error()).contains("pkg:generic/x/large");
        }
        assertThat(observed(ObservationKind.MODEL)).hasSize(1);
    }

    @Test
    void what_kafka_did_not_take_is_said_again_by_the_next_sweep() throws Exception {
        try (Pollers pollers = start(false, Map.of("s", pages -> say(pages, "a")))) {
            broken = true;
            assertThatThrownBy(() -> pollers.pollNow("s")).isInstanceOf(PublishException.class);
            assertThat(observed(ObservationKind.MODEL)).isEmpty();
            broken = false;
            assertThat(pollers.pollNow("s").outcome()).isEqualTo(SweepOutcome.COMPLETE);
            assertThat(observed(ObservationKind.MODEL)).hasSize(1);
        }
    }

    @Test
    void sources_are_swept_again_and_again_and_never_twice_at_a_time() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger sweeps = new AtomicInteger();
        CountDownLatch release = new CountDownLatch(1);
        Script slow = pages -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            try {
                if (sweeps.getAndIncrement() == 0) {
                    release.await();
                }
                return say(pages, "a");
            } finally {
                running.decrementAndGet();
            }
        };
        AtomicInteger others = new AtomicInteger();
        Script quick = pages -> {
            others.incrementAndGet();
            return say(pages, "b");
        };
        try (Pollers pollers = start(true, Map.of("slow", slow, "quick", quick))) {
            assertThat(pollers.sources()).containsExactlyInAnyOrder("slow", "quick");
            // While one hangs, the other goes on, and the first is not started a second time.
            await().atMost(Duration.ofSeconds(30)).until(() -> others.get() >= 3);
            assertThat(sweeps).hasValue(1);
            release.countDown();
            await().atMost(Duration.ofSeconds(30)).until(() -> sweeps.get() >= 2);
        }
        assertThat(most).hasValue(1);
    }

    @Test
    void a_sweep_that_is_cut_by_the_stop_leaves_no_marker_and_no_failure() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        Script hanging = pages -> {
            say(pages, "a");
            started.countDown();
            new CountDownLatch(1).await();
            return null;
        };
        Pollers pollers = start(true, Map.of("s", hanging));
        started.await();
        pollers.close();
        assertThat(observed(ObservationKind.MODEL)).hasSize(1);
        assertThat(observed(ObservationKind.SWEEP)).isEmpty();
        assertThat(read(Topics.SOURCES)).extracting(SourceHealth::getState).containsExactly(SourceState.STARTING);
    }

    /** Reads everything where it has no mark, else one model that changed; keeps the marks that it was given. */
    private static final class Changing implements IncrementalSource {
        private final List<String> given = new ArrayList<>();
        private boolean breaksOff;

        @Override
        public List<String> scopes() {
            return List.of("");
        }

        @Override
        public Pass pass(String scope, String mark, Pages pages) throws SourceException {
            given.add(String.valueOf(mark));
            var unused = mark == null ? say(pages, "a", "b", "c") : say(pages, "b");
            if (breaksOff) {
                throw new SourceException("503 from page 2");
            }
            return new Pass(null, mark == null, "m" + given.size());
        }
    }

    @Test
    void a_pass_over_what_changed_is_healthy_and_counts_for_no_removal() throws Exception {
        Changing source = new Changing();
        try (Pollers pollers = start(false, Set.of("s"), name -> source)) {
            assertThat(pollers.pollNow("s").outcome()).isEqualTo(SweepOutcome.COMPLETE);
            now = now.plusSeconds(60);
            SweepReport changed = pollers.pollNow("s");
            assertThat(changed.outcome()).isEqualTo(SweepOutcome.PARTIAL);
            assertThat(changed.error()).isNull();
            assertThat(changed.subjects()).isEqualTo(1);
        }
        SourceHealth last = read(Topics.SOURCES).getLast();
        assertThat(last.getState()).isEqualTo(SourceState.SEEING);
        assertThat(last.getLastSuccessAt()).isEqualTo(now);
        assertThat(observed(ObservationKind.SWEEP))
                .extracting(one -> one.getSweep().getOutcome())
                .containsExactly(
                        SweepOutcome.COMPLETE, SweepOutcome.COMPLETE, SweepOutcome.PARTIAL, SweepOutcome.PARTIAL);
    }

    @Test
    void a_mark_is_taken_up_after_a_restart_and_moves_only_with_what_is_published() throws Exception {
        Changing source = new Changing();
        try (Pollers pollers = start(false, Set.of("s"), name -> source)) {
            assertThat(pollers.pollNow("s").outcome()).isEqualTo(SweepOutcome.COMPLETE);
        }
        keepCursors();
        try (Pollers pollers = start(false, Set.of("s"), name -> source)) {
            source.breaksOff = true;
            assertThat(pollers.pollNow("s").outcome()).isEqualTo(SweepOutcome.PARTIAL);
            source.breaksOff = false;
            broken = true;
            assertThatThrownBy(() -> pollers.pollNow("s")).isInstanceOf(PublishException.class);
            broken = false;
            assertThat(pollers.pollNow("s").error()).isNull();
            assertThat(pollers.pollNow("s").error()).isNull();
        }
        // Broken off, not published, published: only then it moves on.
        assertThat(source.given).containsExactly("null", "m1", "m1", "m1", "m4");
        cursors.clear();
        try (Pollers pollers = start(false, Set.of("s"), name -> source)) {
            assertThat(pollers.pollNow("s").outcome()).isEqualTo(SweepOutcome.COMPLETE);
        }
        assertThat(source.given).endsWith("null");
    }

    @Test
    void many_hints_before_a_sweep_begins_make_one_and_a_hint_during_a_sweep_makes_another() throws Exception {
        AtomicInteger sweeps = new AtomicInteger();
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Script slow = pages -> {
            if (sweeps.getAndIncrement() == 0) {
                first.countDown();
                release.await();
            }
            return say(pages, "a");
        };
        try (Pollers pollers = start(true, Map.of("s", slow))) {
            first.await();
            for (int i = 0; i < 100; i++) {
                pollers.hint("s");
            }
            now = now.plusSeconds(1);
            release.countDown();
            await().atMost(Duration.ofSeconds(30)).until(() -> sweeps.get() >= 2);
            assertThatThrownBy(() -> pollers.hint("t")).hasMessageContaining("no source 't'");
        }
        assertThat(sweeps.get()).isLessThan(20);
        try (Pollers pollers = start(false, Map.of("s", slow))) {
            assertThatThrownBy(() -> pollers.hint("s")).hasMessageContaining("on a schedule");
        }
    }
}
