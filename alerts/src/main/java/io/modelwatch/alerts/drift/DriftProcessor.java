package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.verdict.Judge;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertGroupMember;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.DriftReview;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.Tick;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.NullUnmarked;

/**
 * Learns, judges the deployments that what came in may concern, and says which of their alerts changed. A fact costs what
 * it may concern: of a deployment that is what is live, unless it is about the past as well. Where one fact concerns many
 * deployments, the past of each is judged again behind the alerts of all, by a record of its own.
 */
@NullUnmarked // init() sets the fields before any record comes.
final class DriftProcessor implements Processor<String, SpecificRecord, String, Object> {

    private static final String NOW = "now";

    private final DriftConfig config;
    private final String procurementTopic;
    private final String disclosureTopic;
    private final LongSupplier wallClock;

    private ProcessorContext<String, Object> context;
    private KeyValueStore<String, DriftState> deployments;
    private KeyValueStore<String, Long> clock;
    private Past past;
    private DueTimes dueTimes;
    private Owners owners;
    private Concerns concerns;
    private Disclosures disclosures;
    private PolicyReports reports;
    private AlertRecords records;
    private SoonCommitted soon;

    /** What of a deployment a fact may concern. */
    private enum Reach {
        /** What is live. */
        LIVE,
        /** What is over, too, which is judged now. */
        PAST,
        /** What is over, too, which is judged by a record of its own. */
        PAST_LATER
    }

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
        this.clock = context.getStateStore(DriftTopology.CLOCK);
        this.past =
                new Past(context.getStateStore(DriftTopology.PAST), context.getStateStore(DriftTopology.PAST_MODELS));
        this.dueTimes = new DueTimes(context.getStateStore(DriftTopology.DUE));
        this.owners = new Owners(context.getStateStore(DriftTopology.OWNERS));
        this.concerns = new Concerns(
                context.getStateStore(DriftTopology.CONCERNS),
                context.getStateStore(DriftTopology.PROCUREMENT),
                context.getStateStore(DriftTopology.PROCUREMENT_BY_SUBJECT));
        this.disclosures = new Disclosures(context.getStateStore(DriftTopology.DISCLOSURES));
        this.reports = new PolicyReports(context.metrics());
        this.records = new AlertRecords(context, DriftTopology.NAME, wallClock);
        this.soon = new SoonCommitted(context, wallClock);
    }

    @Override
    public void process(Record<String, SpecificRecord> given) {
        concerns.complete();
        // What follows from it must not look as old as that.
        Record<String, SpecificRecord> record =
                given.timestamp() == DriftTopology.URGENT ? given.withTimestamp(wallClock.getAsLong()) : given;
        soon.saw(record);
        switch (record.value()) {
            case Mbom mbom -> bill(mbom, record);
            case Tick tick -> tick(tick.getAt(), record);
            case ProcurementEvent event -> procurement(event.getId(), event, record);
            case Disclosure disclosure -> disclosure(disclosure.getId(), disclosure, record);
            case AlertAction action -> act(action, record);
            case DriftReview review -> review(review, record);
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
        Set<String> concerned = new TreeSet<>();
        disclosures.replace(id, disclosure).forEach(vendor -> concerned.addAll(concerns.ofVendor(vendor)));
        judgeAgain(concerned, record);
    }

    private void bill(Mbom mbom, Record<String, SpecificRecord> record) {
        DriftState known = deployments.get(mbom.getDeployment());
        DriftState state = known == null ? DriftStates.empty(mbom.getDeployment()) : known;
        Instant now = later(now(state), mbom.getAt());
        Look look = new Look(state, past.isConcerned(state, mbom, now) ? Reach.PAST : Reach.LIVE);
        DriftStates.learn(state, mbom, model -> past.known(state, model));
        judge(look, now, record);
    }

    private void tick(Instant at, Record<String, SpecificRecord> record) {
        if (at.toEpochMilli() <= ticked().toEpochMilli()) {
            return;
        }
        clock.put(NOW, at.toEpochMilli());
        dueTimes.due(at).forEach(deployment -> judgeAgain(deployment, Reach.LIVE, record));
    }

    private void procurement(String id, ProcurementEvent event, Record<String, SpecificRecord> record) {
        if (event != null && concerns.isCorrected(event)) {
            return;
        }
        ProcurementEvent before = concerns.replace(id, event);
        Set<String> concerned = new TreeSet<>();
        Stream.of(before, event).filter(one -> one != null).forEach(one -> concerned.addAll(concerns.deployments(one)));
        judgeAgain(concerned, record);
    }

    /** Those that one fact concerns: however many, what is live is not kept waiting by what is over. */
    private void judgeAgain(Set<String> concerned, Record<String, SpecificRecord> record) {
        Reach reach = concerned.size() == 1 ? Reach.PAST : Reach.PAST_LATER;
        concerned.forEach(deployment -> judgeAgain(deployment, reach, record));
    }

    private void judgeAgain(String deployment, Reach reach, Record<String, SpecificRecord> record) {
        DriftState state = deployments.get(deployment);
        if (state != null) {
            judge(new Look(state, reach), now(state), record);
        }
    }

    private void review(DriftReview review, Record<String, SpecificRecord> record) {
        DriftState state = deployments.get(review.getDeployment());
        // Else it was judged for another reason since.
        if (state != null && state.getReviewing()) {
            judge(new Look(state, Reach.PAST), now(state), record);
        }
    }

    private void act(AlertAction action, Record<String, SpecificRecord> record) {
        // What is done with a group is done with each of its alerts.
        owners.of(action.getAlert())
                .forEach((alert, deployment) -> act(
                        deployment,
                        AlertAction.newBuilder(action).setAlert(alert).build(),
                        record));
    }

    private void act(String deployment, AlertAction action, Record<String, SpecificRecord> record) {
        DriftState state = deployments.get(deployment);
        Look look = new Look(state, Reach.LIVE);
        Alerts.Update update = Alerts.act(state, action, now(state));
        if (update != null) {
            say(update, record);
            judge(look, now(state), record);
        }
    }

    /** A deployment as it was found, and what has been read of its past. */
    private final class Look {
        private final DriftState state;
        private final Reach reach;
        private final Past.Read read;
        private final Set<String> indexedAs;
        private final Set<String> owned;

        Look(DriftState state, Reach reach) {
            this.state = state;
            this.reach = reach;
            this.read = reach == Reach.PAST ? past.read(state) : null;
            this.indexedAs = Concerns.keys(state);
            this.owned = Owners.keys(state);
        }
    }

    private void judge(Look look, Instant now, Record<String, SpecificRecord> record) {
        DriftState state = look.state;
        Collection<ProcurementEvent> events = concerns.events(state);
        Judge judge = Judge.of(state, events, disclosures.of(state.getVendor()), now);
        List<Judgement> judgements = judge.judgements();
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
        Optional<Instant> next = judge.nextBoundary(change -> true);
        DriftStates.forgetAlerts(state, judgements);
        Set<String> models = past.settle(state, judge, judgements, look.read);
        owners.deployment(state, look.owned);
        concerns.deployment(state.getDeployment(), look.indexedAs, Concerns.keys(state, models));
        review(look, now, record);
        Optional<Instant> ofPast = Optional.ofNullable(state.getPastDueAt()).filter(at -> at.isAfter(now));
        dueTimes.set(
                state,
                Stream.of(next, ofPast, rulings.next(now), Alerts.nextSuppressionEnd(state))
                        .flatMap(Optional::stream)
                        .min(Instant::compareTo)
                        .orElse(null));
        deployments.put(state.getDeployment(), state);
    }

    /** Asks for the past to be judged, where it is to be and has not been. */
    private void review(Look look, Instant now, Record<String, SpecificRecord> record) {
        DriftState state = look.state;
        if (look.reach == Reach.PAST) {
            state.setReviewing(false);
            return;
        }
        Instant due = state.getPastDueAt();
        boolean wanted = look.reach == Reach.PAST_LATER || (due != null && !now.isBefore(due));
        if (wanted && state.getPastChanges() > 0 && !state.getReviewing()) {
            state.setReviewing(true);
            String deployment = state.getDeployment();
            records.say(
                    "",
                    DriftTopology.REVIEWS,
                    Topics.DRIFT_REVIEWS,
                    deployment,
                    new DriftReview(deployment),
                    Ids.digest("drift-review", deployment, now.toString()),
                    deployment,
                    now,
                    record);
        }
    }

    private void say(Alerts.Update update, Record<String, SpecificRecord> record) {
        Alert alert = update.alert();
        String event = records.say(alert, update.created(), record);
        String left = update.leftGroup();
        if (left != null) {
            say(left, AlertGroupMember.newBuilder().setId(alert.getId()).build(), alert, event, record);
        }
        if (alert.getGroup() != null) {
            AlertGroupMember.Builder member =
                    AlertGroupMember.newBuilder().setId(alert.getId()).setAlert(alert);
            GroupCause cause = GroupCause.of(alert);
            // A closed alert has no drift any more; its group knows its cause.
            if (cause != null) {
                member.setChange(cause.change()).setProcurementEvent(cause.procurementEvent());
            }
            say(alert.getGroup(), member.build(), alert, event, record);
        }
    }

    /** @param event id of the update of the alert that it tells of */
    private void say(
            String group, AlertGroupMember member, Alert alert, String event, Record<String, SpecificRecord> record) {
        records.say(
                alert.getCorrelationId(),
                DriftTopology.MEMBERS,
                Topics.DRIFT_GROUPS,
                group,
                member,
                Ids.digest("alert-group-member", group, event),
                alert.getDeployment(),
                alert.getUpdatedAt(),
                record);
    }

    private void say(ChangeVerdict verdict, Record<String, SpecificRecord> record) {
        records.say(
                verdict.getJudged().getChange().getCorrelationId(),
                DriftTopology.VERDICTS,
                Topics.VERDICTS,
                verdict.getId(),
                verdict,
                Ids.event("verdict-record", verdict.getId(), verdict),
                verdict.getDeployment(),
                verdict.getAt(),
                record);
    }

    /** The time at which a deployment is judged: no fact about it is in its future, and it never goes back. */
    private Instant now(DriftState state) {
        Instant known = state.getKnownAt();
        Instant now = known == null ? ticked() : later(ticked(), known);
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
}
