package io.modelwatch.bench.telemetry;

import io.modelwatch.bench.measure.BenchException;
import io.modelwatch.producers.alias.Aliases;
import io.modelwatch.producers.telemetry.MalformedSpansException;
import io.modelwatch.producers.telemetry.SpanReader;
import io.modelwatch.producers.telemetry.TelemetryConfig;
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

/** How fast exports are read, on one thread and without Kafka: what stands before the topology. */
final class SpanReadBench {

    /** As the SDKs' batch processor sends them. */
    private static final int SPANS = 512;

    /** Of what is dropped: a short prompt and its answer. */
    private static final int CONTENT = 1_000;

    private SpanReadBench() {}

    /** Returns spans read in a second, over a number of exports after as many that are not counted. */
    static double spansPerSecond(int exports) {
        Instant now = Instant.parse("2026-03-01T00:00:00Z");
        SpanReader reader = new SpanReader(
                new TelemetryConfig(List.of("service.name"), List.of(), List.of(), List.of(), Aliases.shipped(), null));
        byte[] body = export(now);
        read(reader, body, now, exports);
        long begin = System.nanoTime();
        read(reader, body, now, exports);
        return (double) SPANS * exports * 1e9 / (System.nanoTime() - begin);
    }

    private static void read(SpanReader reader, byte[] body, Instant now, int exports) {
        InstantSource clock = () -> now;
        try {
            for (int i = 0; i < exports; i++) {
                long taken = SpanLoad.taken(reader.read(body, false, clock));
                if (taken != SPANS) {
                    throw new BenchException("of %d spans %d were read".formatted(SPANS, taken));
                }
            }
        } catch (MalformedSpansException e) {
            throw new BenchException(String.valueOf(e.getMessage()));
        }
    }

    private static byte[] export(Instant now) {
        ScopeSpans.Builder spans = ScopeSpans.newBuilder();
        for (int i = 0; i < SPANS; i++) {
            spans.addSpans(Span.newBuilder()
                    .setEndTimeUnixNano(now.toEpochMilli() * 1_000_000)
                    .addAttributes(attribute("gen_ai.operation.name", "chat"))
                    .addAttributes(attribute("gen_ai.provider.name", "openai"))
                    .addAttributes(attribute("gen_ai.request.model", "gpt-4.1-nano"))
                    .addAttributes(attribute("gen_ai.response.model", "gpt-4.1-nano-2025-04-14"))
                    .addAttributes(attribute("openai.response.system_fingerprint", "fp_" + i % 4))
                    .addAttributes(attribute("server.address", "api.openai.com"))
                    .addAttributes(attribute("gen_ai.input.messages", "x".repeat(CONTENT)))
                    .addAttributes(attribute("gen_ai.output.messages", "y".repeat(CONTENT))));
        }
        return ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(ResourceSpans.newBuilder()
                        .setResource(Resource.newBuilder().addAttributes(attribute("service.name", "bench")))
                        .addScopeSpans(spans))
                .build()
                .toByteArray();
    }

    private static KeyValue attribute(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }
}
