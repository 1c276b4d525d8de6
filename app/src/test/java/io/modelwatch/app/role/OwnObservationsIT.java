package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.app.config.Setting;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.Ports;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What modelwatch itself observes, on a real platform: parents that no card names, models that spans show, and that nothing
 * is seen any more; and what it tells of itself: metrics, and traces.
 */
class OwnObservationsIT {

    private static final String COLLECTOR_TOPIC = "otlp_spans";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String BASE = "pkg:huggingface/Qwen/Qwen2.5-7B-Instruct";
    private static final String COPY = "pkg:huggingface/someone/Qwen2.5-7B-Instruct-GGUF";

    private static final String MODELS = """
            {"kind":"model","source":"huggingface","observedAt":"2026-03-01T10:00:00Z","model":{"id":"%s","license":"apache-2.0"}}
            {"kind":"model","source":"huggingface","observedAt":"2026-03-01T10:00:00Z","model":{"id":"%s"}}
            {"kind":"deployment","source":"manual","observedAt":"2026-03-01T10:00:00Z","deployment":{"id":"bot","models":[{"id":"%s","role":"primary"}]}}
            """.formatted(BASE, COPY, COPY);

    private static final String WRONG_CARD = """
            {"kind":"model","source":"huggingface","observedAt":"2026-03-02T10:00:00Z","model":{"id":"%s","parents":[{"id":"pkg:huggingface/meta-llama/Llama-3.1-8B","relation":"quantized"}]}}
            """.formatted(COPY);

    private static final String LISTED = "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}";

    @TempDir
    private static Path dir;

    private static EmbeddedPlatform platform;
    private static Instance instance;
    private static HttpClient http;
    private static HttpServer vendor;
    private static final SpanReceiver COLLECTOR = new SpanReceiver();
    private static final List<String> HOOKED = new CopyOnWriteArrayList<>();
    private static volatile int vendorStatus = 200;
    private static volatile String vendorBody = LISTED;

    @BeforeAll
    static void start() throws Exception {
        List<Integer> ports = Ports.free(5);
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        settings.put(Setting.DATA_DIR, dir.toString());
        settings.put(Setting.INFERENCE_ENABLED, "true");
        settings.put(Setting.TELEMETRY_ENABLED, "true");
        settings.put(Setting.TELEMETRY_TOPIC, COLLECTOR_TOPIC);
        settings.put(Setting.TELEMETRY_BLIND_AFTER, "3s");
        settings.put(Setting.TICKS_EVERY, "1s");
        settings.put(Setting.API_PORT, ports.get(0).toString());
        settings.put(Setting.PORTS_KAFKA, ports.get(1).toString());
        settings.put(Setting.PORTS_KAFKA_CONTROLLER, ports.get(2).toString());
        settings.put(Setting.PORTS_REGISTRY, ports.get(3).toString());
        settings.put(Setting.PORTS_POSTGRES, ports.get(4).toString());
        settings.put(Setting.HEALTH_PORT, "0");
        settings.put(
                Setting.PROCUREMENT_FOLDER,
                Files.createDirectory(dir.resolve("papers")).toString());
        vendor = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        vendor.createContext("/", exchange -> {
            try (exchange) {
                byte[] body = vendorBody.getBytes(UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(vendorStatus, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        vendor.createContext("/otlp/v1/traces", COLLECTOR);
        vendor.createContext("/hook", exchange -> {
            try (exchange) {
                HOOKED.add(exchange.getRequestHeaders().getFirst("traceparent"));
                exchange.sendResponseHeaders(204, -1);
            }
        });
        vendor.start();
        Path secret = Files.writeString(dir.resolve("hook-secret"), "geheim");
        // The first delivery wants nothing: it is there for its metrics.
        Path file = Files.writeString(dir.resolve("modelwatch.yaml"), """
                deliveries:
                  - {name: nobody, type: syslog, when: 'false', settings: {host: 127.0.0.1}}
                  - {name: hook, type: webhook, when: 'alert.deployment == "traced"', settings: {url: 'http://127.0.0.1:%d/hook', secretFile: '%s'}}
                sources:
                  - name: vendor
                    type: json-list
                    every: 1s
                    blindAfter: 3s
                    settings: {descriptor: openrouter, baseUrl: "http://127.0.0.1:%d"}
                """.formatted(
                vendor.getAddress().getPort(), secret, vendor.getAddress().getPort()));
        settings.put(
                Setting.TRACES_ENDPOINT,
                "http://127.0.0.1:" + vendor.getAddress().getPort() + "/otlp");
        Config config = Config.of(ConfigFile.read(file), settings, name -> null);
        platform = EmbeddedPlatform.start(config.platform(), System.out::println);
        instance = Instance.start(
                InstanceConfig.embedded(config, platform),
                EnumSet.allOf(Role.class),
                InstantSource.system(),
                System.out::println);
        http = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        http.close();
        instance.close();
        platform.close();
        vendor.stop(0);
    }

    @Test
    void whatIsInferredIsThereWhenTheWaitIsOver() throws Exception {
        push(instance, MODELS);
        JsonNode mbom = get(http, instance, "/v1/mboms/bot");
        JsonNode ancestor = mbom.at("/components/0/ancestry/0");
        assertThat(ancestor.path("id").asString()).isEqualTo(BASE);
        assertThat(ancestor.path("relation").asString()).isEqualTo("quantized");
        assertThat(ancestor.path("confidence").asString()).isEqualTo("inferred");
        assertThat(mbom.path("claims").valueStream())
                .filteredOn(claim -> claim.path("field").asString().equals("models.primary.parents"))
                .singleElement()
                .satisfies(claim -> {
                    assertThat(claim.path("confidence").asString()).isEqualTo("inferred");
                    assertThat(claim.path("source").asString()).isEqualTo("inference");
                    assertThat(claim.at("/evidence/basis").asString()).contains("qwen-2.5-7b-instruct");
                });
        assertThat(changes(http, instance, COPY)).contains("APPEARED", "LINEAGE_INFERRED");

        push(instance, WRONG_CARD);
        assertThat(changes(http, instance, COPY)).contains("CLAIMS_DISAGREE");
        JsonNode declared = get(http, instance, "/v1/mboms/bot").at("/components/0/ancestry/0");
        assertThat(declared.path("id").asString()).isEqualTo("pkg:huggingface/meta-llama/Llama-3.1-8B");
    }

    @Test
    void everyMetricThatIsListedIsGivenAndNoOther() throws Exception {
        URI health = URI.create("http://127.0.0.1:" + instance.healthPort());
        assertThat(body(health.resolve("/health/live"))).isEqualTo("live\n");
        String scraped = body(health.resolve("/metrics"));

        Set<String> given = new TreeSet<>();
        scraped.lines()
                .filter(line -> line.startsWith("# TYPE "))
                // The greatest of a timer is a family of its own.
                .map(line -> line.split(" ")[2].replaceFirst("_seconds_max$", "_seconds"))
                .forEach(given::add);
        Set<String> listed = new TreeSet<>();
        for (Metric metric : Metric.values()) {
            listed.add(metric.prometheus());
        }
        given.add(Metric.JVM_GC_PAUSE.prometheus());
        assertThat(given).isEqualTo(listed);
        assertThat(scraped)
                .contains(
                        "modelwatch_state{state=\"dead\"} 0.0",
                        "modelwatch_source_blind{source=\"procurement-folder\"} 0.0",
                        "modelwatch_topology_running{topology=\"drift\"} 1.0",
                        "modelwatch_delivery_lag{delivery=\"nobody\",type=\"syslog\"}");
        assertThat(body(URI.create("http://127.0.0.1:" + instance.port()).resolve("/metrics")))
                .contains("modelwatch_history_lag_records");
    }

    @Test
    void anObservationIsOneTraceFromThePushToTheDelivery() throws Exception {
        String caller = "00f067aa0ba902b7";
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        pushTraced("gpt-4o", trace, caller);
        // Said again it is no difference, and no trace.
        String unchanged = "aaf92f3577b34da6a3ce929d0e0e4736";
        pushTraced("gpt-4o", unchanged, caller);

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(COLLECTOR.of(trace))
                        .extracting(
                                SpanReceiver.Received::service,
                                one -> one.span().getName())
                        .contains(
                                tuple("modelwatch-pollers", "send modelwatch.observations.v1"),
                                tuple("modelwatch-streams", "send modelwatch.changes.v1"),
                                tuple("modelwatch-streams", "send modelwatch.facts.v1"),
                                tuple("modelwatch-streams", "send modelwatch.mboms.v1"),
                                tuple("modelwatch-alerts", "send modelwatch.alerts.v1"),
                                tuple("modelwatch-alerts", "deliver hook"),
                                tuple("modelwatch-history", "process modelwatch.changes.v1"),
                                tuple("modelwatch-history", "process modelwatch.alerts.v1")));
        SpanReceiver.Received delivered = traced(trace, "deliver hook");
        assertThat(HOOKED).containsExactly("00-" + trace + "-" + delivered.id() + "-01");
        assertThat(delivered.attribute("http.response.status_code")).isEqualTo("204");
        SpanReceiver.Received alert = traced(trace, "send modelwatch.alerts.v1");
        assertThat(delivered.parent()).isEqualTo(alert.id());
        assertThat(alert.attribute("messaging.kafka.offset")).isNotEmpty();
        SpanReceiver.Received bill = traced(trace, "send modelwatch.mboms.v1");
        assertThat(alert.parent()).isEqualTo(bill.id());
        SpanReceiver.Received facts = traced(trace, "send modelwatch.facts.v1");
        assertThat(bill.parent()).isEqualTo(facts.id());
        SpanReceiver.Received observation = traced(trace, "send modelwatch.observations.v1");
        assertThat(facts.parent()).isEqualTo(observation.id());
        assertThat(observation.parent()).isEqualTo(caller);
        SpanReceiver.Received change = traced(trace, "send modelwatch.changes.v1");
        assertThat(change.parent()).isEqualTo(observation.id());
        assertThat(traced(trace, "process modelwatch.changes.v1").parent()).isEqualTo(change.id());

        // Whoever polls brings no trace: then it bears the correlation id.
        pushTraced("gpt-5", null, null);
        JsonNode changes = get(http, instance, "/v1/changes?subject=traced").path("items");
        String correlation =
                changes.path(changes.size() - 1).path("correlationId").asString();
        assertThat(get(http, instance, "/v1/trace/" + correlation).at("/traceIds"))
                .isEqualTo(JsonMapper.shared().createArrayNode().add(correlation));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(COLLECTOR.of(correlation))
                        .anyMatch(one -> one.span().getName().equals("deliver hook")));
        assertThat(COLLECTOR.of(unchanged)).isEmpty();
        // The first alert was closed by what was said last: that led to it, and so it is in both.
        assertThat(get(
                                http,
                                instance,
                                "/v1/trace/" + changes.at("/0/correlationId").asString())
                        .at("/traceIds"))
                .isEqualTo(JsonMapper.shared().createArrayNode().add(trace).add(correlation));
    }

    private static SpanReceiver.Received traced(String trace, String name) {
        return COLLECTOR.of(trace).stream()
                .filter(one -> one.span().getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Says over HTTP which model a deployment runs. */
    private static void pushTraced(String model, String trace, String caller) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + instance.port() + "/v1/observations?wait=true"))
                .POST(HttpRequest.BodyPublishers.ofString("""
                        {"kind":"deployment","source":"manual","observedAt":"%s","deployment":{"id":"traced","models":[{"id":"pkg:generic/openai/%s","role":"primary"}]}}
                        """.formatted(Instant.now(), model)));
        if (trace != null) {
            request.header("traceparent", "00-" + trace + "-" + caller + "-01");
        }
        assertThat(http.send(request.build(), HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);
    }

    private static String body(URI uri) throws Exception {
        return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void whatTheOfficialExporterSendsIsUnderstood() throws Exception {
        push(instance, """
                {"kind":"deployment","source":"manual","observedAt":"2026-03-01T10:00:00Z","deployment":{"id":"claims","models":[{"id":"pkg:generic/openai/gpt-4o","role":"primary"}]}}
                """);
        try (SpanExporter exporter = OtlpHttpSpanExporter.builder()
                        .setEndpoint("http://127.0.0.1:" + instance.port() + "/v1/traces")
                        .setCompression("gzip")
                        .build();
                SdkTracerProvider tracers = SdkTracerProvider.builder()
                        .setResource(Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "claims")))
                        .addSpanProcessor(BatchSpanProcessor.builder(exporter).build())
                        .build()) {
            for (int i = 0; i < 100; i++) {
                tracers.get("test")
                        .spanBuilder("chat gpt-4o")
                        .setAttribute("gen_ai.provider.name", "openai")
                        .setAttribute("gen_ai.request.model", "gpt-4o")
                        .setAttribute("gen_ai.response.model", "gpt-4o-mini-2024-07-18")
                        .setAttribute("gen_ai.input.messages", "PLANTED-PROMPT")
                        .startSpan()
                        .end();
            }
            CompletableResultCode sent = tracers.forceFlush().join(30, TimeUnit.SECONDS);
            assertThat(sent.isSuccess()).isTrue();
        }
        instance.settle(PATIENCE);

        assertThat(changes(http, instance, "claims")).contains("APPEARED", "ROUTING_CHANGED");
        JsonNode component = get(http, instance, "/v1/mboms/claims").at("/components/0");
        assertThat(component.path("requested").asString()).isEqualTo("gpt-4o");
        assertThat(component.path("served").asString()).isEqualTo("gpt-4o-mini-2024-07-18");
        JsonNode alerts = get(http, instance, "/v1/alerts?deployment=claims").path("items");
        assertThat(alerts.valueStream())
                .extracting(alert -> alert.path("policy").asString())
                .contains("served-not-requested");
        assertNothingHolds("PLANTED-PROMPT");
    }

    @Test
    void whatACollectorWritesToKafkaIsUnderstoodAndWhatIsNoneIsPutAsideWithoutACopy() throws Exception {
        Span span = Span.newBuilder()
                .addAttributes(attribute("gen_ai.system", "openai"))
                .addAttributes(attribute("gen_ai.request.model", "gpt-4.1-nano"))
                .addAttributes(attribute("gen_ai.response.model", "gpt-4.1-nano-2025-04-14"))
                .addAttributes(attribute("gen_ai.prompt.0.content", "PLANTED-PROMPT"))
                .build();
        byte[] export = ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(ResourceSpans.newBuilder()
                        .setResource(io.opentelemetry.proto.resource.v1.Resource.newBuilder()
                                .addAttributes(attribute("service.name", "claims-assistant")))
                        .addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
                .build()
                .toByteArray();
        Properties settings = instance.kafka().clientProperties();
        try (Admin admin = Admin.create(settings);
                KafkaProducer<byte[], byte[]> collector =
                        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            admin.createTopics(List.of(new NewTopic(COLLECTOR_TOPIC, 1, (short) 1)))
                    .all()
                    .get();
            collector
                    .send(new ProducerRecord<>(COLLECTOR_TOPIC, "PLANTED-PROMPT".getBytes(UTF_8)))
                    .get();
            collector.send(new ProducerRecord<>(COLLECTOR_TOPIC, export)).get();
        }

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(changes(http, instance, "claims-assistant"))
                        .containsExactlyInAnyOrder("APPEARED", "UNDECLARED_MODEL"));
        assertNothingHolds("PLANTED-PROMPT");
        assertThat(instance.troubles()).isEmpty();
        URI health = URI.create("http://127.0.0.1:" + instance.healthPort());
        assertThat(body(health.resolve("/health/ready"))).isEqualTo("ready\n");
        // What counts them is there after a collection too.
        System.gc();
        assertThat(body(health.resolve("/metrics")))
                .contains(
                        "modelwatch_dead_letters_total{by=\"history\"} 0.0\n",
                        "modelwatch_dead_letters_total{by=\"spans\"} 1.0\n");
    }

    @Test
    void whatIsNotSeenAnyMoreIsBlindUntilItIsSeenAgain() throws Exception {
        awaitSource("vendor", "seeing", "verified");

        vendorStatus = 401;
        awaitSource("vendor", "blind", "blind");
        awaitAlert("vendor", "open", "401 Unauthorized");
        vendorStatus = 200;
        awaitAlert("vendor", "closed", "recovered");
        awaitSource("vendor", "seeing", "verified");

        // Read, and yet nothing where there was something.
        vendorBody = "{\"data\":[]}";
        awaitAlert("vendor", "open", "the list is empty");
        vendorBody = LISTED;
        awaitAlert("vendor", "closed", "recovered");
        assertThat(changes(http, instance, "pkg:generic/openrouter/a")).containsExactly("APPEARED");

        // Spans come by themselves, or they do not.
        awaitAlert("telemetry", "open", "no span has come since");
        awaitSource("telemetry", "blind", "blind");
        HttpRequest export = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + instance.port() + "/v1/traces"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"resourceSpans\":[]}"))
                .build();
        assertThat(http.send(export, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
        awaitAlert("telemetry", "closed", "recovered");
    }

    private static void awaitSource(String source, String state, String condition) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(
                                get(http, instance, "/v1/sources").path("items").valueStream())
                        .anyMatch(one -> one.path("source").asString().equals(source)
                                && one.path("state").asString().equals(state)
                                && one.path("condition").asString("").equals(condition)));
    }

    private static void awaitAlert(String source, String state, String words) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode alerts = get(http, instance, "/v1/alerts?deployment=source:" + source);
            assertThat(alerts.path("items").valueStream())
                    .anyMatch(one -> one.path("state").asString().equals(state)
                            && one.toString().contains(words));
        });
    }

    private static KeyValue attribute(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }

    /** Reads every topic of ours, as bytes. */
    private static void assertNothingHolds(String text) {
        Properties settings = instance.kafka().clientProperties();
        settings.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<byte[], byte[]> reader =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = reader.listTopics().values().stream()
                    .flatMap(List::stream)
                    .filter(info -> info.topic().startsWith("modelwatch"))
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            boolean traffic = false;
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> one : reader.poll(Duration.ofMillis(200))) {
                    traffic |= one.topic().endsWith("traffic.v1");
                    assertThat(one.value() == null ? "" : new String(one.value(), UTF_8))
                            .doesNotContain(text);
                    one.headers()
                            .forEach(header -> assertThat(new String(header.value(), UTF_8))
                                    .doesNotContain(text));
                }
            }
            assertThat(traffic).isTrue();
        }
    }

    private static void push(Instance instance, String lines) throws Exception {
        assertThat(instance.intake()
                        .observations(new ByteArrayInputStream(lines.getBytes(UTF_8)), true, name -> null)
                        .errors())
                .isEmpty();
    }

    private static List<String> changes(HttpClient http, Instance instance, String subject) throws Exception {
        JsonNode page = get(http, instance, "/v1/changes?subject=" + URLEncoder.encode(subject, UTF_8));
        return page.path("items")
                .valueStream()
                .map(change -> change.path("kind").asString())
                .toList();
    }

    private static JsonNode get(HttpClient http, Instance instance, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + instance.port() + path))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JsonMapper.builder().build().readTree(response.body());
    }
}
