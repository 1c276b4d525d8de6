package io.modelwatch.streams.inference;

import io.modelwatch.schemas.CloudEvents;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.PathHeader;
import io.modelwatch.schemas.ReservedSources;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.InferenceMessage;
import io.modelwatch.schemas.avro.InferenceName;
import io.modelwatch.schemas.avro.InferenceState;
import io.modelwatch.schemas.avro.InferenceWord;
import io.modelwatch.schemas.avro.ModelFacts;
import io.modelwatch.schemas.avro.NamedModel;
import io.modelwatch.schemas.avro.Observation;
import io.modelwatch.schemas.avro.ObservationKind;
import io.modelwatch.schemas.avro.SubjectFacts;
import io.modelwatch.schemas.avro.SubjectKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
import org.jspecify.annotations.Nullable;

/** Both sides of the conversation: what a model does, and what a name does. */
@NullUnmarked // init() sets the fields before any record comes.
final class InferenceProcessor implements Processor<String, SpecificRecord, String, SpecificRecord> {

    private static final char SEPARATOR = '\0';
    private static final byte[] HERE = {1};

    private final LongSupplier wallClock;

    private ProcessorContext<String, SpecificRecord> context;
    private KeyValueStore<String, InferenceState> models;
    private KeyValueStore<String, InferenceMessage> heard;
    private KeyValueStore<String, InferenceName> bearers;
    private KeyValueStore<String, byte[]> declarers;
    private KeyValueStore<String, byte[]> askers;
    private KeyValueStore<String, InferenceMessage> lastAnswers;

    /** @param wallClock epoch milliseconds, for {@link PathHeader} only */
    InferenceProcessor(LongSupplier wallClock) {
        this.wallClock = wallClock;
    }

    @Override
    public void init(ProcessorContext<String, SpecificRecord> context) {
        this.context = context;
        this.models = context.getStateStore(InferenceTopology.MODELS);
        this.heard = context.getStateStore(InferenceTopology.HEARD);
        this.bearers = context.getStateStore(InferenceTopology.BEARERS);
        this.declarers = context.getStateStore(InferenceTopology.DECLARERS);
        this.askers = context.getStateStore(InferenceTopology.ASKERS);
        this.lastAnswers = context.getStateStore(InferenceTopology.LAST_ANSWERS);
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        switch (record.value()) {
            case SubjectFacts facts when facts.getKind() == SubjectKind.MODEL -> facts(facts, record);
            case SubjectFacts deployment -> {}
            case InferenceMessage message -> {
                switch (message.getWord()) {
                    case OFFER, WITHDRAW -> offer(message, record);
                    case ASK, UNASK -> ask(message, record);
                    case ANSWER -> answer(message, record);
                    case UNKNOWN -> throw new SerializationException("a word that is not known here");
                }
            }
            case null -> {}
            default ->
                throw new SerializationException(
                        "not a message of this topology: " + record.value().getClass());
        }
    }

    // A model's side.

    private void facts(SubjectFacts all, Record<String, SpecificRecord> record) {
        String model = all.getSubject();
        if (model.indexOf(SEPARATOR) >= 0) {
            throw new SerializationException("a zero character in a subject");
        }
        SubjectFacts said = Evident.said(all);
        Instant at = Evident.at(said, Instant.ofEpochMilli(record.timestamp()));
        InferenceState state = models.get(model);
        if (state == null) {
            state = InferenceState.newBuilder().setAt(at).build();
        }
        ModelFacts before = state.getFacts();
        ModelFacts now = Evident.of(said);
        if (Objects.equals(before, now)) {
            // The usual case, and where the circle ends: it was our own word that changed the facts.
            return;
        }
        state.setFacts(now);
        later(state, at);
        offers(model, Evident.offers(before), Evident.offers(now), at, record);
        asks(model, state, Inference.asked(now), at, record);
        conclude(model, state, record);
    }

    private void offers(
            String model,
            Map<String, NamedModel> before,
            Map<String, NamedModel> now,
            Instant at,
            Record<String, SpecificRecord> record) {
        now.forEach((id, offer) -> {
            if (!offer.equals(before.get(id))) {
                toName(Name.of(id).key(), message(InferenceWord.OFFER, model, at, offer), record);
            }
        });
        before.forEach((id, offer) -> {
            if (!now.containsKey(id)) {
                toName(Name.of(id).key(), message(InferenceWord.WITHDRAW, model, at, offer), record);
            }
        });
    }

    private void asks(
            String model, InferenceState state, Set<String> names, Instant at, Record<String, SpecificRecord> record) {
        Set<String> left = new LinkedHashSet<>(state.getAsked());
        for (String name : names) {
            if (!left.remove(name)) {
                state.setAwaited(state.getAwaited() + 1);
                toName(name, message(InferenceWord.ASK, model, at, null), record);
            }
        }
        for (String name : left) {
            if (heard.delete(key(model, name)) == null) {
                state.setAwaited(state.getAwaited() - 1);
            }
            toName(name, message(InferenceWord.UNASK, model, at, null), record);
        }
        state.setAsked(List.copyOf(names));
    }

    private void answer(InferenceMessage message, Record<String, SpecificRecord> record) {
        String model = record.key();
        InferenceState state = models.get(model);
        if (state == null || !state.getAsked().contains(message.getSender())) {
            // It answers a question that was taken back meanwhile.
            return;
        }
        String key = key(model, message.getSender());
        if (heard.get(key) == null) {
            state.setAwaited(state.getAwaited() - 1);
        }
        heard.put(key, message);
        later(state, message.getAt());
        conclude(model, state, record);
    }

    /** Says what follows from all that is known, if that differs from what was last said. */
    private void conclude(String model, InferenceState state, Record<String, SpecificRecord> record) {
        if (state.getAwaited() == 0) {
            ModelFacts facts = state.getFacts();
            Guess guess = facts == null
                    ? null
                    : Inference.verdict(
                            facts, name -> heard.get(key(model, name)).getCandidates());
            Observation last = state.getVerdict();
            String digest = digest(model, guess);
            if (guess == null
                    ? last != null
                    : last == null || !last.getFactsDigest().equals(digest)) {
                say(model, state, guess, digest, record);
            }
        }
        // The time of the last word is kept: whatever is said later must not look older.
        boolean needed = state.getFacts() != null || state.getSaidAt() != null;
        models.put(model, needed ? state : null);
    }

    private void say(
            String model,
            InferenceState state,
            @Nullable Guess guess,
            String digest,
            Record<String, SpecificRecord> record) {
        Instant at = state.getAt();
        if (state.getSaidAt() != null && !at.isAfter(state.getSaidAt())) {
            at = state.getSaidAt().plusMillis(1);
        }
        Observation observation = Observation.newBuilder()
                .setId(Ids.observation(ReservedSources.INFERENCE, null, model, at, digest))
                .setKind(ObservationKind.MODEL)
                .setSource(ReservedSources.INFERENCE)
                .setSubject(model)
                .setObservedAt(at)
                .setFactsDigest(digest)
                .setConfidence(Confidence.INFERRED)
                .setModel(parents(model, guess))
                .setEvidence(evidence(guess))
                .build();
        state.setVerdict(guess == null ? null : observation);
        state.setSaidAt(at);
        Headers headers = headers(record, Topics.OBSERVATIONS, observation.getId(), model, at);
        CloudEvents.correlate(headers, observation.getId());
        context.forward(new Record<>(model, observation, record.timestamp(), headers), InferenceTopology.OBSERVATIONS);
    }

    /** A parent, or none: an observation without parents takes the claim back. */
    private static ModelFacts parents(String model, @Nullable Guess guess) {
        return ModelFacts.newBuilder()
                .setId(model)
                .setParents(guess == null ? List.of() : List.of(guess.parent()))
                .build();
    }

    private static @Nullable Evidence evidence(@Nullable Guess guess) {
        return guess == null
                ? null
                : Evidence.newBuilder()
                        .setMethod(guess.rule().method())
                        .setBasis(guess.basis())
                        .setScore(guess.step())
                        .build();
    }

    /** The evidence is part of what is said: the changes topology must keep it with the claim. */
    private static String digest(String model, @Nullable Guess guess) {
        String facts = Ids.factsDigest(parents(model, guess));
        return guess == null ? facts : Ids.digest("inferred", facts, guess.basis(), Double.toString(guess.step()));
    }

    private static void later(InferenceState state, Instant at) {
        if (at.isAfter(state.getAt())) {
            state.setAt(at);
        }
    }

    // A name's side.

    private void offer(InferenceMessage message, Record<String, SpecificRecord> record) {
        String name = record.key();
        NamedModel model = message.getModel();
        String key = key(name, model.getId());
        InferenceName bearer = bearers.get(key);
        if (bearer == null) {
            bearer = InferenceName.newBuilder().build();
        }
        boolean offered = message.getWord() == InferenceWord.OFFER;
        if (model.getId().equals(message.getSender())) {
            bearer.setSelf(offered ? model : null);
        } else {
            String declarer = key(key, message.getSender());
            boolean known = declarers.get(declarer) != null;
            if (known != offered) {
                declarers.put(declarer, offered ? HERE : null);
                bearer.setOffers(bearer.getOffers() + (offered ? 1 : -1));
            }
        }
        bearers.put(key, bearer.getSelf() == null && bearer.getOffers() == 0 ? null : bearer);
        InferenceMessage last = lastAnswers.get(name);
        boolean newest = last == null || message.getAt().isAfter(last.getAt());
        InferenceMessage answer = answer(name, newest ? message.getAt() : last.getAt());
        List<NamedModel> told = last == null ? List.of() : last.getCandidates();
        if (!answer.getCandidates().equals(told)) {
            lastAnswers.put(name, answer.getCandidates().isEmpty() ? null : answer);
            tellAll(name, answer, record);
        }
    }

    private InferenceMessage answer(String name, Instant at) {
        List<NamedModel> all = new ArrayList<>();
        try (KeyValueIterator<String, InferenceName> range =
                bearers.range(name + SEPARATOR, name + (char) (SEPARATOR + 1))) {
            while (range.hasNext()) {
                KeyValue<String, InferenceName> one = range.next();
                NamedModel.Builder model = one.value.getSelf() == null
                        ? NamedModel.newBuilder().setId(one.key.substring(name.length() + 1))
                        : NamedModel.newBuilder(one.value.getSelf());
                all.add(model.setNamed(Inference.magnitude(one.value.getOffers()))
                        .build());
            }
        }
        return InferenceMessage.newBuilder()
                .setWord(InferenceWord.ANSWER)
                .setSender(name)
                .setAt(at)
                .setCandidates(Inference.best(all))
                .build();
    }

    private void tellAll(String name, InferenceMessage answer, Record<String, SpecificRecord> record) {
        try (KeyValueIterator<String, byte[]> all = askers.range(name + SEPARATOR, name + (char) (SEPARATOR + 1))) {
            while (all.hasNext()) {
                String model = all.next().key.substring(name.length() + 1);
                context.forward(record.withKey(model).withValue(answer), InferenceTopology.ANSWERS);
            }
        }
    }

    private void ask(InferenceMessage message, Record<String, SpecificRecord> record) {
        String name = record.key();
        String model = message.getSender();
        if (message.getWord() == InferenceWord.UNASK) {
            askers.delete(key(name, model));
            return;
        }
        askers.put(key(name, model), HERE);
        InferenceMessage last = lastAnswers.get(name);
        InferenceMessage answer = InferenceMessage.newBuilder()
                .setWord(InferenceWord.ANSWER)
                .setSender(name)
                // Not the time of the question: who asks first must not hear another.
                .setAt(last == null ? message.getAt() : last.getAt())
                .setCandidates(last == null ? List.of() : last.getCandidates())
                .build();
        context.forward(record.withKey(model).withValue(answer), InferenceTopology.ANSWERS);
    }

    private void toName(@Nullable String name, InferenceMessage message, Record<String, SpecificRecord> record) {
        if (name != null) {
            context.forward(record.withKey(name).withValue(message), InferenceTopology.NAMES);
        }
    }

    private static InferenceMessage message(InferenceWord word, String sender, Instant at, @Nullable NamedModel model) {
        return InferenceMessage.newBuilder()
                .setWord(word)
                .setSender(sender)
                .setAt(at)
                .setModel(model)
                .build();
    }

    private Headers headers(
            Record<String, SpecificRecord> record, Topic<?> to, String id, String subject, Instant time) {
        Headers headers = new RecordHeaders(record.headers().toArray());
        PathHeader.stamp(headers, InferenceTopology.NAME, wallClock.getAsLong());
        return CloudEvents.set(headers, to, id, "modelwatch/inference", subject, time);
    }

    private static String key(String one, String other) {
        return one + SEPARATOR + other;
    }
}
