package io.modelwatch.streams.lineage;

import io.modelwatch.schemas.AvroSerdes;
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
import io.modelwatch.schemas.avro.MbomMessage;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.SubjectKind;
import io.modelwatch.streams.Answered;
import io.modelwatch.streams.LineageFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
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

/**
 * Both sides of the conversation: what a model does as a child, and what it does as a parent. Children of one parent in
 * one partition share its word.
 */
@NullUnmarked // init() sets the fields before any record comes.
final class LineageProcessor implements Processor<String, SpecificRecord, String, Object> {

    private static final char SEPARATOR = '\0';

    /** Stands for no subscription. */
    private static final long NONE = -1;

    private final LineageConfig config;
    private final Limits limits;
    private final LineageChanges changes;
    private final Function<Lineage, byte[]> encoder;
    private final LongSupplier wallClock;

    private ProcessorContext<String, Object> context;
    private int partition;
    private KeyValueStore<String, LineageState> states;
    private KeyValueStore<String, LineageMessage> heard;
    private KeyValueStore<String, String> children;
    private KeyValueStore<String, Lineage> records;
    private KeyValueStore<String, String> deployments;

    /**
     * @param encoder of records as they stand on the topic; null becomes null
     * @param wallClock epoch milliseconds, for {@link PathHeader} only
     */
    LineageProcessor(LineageConfig config, Limits limits, Function<Lineage, byte[]> encoder, LongSupplier wallClock) {
        this.config = config;
        this.limits = limits;
        this.changes = new LineageChanges(config);
        this.encoder = encoder;
        this.wallClock = wallClock;
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
        this.partition = context.taskId().partition();
        this.states = context.getStateStore(LineageTopology.STATES);
        this.heard = context.getStateStore(LineageTopology.HEARD);
        this.children = context.getStateStore(LineageTopology.CHILDREN);
        this.records = context.getStateStore(LineageTopology.RECORDS);
        this.deployments = context.getStateStore(LineageTopology.DEPLOYMENTS);
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        switch (record.value()) {
            case SubjectFacts facts when facts.getKind() == SubjectKind.MODEL -> facts(facts, record);
            case SubjectFacts deployment -> {}
            case LineageMessage message when message.getSelf() == null -> subscription(message, record);
            case LineageMessage message -> advertisement(message, record);
            case MbomMessage message -> deployment(message, record);
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
        Lineage before = published(model, state, resolver());
        Change takenOver = changes.takenOver(state, now, facts);
        List<ParentRef> parents = now == null ? List.of() : now.parents();
        follow(model, state.getParents(), parents, record);
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
        if (!settle(model, state, before, resolver(), record)) {
            states.put(model, state);
        }
        if (takenOver != null) {
            emit(takenOver, record);
        }
    }

    /** Subscribes to the parents that no other child here has named yet, and unsubscribes from those that none names. */
    private void follow(
            String model, List<ParentRef> before, List<ParentRef> after, Record<String, SpecificRecord> record) {
        Set<String> left = ids(before, model);
        for (String parent : ids(after, model)) {
            if (left.remove(parent)) {
                continue;
            }
            children.put(key(parent, model), "");
            if (heard.get(parent) == null) {
                long number = context.recordMetadata().orElseThrow().offset();
                heard.put(parent, subscription(parent, number, true));
                context.forward(
                        record.withKey(parent).withValue(subscription(model, number, true)),
                        LineageTopology.SUBSCRIPTIONS);
            }
        }
        for (String parent : left) {
            children.delete(key(parent, model));
            if (!isNamed(parent)) {
                long number = heard.delete(parent).getSubscription();
                context.forward(
                        record.withKey(parent).withValue(subscription(model, number, false)),
                        LineageTopology.SUBSCRIPTIONS);
            }
        }
    }

    private LineageMessage subscription(String sender, long number, boolean subscribed) {
        return LineageMessage.newBuilder()
                .setSender(sender)
                .setSubscription(number)
                .setSubscribed(subscribed)
                .setPartition(partition)
                .build();
    }

    private boolean isNamed(String parent) {
        try (KeyValueIterator<String, String> all = under(parent, children)) {
            return all.hasNext();
        }
    }

    private static KeyValueIterator<String, String> under(String model, KeyValueStore<String, String> store) {
        return store.range(model + SEPARATOR, model + (char) (SEPARATOR + 1));
    }

    private void advertisement(LineageMessage message, Record<String, SpecificRecord> record) {
        String parent = message.getSender();
        LineageMessage last = heard.get(parent);
        if (last == null
                || last.getSubscription() != message.getSubscription()
                || message.getVersion() <= last.getVersion()) {
            // It answers a subscription that has ended meanwhile, or was heard before.
            return;
        }
        heard.put(parent, message);
        // What the other parents of one child say is asked for up to three times.
        Map<String, LineageMessage> said = new HashMap<>();
        Function<String, LineageMessage> others = other -> said.computeIfAbsent(other, heard::get);
        Resolver was = new Resolver(others, last, config.origins(), limits);
        Resolver is = new Resolver(others, message, config.origins(), limits);
        try (KeyValueIterator<String, String> all = under(parent, children)) {
            while (all.hasNext()) {
                String child = all.next().key.substring(parent.length() + 1);
                said.clear();
                LineageState state = states.get(child);
                settle(child, state, published(child, state, was), is, record);
            }
        }
    }

    /**
     * Draws the conclusions: what children are told, and what is published.
     *
     * @param before the last record published
     * @param resolver by what parents say now
     * @return true where the state had to be stored, and was
     */
    private boolean settle(
            String model,
            LineageState state,
            Lineage before,
            Resolver resolver,
            Record<String, SpecificRecord> record) {
        if (resolver.awaits(model, state)) {
            // Nobody needs to see half an ancestry: every parent answers at once, even if only that it is not known.
            if (state.getAwaiting()) {
                return false;
            }
            state.setAwaiting(true);
            records.put(model, before);
            states.put(model, state);
            return true;
        }
        boolean changed = state.getAwaiting();
        if (changed) {
            state.setAwaiting(false);
            records.delete(model);
        }
        Resolver.Resolved resolved = resolver.of(model, state);
        if (hasSubscribers(state)) {
            LineageMessage message = advertise(model, state, resolved.ancestry());
            String digest = digest(message);
            if (!digest.equals(state.getAdvertised())) {
                state.setAdvertised(digest);
                state.setVersion(state.getVersion() + 1);
                tellAll(state, message, record);
                changed = true;
            }
        }
        if (changed) {
            states.put(model, state);
        }
        publish(model, state, before, record(model, state, resolved), record);
        return changed;
    }

    private Resolver resolver() {
        return new Resolver(heard::get, config.origins(), limits);
    }

    // A parent's side.

    private void subscription(LineageMessage message, Record<String, SpecificRecord> record) {
        String model = record.key();
        LineageState state = states.get(model);
        if (state == null) {
            state = LineageState.newBuilder().build();
        }
        Resolver resolver = resolver();
        Lineage before = published(model, state, resolver);
        Resolver.Resolved resolved = resolver.of(model, state);
        long current = number(state, message.getPartition());
        if (message.getSubscribed()) {
            boolean others = setNumber(state, message.getPartition(), message.getSubscription());
            LineageMessage answer = advertise(model, state, resolved.ancestry());
            String digest = digest(answer);
            if (!others && current != message.getSubscription()) {
                state.setAdvertised(digest);
            } else if (!digest.equals(state.getAdvertised())) {
                // Told while some parent had not answered, and others were told otherwise: all must hear the end.
                state.setAdvertised("");
            }
            states.put(model, state);
            tell(state, message.getPartition(), answer, record);
        } else if (current == message.getSubscription()) {
            boolean others = setNumber(state, message.getPartition(), NONE);
            if (!others) {
                state.setAdvertised("");
            }
            store(model, state);
        } else {
            return;
        }
        if (!state.getKnown()) {
            publish(model, state, before, record(model, state, resolved), record);
        }
    }

    /** Keeps a state for as long as anybody could ask for it. */
    private void store(String model, LineageState state) {
        boolean needed = state.getKnown() || state.getRemoved() || state.getDeployed() || hasSubscribers(state);
        states.put(model, needed ? state : null);
    }

    // What deployments hear.

    /** The first deployment that runs a model is told its ancestry at once, and until the last has left all hear of changes. */
    private void deployment(MbomMessage message, Record<String, SpecificRecord> record) {
        String model = message.getModel();
        LineageState state = states.get(model);
        if (state == null) {
            state = LineageState.newBuilder().build();
        }
        if (message.getSubscribed()) {
            deployments.put(key(model, message.getDeployment()), "");
            if (!state.getDeployed()) {
                Lineage known = published(model, state, resolver());
                state.setDeployed(true);
                state.setAnswers(context.recordMetadata().orElseThrow().offset());
                states.put(model, state);
                // Even if there is nothing to tell: a deployment must not wait for a model that never appears.
                tellDeployed(state, record.withKey(model).withValue(encoder.apply(known)));
            }
            return;
        }
        deployments.delete(key(model, message.getDeployment()));
        try (KeyValueIterator<String, String> others = under(model, deployments)) {
            state.setDeployed(others.hasNext());
        }
        store(model, state);
    }

    private void tellAll(LineageState state, LineageMessage message, Record<String, SpecificRecord> record) {
        for (int to = 0; to < state.getSubscriptions().size(); to++) {
            if (number(state, to) != NONE) {
                tell(state, to, message, record);
            }
        }
    }

    private void tell(LineageState state, int to, LineageMessage message, Record<String, SpecificRecord> record) {
        // A copy each: what is forwarded is not touched again. Lists are shared.
        LineageMessage copy = new LineageMessage(
                message.getSender(),
                number(state, to),
                true,
                state.getVersion(),
                message.getSelf(),
                message.getAncestors(),
                to);
        context.forward(record.withKey(message.getSender()).withValue(copy), LineageTopology.ADVERTISEMENTS);
    }

    private static long number(LineageState state, int partition) {
        List<Long> numbers = state.getSubscriptions();
        return partition < numbers.size() ? numbers.get(partition) : NONE;
    }

    /** Sets the number of a partition's subscription; returns whether another partition is subscribed. */
    private static boolean setNumber(LineageState state, int partition, long number) {
        List<Long> numbers = new ArrayList<>(state.getSubscriptions());
        while (numbers.size() <= partition) {
            numbers.add(NONE);
        }
        numbers.set(partition, NONE);
        state.setSubscriptions(numbers);
        boolean others = hasSubscribers(state);
        numbers.set(partition, number);
        return others;
    }

    private static boolean hasSubscribers(LineageState state) {
        for (long number : state.getSubscriptions()) {
            if (number != NONE) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the last record that was published. It follows from what is stored, so that it need not be stored itself;
     * only while answers are awaited it does not.
     */
    private Lineage published(String model, LineageState state, Resolver resolver) {
        return state.getAwaiting() ? records.get(model) : record(model, state, resolver.of(model, state));
    }

    private Lineage record(String model, LineageState state, Resolver.Resolved resolved) {
        boolean needed = state.getKnown() || hasSubscribers(state);
        return needed ? Records.of(model, state, resolved.ancestry(), resolved.shown(), config.origins()) : null;
    }

    private void publish(
            String model, LineageState state, Lineage before, Lineage after, Record<String, SpecificRecord> record) {
        if (Objects.equals(before, after)) {
            return;
        }
        // Encoded here and not in the sink: its id is made of the same bytes.
        byte[] bytes = encoder.apply(after);
        String id = Ids.digest("lineage", model, bytes == null ? "" : content(bytes));
        Headers headers = headers(record, Topics.LINEAGE, id, model, Instant.ofEpochMilli(record.timestamp()));
        context.forward(new Record<>(model, bytes, record.timestamp(), headers), LineageTopology.LINEAGE);
        if (state.getDeployed()) {
            tellDeployed(state, new Record<>(model, bytes, record.timestamp(), headers));
        }
        changes.between(before, after).forEach(change -> emit(change, record));
    }

    /** Says with it which subscription it follows: the mbom topology may have read others by then, or not that one yet. */
    private <V> void tellDeployed(LineageState state, Record<String, V> record) {
        Headers headers = new RecordHeaders(record.headers());
        Answered.stamp(headers, state.getAnswers());
        context.forward(record.withHeaders(headers), LineageTopology.DEPLOYED);
    }

    private void emit(Change change, Record<String, SpecificRecord> record) {
        Headers headers = headers(record, Topics.CHANGES, change.getId(), change.getSubject(), change.getObservedAt());
        CloudEvents.correlate(headers, change.getCorrelationId());
        context.forward(
                new Record<>(change.getSubject(), change, record.timestamp(), headers), LineageTopology.CHANGES);
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
        return new LineageMessage(model, 0L, true, 0L, self, ancestry.nodes(), 0);
    }

    private static String digest(LineageMessage message) {
        try {
            return Ids.sha256(LineageMessage.getEncoder().encode(message).array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The number of the schema in front is the registry's, and no content. */
    private static String content(byte[] framed) {
        return Ids.sha256(Arrays.copyOfRange(framed, AvroSerdes.HEADER_BYTES, framed.length));
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
