package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.verdict.Judge;
import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.KnownModel;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.OneTimeUse;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.TrackedChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The changes of deployments that are over: another took their place, and no alert with a live change tells of them. Most
 * facts do not concern them, so they are kept out of what is read and written at each change, and read together with it
 * where a fact may concern them.
 */
final class Past {

    /**
     * Changes kept a deployment, newest by time of effect; those that used up a one-time event are always kept. What was
     * last said of one that is dropped stays said.
     */
    static final int CHANGES = 1000;

    /** More than those before some are dropped: to look for them each time would cost as much as they do. */
    static final int SLACK = 100;

    private final KeyValueStore<String, TrackedChange> changes;
    private final KeyValueStore<String, KnownModel> models;

    /**
     * @param changes key: deployment, alert, change
     * @param models what is known of each model that these concern; key: deployment, model
     */
    Past(KeyValueStore<String, TrackedChange> changes, KeyValueStore<String, KnownModel> models) {
        this.changes = changes;
        this.models = models;
    }

    /** What was read of a deployment's past, so that only what becomes something else is written again. */
    static final class Read {
        private final Map<String, List<Object>> changes = new HashMap<>();
        private final Map<String, KnownModel> models = new HashMap<>();

        private Read() {}

        private static List<Object> mark(TrackedChange tracked) {
            return List.of(tracked.getTold(), String.valueOf(tracked.getEndedAt()));
        }
    }

    /**
     * Returns whether a revision may concern what is over: something that it says counts for all changes, it comes into
     * the order before one, or its time reaches a bound of an event.
     */
    boolean isConcerned(DriftState state, Mbom mbom, Instant now) {
        if (state.getPastChanges() == 0) {
            return false;
        }
        Instant due = state.getPastDueAt();
        // At most one change each is kept beyond the bound for having used a one-time event up.
        int most = CHANGES + SLACK + state.getUses().size();
        if ((due != null && !now.isBefore(due)) || state.getPastChanges() > most) {
            return true;
        }
        if (mbom.getRevision() <= state.getRevision()) {
            return false;
        }
        return mbom.getRemoved()
                || !Objects.equals(mbom.getVendor(), state.getVendor())
                || mbom.getChanges().stream().anyMatch(change -> !change.getLate() && isConcerned(state, change))
                || mbom.getComponents().stream().anyMatch(component -> isNews(state, component));
    }

    private boolean isConcerned(DriftState state, ProvenanceChange change) {
        // Which was the last is not known of a state from before there was a past.
        if (state.getLastEffectiveAt() == null || !DriftStates.comesAfterLast(state, change)) {
            return true;
        }
        return Keys.isAny(changes, Keys.of(state.getDeployment(), Alerts.id(state.getDeployment(), change), ""));
    }

    /** Returns whether a component says something of a model else than what was known of it. */
    private boolean isNews(DriftState state, Component component) {
        KnownModel known = known(state, component.getModel());
        return known != null
                && !(Objects.equals(known.getLicense(), component.getLicense())
                        && known.getOrigins().equals(component.getOrigins()));
    }

    /** Returns what is known of a model that a change of a deployment concerns, or null. */
    @Nullable
    KnownModel known(DriftState state, String model) {
        KnownModel known = state.getModels().get(model);
        return known != null || state.getPastChanges() == 0 ? known : models.get(Keys.of(state.getDeployment(), model));
    }

    /** Brings a deployment's past back among its changes, until it settles. */
    Read read(DriftState state) {
        Read read = new Read();
        if (state.getPastChanges() == 0) {
            return read;
        }
        String prefix = Keys.of(state.getDeployment(), "");
        Map<String, KnownModel> known = new HashMap<>();
        Keys.scan(models, prefix, (key, model) -> {
            read.models.put(key, model);
            known.put(key.substring(prefix.length()), model);
        });
        known.putAll(state.getModels());
        state.setModels(known);
        List<TrackedChange> whole = new ArrayList<>(state.getChanges());
        Keys.scan(changes, prefix, (key, tracked) -> {
            read.changes.put(key, Read.mark(tracked));
            whole.add(tracked);
        });
        whole.sort(Judge.ORDER);
        state.setChanges(whole);
        state.setPastChanges(0);
        state.setPastDueAt(null);
        state.setUses(List.of());
        return read;
    }

    /**
     * Takes out of a deployment what is over, and forgets what no verdict needs any more.
     *
     * @param judge has judged it as it is
     * @param read what was read of its past; null where nothing was
     * @return the models that its changes concern, live and over
     */
    Set<String> settle(DriftState state, Judge judge, List<Judgement> judgements, @Nullable Read read) {
        Set<String> over = judge.over();
        // An alert tells of all changes of its cause, so those stay together.
        Set<String> staying = judgements.stream()
                .map(judgement -> judgement.tracked().getChange())
                .filter(change -> !over.contains(change.getId()))
                .map(change -> Alerts.id(state.getDeployment(), change))
                .collect(Collectors.toSet());
        List<TrackedChange> left = new ArrayList<>();
        Map<String, TrackedChange> gone = new LinkedHashMap<>();
        for (Judgement judgement : judgements) {
            TrackedChange tracked = judgement.tracked();
            String alert = Alerts.id(state.getDeployment(), tracked.getChange());
            if (staying.contains(alert)) {
                left.add(tracked);
            } else {
                String change = tracked.getChange().getId();
                gone.put(Keys.of(state.getDeployment(), alert, change), tracked);
            }
        }
        if (read != null) {
            drop(gone, judge, judgements);
        }
        Set<String> concerned = concerned(gone.values());
        write(state, gone, concerned, read);
        Set<String> ids = gone.values().stream()
                .map(tracked -> tracked.getChange().getId())
                .collect(Collectors.toSet());
        state.setPastChanges(state.getPastChanges() + gone.size());
        state.setPastDueAt(
                Stream.concat(Stream.ofNullable(state.getPastDueAt()), judge.nextBoundary(ids::contains).stream())
                        .min(Instant::compareTo)
                        .orElse(null));
        state.setUses(uses(state.getUses(), judge.firstUses(ids::contains)));
        state.setChanges(left);
        Set<String> needed = concerned(left);
        Map<String, KnownModel> kept = new HashMap<>(state.getModels());
        kept.keySet().retainAll(needed);
        state.setModels(kept);
        concerned.addAll(needed);
        return concerned;
    }

    private void write(DriftState state, Map<String, TrackedChange> gone, Set<String> concerned, @Nullable Read read) {
        gone.forEach((key, tracked) -> {
            if (read == null || !Read.mark(tracked).equals(read.changes.get(key))) {
                changes.put(key, tracked);
            }
        });
        concerned.forEach(model -> know(state, model, read));
        if (read != null) {
            read.changes.keySet().stream().filter(key -> !gone.containsKey(key)).forEach(changes::delete);
            Set<String> known = concerned.stream()
                    .map(model -> Keys.of(state.getDeployment(), model))
                    .collect(Collectors.toSet());
            read.models.keySet().stream().filter(key -> !known.contains(key)).forEach(models::delete);
        }
    }

    /**
     * Leaves the newest, and those that used up a one-time event. Those are asked for by what they used and not by what
     * they were told of: a verdict names a used-up event as well, and another event than the one that is used.
     */
    private static void drop(Map<String, TrackedChange> gone, Judge judge, List<Judgement> judgements) {
        if (gone.size() <= CHANGES) {
            return;
        }
        Set<String> users = judge.firstUses(change -> true).stream()
                .map(OneTimeUse::getChange)
                .collect(Collectors.toSet());
        Set<String> dropped = new HashSet<>();
        int kept = 0;
        Set<TrackedChange> over = Collections.newSetFromMap(new IdentityHashMap<>());
        over.addAll(gone.values());
        for (Judgement judgement : judgements.reversed()) {
            String change = judgement.tracked().getChange().getId();
            if (over.contains(judgement.tracked()) && !users.contains(change) && ++kept > CHANGES) {
                dropped.add(change);
            }
        }
        gone.values().removeIf(tracked -> dropped.contains(tracked.getChange().getId()));
    }

    private void know(DriftState state, String model, @Nullable Read read) {
        KnownModel known = state.getModels().get(model);
        if (known == null) {
            return;
        }
        // Ancestors are for policies alone, and those look at what runs.
        KnownModel lasting = known.getAncestors().isEmpty()
                ? known
                : KnownModel.newBuilder(known).setAncestors(List.of()).build();
        String key = Keys.of(state.getDeployment(), model);
        KnownModel before = read == null ? models.get(key) : read.models.get(key);
        if (!lasting.equals(before)) {
            models.put(key, lasting);
        }
    }

    private static List<OneTimeUse> uses(List<OneTimeUse> before, List<OneTimeUse> more) {
        if (more.isEmpty()) {
            return before;
        }
        Map<String, OneTimeUse> first = new LinkedHashMap<>();
        Stream.concat(before.stream(), more.stream())
                .forEach(use -> first.merge(use.getEvent(), use, BinaryOperator.minBy(Judge.FIRST_USE)));
        return new ArrayList<>(first.values());
    }

    private static Set<String> concerned(Collection<TrackedChange> changes) {
        Set<String> models = new HashSet<>();
        changes.forEach(tracked -> models.addAll(tracked.getConcerned()));
        return models;
    }
}
