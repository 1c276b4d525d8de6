package io.modelwatch.app.role;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.modelwatch.app.trace.Traces;
import io.modelwatch.history.HistorySink;
import io.modelwatch.producers.Pollers;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The instance's metrics, those of {@link Metric}, in the text format of Prometheus. */
final class Metrics implements AutoCloseable {

    /** From what nobody waits for to what somebody should look into. */
    private static final Duration[] LATENCIES = {
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        Duration.ofMinutes(5),
        Duration.ofMinutes(30)
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<AutoCloseable> bound = new ArrayList<>();
    private boolean hasStores;

    Metrics() {
        registry.config().meterFilter(MeterFilter.denyUnless(id -> Metric.isGiven(id.getName())));
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        JvmGcMetrics collections = new JvmGcMetrics();
        collections.bindTo(registry);
        bound.add(collections);
        letters("topologies", DeadLetters.class, type -> DeadLetters.buried());
    }

    /** @param condition asked at each scrape */
    void add(Supplier<Condition> condition) {
        for (Condition.State state : Condition.State.values()) {
            gauge(
                    Metric.STATE,
                    Tags.of("state", state.word()),
                    condition,
                    now -> now.get().state() == state ? 1 : 0);
        }
    }

    void add(StreamsRunner runner) {
        Tags tags = Tags.of("topology", runner.name());
        KafkaStreamsMetrics metrics = new KafkaStreamsMetrics(runner.streams(), tags);
        metrics.bindTo(registry);
        bound.add(metrics);
        gauge(Metric.TOPOLOGY_RUNNING, tags, runner, one -> one.works() ? 1 : 0);
        gauge(Metric.TOPOLOGY_RESTORE, tags, runner, one -> one.restore().remaining());
        KafkaNumbers numbers = new KafkaNumbers(runner.streams());
        gauge(Metric.TOPOLOGY_LAG, tags, numbers, KafkaNumbers::lag);
        gauge(Metric.TOPOLOGY_STATE, tags, numbers, KafkaNumbers::stateBytes);
        gauge(Metric.TOPOLOGY_KEYS, tags, numbers, KafkaNumbers::stateKeys);
        if (!hasStores) {
            stores();
        }
    }

    /** The stores of all topologies share one budget. */
    private void stores() {
        hasStores = true;
        gauge(Metric.ROCKSDB_CACHE, Tags.empty(), BoundedRocksDb.class, type -> BoundedRocksDb.usedBytes());
        gauge(Metric.ROCKSDB_PINNED, Tags.empty(), BoundedRocksDb.class, type -> BoundedRocksDb.pinnedBytes());
        gauge(Metric.ROCKSDB_LIMIT, Tags.empty(), BoundedRocksDb.class, type -> BoundedRocksDb.TOTAL_BYTES);
    }

    /**
     * Of a source that another instance sweeps, here is no age.
     *
     * @param clock that of the sweeps
     */
    void add(Pollers pollers, InstantSource clock) {
        Instant started = clock.instant();
        for (String source : pollers.sources()) {
            Function<ToDoubleFunction<SourceHealth>, ToDoubleFunction<Pollers>> of = number -> all -> {
                SourceHealth health = all.health(source);
                return health == null ? 0 : number.applyAsDouble(health);
            };
            Tags tags = Tags.of("source", source);
            gauge(Metric.POLL_AGE, tags, pollers, all -> {
                SourceHealth health = all.health(source);
                if (all.elsewhere(source)) {
                    return Double.NaN;
                }
                Instant last = health == null ? null : health.getLastSuccessAt();
                return Duration.between(last == null ? started : last, clock.instant())
                                .toMillis()
                        / 1e3;
            });
            gauge(Metric.SOURCE_FAILURES, tags, pollers, of.apply(SourceHealth::getConsecutiveFailures));
            gauge(
                    Metric.SOURCE_BLIND,
                    tags,
                    pollers,
                    of.apply(health -> health.getState() == SourceState.BLIND ? 1 : 0));
            gauge(Metric.SOURCE_SUBJECTS, tags, pollers, of.apply(health -> zero(health.getSubjects())));
        }
    }

    private static double zero(@Nullable Long number) {
        return number == null ? 0 : number;
    }

    void add(HistorySink sink) {
        gauge(Metric.HISTORY_LAG, Tags.empty(), sink, HistorySink::lag);
        letters("history", sink, HistorySink::buried);
    }

    void add(Traces traces) {
        spans("exported", traces, Traces::exported);
        spans("failed", traces, Traces::failed);
        spans("dropped", traces, Traces::dropped);
        spans("left_out", traces, Traces::leftOut);
    }

    private void spans(String outcome, Traces traces, ToDoubleFunction<Traces> number) {
        FunctionCounter.builder(Metric.TRACES_SPANS.meter(), traces, number)
                .description(Metric.TRACES_SPANS.meaning())
                .tag("outcome", outcome)
                .register(registry);
    }

    /** Returns what takes the latencies of alerts. */
    Timer alertLatency() {
        return Timer.builder(Metric.ALERT_LATENCY.meter())
                .description(Metric.ALERT_LATENCY.meaning())
                .serviceLevelObjectives(LATENCIES)
                .register(registry);
    }

    /**
     * Counts the records that somebody gave up.
     *
     * @param of whoever gives them up: it is held weakly, so it must be what others hold, no lambda made for this
     */
    <T> void letters(String by, T of, ToDoubleFunction<T> buried) {
        FunctionCounter.builder(Metric.DEAD_LETTERS.meter(), of, buried)
                .description(Metric.DEAD_LETTERS.meaning())
                .tag("by", by)
                .register(registry);
    }

    private <T> void gauge(Metric metric, Tags tags, T of, ToDoubleFunction<T> number) {
        Gauge.builder(metric.meter(), of, number)
                .description(metric.meaning())
                .baseUnit(metric.unit())
                .tags(tags)
                // What it is asked of may be known to nobody else.
                .strongReference(true)
                .register(registry);
    }

    /** Returns the registry, for meters of their own. */
    MeterRegistry registry() {
        return registry;
    }

    String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable one : bound) {
            one.close();
        }
        registry.close();
    }
}
