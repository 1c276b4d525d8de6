package io.modelwatch.producers.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.modelwatch.producers.alias.Aliases;
import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.FakeSchemaRegistry;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Traffic;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpanReaderTest {

    private static final Instant NOW = Instant.parse("2026-06-08T18:45:51Z");
    private static final InstantSource CLOCK = () -> NOW;
    private static final String PROMPT = "PLANTED-PROMPT: the board's secret plan";

    private final SpanReader reader = new SpanReader(config(List.of()));

    @Test
    void readsAnExportOfACollectorInJson() throws Exception {
        byte[] body;
        try (InputStream in = getClass().getResourceAsStream("export.json")) {
            body = in.readAllBytes();
        }

        SpanBatch batch = reader.read(body, true, () -> Instant.parse("2026-06-09T00:00:00Z"));

        assertThat(batch.rejected()).isZero();
        assertThat(batch.traffic()).singleElement().satisfies(traffic -> {
            assertThat(traffic.getDeployment()).isEqualTo("claims-assistant");
            assertThat(traffic.getProvider()).isEqualTo("openai");
            assertThat(traffic.getRequested()).isEqualTo("gpt-4.1-nano");
            assertThat(traffic.getModel()).isEqualTo("pkg:generic/openai/gpt-4.1-nano");
            assertThat(traffic.getModelRule()).isEqualTo("unresolved");
            assertThat(traffic.getServed()).isEqualTo("gpt-4.1-nano-2025-04-14");
            assertThat(traffic.getServedModel()).isEqualTo("pkg:generic/openai/gpt-4.1-nano");
            assertThat(traffic.getOperation()).isEqualTo("chat");
            assertThat(traffic.getFingerprints()).containsExactly("fp_97e92d7018");
            assertThat(traffic.getLastAt()).isEqualTo(Instant.ofEpochMilli(1_780_944_351_790L));
            assertThat(traffic.getPlace()).isNull();
        });
    }

    @Test
    void readsJsonWhoseNumbersAreNumbersAndWhoseFieldsAreUnknown() throws Exception {
        String body = """
                {"resourceSpans":[{"futureField":{"a":[1]},"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"bot"}}]},
                 "scopeSpans":[{"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174","kind":3,"flags":256,
                  "endTimeUnixNano":1780944351000000000,"attributes":[{"key":"gen_ai.system","value":{"stringValue":"anthropic"}},
                  {"key":"gen_ai.response.model","value":{"stringValue":"claude-haiku-4-5-20251001"}},{"key":"n","value":{"intValue":7}}]}]}]}]}
                """;

        SpanBatch batch = reader.read(body.getBytes(UTF_8), true, CLOCK);

        assertThat(batch.traffic()).singleElement().satisfies(traffic -> {
            assertThat(traffic.getRequested()).isNull();
            assertThat(traffic.getModel()).isEqualTo("pkg:generic/anthropic/claude-haiku-4-5");
            assertThat(traffic.getModelRule()).isEqualTo("snapshot");
        });
    }

    @Test
    void keepsNothingOfPromptsCompletionsAndUsers() throws Exception {
        Span span = span(
                        "gen_ai.request.model",
                        "gpt-4o",
                        "gen_ai.response.model",
                        "gpt-4o",
                        "gen_ai.input.messages",
                        PROMPT,
                        "gen_ai.output.messages",
                        PROMPT,
                        "gen_ai.prompt.0.content",
                        PROMPT,
                        "gen_ai.system_instructions",
                        PROMPT,
                        "user.id",
                        PROMPT,
                        // Where they do not belong, but would be kept as a name: too long for one, and with lines.
                        "gen_ai.operation.name",
                        PROMPT + "\n" + PROMPT.repeat(3),
                        "server.address",
                        PROMPT + "\n",
                        "gen_ai.provider.name",
                        PROMPT.repeat(4),
                        "openai.response.system_fingerprint",
                        PROMPT.repeat(4))
                .toBuilder()
                .setName(PROMPT)
                .addEvents(Span.Event.newBuilder().setName(PROMPT).addAttributes(attribute("content", PROMPT)))
                .setStatus(Status.newBuilder().setMessage(PROMPT))
                .build();

        SpanBatch batch = reader.read(export("bot", span).toByteArray(), false, CLOCK);

        assertThat(batch.traffic()).hasSize(1);
        byte[] stored = new AvroSerdes(new FakeSchemaRegistry())
                .of(Topics.TRAFFIC)
                .serializer()
                .serialize("traffic", batch.traffic().getFirst());
        assertThat(new String(stored, UTF_8))
                .contains("gpt-4o")
                .doesNotContain("PLANTED")
                .doesNotContain("secret");

        SpanBatch refused = reader.read(
                export("bot", span("gen_ai.request.model", PROMPT.repeat(20))).toByteArray(), false, CLOCK);
        assertThat(refused.rejected()).isEqualTo(1);
        assertThat(refused.reason()).doesNotContain("PLANTED");
        assertThatThrownBy(() -> reader.read(("{\"" + PROMPT + "\": [").getBytes(UTF_8), true, CLOCK))
                .isInstanceOf(MalformedSpansException.class)
                .hasNoCause()
                .message()
                .doesNotContain("PLANTED");
    }

    @Test
    void addsSpansOfOneRouteUp() throws Exception {
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            spans.add(span(
                            "gen_ai.request.model", "gpt-4o",
                            "gen_ai.response.model", "gpt-4o-2024-08-06",
                            "openai.response.system_fingerprint", "fp_" + i % 40)
                    .toBuilder()
                    .setEndTimeUnixNano(nanos(NOW.minusSeconds(i)))
                    .build());
        }

        SpanBatch batch = reader.read(export("bot", spans.toArray(Span[]::new)).toByteArray(), false, CLOCK);

        assertThat(batch.traffic()).singleElement().satisfies(traffic -> {
            assertThat(traffic.getSpans()).isEqualTo(1000);
            assertThat(traffic.getFirstAt()).isEqualTo(NOW.minusSeconds(999));
            assertThat(traffic.getLastAt()).isEqualTo(NOW);
            assertThat(traffic.getFingerprints()).hasSize(16);
        });
    }

    @Test
    void passesOverWhatCallsNoModelAndWhatNobodyAnswered() throws Exception {
        Span failed = span("gen_ai.request.model", "gpt-4o").toBuilder()
                .setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR))
                .build();

        SpanBatch batch = reader.read(
                export("bot", span("http.request.method", "GET"), failed).toByteArray(), false, CLOCK);

        assertThat(batch.traffic()).isEmpty();
        assertThat(batch.rejected()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "unknown_service:java", "pkg:generic/a/b", "two\nlines", " bot", "nul\u0000"})
    void rejectsSpansOfADeploymentWithoutAUsableName(String name) throws Exception {
        SpanBatch batch =
                reader.read(export(name, span("gen_ai.request.model", "gpt-4o")).toByteArray(), false, CLOCK);

        assertThat(batch.traffic()).isEmpty();
        assertThat(batch.rejected()).isEqualTo(1);
        assertThat(batch.reason()).contains("deployment");
    }

    @Test
    void rejectsTheFutureAndAFloodOfRoutesAndTakesTheRest() throws Exception {
        List<Span> spans = new ArrayList<>();
        spans.add(span("gen_ai.request.model", "early").toBuilder()
                .setEndTimeUnixNano(nanos(NOW.plusSeconds(3600)))
                .build());
        spans.add(span("gen_ai.request.model", "never").toBuilder()
                .setEndTimeUnixNano(-1)
                .build());
        for (int i = 0; i < 1100; i++) {
            spans.add(span("gen_ai.request.model", "model-x" + i + "y"));
        }

        SpanBatch batch = reader.read(export("bot", spans.toArray(Span[]::new)).toByteArray(), false, CLOCK);

        assertThat(batch.traffic())
                .hasSize(1000)
                .allSatisfy(one -> assertThat(one.getLastAt()).isEqualTo(NOW));
        assertThat(batch.rejected()).isEqualTo(102);
        assertThat(batch.reason()).contains("future");
    }

    @Test
    void takesTheNameThatASpanGivesBeforeThatOfItsResourceAndOnlyDeploymentsThatAreWanted() throws Exception {
        Span named = span("gen_ai.request.model", "gpt-4o", "modelwatch.deployment", "claims");
        SpanReader some = new SpanReader(config(List.of("cl*")));

        SpanBatch batch = some.read(
                export("gateway", named, span("gen_ai.request.model", "gpt-4.1"))
                        .toByteArray(),
                false,
                CLOCK);

        assertThat(batch.traffic()).extracting(Traffic::getDeployment).containsExactly("claims");
        assertThat(batch.rejected()).isZero();
    }

    @Test
    void readsUnknownFieldsOfProtobufAndRefusesWhatIsNone() throws Exception {
        ExportTraceServiceRequest export = export("bot", span("gen_ai.request.model", "gpt-4o")).toBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                999,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFromUtf8("later"))
                                        .build())
                        .build())
                .build();

        assertThat(reader.read(export.toByteArray(), false, CLOCK).traffic()).hasSize(1);
        assertThatThrownBy(() -> reader.read("{}".getBytes(UTF_8), false, CLOCK))
                .isInstanceOf(MalformedSpansException.class);
        assertThatThrownBy(() -> reader.read(nested(50_000), true, CLOCK)).isInstanceOf(MalformedSpansException.class);
    }

    private static byte[] nested(int depth) {
        return ("{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"a\",\"value\":"
                        + "{\"arrayValue\":{\"values\":[".repeat(depth))
                .getBytes(UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "aws.bedrock, bedrock-runtime.eu-central-1.amazonaws.com, bedrock, aws, eu-central-1, DE",
                "openai, westeurope.api.cognitive.microsoft.com, azure, azure, westeurope, NL",
                "gcp.vertex_ai, europe-west4-aiplatform.googleapis.com, vertex, gcp, europe-west4, NL",
                "openai, api.deepseek.com, deepseek, -, -, -",
                "mistral_ai, -, mistral, -, -, -",
                "-, acme.openai.azure.com, azure, -, -, -",
                "My_Gateway, localhost, my_gateway, -, -, -",
                "-, -, -, -, -, -"
            })
    void knowsWhoAnswersAndWhere(
            String name, String address, String vendor, String host, String region, String country) {
        Providers providers = Providers.shipped();

        assertThat(providers.vendor(name, address)).isEqualTo(vendor);
        assertThat(providers.place(name, address, null))
                .isEqualTo(region == null ? null : new Hosting(host, region, country));
    }

    @ParameterizedTest
    @CsvSource({
        "openai, gpt-4o-2024-08-06, pkg:generic/openai/gpt-4o, snapshot",
        "openai, gpt-4o, pkg:generic/openai/gpt-4o, unresolved",
        "anything, qwen2.5-72b-instruct, pkg:huggingface/Qwen/Qwen2.5-72B-Instruct, table",
        "groq, llama-3.1-8b-instant, pkg:huggingface/meta-llama/Llama-3.1-8B-Instruct, table",
        "other, llama-3.1-8b-instant, pkg:generic/other/llama-3.1-8b-instant, unresolved",
        "vllm, Qwen/Qwen3-8B, pkg:huggingface/Qwen/Qwen3-8B, hub",
        "openrouter, qwen/qwen3-8b, pkg:generic/openrouter/qwen/qwen3-8b, unresolved"
    })
    void saysWhichModelANameStandsForAndByWhichRule(String vendor, String name, String model, String rule) {
        assertThat(Aliases.shipped().of(vendor, name)).satisfies(found -> {
            assertThat(found.model()).isEqualTo(model);
            assertThat(found.rule().title()).isEqualTo(rule);
        });
    }

    @Test
    void putsOnesOwnTableFirst(@org.junit.jupiter.api.io.TempDir java.nio.file.Path dir) throws IOException {
        java.nio.file.Path file = dir.resolve("aliases.csv");
        java.nio.file.Files.writeString(file, "vendor,name,model\nazure,team-gpt,pkg:generic/azure/gpt-4o\n");

        assertThat(Aliases.shippedAnd(file).of("azure", "team-gpt")).satisfies(found -> {
            assertThat(found.model()).isEqualTo("pkg:generic/azure/gpt-4o");
            assertThat(found.rule().title()).isEqualTo("configured");
        });
        java.nio.file.Files.writeString(file, "vendor,name\nazure,team-gpt\n");
        assertThatThrownBy(() -> Aliases.shippedAnd(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("vendor,name,model");
    }

    static TelemetryConfig config(List<String> deployments) {
        return new TelemetryConfig(
                List.of("modelwatch.deployment", "service.name"),
                List.of(),
                List.of(),
                deployments,
                Aliases.shipped(),
                null);
    }

    private static ExportTraceServiceRequest export(String service, Span... spans) {
        return ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(ResourceSpans.newBuilder()
                        .setResource(Resource.newBuilder().addAttributes(attribute("service.name", service)))
                        .addScopeSpans(ScopeSpans.newBuilder().addAllSpans(List.of(spans))))
                .build();
    }

    private static Span span(String... attributes) {
        Span.Builder span = Span.newBuilder().setEndTimeUnixNano(nanos(NOW));
        for (int i = 0; i < attributes.length; i += 2) {
            span.addAttributes(attribute(attributes[i], attributes[i + 1]));
        }
        return span.build();
    }

    private static KeyValue attribute(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }

    private static long nanos(Instant at) {
        return at.toEpochMilli() * 1_000_000;
    }
}
