package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.verdict.Judge;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.KnownModel;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Tick;
import io.modelwatch.schemas.avro.TrackedChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.NullUnmarked;

/** Keeps what is needed to judge each deployment, and judges it at every new fact and when time makes it due. */
@NullUnmarked // init() sets the fields before any record comes.
final class DriftProcessor implements Processor<String, SpecificRecord, String, Alert> {

    /** Provenance changes kept of one deployment; beyond it the oldest that are no longer live are forgotten. */
    static final int MAX_CHANGES = 1000;

    private static final String NOW = "now";

    private final DriftConfig config;
    private final LongSupplier wallClock;

    private ProcessorContext<String, Alert> context;
    private KeyValueStore<String, DriftState> deployments;
    private KeyValueStore<String, ProcurementEvent> procurement;
    private KeyValueStore<String, String> due;
    private KeyValueStore<String, Long> clock;

    /** @param wallClock epoch milliseconds, for {@link PathHeader} only */
    DriftProcessor(DriftConfig config, LongSupplier wallClock) {
        this.config = config;
        this.wallClock = wallClock;
    }

    @Override
    public void init(ProcessorContext<String, Alert> context) {
        this.context = context;
        this.deployments = context.getStateStore(DriftTopology.DEPLOYMENTS);
        this.procurement = context.getStateStore(DriftTopology.PROCUREMENT);
        this.due = context.getStateStore(DriftTopology.DUE);
        this.clock = context.getStateStore(DriftTopology.CLOCK);
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        switch (record.value()) {
            case Mbom mbom -> mbom(mbom, record);
            case ProcurementEvent event -> procurement(event, record);
            case Tick tick -> {
                advance(tick.getAt());
                judgeDue(record);
            }
            case null -> {}
            default ->
                throw new SerializationException(
                        "not a fact to judge: " + record.value().getClass());
        }
    }

    private void mbom(Mbom mbom, Record<String, SpecificRecord> record) {
        advance(mbom.getAt());
        DriftState state = deployments.get(mbom.getDeployment());
        if (state == null) {
            state = DriftState.newBuilder().setDeployment(mbom.getDeployment()).build();
        }
        if (mbom.getRevision() <= state.getRevision()) {
            return;
        }
        boolean baseline = state.getRevision() == 0;
        List<TrackedChange> changes = new ArrayList<>(state.getChanges());
        for (ProvenanceChange change : mbom.getChanges()) {
            changes.add(TrackedChange.newBuilder()
                    .setChange(change)
                    .setBaseline(baseline)
                    .setConcerned(concerned(change, mbom))
                    .setHosting(mbom.getHosting())
                    .build());
        }
        Map<String, KnownModel> models = new HashMap<>(state.getModels());
        for (Component component : mbom.getComponents()) {
            if (component.getKnown() || !models.containsKey(component.getModel())) {
                models.put(component.getModel(), new KnownModel(component.getLicense(), component.getOrigins()));
            }
        }
        state.setChanges(changes);
        state.setModels(models);
        state.setVendor(mbom.getVendor() == null ? state.getVendor() : mbom.getVendor());
        state.setOwner(mbom.getOwner() == null ? state.getOwner() : mbom.getOwner());
        state.setRevision(mbom.getRevision());
        judge(state, events(), record);
    }

    /** The models of the components that a change concerns: what comes in, else what goes out; all for hosting. */
    private static List<String> concerned(ProvenanceChange change, Mbom mbom) {
        if (change.getKind() == ChangeKind.HOSTING_MOVED) {
            return mbom.getComponents().stream()
                    .map(Component::getModel)
                    .distinct()
                    .toList();
        }
        if (change.getField().endsWith(".id")) {
            String value = change.getAfter() == null ? change.getBefore() : change.getAfter();
            // A JSON string of a package URL, which holds nothing that JSON escapes but a quote or a backslash.
            return value == null ? List.of() : List.of(value.substring(1, value.length() - 1));
        }
        String component = change.getField().substring(0, change.getField().lastIndexOf('.'));
        return mbom.getComponents().stream()
                .filter(one -> component.equals("models." + one.getRole()))
                .map(Component::getModel)
                .toList();
    }

    private void procurement(ProcurementEvent event, Record<String, SpecificRecord> record) {
        procurement.put(event.getId(), event);
        List<ProcurementEvent> events = events();
        List<DriftState> states = new ArrayList<>();
        try (KeyValueIterator<String, DriftState> all = deployments.all()) {
            all.forEachRemaining(one -> states.add(one.value));
        }
        for (DriftState state : states) {
            judge(state, events, record);
        }
    }

    private void judgeDue(Record<String, SpecificRecord> record) {
        List<String> ripe = new ArrayList<>();
        try (KeyValueIterator<String, String> all = due.range(dueKey(Instant.EPOCH, ""), dueKey(now(), "\uffff"))) {
            all.forEachRemaining(one -> ripe.add(one.value));
        }
        if (ripe.isEmpty()) {
            return;
        }
        List<ProcurementEvent> events = events();
        for (String deployment : ripe) {
            judge(deployments.get(deployment), events, record);
        }
    }

    private void judge(DriftState state, List<ProcurementEvent> events, Record<String, SpecificRecord> record) {
        Instant now = now();
        List<Judgement> judgements = Judge.judge(state, events, now);
        List<Alert> changed = AlertBook.update(state, judgements, config, now);
        forget(state, judgements);
        if (state.getDueAt() != null) {
            due.delete(dueKey(state.getDueAt(), state.getDeployment()));
        }
        state.setDueAt(nextDue(state, events, now));
        if (state.getDueAt() != null) {
            due.put(dueKey(state.getDueAt(), state.getDeployment()), state.getDeployment());
        }
        deployments.put(state.getDeployment(), state);
        for (Alert alert : changed) {
            Headers headers = new RecordHeaders(record.headers().toArray());
            PathHeader.stamp(headers, DriftTopology.NAME, wallClock.getAsLong());
            String id = Ids.digest("alert-record", alert.toString());
            CloudEvents.set(headers, Topics.ALERTS, id, "modelwatch/drift", alert.getId(), alert.getUpdatedAt());
            context.forward(new Record<>(alert.getId(), alert, record.timestamp(), headers), DriftTopology.ALERTS);
        }
    }

    /** Beyond the bound the oldest changes that are no longer live go, with their alerts. */
    private static void forget(DriftState state, List<Judgement> judgements) {
        int excess = state.getChanges().size() - MAX_CHANGES;
        if (excess <= 0) {
            return;
        }
        Set<String> gone = judgements.stream()
                .filter(one -> !one.live())
                .limit(excess)
                .map(one -> one.tracked().getChange().getId())
                .collect(Collectors.toSet());
        List<TrackedChange> kept = new ArrayList<>(state.getChanges());
        kept.removeIf(tracked -> gone.contains(tracked.getChange().getId()));
        state.setChanges(kept);
        Set<String> causes =
                kept.stream().map(one -> AlertBook.cause(one.getChange())).collect(Collectors.toSet());
        List<Alert> alerts = new ArrayList<>(state.getAlerts());
        alerts.removeIf(alert -> !causes.contains(alert.getCause()));
        state.setAlerts(alerts);
    }

    /** The next moment at which time alone can change a verdict or end a grace. */
    private Instant nextDue(DriftState state, List<ProcurementEvent> events, Instant now) {
        List<Instant> moments = new ArrayList<>();
        for (TrackedChange tracked : state.getChanges()) {
            moments.add(tracked.getChange().getObservedAt().plus(config.grace()));
        }
        for (ProcurementEvent event : events) {
            moments.add(Judge.validFrom(event));
            if (event.getValidTo() != null) {
                moments.add(event.getValidTo());
            }
        }
        return moments.stream()
                .filter(moment -> moment.isAfter(now))
                .min(Instant::compareTo)
                .orElse(null);
    }

    private List<ProcurementEvent> events() {
        List<ProcurementEvent> events = new ArrayList<>();
        try (KeyValueIterator<String, ProcurementEvent> all = procurement.all()) {
            all.forEachRemaining(one -> events.add(one.value));
        }
        return events;
    }

    private void advance(Instant at) {
        if (at.isAfter(now())) {
            clock.put(NOW, at.toEpochMilli());
        }
    }

    private Instant now() {
        Long now = clock.get(NOW);
        return now == null ? Instant.EPOCH : Instant.ofEpochMilli(now);
    }

    private static String dueKey(Instant at, String deployment) {
        return String.format(Locale.ROOT, "%015d", at.toEpochMilli()) + '\0' + deployment;
    }
}
