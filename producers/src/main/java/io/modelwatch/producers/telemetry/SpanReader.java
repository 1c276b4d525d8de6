package io.modelwatch.producers.telemetry;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;

/**
 * Reads exports of traces (OTLP 1.x) and keeps of each span that calls a model which model was asked for and which answered,
 * where, and for whom. Everything else, prompts and completions first of all, is dropped here.
 */
public final class SpanReader {

    /**
     * Ids are hexadecimal in OTLP's JSON and base64 in protobuf's own: the parser reads one as the other without a complaint,
     * for hexadecimal digits are base64 too, and nothing here looks at ids.
     */
    private static final JsonFormat.Parser JSON = JsonFormat.parser().ignoringUnknownFields();

    private final RouteReader routes;

    /** @param config what to read */
    public SpanReader(TelemetryConfig config) {
        this.routes = new RouteReader(config);
    }

    /**
     * Reads one export.
     *
     * @param json whether it is JSON; protobuf else
     * @param clock says what the future is, and the time of a span that has none
     * @throws MalformedSpansException if it is none
     */
    public SpanBatch read(byte[] body, boolean json, InstantSource clock) throws MalformedSpansException {
        ExportTraceServiceRequest export = json ? json(body) : protobuf(body);
        BatchBuilder batch = new BatchBuilder(clock);
        for (ResourceSpans resource : export.getResourceSpansList()) {
            Attributes shared = new Attributes(resource.getResource().getAttributesList());
            for (ScopeSpans scope : resource.getScopeSpansList()) {
                for (Span span : scope.getSpansList()) {
                    routes.read(span, shared, batch);
                }
            }
        }
        return batch.build();
    }

    private static ExportTraceServiceRequest protobuf(byte[] body) throws MalformedSpansException {
        try {
            return ExportTraceServiceRequest.parseFrom(body);
        } catch (InvalidProtocolBufferException e) {
            // The parser's own words may quote what it read.
            throw new MalformedSpansException("the body is no ExportTraceServiceRequest in protobuf");
        }
    }

    private static ExportTraceServiceRequest json(byte[] body) throws MalformedSpansException {
        ExportTraceServiceRequest.Builder export = ExportTraceServiceRequest.newBuilder();
        try {
            JSON.merge(new InputStreamReader(new ByteArrayInputStream(body), StandardCharsets.UTF_8), export);
            return export.build();
        } catch (IOException e) {
            throw new MalformedSpansException("the body is no ExportTraceServiceRequest in JSON");
        }
    }
}
