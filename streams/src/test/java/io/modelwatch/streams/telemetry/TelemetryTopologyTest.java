package io.modelwatch.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeployedModel;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.Tick;
import io.modelwatch.schemas.avro.Traffic;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TelemetryTopologyTest {

    private static final Topics TOPICS = new Topics("test");
    private static final Instant T = Instant.parse("2026-03-01T00:00:00Z");

    @TempDir
    Path stateDir;

    private TopologyTestDriver driver;
    private TestInputTopic<String, Traffic> traffic;
    private TestInputTopic<String, Tick> ticks;
    private TestOutputTopic<String, Observation> observations;

    @BeforeEach
    void start() {
        start(new TelemetryWindow(Duration.ofDays(7), 3), stateDir);
    }

    private void start(TelemetryWindow window, Path dir) {
        AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "telemetry");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, dir.toString());
        driver = new TopologyTestDriver(TelemetryTopology.build(TOPICS, serdes, window), properties);
        traffic = driver.createInputTopic(
                TOPICS.name(Topics.TRAFFIC),
                new StringSerializer(),
                serdes.of(Topics.TRAFFIC).serializer());
        ticks = driver.createInputTopic(
                TOPICS.name(Topics.TICKS),
                new StringSerializer(),
                serdes.of(Topics.TICKS).serializer());
        observations = driver.createOutputTopic(
                TOPICS.name(Topics.OBSERVATIONS),
                new StringDeserializer(),
                serdes.of(Topics.OBSERVATIONS).deserializer());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void shouldHaveTheShapeOfTheSnapshot() throws IOException {
        String described = TelemetryTopology.build(
                        TOPICS, new AvroSerdes(new FakeSchemaRegistry()), TelemetryWindow.DEFAULT)
                .describe()
                .toString();
        try (InputStream snapshot = getClass().getResourceAsStream("/telemetry-topology.txt")) {
            assertThat(described.strip())
                    .isEqualTo(new String(Objects.requireNonNull(snapshot).readAllBytes(), UTF_8).strip());
        }
    }

    @Test
    void shouldTellARouteOnceHoweverOftenItIsSeen() {
        for (int second = 0; second < 5_000; second++) {
            send(seen(second, "gpt-4o", "gpt-4o-2024-08-06"));
        }

        Observation told = only();
        assertThat(told.getSource()).isEqualTo("telemetry");
        assertThat(told.getConfidence()).isEqualTo(Confidence.OBSERVED);
        assertThat(told.getObservedAt()).isEqualTo(T);
        assertThat(told.getDeployment().getModels()).singleElement().satisfies(model -> {
            assertThat(model.getRole()).isEqualTo("traffic:openai/gpt-4o");
            assertThat(model.getRequested()).isEqualTo("gpt-4o");
            assertThat(model.getServed()).isEqualTo("gpt-4o-2024-08-06");
        });
        assertThat(told.getEvidence().getBasis()).contains("rule snapshot");
        assertThat(driver.getKeyValueStore(TelemetryTopology.ROUTES).all())
                .toIterable()
                .hasSize(1);
    }

    @Test
    void shouldTellAnotherAnswerOnceThoughBothAlternate() {
        for (int second = 0; second < 100; second++) {
            send(seen(second, "deepseek-chat", second % 2 == 0 ? "deepseek-chat" : "deepseek-v4-flash"));
        }

        List<Observation> told = observations.readValuesToList();
        assertThat(told)
                .extracting(one -> one.getDeployment().getModels().getFirst().getServed())
                .containsExactly("deepseek-chat", "deepseek-v4-flash");
        assertThat(told.getLast().getObservedAt()).isEqualTo(T.plusSeconds(1));
    }

    @Test
    void shouldNotLetTheUsualAnswerHideOneThatWasNotAskedFor() {
        send(seen(0, "gpt-4o", "gpt-4o-mini"));
        send(seen(1, "gpt-4o", "gpt-4o-2024-08-06"));

        assertThat(observations.readValuesToList())
                .extracting(one -> one.getDeployment().getModels().getFirst().getServed())
                .containsOnly("gpt-4o-mini");
    }

    @Test
    void shouldTakeAlternatingFingerprintsForNoChangeAndAnotherSetForOne() {
        for (int hour = 0; hour < 24 * 8; hour++) {
            send(fingerprint(hour * 3600, hour % 2 == 0 ? "fp_a" : "fp_b"));
            tick(hour * 3600);
        }
        // Known once a tick has looked for the first time.
        assertThat(observations.readValuesToList())
                .hasSize(2)
                .last()
                .satisfies(told -> assertThat(told.getDeployment().getAttributes())
                        .containsEntry("traffic.backends.openai/gpt-4_1-nano", List.of("fp_a")));

        for (int hour = 24 * 8; hour < 24 * 16; hour++) {
            send(fingerprint(hour * 3600, hour % 2 == 0 ? "fp_b" : "fp_c"));
            send(fingerprint(hour * 3600, "fp_c"));
            tick(hour * 3600);
        }
        // fp_a has left the window; what is told now shares nothing with it, and is told once.
        assertThat(observations.readValuesToList())
                .singleElement()
                .satisfies(told -> assertThat(told.getDeployment().getAttributes())
                        .containsEntry("traffic.backends.openai/gpt-4_1-nano", List.of("fp_b", "fp_c")));
    }

    @Test
    void shouldTellARegionThatMovedAndTheOldOneThatLeft() {
        send(placed(0, "westeurope", "NL"));
        send(placed(1, "westeurope", "NL"));
        send(placed(3600, "eastus", "US"));
        tick(7 * 86_400 + 1800);

        assertThat(observations.readValuesToList())
                .extracting(one -> one.getDeployment().getHosting().stream()
                        .map(Hosting::getCountry)
                        .toList())
                .containsExactly(List.of("NL"), List.of("US", "NL"), List.of("US"));
    }

    @Test
    void shouldForgetByTicksAloneAndSayThatTrafficEnded() {
        send(seen(0, "gpt-4o", "gpt-4o"));
        send(seen(6 * 86_400, "gpt-4.1", "gpt-4.1"));
        observations.readValuesToList();

        tick(6 * 86_400);
        assertThat(observations.isEmpty()).isTrue();
        tick(8 * 86_400);
        assertThat(only().getDeployment().getModels())
                .extracting(DeployedModel::getRequested)
                .containsExactly("gpt-4.1");
        tick(14 * 86_400);
        assertThat(only().getDeployment().getModels()).isEmpty();
        tick(30 * 86_400);
        assertThat(driver.getKeyValueStore(TelemetryTopology.ROUTES).all())
                .toIterable()
                .isEmpty();
        assertThat(driver.getKeyValueStore(TelemetryTopology.DEPLOYMENTS).all())
                .toIterable()
                .isEmpty();

        // What the window has left behind long ago stirs nothing.
        send(seen(7 * 86_400, "gpt-4o", "gpt-4o"));
        assertThat(observations.isEmpty()).isTrue();
    }

    @Test
    void shouldKeepSoManyRoutesAndSayThatThereAreMore() {
        for (int i = 0; i < 1_000; i++) {
            send(seen(i, "model-" + i, null));
        }

        List<Observation> told = observations.readValuesToList();
        assertThat(told).hasSize(4);
        assertThat(told.getLast().getDeployment().getModels()).hasSize(3);
        assertThat(told.getLast().getDeployment().getAttributes()).containsEntry("traffic.truncated", true);
        assertThat(told.get(2).getDeployment().getAttributes()).doesNotContainKey("traffic.truncated");
        assertThat(driver.getKeyValueStore(TelemetryTopology.ROUTES).all())
                .toIterable()
                .hasSize(3);

        for (int i = 0; i < 1_000; i++) {
            send(seen(2_000 + i, "model-0", "answer-" + i));
        }
        assertThat(observations.readValuesToList()).hasSize(Sightings.MAX_SERVED);
    }

    @Test
    void shouldSayWhatAnsweredInTheSteadOfAnother() {
        send(seen(0, "gpt-4o", "gpt-4o"));
        Traffic fallback = seen(1, "gpt-4o", "gpt-4o");
        fallback.setFallback(true);
        send(fallback);

        List<Observation> told = observations.readValuesToList();
        assertThat(told).hasSize(2);
        assertThat(told.getLast().getDeployment().getAttributes())
                .containsEntry("traffic.fallbacks", List.of("gpt-4o -> gpt-4o"));
        assertThat(told.getLast().getEvidence().getBasis()).endsWith("in the stead of another route");
    }

    @Test
    void shouldEndInTheSameFactsWhateverTheOrder() {
        long seed = 20261125;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Traffic> all = new ArrayList<>();
        for (int second = 0; second < 40; second++) {
            all.add(seen(second, random.nextBoolean() ? "gpt-4o" : "gpt-4.1", "answer-" + random.nextInt(4)));
        }
        List<String> ends = new ArrayList<>();
        for (int run = 0; run < 5; run++) {
            driver.close();
            start(new TelemetryWindow(Duration.ofDays(7), 3), stateDir.resolve("run-" + run));
            List<Traffic> shuffled = new ArrayList<>(all);
            Collections.shuffle(shuffled, random);
            shuffled.forEach(this::send);
            ends.add(observations.readValuesToList().getLast().getDeployment().getModels().stream()
                    .map(DeployedModel::getRole)
                    .toList()
                    .toString());
        }
        assertThat(ends).containsOnly(ends.getFirst());
    }

    @Test
    void shouldTellLateSpansAsNoOlderThanWhatWasSaid() {
        send(seen(100, "gpt-4o", "gpt-4o"));
        send(seen(50, "gpt-4.1", "gpt-4.1"));

        assertThat(observations.readValuesToList())
                .extracting(
                        Observation::getObservedAt,
                        one -> one.getDeployment().getModels().size())
                .containsExactly(
                        tuple(T.plusSeconds(100), 1), tuple(T.plusSeconds(100).plusMillis(1), 2));
    }

    private void send(Traffic one) {
        traffic.pipeInput(one.getDeployment(), one);
    }

    private void tick(long second) {
        ticks.pipeInput("tick", new Tick(T.plusSeconds(second)));
    }

    private Observation only() {
        List<Observation> told = observations.readValuesToList();
        assertThat(told).hasSize(1);
        return told.getFirst();
    }

    private static Traffic fingerprint(long second, String fingerprint) {
        Traffic one = seen(second, "gpt-4.1-nano", "gpt-4.1-nano-2025-04-14");
        one.setFingerprints(List.of(fingerprint));
        return one;
    }

    private static Traffic placed(long second, String region, String country) {
        Traffic one = seen(second, "gpt-4o", "gpt-4o");
        one.setPlace(new Hosting("azure", region, country));
        return one;
    }

    private static Traffic seen(long second, String requested, String served) {
        return Traffic.newBuilder()
                .setDeployment("claims-assistant")
                .setProvider("openai")
                .setRequested(requested)
                .setModel("pkg:generic/openai/" + requested)
                .setModelRule("unresolved")
                .setServed(served)
                .setServedModel(
                        served == null
                                ? null
                                : "pkg:generic/openai/" + (served.startsWith(requested + "-20") ? requested : served))
                .setServedRule(served == null ? null : "snapshot")
                .setSpans(1)
                .setFirstAt(T.plusSeconds(second))
                .setLastAt(T.plusSeconds(second))
                .build();
    }
}
