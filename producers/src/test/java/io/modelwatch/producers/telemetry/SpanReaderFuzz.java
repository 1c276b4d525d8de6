package io.modelwatch.producers.telemetry;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.modelwatch.producers.Fuzzed;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Exports of spans, in protobuf and in JSON. */
class SpanReaderFuzz {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-03-02T00:00:00Z"));

    static Stream<Arguments> samples() {
        Span span = Span.newBuilder()
                .setStartTimeUnixNano(1_772_400_000_000_000_000L)
                .addAttributes(attribute("gen_ai.provider.name", "openai"))
                .addAttributes(attribute("gen_ai.request.model", "gpt-4o"))
                .addAttributes(attribute("gen_ai.response.model", "gpt-4o-2024-08-06"))
                .build();
        byte[] protobuf = ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(ResourceSpans.newBuilder()
                        .setResource(Resource.newBuilder().addAttributes(attribute("service.name", "bot")))
                        .addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
                .build()
                .toByteArray();
        return Stream.concat(
                Stream.of(Arguments.of((Object) protobuf)),
                Fuzzed.recorded("io/modelwatch/producers/telemetry", "export\\.json"));
    }

    @MethodSource("samples")
    @FuzzTest
    void anExportIsReadOrRefused(byte[] body) {
        SpanReader reader = new SpanReader(SpanReaderTest.config(List.of()));
        for (boolean json : new boolean[] {false, true}) {
            try {
                reader.read(body, json, CLOCK).traffic().forEach(Fuzzed::mustBeWritable);
            } catch (MalformedSpansException refused) {
                // Said so.
            }
        }
    }

    private static KeyValue attribute(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }
}
