package io.modelwatch.app.trace;

import io.modelwatch.alerts.delivery.AttemptWatcher;
import io.modelwatch.app.config.TraceSettings;
import io.modelwatch.history.HistorySink;
import io.modelwatch.schemas.Topics;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The traces of an instance. A trace begins where an observation turned out to make a difference, and never for one that did
 * not: the span of its publication is made by the topology that found the change, from the times that the record carries.
 * Each role is a service of its own in the traces, whatever process it runs in. Thread-safe.
 */
public final class Traces implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long CLOSING_SECONDS = 5;

    /** Names of models and deployments are longer only where somebody plays tricks. */
    private static final int MOST_CHARS = 256;

    /** The exporter says each failure there, in words that are not ours; held, or its level would be forgotten. */
    private static final Logger SDK = Logger.getLogger("io.opentelemetry");

    private final SpanQueue queue;
    private final Sampler sampler;
    private final String instance;
    private final Topics topics;
    private final Fanout fanout = new Fanout();
    private final LongAdder leftOut = new LongAdder();
    private final Map<String, SdkTracerProvider> services = new ConcurrentHashMap<>();

    Traces(SpanExporter exporter, double sample, Topics topics, String instance) {
        this.queue = new SpanQueue(exporter);
        this.sampler = Sampler.traceIdRatioBased(sample);
        this.topics = topics;
        this.instance = instance;
    }

    /**
     * Starts to send traces; whether somebody takes them shows in the metrics.
     *
     * @param instance name of this instance, the same after a restart
     */
    public static Traces start(TraceSettings settings, Topics topics, String instance) {
        SDK.setLevel(Level.OFF);
        OtlpHttpSpanExporterBuilder exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(settings.endpoint().toString())
                .setHeaders(settings::headers)
                .setTimeout(TIMEOUT)
                .setConnectTimeout(TIMEOUT)
                .setCompression("gzip")
                .setMeterProvider(MeterProvider.noop());
        String authorities = settings.authorities();
        if (authorities != null) {
            exporter.setTrustedCertificates(authorities.getBytes(StandardCharsets.ISO_8859_1));
        }
        return new Traces(exporter.build(), settings.sample(), topics, instance);
    }

    /**
     * Returns settings of Kafka Streams by which what a topology sends is traced.
     *
     * @param role which runs it
     * @param topology its name
     */
    public Map<String, Object> settings(String role, String topology) {
        return SentRecords.settings(new SentRecords.Stage(this, topics, role, topology));
    }

    /** Returns what makes spans of what the history writes. */
    public HistorySink.Watcher history(String group) {
        return new WrittenRecords(this, topics, group);
    }

    /** Returns what makes spans of attempts to deliver. */
    public AttemptWatcher deliveries() {
        return new DeliveryAttempts(this, topics);
    }

    /** Returns how many spans the receiver has taken. */
    public long exported() {
        return queue.exported();
    }

    /** Returns how many spans were sent and not taken. */
    public long failed() {
        return queue.failed();
    }

    /** Returns how many spans were not sent, since too many waited. */
    public long dropped() {
        return queue.dropped();
    }

    /** Returns how many spans were not made, since their trace has enough of their kind. */
    public long leftOut() {
        return leftOut.sum();
    }

    /** Returns whether a trace is kept: the same in every instance. */
    boolean samples(String traceId) {
        return sampler.shouldSample(Context.root(), traceId, "", SpanKind.PRODUCER, Attributes.empty(), List.of())
                        .getDecision()
                == SamplingDecision.RECORD_AND_SAMPLE;
    }

    /** Returns whether a trace may have one more span of a kind; one that it may not have is counted. */
    boolean admits(String traceId, String kind) {
        boolean admitted = fanout.admits(traceId, kind);
        if (!admitted) {
            leftOut.increment();
        }
        return admitted;
    }

    /** Returns whether a span is asked for the first time, as far as is remembered. */
    boolean isFirst(String spanId) {
        return fanout.isFirst(spanId);
    }

    /**
     * Starts a span; whoever has it ends it.
     *
     * @param role the service that it belongs to
     * @param spanId null for a random one
     * @param parent null for the first of its trace
     */
    Span span(
            String role,
            String name,
            SpanKind kind,
            String traceId,
            @Nullable String spanId,
            @Nullable String parent,
            Instant start) {
        SpanBuilder span = services.computeIfAbsent(role, this::service)
                .get("io.modelwatch")
                .spanBuilder(name)
                .setSpanKind(kind)
                .setStartTimestamp(start);
        if (parent == null) {
            span.setNoParent();
        } else {
            span.setParent(Context.root()
                    .with(Span.wrap(SpanContext.createFromRemoteParent(
                            traceId, parent, TraceFlags.getSampled(), TraceState.getDefault()))));
        }
        return SpanIds.with(traceId, spanId, span::startSpan);
    }

    private SdkTracerProvider service(String role) {
        String version = Traces.class.getPackage().getImplementationVersion();
        return SdkTracerProvider.builder()
                .setResource(Resource.create(Attributes.builder()
                        .put("service.namespace", "modelwatch")
                        .put("service.name", "modelwatch-" + role)
                        .put("service.version", version == null ? "unknown" : version)
                        .put("service.instance.id", instance)
                        .build()))
                // Whether a trace is kept was asked before.
                .setSampler(Sampler.alwaysOn())
                .setIdGenerator(new SpanIds())
                .setSpanLimits(SpanLimits.builder()
                        .setMaxAttributeValueLength(MOST_CHARS)
                        .build())
                .addSpanProcessor(queue)
                .build();
    }

    /** Sends what waits, within a bounded time. */
    @Override
    public void close() {
        var flushed = queue.shutdown().join(CLOSING_SECONDS, TimeUnit.SECONDS);
        services.values().forEach(service -> {
            var done = service.shutdown();
        });
        services.clear();
    }
}
