package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.AncestorNode;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageMessage;
import io.modelwatch.schemas.avro.LineageState;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.SubjectKind;
import io.modelwatch.streams.LineageFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.NullUnmarked;

/** Both sides of the conversation: what a model does as a child, and what it does as a parent. */
@NullUnmarked // init() sets the fields before any record comes.
final class LineageProcessor implements Processor<String, SpecificRecord, String, SpecificRecord> {

    private static final char SEPARATOR = '\0';

    private final LineageConfig config;
    private final Limits limits;
    private final LineageChanges changes;
    private final LongSupplier wallClock;

    private ProcessorContext<String, SpecificRecord> context;
    private KeyValueStore<String, LineageState> states;
    private KeyValueStore<String, LineageMessage> heard;
    private KeyValueStore<String, Long> subscribers;
    private KeyValueStore<String, Lineage> records;

    /** @param wallClock epoch milliseconds, for {@link PathHeader} only */
    LineageProcessor(LineageConfig config, Limits limits, LongSupplier wallClock) {
        this.config = config;
        this.limits = limits;
        this.changes = new LineageChanges(config);
        this.wallClock = wallClock;
    }

    @Override
    public void init(ProcessorContext<String, SpecificRecord> context) {
        this.context = context;
        this.states = context.getStateStore(LineageTopology.STATES);
        this.heard = context.getStateStore(LineageTopology.HEARD);
        this.subscribers = context.getStateStore(LineageTopology.SUBSCRIBERS);
        this.records = context.getStateStore(LineageTopology.RECORDS);
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        switch (record.value()) {
            case SubjectFacts facts when facts.getKind() == SubjectKind.MODEL -> facts(facts, record);
            case SubjectFacts deployment -> {}
            case LineageMessage message when message.getSelf() == null -> subscription(message, record);
            case LineageMessage message -> advertisement(message, record);
            case null -> {}
            default ->
                throw new SerializationException(
                        "not a message of this topology: " + record.value().getClass());
        }
    }

    // A child's side.

    private void facts(SubjectFacts facts, Record<String, SpecificRecord> record) {
        String model = facts.getSubject();
        if (model.indexOf(SEPARATOR) >= 0) {
            throw new SerializationException("a zero character in a subject");
        }
        LineageState state = states.get(model);
        LineageFacts now = LineageFacts.of(facts);
        if (state == null) {
            state = LineageState.newBuilder().build();
        } else if (state.getKnown() == (now != null)
                && state.getRemoved() == (now == null)
                && state.getFactsDigest().equals(now == null ? "" : now.digest())) {
            return;
        }
        Change takenOver = changes.takenOver(state, now, facts);
        List<ParentRef> parents = now == null ? List.of() : now.parents();
        follow(model, state, parents, record);
        state.setKnown(now != null);
        state.setRemoved(now == null);
        state.setParents(parents);
        state.setConfidence(now == null ? Confidence.UNRESOLVED : now.confidence());
        state.setLicense(now == null ? null : now.license());
        state.setDatasets(now == null ? List.of() : now.datasets());
        // The owner outlives a removal: whoever registers the name again must be held against it.
        state.setOwnerId(now == null ? state.getOwnerId() : now.ownerId());
        state.setTruncated(now != null && now.truncated());
        state.setFactsDigest(now == null ? "" : now.digest());
        state.setCause(LineageChanges.cause(facts));
        settle(model, state, record);
        if (takenOver != null) {
            emit(takenOver, record);
        }
    }

    /** Subscribes to the parents that are new and unsubscribes from those that are no more. */
    private void follow(
            String model, LineageState state, List<ParentRef> parents, Record<String, SpecificRecord> record) {
        Set<String> left = ids(state.getParents(), model);
        for (String parent : ids(parents, model)) {
            if (!left.remove(parent)) {
                LineageMessage message = LineageMessage.newBuilder()
                        .setSender(model)
                        .setSubscription(context.recordMetadata().orElseThrow().offset())
                        .build();
                heard.put(
                        key(model, parent),
                        LineageMessage.newBuilder(message).setSender(parent).build());
                state.setAwaited(state.getAwaited() + 1);
                context.forward(record.withKey(parent).withValue(message), LineageTopology.SUBSCRIPTIONS);
            }
        }
        for (String parent : left) {
            LineageMessage last = heard.delete(key(model, parent));
            if (last.getSelf() == null) {
                state.setAwaited(state.getAwaited() - 1);
            }
            LineageMessage message = LineageMessage.newBuilder()
                    .setSender(model)
                    .setSubscription(last.getSubscription())
                    .setSubscribed(false)
                    .build();
            context.forward(record.withKey(parent).withValue(message), LineageTopology.SUBSCRIPTIONS);
        }
    }

    private void advertisement(LineageMessage message, Record<String, SpecificRecord> record) {
        String model = record.key();
        String key = key(model, message.getSender());
        LineageMessage last = heard.get(key);
        if (last == null
                || last.getSubscription() != message.getSubscription()
                || message.getVersion() <= last.getVersion()) {
            // It answers a subscription that has ended meanwhile, or was heard before.
            return;
        }
        heard.put(key, message);
        LineageState state = states.get(model);
        if (last.getSelf() == null) {
            state.setAwaited(state.getAwaited() - 1);
        }
        settle(model, state, record);
    }

    /** Draws the conclusions: what children are told, and what is published. */
    private void settle(String model, LineageState state, Record<String, SpecificRecord> record) {
        if (state.getAwaited() > 0) {
            // Nobody needs to see half an ancestry: every parent answers at once, even if only that it is not known.
            states.put(model, state);
            return;
        }
        Ancestry ancestry = resolve(model, state);
        LineageMessage message = advertise(model, state, ancestry);
        String digest = digest(message);
        if (!digest.equals(state.getAdvertised())) {
            state.setAdvertised(digest);
            state.setVersion(state.getVersion() + 1);
            message.setVersion(state.getVersion());
            tellAll(model, state, message, record);
        }
        states.put(model, state);
        publish(model, state, ancestry, record);
    }

    // A parent's side.

    private void subscription(LineageMessage message, Record<String, SpecificRecord> record) {
        String model = record.key();
        String child = message.getSender();
        LineageState state = states.get(model);
        if (state == null) {
            state = LineageState.newBuilder().build();
        }
        if (message.getSubscribed()) {
            if (subscribers.get(key(model, child)) == null) {
                state.setSubscribers(state.getSubscribers() + 1);
            }
            subscribers.put(key(model, child), message.getSubscription());
            Ancestry ancestry = resolve(model, state);
            LineageMessage answer = advertise(model, state, ancestry);
            if (!digest(answer).equals(state.getAdvertised())) {
                // Told while some parent had not answered, and others were told otherwise: all must hear the end.
                state.setAdvertised("");
            }
            answer.setVersion(state.getVersion());
            answer.setSubscription(message.getSubscription());
            states.put(model, state);
            context.forward(record.withKey(child).withValue(answer), LineageTopology.ADVERTISEMENTS);
            if (!state.getKnown()) {
                publish(model, state, ancestry, record);
            }
            return;
        }
        if (subscribers.delete(key(model, child)) == null) {
            return;
        }
        state.setSubscribers(state.getSubscribers() - 1);
        boolean named = state.getKnown() || state.getRemoved() || state.getSubscribers() > 0;
        states.put(model, named ? state : null);
        if (!state.getKnown() && state.getSubscribers() == 0) {
            publish(model, state, resolve(model, state), record);
        }
    }

    private void tellAll(
            String model, LineageState state, LineageMessage message, Record<String, SpecificRecord> record) {
        if (state.getSubscribers() == 0) {
            return;
        }
        try (KeyValueIterator<String, Long> all =
                subscribers.range(model + SEPARATOR, model + (char) (SEPARATOR + 1))) {
            while (all.hasNext()) {
                KeyValue<String, Long> one = all.next();
                String child = one.key.substring(model.length() + 1);
                // A copy each: what is forwarded is not touched again. Lists are shared.
                LineageMessage copy = new LineageMessage(
                        message.getSender(),
                        one.value,
                        true,
                        message.getVersion(),
                        message.getSelf(),
                        message.getAncestors());
                context.forward(record.withKey(child).withValue(copy), LineageTopology.ADVERTISEMENTS);
            }
        }
    }

    private void publish(String model, LineageState state, Ancestry ancestry, Record<String, SpecificRecord> record) {
        Lineage before = records.get(model);
        boolean needed = state.getKnown() || state.getSubscribers() > 0;
        Lineage after = needed ? Records.of(model, state, ancestry, config.origins(), limits) : null;
        if (Objects.equals(before, after)) {
            return;
        }
        records.put(model, after);
        String id = Ids.digest("lineage", model, after == null ? "" : digest(after));
        Headers headers = headers(record, Topics.LINEAGE, id, model, Instant.ofEpochMilli(record.timestamp()));
        context.forward(new Record<>(model, after, record.timestamp(), headers), LineageTopology.LINEAGE);
        changes.between(before, after).forEach(change -> emit(change, record));
    }

    private void emit(Change change, Record<String, SpecificRecord> record) {
        Headers headers = headers(record, Topics.CHANGES, change.getId(), change.getSubject(), change.getObservedAt());
        context.forward(
                new Record<>(change.getSubject(), change, record.timestamp(), headers), LineageTopology.CHANGES);
    }

    private Ancestry resolve(String model, LineageState state) {
        return Ancestry.resolve(model, state, parent -> heard.get(key(model, parent)), limits);
    }

    private static LineageMessage advertise(String model, LineageState state, Ancestry ancestry) {
        AncestorNode self = new AncestorNode(
                model,
                "",
                -1,
                Confidence.UNRESOLVED,
                state.getKnown(),
                state.getRemoved(),
                state.getLicense(),
                state.getDatasets(),
                state.getOwnerId(),
                ancestry.root(),
                !ancestry.cycle().isEmpty(),
                state.getTruncated(),
                state.getCause());
        return new LineageMessage(model, 0L, true, 0L, self, ancestry.nodes());
    }

    private static String digest(LineageMessage message) {
        return digest(encoded(() -> LineageMessage.getEncoder().encode(message)));
    }

    private static String digest(Lineage lineage) {
        return digest(encoded(() -> Lineage.getEncoder().encode(lineage)));
    }

    private static String digest(ByteBuffer bytes) {
        return Ids.sha256(bytes.array());
    }

    private interface Encoding {
        ByteBuffer encode() throws IOException;
    }

    private static ByteBuffer encoded(Encoding encoding) {
        try {
            return encoding.encode();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Headers headers(
            Record<String, SpecificRecord> record, Topic<?> to, String id, String subject, Instant time) {
        Headers headers = new RecordHeaders(record.headers().toArray());
        PathHeader.stamp(headers, LineageTopology.NAME, wallClock.getAsLong());
        return CloudEvents.set(headers, to, id, "modelwatch/lineage", subject, time);
    }

    private static Set<String> ids(List<ParentRef> parents, String model) {
        Set<String> ids = new LinkedHashSet<>();
        for (ParentRef parent : parents) {
            if (!parent.getId().equals(model)) {
                ids.add(parent.getId());
            }
        }
        return ids;
    }

    private static String key(String one, String other) {
        return one + SEPARATOR + other;
    }
}
