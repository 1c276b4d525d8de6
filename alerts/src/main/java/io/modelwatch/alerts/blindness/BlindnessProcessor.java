package io.modelwatch.alerts.blindness;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.drift.AlertRecords;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.SourceCondition;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.Tick;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.NullUnmarked;

/** Keeps what was last told of each source and says which of them became blind or see again. */
@NullUnmarked // init() sets the fields before any record comes.
final class BlindnessProcessor implements Processor<String, SpecificRecord, String, Object> {

    /** Under this name stand the pollers themselves, who tick. No source may have it: it has a space. */
    static final String POLLERS = "the pollers";

    private static final String NOW = "now";

    private final String sourcesTopic;
    private final Duration tickLimit;
    private final LongSupplier wallClock;
    private final SourceAlerts alerts;

    private ProcessorContext<String, Object> context;
    private AlertRecords records;
    private KeyValueStore<String, SourceHealth> health;
    private KeyValueStore<String, Alert> raised;
    private KeyValueStore<String, Long> clock;

    /** When the last tick came, by this machine's clock; the start of the task counts as one. */
    private long tickedAtMillis;

    /**
     * @param sourcesTopic where a tombstone means that a source is gone
     * @param tickLimit null where missing ticks are nobody's fault
     * @param wallClock epoch milliseconds, for {@link PathHeader} only
     */
    BlindnessProcessor(DriftConfig config, String sourcesTopic, Duration tickLimit, LongSupplier wallClock) {
        this.alerts = new SourceAlerts(config);
        this.sourcesTopic = sourcesTopic;
        this.tickLimit = tickLimit;
        this.wallClock = wallClock;
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
        this.records = new AlertRecords(context, BlindnessTopology.NAME, wallClock);
        this.health = context.getStateStore(BlindnessTopology.HEALTH);
        this.raised = context.getStateStore(BlindnessTopology.RAISED);
        this.clock = context.getStateStore(BlindnessTopology.CLOCK);
        this.tickedAtMillis = context.currentSystemTimeMs();
        // One of the tasks speaks for all: a tick comes to each.
        if (tickLimit != null && context.taskId().partition() == 0) {
            context.schedule(tickLimit.dividedBy(2), PunctuationType.WALL_CLOCK_TIME, this::listenForTicks);
        }
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        switch (record.value()) {
            case SourceHealth told -> learn(told, record);
            case Tick tick -> tick(tick.getAt(), record);
            case AlertAction action -> act(action, record);
            case null -> forget(record);
            default -> throw new IllegalStateException("no such topic is read");
        }
    }

    private void learn(SourceHealth told, Record<String, SpecificRecord> record) {
        SourceHealth before = health.get(told.getSource());
        if (before != null && before.getAt().isAfter(told.getAt())) {
            return;
        }
        health.put(told.getSource(), told);
        judge(told, record);
    }

    private void forget(Record<String, SpecificRecord> record) {
        String topic = context.recordMetadata().map(RecordMetadata::topic).orElse("");
        if (!topic.equals(sourcesTopic)) {
            return;
        }
        SourceHealth gone = health.delete(record.key());
        Alert before = raised.get(record.key());
        if (gone != null && before != null) {
            say(before, SourceAlerts.over(before, false, later(ticked(), gone.getAt())), record);
            raised.delete(record.key());
        }
    }

    private void tick(Instant at, Record<String, SpecificRecord> record) {
        tickedAtMillis = context.currentSystemTimeMs();
        Alert silence = raised.get(POLLERS);
        if (silence != null) {
            keep(POLLERS, silence, SourceAlerts.over(silence, true, later(at, silence.getUpdatedAt())), record);
        }
        if (!at.isAfter(ticked())) {
            return;
        }
        clock.put(NOW, at.toEpochMilli());
        // A partition has some tens of sources: to ask each costs less than to keep an index right.
        List<SourceHealth> all = new ArrayList<>();
        try (KeyValueIterator<String, SourceHealth> stored = health.all()) {
            stored.forEachRemaining(entry -> all.add(entry.value));
        }
        all.forEach(one -> judge(one, record));
    }

    private void act(AlertAction action, Record<String, SpecificRecord> record) {
        KeyValue<String, Alert> found = null;
        try (KeyValueIterator<String, Alert> all = raised.all()) {
            while (all.hasNext() && found == null) {
                KeyValue<String, Alert> one = all.next();
                found = one.value.getId().equals(action.getAlert()) ? one : null;
            }
        }
        if (found != null) {
            Instant now = later(ticked(), found.value.getUpdatedAt());
            keep(found.key, found.value, SourceAlerts.act(found.value, action, now), record);
        }
    }

    private void judge(SourceHealth told, Record<String, SpecificRecord> record) {
        String source = told.getSource();
        Alert before = raised.get(source);
        Instant now = later(ticked(), told.getAt());
        Optional<Blindness> blindness = Blindness.of(told).filter(one -> one.holds(now));
        if (blindness.isPresent()) {
            tellBlind(told, blindness.get(), now, record);
            keep(source, before, alerts.blind(source, blindness.get(), before, now), record);
            return;
        }
        if (Blindness.overdue(told, now) && told.getCondition() != SourceCondition.STALE) {
            // As old as it was: the limit runs from its last word.
            tell(
                    SourceHealth.newBuilder(told)
                            .setCondition(SourceCondition.STALE)
                            .build(),
                    now,
                    record);
        }
        if (before != null && Blindness.seeing(told)) {
            keep(source, before, SourceAlerts.over(before, true, now), record);
        }
    }

    /** Whoever stopped sweeping cannot say so: its last word would stand as if it saw. */
    private void tellBlind(SourceHealth told, Blindness blindness, Instant now, Record<String, SpecificRecord> record) {
        boolean silent = Blindness.seeing(told);
        if (!silent && told.getCondition() == SourceCondition.BLIND) {
            return;
        }
        SourceHealth.Builder blind = SourceHealth.newBuilder(told)
                .setState(SourceState.BLIND)
                .setCondition(SourceCondition.BLIND)
                .setError(blindness.why());
        if (silent) {
            // It did not say since when itself.
            blind.setSince(blindness.since()).setAt(now);
        }
        tell(blind.build(), now, record);
    }

    private void tell(SourceHealth health, Instant now, Record<String, SpecificRecord> record) {
        String source = health.getSource();
        this.health.put(source, health);
        String id = Ids.digest(
                "health",
                source,
                now.toString(),
                health.getState().name(),
                health.getCondition().name());
        records.say("", BlindnessTopology.SOURCES_TOLD, Topics.SOURCES, source, health, id, source, now, record);
    }

    /** Only the clock of this machine can tell that nobody ticks; what it tells is this one alert and nothing else. */
    private void listenForTicks(long wallMillis) {
        long silent = wallMillis - tickedAtMillis;
        if (silent < tickLimit.toMillis()) {
            return;
        }
        Instant since = Instant.ofEpochMilli(tickedAtMillis);
        Instant now = Instant.ofEpochMilli(wallMillis);
        Blindness blindness = new Blindness(
                since,
                since.plus(tickLimit),
                "no tick has come for " + Duration.ofMillis(silent).toSeconds()
                        + " s: nothing is swept, and no approval expires");
        Alert before = raised.get(POLLERS);
        Record<String, SpecificRecord> cause = new Record<>(POLLERS, null, wallMillis, new RecordHeaders());
        keep(POLLERS, before, alerts.blind(POLLERS, blindness, before, now), cause);
    }

    private void keep(String source, Alert before, Alert after, Record<String, SpecificRecord> record) {
        if (after != null && !after.equals(before)) {
            raised.put(source, after);
            say(before, after, record);
        }
    }

    private void say(Alert before, Alert alert, Record<String, SpecificRecord> record) {
        if (!alert.equals(before)) {
            records.say(alert, before == null, record);
        }
    }

    private Instant ticked() {
        Long at = clock.get(NOW);
        return at == null ? Instant.EPOCH : Instant.ofEpochMilli(at);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isBefore(other) ? other : one;
    }
}
