package io.modelwatch.producers;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.publish.Publisher;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.KafkaConnection;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A vendor's file of disclosures over real HTTP, with a producer of our own. */
class DisclosureRunnerTest {

    private static final Topics TOPICS = new Topics("t");
    private static final String FIRST =
            "{\"id\":\"2026-02\",\"vendor\":\"somebody else\",\"observedAt\":\"1999-01-01T00:00:00Z\","
                    + "\"announcedAt\":\"2026-02-20T00:00:00Z\",\"models\":[{\"id\":\"pkg:huggingface/a/b\"}],\"countries\":[\"NL\"]}";

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final AvroSerdes serdes = new AvroSerdes(new FakeSchemaRegistry());
    private final List<MockProducer<String, byte[]>> producers = new ArrayList<>();
    private final Map<String, byte[]> cursors = new HashMap<>();
    private Instant now = Instant.parse("2026-03-01T00:00:00Z");

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    @Test
    void what_a_vendor_says_is_told_once_in_its_own_name() throws Exception {
        serve("{\"disclosures\":[" + FIRST + "]}");
        assertThat(poll().outcome()).isEqualTo(SweepOutcome.COMPLETE);
        assertThat(read(Topics.DISCLOSURES)).singleElement().satisfies(one -> {
            assertThat(one.getId()).isEqualTo("acme-file:2026-02");
            assertThat(one.getVendor()).isEqualTo("acme");
            assertThat(one.getSource()).isEqualTo("acme-file");
            assertThat(one.getObservedAt()).isEqualTo(now);
            assertThat(one.getAnnouncedAt()).isEqualTo(Instant.parse("2026-02-20T00:00:00Z"));
            assertThat(one.getCountries()).containsExactly("NL");
            assertThat(one.getEvidence().getUrl()).endsWith("/models.json");
            assertThat(one.getEvidence().getSha256()).hasSize(64);
        });

        // Read again, after a restart too, it is no news; what it says otherwise is.
        now = now.plusSeconds(3600);
        poll();
        assertThat(read(Topics.DISCLOSURES)).isEmpty();
        serve("[" + FIRST.replace("NL", "US") + "]");
        poll();
        assertThat(read(Topics.DISCLOSURES))
                .singleElement()
                .satisfies(one -> assertThat(one.getCountries()).containsExactly("US"));
    }

    @Test
    void a_bill_is_one_disclosure_and_no_news_until_it_is_another() throws Exception {
        String bill = """
                {"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
                 "version":1,"components":[{"type":"machine-learning-model","name":"b","purl":"pkg:huggingface/a/b@abc"}]}""";
        serve(bill);
        assertThat(poll().outcome()).isEqualTo(SweepOutcome.COMPLETE);
        assertThat(read(Topics.DISCLOSURES)).singleElement().satisfies(one -> {
            assertThat(one.getVendor()).isEqualTo("acme");
            assertThat(one.getId()).startsWith("acme-file:").contains("3e671687");
            assertThat(one.getModels().getFirst().getId()).isEqualTo("pkg:huggingface/a/b");
            assertThat(one.getModels().getFirst().getRevision()).isEqualTo("abc");
        });
        now = now.plusSeconds(3600);
        poll();
        assertThat(read(Topics.DISCLOSURES)).isEmpty();
        serve(bill.replace("@abc", "@def"));
        poll();
        assertThat(read(Topics.DISCLOSURES)).hasSize(1);
    }

    @Test
    void what_cannot_be_used_is_left_out_and_told() throws Exception {
        serve("[" + FIRST + ",{\"id\":\"x\",\"countries\":[\"Holland\"]},7]");
        SweepReport report = poll();
        assertThat(report.outcome()).isEqualTo(SweepOutcome.PARTIAL);
        assertThat(report.error()).startsWith("2 of 3 disclosures left out: ").contains("countries");
        assertThat(read(Topics.DISCLOSURES)).hasSize(1);
    }

    @Test
    void a_file_that_cannot_be_read_is_blind_with_words() throws Exception {
        server.stubFor(get(urlPathEqualTo("/models.json"))
                .willReturn(aResponse().withStatus(403).withBody("{}")));
        assertThat(poll().error()).contains("403", "tokenEnv");
        serve("{\"models\":[]}");
        assertThat(poll().error()).contains("no list of disclosures");
        serve("<html>");
        assertThat(poll().error()).contains("HTML");
        assertThat(read(Topics.SOURCES)).extracting(SourceHealth::getState).containsExactly(SourceState.BLIND);
        assertThat(read(Topics.DISCLOSURES)).isEmpty();
    }

    @Test
    void what_a_page_names_is_announced_once_and_a_restart_forgets_nothing() throws Exception {
        SourceConfig page = new SourceConfig(
                "acme-page",
                "page",
                Duration.ofHours(1),
                null,
                2,
                Map.of(
                        "url",
                        server.baseUrl() + "/page",
                        "vendor",
                        "acme",
                        "deployments",
                        List.of("copilot", "search")));
        String body =
                "<main><h1>Our models</h1><p>Answers are written by GPT-4o, hosted in the Netherlands.</p></main>";
        server.stubFor(get(urlPathEqualTo("/page")).willReturn(ok(body).withHeader("Content-Type", "text/html")));
        assertThat(poll(page).outcome()).isEqualTo(SweepOutcome.COMPLETE);
        assertThat(read(Topics.DISCLOSURES))
                .extracting(Disclosure::getDeployment)
                .containsExactly("copilot", "search");
        assertThat(read(Topics.OBSERVATIONS))
                .filteredOn(one -> one.getDeployment() != null)
                .extracting(Observation::getSubject, Observation::getConfidence)
                .containsExactlyInAnyOrder(tuple("copilot", Confidence.INFERRED), tuple("search", Confidence.INFERRED));
        String digest = read(Topics.OBSERVATIONS).getFirst().getFactsDigest();

        now = now.plusSeconds(3600);
        server.stubFor(get(urlPathEqualTo("/page"))
                .willReturn(ok(body.replace("Netherlands", "United States")).withHeader("Content-Type", "text/html")));
        poll(page);
        assertThat(read(Topics.DISCLOSURES)).isEmpty();
        // Each poll is another process: that the text was another one once is remembered.
        assertThat(read(Topics.OBSERVATIONS).getFirst().getFactsDigest()).isEqualTo(digest);
        now = now.plusSeconds(3600);
        poll(page);
        assertThat(read(Topics.OBSERVATIONS).getFirst().getFactsDigest()).isNotEqualTo(digest);
        server.stubFor(get(urlPathEqualTo("/page")).willReturn(aResponse().withStatus(503)));
        assertThat(poll(page).error()).contains("503");
        assertThat(read(Topics.SOURCES)).extracting(SourceHealth::getState).containsExactly(SourceState.BLIND);
    }

    private void serve(String body) {
        server.stubFor(get(urlPathEqualTo("/models.json")).willReturn(okJson(body)));
    }

    /** Each poll is a start of its own, with the cursors that the one before left. */
    private SweepReport poll() throws Exception {
        return poll(new SourceConfig(
                "acme-file",
                "disclosures",
                Duration.ofHours(1),
                null,
                2,
                Map.of("url", server.baseUrl() + "/models.json", "vendor", "acme")));
    }

    private SweepReport poll(SourceConfig config) throws Exception {
        KafkaConnection kafka = new KafkaConnection("none:1", "http://none", TOPICS, (short) 1, Map.of(), Map.of());
        producers.clear();
        Publisher publisher = new Publisher(kafka, serdes, () -> now, this::producer);
        SweepReport report;
        try (Pollers pollers = Pollers.start(
                List.of(config),
                (one, http) -> one.open(http, () -> now),
                publisher,
                () -> new HashMap<>(cursors),
                HttpLimits.defaults(),
                () -> now,
                null,
                false)) {
            report = pollers.pollNow(config.name());
        }
        producers.forEach(producer -> producer.history().stream()
                .filter(record -> record.topic().equals(TOPICS.name(Topics.CURSORS)))
                .forEach(record -> cursors.put(record.key(), record.value())));
        return report;
    }

    private MockProducer<String, byte[]> producer() {
        var producer = new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
        producers.add(producer);
        return producer;
    }

    private <V extends SpecificRecord> List<V> read(Topic<V> topic) {
        return producers.stream()
                .flatMap(producer -> producer.history().stream())
                .filter(record -> record.topic().equals(TOPICS.name(topic)))
                .map(record -> serdes.of(topic).deserializer().deserialize(record.topic(), record.value()))
                .toList();
    }
}
