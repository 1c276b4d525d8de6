package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.verdict.Judge;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertGroupMember;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.Tick;
import io.modelwatch.schemas.avro.TrackedChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.NullUnmarked;

/** Learns, judges the deployments that what came in may concern, and says which of their alerts changed. */
@NullUnmarked // init() sets the fields before any record comes.
final class DriftProcessor implements Processor<String, SpecificRecord, String, Object> {

    private static final char SEPARATOR = '\0';
    private static final String NOW = "now";

    private final DriftConfig config;
    private final String procurementTopic;
    private final String disclosureTopic;
    private final LongSupplier wallClock;

    private ProcessorContext<String, Object> context;
    private KeyValueStore<String, DriftState> deployments;
    private KeyValueStore<String, String> due;
    private KeyValueStore<String, String> owners;
    private KeyValueStore<String, Long> clock;
    private Concerns concerns;
    private Disclosures disclosures;
    private PolicyReports reports;

    /**
     * @param procurementTopic where procurement events are broadcast
     * @param disclosureTopic where disclosures are
     * @param wallClock epoch milliseconds; for {@link PathHeader}, and when what people say is handed on
     */
    DriftProcessor(DriftConfig config, String procurementTopic, String disclosureTopic, LongSupplier wallClock) {
        this.config = config;
        this.procurementTopic = procurementTopic;
        this.disclosureTopic = disclosureTopic;
        this.wallClock = wallClock;
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
        this.deployments = context.getStateStore(DriftTopology.DEPLOYMENTS);
        this.due = context.getStateStore(DriftTopology.DUE);
        this.owners = context.getStateStore(DriftTopology.OWNERS);
        this.clock = context.getStateStore(DriftTopology.CLOCK);
        this.concerns = new Concerns(
                context.getStateStore(DriftTopology.CONCERNS), context.getStateStore(DriftTopology.PROCUREMENT));
        this.disclosures = new Disclosures(context.getStateStore(DriftTopology.DISCLOSURES));
        this.reports = new PolicyReports(context.metrics());
    }

    @Override
    public void process(Record<String, SpecificRecord> given) {
        // What follows from it must not look as old as that.
        Record<String, SpecificRecord> record =
                given.timestamp() == DriftTopology.URGENT ? given.withTimestamp(wallClock.getAsLong()) : given;
        switch (record.value()) {
            case Mbom mbom -> bill(mbom, record);
            case Tick tick -> tick(tick.getAt(), record);
            case ProcurementEvent event -> procurement(event.getId(), event, record);
            case Disclosure disclosure -> disclosure(disclosure.getId(), disclosure, record);
            case AlertAction action -> act(action, record);
            case null -> tombstone(record);
            default ->
                throw new SerializationException(
                        "not a fact to judge: " + record.value().getClass());
        }
    }

    /**
     * Only procurement events and disclosures are taken away so: a deployment that is gone has a last revision that
     * says it.
     */
    private void tombstone(Record<String, SpecificRecord> record) {
        String topic = context.recordMetadata().map(RecordMetadata::topic).orElse("");
        if (topic.equals(procurementTopic)) {
            procurement(record.key(), null, record);
        } else if (topic.equals(disclosureTopic)) {
            disclosure(record.key(), null, record);
        }
    }

    private void disclosure(String id, Disclosure disclosure, Record<String, SpecificRecord> record) {
        for (String vendor : disclosures.replace(id, disclosure)) {
            concerns.ofVendor(vendor).forEach(deployment -> judgeAgain(deployment, record));
        }
    }

    private void bill(Mbom mbom, Record<String, SpecificRecord> record) {
        DriftState state = deployments.get(mbom.getDeployment());
        if (state == null) {
            state = DriftStates.empty(mbom.getDeployment());
        }
        Set<String> before = Concerns.keys(state);
        DriftStates.learn(state, mbom);
        judge(state, before, later(now(state), mbom.getAt()), record);
    }

    private void tick(Instant at, Record<String, SpecificRecord> record) {
        if (at.toEpochMilli() <= ticked().toEpochMilli()) {
            return;
        }
        clock.put(NOW, at.toEpochMilli());
        List<String> ripe = new ArrayList<>();
        try (KeyValueIterator<String, String> all = due.range("", dueKey(at.plusMillis(1), ""))) {
            all.forEachRemaining(entry -> ripe.add(entry.value));
        }
        ripe.forEach(deployment -> judgeAgain(deployment, record));
    }

    private void procurement(String id, ProcurementEvent event, Record<String, SpecificRecord> record) {
        if (event != null && concerns.isCorrected(event)) {
            return;
        }
        ProcurementEvent before = concerns.replace(id, event);
        Set<String> concerned = new TreeSet<>();
        Stream.of(before, event).filter(one -> one != null).forEach(one -> concerned.addAll(concerns.deployments(one)));
        concerned.forEach(deployment -> judgeAgain(deployment, record));
    }

    private void act(AlertAction action, Record<String, SpecificRecord> record) {
        String deployment = owners.get(action.getAlert());
        if (deployment != null) {
            act(deployment, action, record);
            return;
        }
        // Of another task, of nobody, or a group: what is done with it is done with each of its alerts.
        Map<String, String> ofGroup = new TreeMap<>();
        String prefix = groupKey(action.getAlert(), "");
        try (KeyValueIterator<String, String> all = owners.prefixScan(prefix, new StringSerializer())) {
            all.forEachRemaining(entry -> ofGroup.put(entry.key.substring(prefix.length()), entry.value));
        }
        ofGroup.forEach((alert, owner) ->
                act(owner, AlertAction.newBuilder(action).setAlert(alert).build(), record));
    }

    private void act(String deployment, AlertAction action, Record<String, SpecificRecord> record) {
        DriftState state = deployments.get(deployment);
        Set<String> owned = owned(state);
        Alerts.Update update = Alerts.act(state, action, now(state));
        if (update != null) {
            say(update, record);
            judge(state, Concerns.keys(state), owned, now(state), record);
        }
    }

    private void judgeAgain(String deployment, Record<String, SpecificRecord> record) {
        DriftState state = deployments.get(deployment);
        if (state != null) {
            judge(state, Concerns.keys(state), now(state), record);
        }
    }

    private void judge(DriftState state, Set<String> indexedAs, Instant now, Record<String, SpecificRecord> record) {
        judge(state, indexedAs, owned(state), now, record);
    }

    /** @param owned keys of its alerts in {@link #owners} */
    private void judge(
            DriftState state,
            Set<String> indexedAs,
            Set<String> owned,
            Instant now,
            Record<String, SpecificRecord> record) {
        Collection<ProcurementEvent> events = concerns.events(state);
        List<Judgement> judgements = Judge.judge(state, events, disclosures.of(state.getVendor()), now);
        Rulings rulings = Rulings.of(state, judgements, now, config);
        for (Alerts.Update update : Alerts.advance(state, judgements, now, rulings)) {
            say(update, record);
        }
        for (ChangeVerdict verdict : Verdicts.advance(state, judgements, now)) {
            say(verdict, record);
            // Beside what is said of a change, so that a look at the same again reports nothing.
            rulings.of(verdict.getJudged().getChange().getId())
                    .ifPresent(decision -> reports.report(verdict, decision));
        }
        DriftStates.trim(state, judgements, events);
        own(state, owned);
        concerns.deployment(indexedAs, state);
        Instant next = Stream.of(
                        Judge.nextBoundary(state, events, now), rulings.next(now), Alerts.nextSuppressionEnd(state))
                .flatMap(Optional::stream)
                .min(Instant::compareTo)
                .orElse(null);
        wake(state, next);
        deployments.put(state.getDeployment(), state);
    }

    private void own(DriftState state, Set<String> before) {
        Set<String> after = owned(state);
        before.stream().filter(key -> !after.contains(key)).forEach(owners::delete);
        after.stream().filter(key -> owners.get(key) == null).forEach(key -> owners.put(key, state.getDeployment()));
    }

    private static Set<String> owned(DriftState state) {
        Set<String> keys = new TreeSet<>();
        for (Alert alert : state.getAlerts()) {
            keys.add(alert.getId());
            if (alert.getGroup() != null && alert.getState() != AlertState.CLOSED) {
                keys.add(groupKey(alert.getGroup(), alert.getId()));
            }
        }
        return keys;
    }

    private static String groupKey(String group, String alert) {
        return group + SEPARATOR + alert;
    }

    private void wake(DriftState state, Instant next) {
        if (state.getDueAt() != null) {
            due.delete(dueKey(state.getDueAt(), state.getDeployment()));
        }
        state.setDueAt(next);
        if (next != null) {
            due.put(dueKey(next, state.getDeployment()), state.getDeployment());
        }
    }

    private void say(Alerts.Update update, Record<String, SpecificRecord> record) {
        Alert alert = update.alert();
        // The content is part of it: every update has an id of its own, the same in every run.
        String id = Ids.digest(
                "alert",
                alert.getId(),
                alert.getState().name(),
                alert.getUpdatedAt().toString(),
                alert.toString());
        context.forward(
                new Record<>(
                        alert.getId(),
                        alert,
                        record.timestamp(),
                        headers(record, Topics.ALERTS, id, alert.getDeployment(), alert.getUpdatedAt())),
                DriftTopology.ALERTS);
        context.forward(
                new Record<>(
                        alert.getId(),
                        Ocsf.finding(alert, update.created(), id),
                        record.timestamp(),
                        headers(record, Topics.ALERTS_OCSF, id, alert.getDeployment(), alert.getUpdatedAt())),
                DriftTopology.ALERTS_OCSF);
        String left = update.leftGroup();
        if (left != null) {
            say(left, AlertGroupMember.newBuilder().setId(alert.getId()).build(), alert, record);
        }
        if (alert.getGroup() != null) {
            AlertGroupMember.Builder member =
                    AlertGroupMember.newBuilder().setId(alert.getId()).setAlert(alert);
            GroupCause cause = GroupCause.of(alert);
            // A closed alert has no drift any more; its group knows its cause.
            if (cause != null) {
                member.setChange(cause.change()).setProcurementEvent(cause.procurementEvent());
            }
            say(alert.getGroup(), member.build(), alert, record);
        }
    }

    private void say(String group, AlertGroupMember member, Alert alert, Record<String, SpecificRecord> record) {
        String id = Ids.digest("alert-group-member", group, member.toString());
        Headers headers = headers(record, Topics.DRIFT_GROUPS, id, alert.getDeployment(), alert.getUpdatedAt());
        context.forward(new Record<>(group, member, record.timestamp(), headers), DriftTopology.MEMBERS);
    }

    private void say(ChangeVerdict verdict, Record<String, SpecificRecord> record) {
        String id = Ids.digest("verdict-record", verdict.getId(), verdict.toString());
        Headers headers = headers(record, Topics.VERDICTS, id, verdict.getDeployment(), verdict.getAt());
        context.forward(new Record<>(verdict.getId(), verdict, record.timestamp(), headers), DriftTopology.VERDICTS);
    }

    private Headers headers(
            Record<String, SpecificRecord> record, Topic<?> to, String id, String deployment, Instant time) {
        Headers headers = new RecordHeaders(record.headers().toArray());
        PathHeader.stamp(headers, DriftTopology.NAME, wallClock.getAsLong());
        return CloudEvents.set(headers, to, id, "modelwatch/drift", deployment, time);
    }

    /** The time at which a deployment is judged: no fact about it is in its future. */
    private Instant now(DriftState state) {
        Instant now = ticked();
        for (TrackedChange tracked : state.getChanges()) {
            now = later(now, tracked.getChange().getObservedAt());
        }
        for (Alert alert : state.getAlerts()) {
            now = later(now, alert.getUpdatedAt());
        }
        return now;
    }

    private Instant ticked() {
        Long at = clock.get(NOW);
        return at == null ? Instant.EPOCH : Instant.ofEpochMilli(at);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isBefore(other) ? other : one;
    }

    /** Sorts by time: as many digits as a long has. */
    private static String dueKey(Instant at, String deployment) {
        return String.format(Locale.ROOT, "%019d", at.toEpochMilli()) + SEPARATOR + deployment;
    }
}
