package io.modelwatch.app.role;

import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every metric that an instance gives. {@code docs/metrics.md} is generated from here, and nothing of the JVM or of Kafka's
 * clients is given that is not named here: of some thousand numbers these are those that somebody needs.
 */
enum Metric {
    STATE(
            "modelwatch.state",
            Meter.Type.GAUGE,
            null,
            "state",
            Where.ALL,
            "1 for the state that the instance is in, else 0: starting, restoring, ready, troubled, stopping or dead"),
    POLL_AGE(
            "modelwatch.source.poll.age",
            Meter.Type.GAUGE,
            "seconds",
            "source",
            Where.POLLERS,
            "time since the last complete sweep of a source ended; since the instance started where there was none; NaN while"
                    + " another instance sweeps it"),
    SOURCE_FAILURES(
            "modelwatch.source.failures",
            Meter.Type.GAUGE,
            null,
            "source",
            Where.POLLERS,
            "sweeps of a source that failed in a row, up to now"),
    SOURCE_BLIND(
            "modelwatch.source.blind",
            Meter.Type.GAUGE,
            null,
            "source",
            Where.POLLERS,
            "1 where a source could not be read at its last sweep (the state `blind` of `modelwatch sources`), else 0"),
    SOURCE_SUBJECTS(
            "modelwatch.source.subjects",
            Meter.Type.GAUGE,
            null,
            "source",
            Where.POLLERS,
            "subjects that the last sweep of a source saw"),
    TOPOLOGY_RUNNING(
            "modelwatch.topology.running",
            Meter.Type.GAUGE,
            null,
            "topology",
            Where.TOPOLOGIES,
            "1 where a topology works, while its tasks move between instances too, else 0"),
    TOPOLOGY_LAG(
            "modelwatch.topology.lag",
            Meter.Type.GAUGE,
            "records",
            "topology",
            Where.TOPOLOGIES,
            "records that this instance has still to read, over the partitions that it has; marks of transactions among"
                    + " them"),
    TOPOLOGY_RESTORE(
            "modelwatch.topology.restore",
            Meter.Type.GAUGE,
            "records",
            "topology",
            Where.TOPOLOGIES,
            "records that are still to be read back from changelogs before all tasks of this instance work"),
    TOPOLOGY_STATE(
            "modelwatch.topology.state",
            Meter.Type.GAUGE,
            "bytes",
            "topology",
            Where.TOPOLOGIES,
            "size of the stores of a topology on this instance's disk"),
    TOPOLOGY_KEYS(
            "modelwatch.topology.keys",
            Meter.Type.GAUGE,
            null,
            "topology",
            Where.TOPOLOGIES,
            "keys in the stores of a topology on this instance, as RocksDB estimates them: one that was"
                    + " written often counts more than once"),
    ROCKSDB_CACHE(
            "modelwatch.rocksdb.cache",
            Meter.Type.GAUGE,
            "bytes",
            "",
            Where.TOPOLOGIES,
            "memory that all stores of the process take: blocks, indexes, filters and write buffers"),
    ROCKSDB_PINNED(
            "modelwatch.rocksdb.pinned",
            Meter.Type.GAUGE,
            "bytes",
            "",
            Where.TOPOLOGIES,
            "the part of it that cannot be given back"),
    ROCKSDB_LIMIT(
            "modelwatch.rocksdb.limit", Meter.Type.GAUGE, "bytes", "", Where.TOPOLOGIES, "what they may take together"),
    DEAD_LETTERS(
            "modelwatch.dead.letters",
            Meter.Type.COUNTER,
            null,
            "by",
            Where.ALL,
            "records that could not be read and went to dead-letters, by who gave them up: topologies, history, or spans for the"
                    + " reader of a collector's topic"),
    HISTORY_LAG(
            "modelwatch.history.lag",
            Meter.Type.GAUGE,
            "records",
            "",
            Where.HISTORY,
            "records that this instance has still to write into the history; marks of transactions among them"),
    ALERT_LATENCY(
            "modelwatch.alert.latency",
            Meter.Type.TIMER,
            "seconds",
            "",
            Where.HISTORY,
            "from when the observation, procurement event or tick behind a state of an alert was published, to when that"
                    + " state is in the history; after a standstill it counts the standstill"),
    DELIVERY_LAG(
            "modelwatch.delivery.lag",
            Meter.Type.GAUGE,
            null,
            "delivery, type",
            Where.DELIVERIES,
            "the delivery queue: records that this instance has still to deliver or pass over; marks of transactions"
                    + " among them"),
    DELIVERY_RETRYING(
            "modelwatch.delivery.retrying",
            Meter.Type.GAUGE,
            null,
            "delivery, type",
            Where.DELIVERIES,
            "messages that are tried in vain just now"),
    DELIVERY_MESSAGES(
            "modelwatch.delivery.messages",
            Meter.Type.COUNTER,
            null,
            "delivery, type, outcome",
            Where.DELIVERIES,
            "messages that are done with, by outcome: delivered, passed_over (not wanted), refused (a dead letter)"),
    DELIVERY_FAILURES(
            "modelwatch.delivery.failures",
            Meter.Type.COUNTER,
            null,
            "delivery, type",
            Where.DELIVERIES,
            "tries that failed and are made again"),
    DELIVERY_ROUTE_ERRORS(
            "modelwatch.delivery.route.errors",
            Meter.Type.COUNTER,
            null,
            "delivery, type",
            Where.DELIVERIES,
            "messages on which `when` failed, and which were therefore sent"),
    TRACES_SPANS(
            "modelwatch.traces.spans",
            Meter.Type.COUNTER,
            null,
            "outcome",
            Where.TRACES,
            "spans, by outcome: exported (traces.endpoint took them), failed (it did not), dropped (too many waited for it), left_out"
                    + " (their trace has a hundred of their kind)"),
    THREADS_ALIVE(
            "kafka.stream.alive.stream.threads",
            Meter.Type.GAUGE,
            null,
            "topology",
            Where.TOPOLOGIES,
            "threads of a topology that run"),
    THREADS_FAILED(
            "kafka.stream.failed.stream.threads",
            Meter.Type.COUNTER,
            null,
            "topology",
            Where.TOPOLOGIES,
            "threads of a topology that failed and were replaced"),
    PROCESSED(
            "kafka.stream.thread.process.total",
            Meter.Type.COUNTER,
            null,
            "topology, thread_id",
            Where.TOPOLOGIES,
            "records that a topology has processed"),
    PROCESS_RATIO(
            "kafka.stream.thread.process.ratio",
            Meter.Type.GAUGE,
            null,
            "topology, thread_id",
            Where.TOPOLOGIES,
            "share of its time that a thread processes records"),
    COMMIT_RATIO(
            "kafka.stream.thread.commit.ratio",
            Meter.Type.GAUGE,
            null,
            "topology, thread_id",
            Where.TOPOLOGIES,
            "share of its time that a thread commits"),
    COMMIT_LATENCY(
            "kafka.stream.thread.commit.latency.avg",
            Meter.Type.GAUGE,
            null,
            "topology, thread_id",
            Where.TOPOLOGIES,
            "milliseconds that a commit takes on average"),
    REBALANCES(
            "kafka.consumer.coordinator.rebalance.total",
            Meter.Type.COUNTER,
            null,
            "topology, client_id",
            Where.TOPOLOGIES,
            "times that tasks were shared out anew"),
    RECORD_ERRORS(
            "kafka.producer.record.error.total",
            Meter.Type.COUNTER,
            null,
            "topology, client_id",
            Where.TOPOLOGIES,
            "records that the brokers did not take; what they belong to is tried again"),
    JVM_USED("jvm.memory.used", Meter.Type.GAUGE, "bytes", "area, id", Where.ALL, "memory of the JVM that is in use"),
    JVM_COMMITTED("jvm.memory.committed", Meter.Type.GAUGE, "bytes", "area, id", Where.ALL, "memory that the JVM has"),
    JVM_MAX("jvm.memory.max", Meter.Type.GAUGE, "bytes", "area, id", Where.ALL, "memory that the JVM may have"),
    JVM_GC_PAUSE(
            "jvm.gc.pause",
            Meter.Type.TIMER,
            "seconds",
            "action, cause, gc",
            Where.GARBAGE,
            "pauses to collect garbage"),
    JVM_THREADS("jvm.threads.live", Meter.Type.GAUGE, "threads", "", Where.ALL, "platform threads, daemons among them"),
    PROCESS_CPU(
            "process.cpu.time", Meter.Type.COUNTER, "ns", "", Where.ALL, "processor time that the process has used"),
    PROCESS_CPU_USAGE(
            "process.cpu.usage", Meter.Type.GAUGE, null, "", Where.ALL, "share of all processors that it uses"),
    PROCESS_START(
            "process.start.time", Meter.Type.GAUGE, "seconds", "", Where.ALL, "when it started, in seconds since 1970"),
    PROCESS_UPTIME("process.uptime", Meter.Type.GAUGE, "seconds", "", Where.ALL, "how long it has run");

    /** Where a metric is given. */
    enum Where {
        ALL("every instance"),
        GARBAGE("every instance, after its first collection"),
        POLLERS("pollers, for each source"),
        TOPOLOGIES("streams, alerts"),
        HISTORY("history"),
        DELIVERIES("alerts, for each delivery"),
        TRACES("every instance, with `traces.endpoint`");

        private final String words;

        Where(String words) {
            this.words = words;
        }

        /** Returns which instances give it. */
        String words() {
            return words;
        }
    }

    /** Begins the names of our own, all of which are given. */
    private static final String OURS = "modelwatch.";

    private static final PrometheusNamingConvention NAMES = new PrometheusNamingConvention();

    private static final Set<String> METERS =
            Arrays.stream(values()).map(Metric::meter).collect(Collectors.toUnmodifiableSet());

    private final String meter;
    private final Meter.Type type;
    private final @Nullable String unit;
    private final String labels;
    private final Where where;
    private final String meaning;

    Metric(String meter, Meter.Type type, @Nullable String unit, String labels, Where where, String meaning) {
        this.meter = meter;
        this.type = type;
        this.unit = unit;
        this.labels = labels;
        this.where = where;
        this.meaning = meaning;
    }

    /** Returns whether a meter is given: all of ours are, of others those that are named here. */
    static boolean isGiven(String meter) {
        return meter.startsWith(OURS) || METERS.contains(meter);
    }

    /** Returns the name that the meter has in this program. */
    String meter() {
        return meter;
    }

    Meter.Type type() {
        return type;
    }

    /** Returns the unit, or null where it is a number of something or none. */
    @Nullable
    String unit() {
        return unit;
    }

    /** Returns the labels, joined by commas. */
    String labels() {
        return labels;
    }

    Where where() {
        return where;
    }

    /** Returns what it says, in words. */
    String meaning() {
        return meaning;
    }

    /** Returns the name in the format of Prometheus; a timer has several series, whose names begin so. */
    String prometheus() {
        String name = NAMES.name(meter, type, unit);
        return type == Meter.Type.COUNTER ? name + "_total" : name;
    }
}
