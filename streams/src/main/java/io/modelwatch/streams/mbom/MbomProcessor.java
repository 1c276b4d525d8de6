package io.modelwatch.streams.mbom;

import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageCause;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.MbomMessage;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.SubjectKind;
import io.modelwatch.streams.Ancestors;
import io.modelwatch.streams.Answered;
import io.modelwatch.streams.LineageFacts;
import io.modelwatch.streams.Merged;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
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

/** Both sides of the conversation: what a deployment does, and what a model does. */
@NullUnmarked // init() sets the fields before any record comes.
final class MbomProcessor implements Processor<String, SpecificRecord, String, SpecificRecord> {

    private static final char SEPARATOR = '\0';

    /** Changes of one model that wait for its ancestry; more than these in that time tell nothing more. */
    private static final int MAX_HELD_CHANGES = 200;

    private final MbomComposer composer;
    private final LongSupplier wallClock;

    private ProcessorContext<String, SpecificRecord> context;
    private KeyValueStore<String, SubjectFacts> subjects;
    private KeyValueStore<String, SubjectFacts> known;
    private KeyValueStore<String, String> subscribers;
    private KeyValueStore<String, Lineage> lineages;
    private KeyValueStore<String, Lineage> knownLineages;
    private KeyValueStore<String, SubjectFacts> held;
    private KeyValueStore<String, Mbom> revisions;
    private KeyValueStore<String, Mbom> pending;

    /** @param wallClock epoch milliseconds, for {@link PathHeader} only */
    MbomProcessor(MbomComposer composer, LongSupplier wallClock) {
        this.composer = composer;
        this.wallClock = wallClock;
    }

    @Override
    public void init(ProcessorContext<String, SpecificRecord> context) {
        this.context = context;
        this.subjects = context.getStateStore(MbomTopology.SUBJECTS);
        this.known = context.getStateStore(MbomTopology.KNOWN);
        this.subscribers = context.getStateStore(MbomTopology.SUBSCRIBERS);
        this.lineages = context.getStateStore(MbomTopology.LINEAGES);
        this.knownLineages = context.getStateStore(MbomTopology.KNOWN_LINEAGES);
        this.held = context.getStateStore(MbomTopology.HELD);
        this.revisions = context.getStateStore(MbomTopology.REVISIONS);
        this.pending = context.getStateStore(MbomTopology.PENDING);
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        switch (record.value()) {
            case SubjectFacts facts when facts.getKind() == SubjectKind.DEPLOYMENT -> deployment(facts, record);
            case SubjectFacts facts -> model(facts, record);
            case MbomMessage message when message.getFacts() == null -> subscription(message, record);
            case MbomMessage message -> answer(message, record);
            case Lineage lineage -> lineage(lineage.getModel(), lineage, record);
            // Only lineage has tombstones.
            case null -> lineage(record.key(), null, record);
            default ->
                throw new SerializationException(
                        "not a message of this topology: " + record.value().getClass());
        }
    }

    // A deployment's side.

    private void deployment(SubjectFacts facts, Record<String, SpecificRecord> record) {
        String name = facts.getSubject();
        DeploymentFacts before = Merged.deployment(subjects.get(name));
        DeploymentFacts after = Merged.deployment(facts);
        if (after == null) {
            subjects.delete(name);
        } else {
            subjects.put(name, withoutChanges(facts));
        }
        Set<String> left = new HashSet<>(Merged.models(before));
        List<String> runs = Merged.models(after);
        for (String model : runs) {
            if (!left.remove(model)) {
                say(model, name, true, record);
            }
        }
        for (String model : left) {
            known.delete(name + SEPARATOR + model);
            knownLineages.delete(name + SEPARATOR + model);
            say(model, name, false, record);
        }
        remember(name, Provenance.ofDeployment(before, after, facts), facts.getCorrelationId(), null);
        reviseIfComplete(name, record);
    }

    private void answer(MbomMessage message, Record<String, SpecificRecord> record) {
        String name = message.getDeployment();
        SubjectFacts facts = message.getFacts();
        DeploymentFacts deployment = Merged.deployment(subjects.get(name));
        if (deployment == null || !Merged.models(deployment).contains(message.getModel())) {
            // The answer to a subscription that has ended meanwhile.
            return;
        }
        String key = name + SEPARATOR + message.getModel();
        SubjectFacts before = known.get(key);
        known.put(key, withoutChanges(facts));
        Lineage was = knownLineages.get(key);
        Lineage lineage = message.getLineage();
        knownLineages.put(key, lineage);
        List<ProvenanceChange> changes =
                new ArrayList<>(Provenance.ofModel(deployment, message.getModel(), before, facts));
        changes.addAll(Provenance.ofLineage(deployment, message.getModel(), was, lineage));
        LineageCause cause = lineage == null ? null : Ancestors.cause(was, lineage);
        String correlationId = facts.getCorrelationId();
        if (correlationId.isEmpty() && cause != null) {
            correlationId = cause.getCorrelationId();
        }
        remember(
                name,
                changes,
                correlationId.isEmpty() ? null : correlationId,
                cause == null ? null : cause.getChangeId());
        reviseIfComplete(name, record);
    }

    /** Keeps what has changed until the revision can be written. */
    private void remember(String name, List<ProvenanceChange> changes, String correlationId, String cause) {
        Mbom draft = pending.get(name);
        if (draft == null) {
            draft = Mbom.newBuilder()
                    .setDeployment(name)
                    .setSerialNumber("")
                    .setRevision(0)
                    .setAt(Instant.EPOCH)
                    .setCorrelationId("")
                    .build();
        }
        List<ProvenanceChange> all = new ArrayList<>(draft.getChanges());
        all.addAll(changes);
        draft.setChanges(all);
        if (correlationId != null && draft.getCorrelationId().isEmpty()) {
            draft.setCorrelationId(correlationId);
            draft.setCause(cause);
        }
        pending.put(name, draft);
    }

    private void reviseIfComplete(String name, Record<String, SpecificRecord> record) {
        SubjectFacts facts = subjects.get(name);
        for (String model : Merged.models(Merged.deployment(facts))) {
            if (known.get(name + SEPARATOR + model) == null) {
                return;
            }
        }
        Mbom draft = pending.delete(name);
        Mbom before = revisions.get(name);
        Mbom mbom = composer.compose(
                name,
                facts,
                model -> known.get(name + SEPARATOR + model),
                model -> knownLineages.get(name + SEPARATOR + model));
        List<String> changed = MbomComposer.changed(before, mbom);
        if (draft == null || (changed.isEmpty() && draft.getChanges().isEmpty())) {
            return;
        }
        List<ProvenanceChange> changes = draft.getChanges();
        ProvenanceChange first = changes.isEmpty() ? null : changes.getFirst();
        Instant at = first == null ? latestClaim(mbom, before) : first.getObservedAt();
        mbom.setRevision(before == null ? 1 : before.getRevision() + 1);
        mbom.setAt(at);
        mbom.setEffectiveAt(first == null ? null : first.getEffectiveAt());
        mbom.setChanged(changed);
        mbom.setChanges(changes);
        mbom.setCause(first == null ? draft.getCause() : first.getCause() == null ? first.getId() : first.getCause());
        mbom.setCorrelationId(first == null ? draft.getCorrelationId() : first.getCorrelationId());
        revisions.put(name, mbom);
        // Not the number alone: after a reset of the role it begins at 1 again, with other content.
        String id = Ids.digest("mbom", name, Long.toString(mbom.getRevision()), at.toString(), mbom.getCorrelationId());
        Headers headers = CloudEvents.correlate(headers(record, Topics.MBOMS, id, name, at), mbom.getCorrelationId());
        context.forward(new Record<>(name, mbom, record.timestamp(), headers), MbomTopology.MBOMS);
    }

    /** Where no change gives the time, it is that of the newest claim. */
    private static Instant latestClaim(Mbom mbom, Mbom before) {
        Instant floor = before == null ? Instant.EPOCH : before.getAt();
        return mbom.getClaims().stream()
                .map(claim -> claim.getObservedAt())
                .filter(time -> time != null && time.isAfter(floor))
                .max(Instant::compareTo)
                .orElse(floor);
    }

    // A model's side.

    private void model(SubjectFacts facts, Record<String, SpecificRecord> record) {
        String model = facts.getSubject();
        if (facts.getClaims().isEmpty()) {
            subjects.delete(model);
        } else {
            subjects.put(model, withoutChanges(facts));
        }
        List<String> deployments = subscribers(model);
        if (deployments.isEmpty()) {
            return;
        }
        SubjectFacts waiting = held.get(model);
        if (waiting != null) {
            List<Change> all = new ArrayList<>(waiting.getChanges());
            all.addAll(facts.getChanges());
            facts = SubjectFacts.newBuilder(facts)
                    .setChanges(all.subList(Math.max(0, all.size() - MAX_HELD_CHANGES), all.size()))
                    .build();
        }
        Lineage lineage = lineages.get(model);
        if (resolved(facts, lineage)) {
            if (waiting != null) {
                held.delete(model);
            }
            tell(deployments, model, facts, lineage, record);
        } else {
            held.put(model, facts);
        }
    }

    private void lineage(String model, Lineage lineage, Record<String, SpecificRecord> record) {
        Conversation before = Conversation.of(subscribers.get(model));
        Conversation now = Conversation.told(before, Answered.take(record.headers()));
        if (now == null) {
            return;
        }
        keep(model, before, now);
        lineages.put(model, lineage);
        if (now.state() == Conversation.State.EARLY) {
            return;
        }
        SubjectFacts waiting = held.get(model);
        SubjectFacts facts = waiting == null ? present(model) : waiting;
        if (resolved(facts, lineage)) {
            if (waiting != null) {
                held.delete(model);
            }
            tell(subscribers(model), model, facts, lineage, record);
        }
    }

    private void subscription(MbomMessage message, Record<String, SpecificRecord> record) {
        String model = message.getModel();
        String key = model + SEPARATOR + message.getDeployment();
        if (!message.getSubscribed()) {
            subscribers.delete(key);
            if (subscribers(model).isEmpty()) {
                Conversation before = Conversation.of(subscribers.get(model));
                Conversation now = Conversation.ended(before, offset());
                keep(model, before, now);
                if (now == null) {
                    lineages.delete(model);
                }
                held.delete(model);
            }
            return;
        }
        subscribers.put(key, message.getDeployment());
        Conversation before = Conversation.of(subscribers.get(model));
        keep(model, before, Conversation.subscribed(before, offset()));
        SubjectFacts facts = present(model);
        Lineage lineage = lineages.get(model);
        if (resolved(facts, lineage)) {
            tell(List.of(message.getDeployment()), model, facts, lineage, record);
        }
    }

    /** True where an ancestry rests upon these facts: if not yet, it is on its way, and so is the answer. */
    private boolean resolved(SubjectFacts facts, Lineage lineage) {
        Conversation now = Conversation.of(subscribers.get(facts.getSubject()));
        if (now != null && now.state() == Conversation.State.AWAITED) {
            return false;
        }
        LineageFacts part = LineageFacts.of(facts);
        if (part == null) {
            return lineage == null || !lineage.getKnown();
        }
        return lineage != null && lineage.getFactsDigest().equals(part.digest());
    }

    private void keep(String model, Conversation before, Conversation now) {
        if (!Objects.equals(before, now)) {
            subscribers.put(model, now == null ? null : now.text());
        }
    }

    /** Where the record at hand stands on its topic. */
    private long offset() {
        return context.recordMetadata().orElseThrow().offset();
    }

    /** What is known now; "nothing" is an answer too: a deployment must not wait for a model that never appears. */
    private SubjectFacts present(String model) {
        SubjectFacts facts = subjects.get(model);
        return facts != null
                ? facts
                : SubjectFacts.newBuilder()
                        .setSubject(model)
                        .setKind(SubjectKind.MODEL)
                        .setCorrelationId("")
                        .build();
    }

    private List<String> subscribers(String model) {
        List<String> deployments = new ArrayList<>();
        if (subscribers.get(model) == null) {
            return deployments;
        }
        try (KeyValueIterator<String, String> all =
                subscribers.range(model + SEPARATOR, model + (char) (SEPARATOR + 1))) {
            all.forEachRemaining(one -> deployments.add(one.value));
        }
        return deployments;
    }

    private void say(String model, String deployment, boolean subscribed, Record<String, SpecificRecord> record) {
        MbomMessage message = MbomMessage.newBuilder()
                .setDeployment(deployment)
                .setModel(model)
                .setSubscribed(subscribed)
                .build();
        context.forward(record.withKey(model).withValue(message), MbomTopology.SUBSCRIPTIONS);
    }

    private void tell(
            List<String> deployments,
            String model,
            SubjectFacts facts,
            Lineage lineage,
            Record<String, SpecificRecord> record) {
        for (String deployment : deployments) {
            MbomMessage message = MbomMessage.newBuilder()
                    .setDeployment(deployment)
                    .setModel(model)
                    .setFacts(facts)
                    .setLineage(lineage)
                    .build();
            context.forward(record.withKey(deployment).withValue(message), MbomTopology.ANSWERS);
        }
    }

    private Headers headers(
            Record<String, SpecificRecord> record, Topic<?> to, String id, String subject, Instant time) {
        Headers headers = new RecordHeaders(record.headers().toArray());
        PathHeader.stamp(headers, MbomTopology.NAME, wallClock.getAsLong());
        return CloudEvents.set(headers, to, id, "modelwatch/mbom", subject, time);
    }

    private static SubjectFacts withoutChanges(SubjectFacts facts) {
        return SubjectFacts.newBuilder(facts)
                .setChanges(List.of())
                .setCorrelationId("")
                .build();
    }
}
