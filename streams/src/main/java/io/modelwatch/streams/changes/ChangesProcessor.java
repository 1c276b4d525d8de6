package io.modelwatch.streams.changes;

import io.modelwatch.schemas.AvroSerdes;
import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.SourceClaim;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.SubjectKind;
import io.modelwatch.schemas.avro.Sweep;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** Compares each observation with the last one of its subject by its source. */
@NullUnmarked // init() sets the fields before any record comes.
final class ChangesProcessor implements Processor<String, byte[], String, SpecificRecord> {

    private final Deserializer<Observation> decoder;
    /** Of what the store keeps: that it cannot be read is not the fault of the record that asks for it. */
    private final Deserializer<Observation> keeper;

    private final ObservationHead.Reader heads;
    private final LongSupplier wallClock;

    private ProcessorContext<String, SpecificRecord> context;
    private String topic;
    private KeyValueStore<String, byte[]> stored;
    private KeyValueStore<String, byte[]> last;
    private Attendance attendance;

    /** @param wallClock epoch milliseconds, for {@link PathHeader} only */
    ChangesProcessor(AvroSerdes serdes, LongSupplier wallClock) {
        this.decoder = serdes.of(Topics.OBSERVATIONS).deserializer();
        this.keeper = serdes.state(Topics.OBSERVATIONS).deserializer();
        this.heads = new ObservationHead.Reader(serdes.registry(), decoder);
        this.wallClock = wallClock;
    }

    @Override
    public void init(ProcessorContext<String, SpecificRecord> context) {
        this.context = context;
        this.topic = "observations";
        this.stored = context.getStateStore(ChangesTopology.HEADS);
        this.last = context.getStateStore(ChangesTopology.LAST);
        this.attendance = new Attendance(
                context.getStateStore(ChangesTopology.PAGES),
                context.getStateStore(ChangesTopology.MEMBERS),
                context.getStateStore(ChangesTopology.SWEEPS));
    }

    @Override
    public void process(Record<String, byte[]> record) {
        if (record.value() == null) {
            return;
        }
        ObservationHead seen = heads.read(topic, record.value());
        switch (seen.kind()) {
            case MODEL, DEPLOYMENT -> observe(seen, record);
            case SWEEP -> sweep(record);
            case UNKNOWN -> throw new SerializationException("an observation of a kind that is not known here");
        }
    }

    private void observe(ObservationHead seen, Record<String, byte[]> record) {
        String key = Keys.join(seen.subject(), seen.source());
        String scope = Keys.scope(seen.scope());
        byte[] bytes = stored.get(key);
        Head head = bytes == null ? null : Head.fromBytes(bytes);
        if (head == null) {
            accept(key, seen, record, null, first(seen, decode(record)));
        } else if (head.removedAt() != null) {
            boolean late = !seen.observedAt().isAfter(head.removedAt());
            Change again = Differ.appeared(decode(record));
            again.setLate(late);
            if (late) {
                emitChanges(List.of(again), record);
            } else {
                accept(key, seen, record, head, List.of(again));
            }
        } else if (head.digest().equals(seen.digest())) {
            unchanged(key, seen, scope, head);
        } else {
            changed(key, seen, record, head);
        }
    }

    /** What was inferred of a subject is no sight of it: it brings its field, and the subject does not appear by it. */
    private static List<Change> first(ObservationHead seen, Observation observation) {
        return inferred(seen.source()) ? Differ.inferred(observation) : List.of(Differ.appeared(observation));
    }

    private static boolean inferred(String source) {
        return source.equals(ReservedSources.INFERENCE);
    }

    /** The common case: one read, and one time in a page. */
    private void unchanged(String key, ObservationHead seen, String scope, Head head) {
        Head.Membership membership = head.membership(scope);
        Head after = head;
        if (membership == null) {
            membership =
                    new Head.Membership(scope, attendance.enrol(seen.source(), scope, seen.subject()), 0, null, false);
            after = after.with(membership);
        } else if (membership.absences() > 0) {
            membership = membership.present();
            after = after.with(membership);
        }
        if (seen.effectiveAt() != null && seen.effectiveAt().isAfter(head.effective())) {
            // The source says that the same facts hold from later on: an observation from before that is late.
            after = new Head(after.digest(), seen.effectiveAt(), true, after.removedAt(), after.memberships());
        }
        if (!after.equals(head)) {
            stored.put(key, after.toBytes());
        }
        attendance.seen(seen.source(), scope, membership.ordinal(), seen.observedAt());
    }

    private void changed(String key, ObservationHead seen, Record<String, byte[]> record, Head head) {
        Observation before = keeper.deserialize(ChangesTopology.LAST, last.get(key));
        Observation now = decode(record);
        boolean late = late(seen, head, before);
        List<Change> changes = new ArrayList<>(Differ.changes(before, now, late));
        if (late) {
            emitChanges(changes, record);
        } else {
            accept(key, seen, record, head, changes);
        }
    }

    private boolean late(ObservationHead seen, Head head, Observation before) {
        Instant lastSeen = before.getObservedAt();
        for (Head.Membership membership : head.memberships()) {
            Instant at = attendance.lastSeen(seen.source(), membership.scope(), membership.ordinal());
            if (at != null && at.isAfter(lastSeen)) {
                lastSeen = at;
            }
        }
        if (head.dated() && seen.effectiveAt() != null) {
            int order = seen.effectiveAt().compareTo(head.effective());
            return order < 0 || (order == 0 && seen.observedAt().isBefore(lastSeen));
        }
        return seen.observedAt().isBefore(lastSeen);
    }

    /** Makes an observation the last one and tells what follows from it. */
    private void accept(
            String key,
            ObservationHead seen,
            Record<String, byte[]> record,
            @Nullable Head before,
            List<Change> changes) {
        String scope = Keys.scope(seen.scope());
        Head head = new Head(
                seen.digest(),
                seen.effective(),
                seen.effectiveAt() != null,
                null,
                before == null ? List.of() : before.memberships());
        Head.Membership membership = head.membership(scope);
        membership = membership == null
                ? new Head.Membership(scope, attendance.enrol(seen.source(), scope, seen.subject()), 0, null, false)
                : membership.present();
        stored.put(key, head.with(membership).toBytes());
        last.put(key, record.value());
        attendance.seen(seen.source(), scope, membership.ordinal(), seen.observedAt());

        List<SourceClaim> claims = claims(seen.subject());
        if (inferred(seen.source()) && claims.isEmpty()) {
            // Whoever it was inferred of is gone: the word is kept, and nobody hears of it.
            return;
        }
        List<Change> all = new ArrayList<>(TrafficChanges.of(seen.source(), claims, changes));
        all.addAll(Disagreements.arisen(seen.source(), claims, changes));
        emitChanges(all, record);
        emitFacts(
                seen.subject(),
                seen.kind() == ObservationKind.MODEL ? SubjectKind.MODEL : SubjectKind.DEPLOYMENT,
                claims,
                all,
                record);
    }

    private void sweep(Record<String, byte[]> record) {
        Observation marker = decode(record);
        Sweep sweep = marker.getSweep();
        if (sweep == null) {
            throw new SerializationException("a sweep without its times");
        }
        if (sweep.getOutcome() != SweepOutcome.COMPLETE) {
            return;
        }
        String scope = Keys.scope(marker.getScope());
        attendance.complete(
                marker.getSource(),
                scope,
                sweep.getStartedAt(),
                (subject, ordinal) -> absent(marker, sweep, scope, subject, ordinal, record));
    }

    private void absent(
            Observation marker, Sweep sweep, String scope, String subject, int ordinal, Record<String, byte[]> record) {
        String key = Keys.join(subject, marker.getSource());
        Head head = Head.fromBytes(stored.get(key));
        Head.Membership membership = Objects.requireNonNull(head.membership(scope))
                .absent(sweep.getCompletedAt(), Math.max(1, sweep.getRemovalSweeps()));
        Head after = head.with(membership);
        if (membership.gone()) {
            attendance.forget(marker.getSource(), scope, ordinal);
        }
        if (!after.memberships().stream().allMatch(Head.Membership::gone)) {
            stored.put(key, after.toBytes());
            return;
        }
        Instant firstAbsentAt = Objects.requireNonNull(membership.firstAbsentAt());
        stored.put(key, after.removed(firstAbsentAt).toBytes());
        Observation known = keeper.deserialize(ChangesTopology.LAST, last.delete(key));
        SubjectKind kind = known.getKind() == ObservationKind.MODEL ? SubjectKind.MODEL : SubjectKind.DEPLOYMENT;
        Change removed = Change.newBuilder()
                .setId(Ids.digest("removed", marker.getSource(), subject, marker.getId()))
                .setSubject(subject)
                .setSubjectKind(kind)
                .setKind(ChangeKind.REMOVED)
                .setSource(marker.getSource())
                .setEffectiveAt(firstAbsentAt)
                .setObservedAt(sweep.getCompletedAt())
                .setConfidence(known.getConfidence())
                .setCorrelationId(marker.getId())
                .setEvidence(marker.getEvidence())
                .build();
        emitChanges(List.of(removed), record);
        emitFacts(subject, kind, claims(subject), List.of(removed), record);
    }

    /**
     * Returns the claims about a subject by precedence. What was inferred from the others counts only beside them, and
     * not once it has been taken back; no more does telemetry where traffic has ended.
     */
    private List<SourceClaim> claims(String subject) {
        List<SourceClaim> claims = new ArrayList<>();
        boolean said = false;
        try (KeyValueIterator<String, byte[]> all = last.range(Keys.first(subject), Keys.end(subject))) {
            while (all.hasNext()) {
                KeyValue<String, byte[]> one = all.next();
                Observation observation = keeper.deserialize(ChangesTopology.LAST, one.value);
                boolean inferred = inferred(observation.getSource());
                boolean quiet = observation.getSource().equals(ReservedSources.TELEMETRY)
                        && observation.getDeployment() != null
                        && observation.getDeployment().getModels().isEmpty();
                if (quiet || (inferred && observation.getModel().getParents().isEmpty())) {
                    continue;
                }
                said |= !inferred;
                claims.add(SourceClaim.newBuilder()
                        .setSource(observation.getSource())
                        .setObservationId(observation.getId())
                        .setObservedAt(observation.getObservedAt())
                        .setEffectiveAt(observation.getEffectiveAt())
                        .setConfidence(observation.getConfidence())
                        .setModel(observation.getModel())
                        .setDeployment(observation.getDeployment())
                        .setEvidence(observation.getEvidence())
                        .build());
            }
        }
        if (!said) {
            return List.of();
        }
        claims.sort(Precedence.of(subject));
        return claims;
    }

    private void emitChanges(List<Change> changes, Record<String, byte[]> record) {
        for (Change change : changes) {
            Headers headers =
                    headers(record, Topics.CHANGES, change.getId(), change.getSubject(), change.getObservedAt());
            CloudEvents.correlate(headers, change.getCorrelationId());
            context.forward(
                    new Record<>(change.getSubject(), change, record.timestamp(), headers), ChangesTopology.CHANGES);
        }
    }

    private void emitFacts(
            String subject,
            SubjectKind kind,
            List<SourceClaim> claims,
            List<Change> changes,
            Record<String, byte[]> record) {
        Change first = changes.isEmpty() ? null : changes.getFirst();
        // Without a change only the evidence of what was inferred is another.
        String correlationId = first == null ? decode(record).getId() : first.getCorrelationId();
        SubjectFacts facts = SubjectFacts.newBuilder()
                .setSubject(subject)
                .setKind(kind)
                .setClaims(claims)
                .setChanges(changes)
                .setCorrelationId(correlationId)
                .build();
        Instant time = first == null ? decode(record).getObservedAt() : first.getObservedAt();
        Headers headers = headers(record, Topics.FACTS, Ids.digest("facts", subject, correlationId), subject, time);
        CloudEvents.correlate(headers, correlationId);
        context.forward(new Record<>(subject, facts, record.timestamp(), headers), ChangesTopology.FACTS);
    }

    private Headers headers(Record<String, byte[]> record, Topic<?> to, String id, String subject, Instant time) {
        Headers headers = new RecordHeaders(record.headers().toArray());
        PathHeader.stamp(headers, ChangesTopology.NAME, wallClock.getAsLong());
        return CloudEvents.set(headers, to, id, "modelwatch/changes", subject, time);
    }

    private Observation decode(Record<String, byte[]> record) {
        return decoder.deserialize(topic, record.value());
    }
}
