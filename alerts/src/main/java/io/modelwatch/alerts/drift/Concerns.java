package io.modelwatch.alerts.drift;

import io.modelwatch.schemas.Glob;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Which procurement events may concern which deployments, both ways and without reading all of either. A glob is kept
 * under the text before its first star: it can match only models that begin with it.
 */
final class Concerns {

    // First part of a key. Events by subject:
    private static final String BY_DEPLOYMENT = "event-deployment";
    private static final String BY_VENDOR = "event-vendor";
    private static final String BY_GLOB = "event-model";
    private static final String BY_REVOKED = "event-revokes";
    // Deployments:
    private static final String OF_VENDOR = "vendor";
    private static final String OF_MODEL = "model";

    private static final String ALL_BY_GLOB = Keys.of(BY_GLOB, "");
    private static final String ALL_BY_REVOKED = Keys.of(BY_REVOKED, "");

    private final KeyValueStore<String, String> index;
    private final KeyValueStore<String, ProcurementEvent> events;
    private final KeyValueStore<String, ProcurementEvent> bySubject;
    private boolean complete;

    /** How many globs begin with a text: few texts do, while a model's name has a beginning of every length. */
    private final Map<String, Integer> beginnings = new HashMap<>();

    /** How many of these have a length: what has none need not be cut out of a model's name. */
    private final NavigableMap<Integer, Integer> lengths = new TreeMap<>();

    /** How many revocations an event has: most have none, and need not be asked for any. */
    private final Map<String, Integer> revocations = new HashMap<>();

    /**
     * Reads what the stores hold; they must be restored.
     *
     * @param index who is found for a vendor or a model
     * @param events by id
     * @param bySubject the same events, so that those of one subject are read in one go
     */
    Concerns(
            KeyValueStore<String, String> index,
            KeyValueStore<String, ProcurementEvent> events,
            KeyValueStore<String, ProcurementEvent> bySubject) {
        this.index = index;
        this.events = events;
        this.bySubject = bySubject;
        Keys.scan(bySubject, ALL_BY_GLOB, (key, event) -> count(key, 1));
        Keys.scan(bySubject, ALL_BY_REVOKED, (key, event) -> count(key, 1));
    }

    /** Makes the store by subject of that by id where there was none yet: in a state from before there was one. */
    void complete() {
        if (complete) {
            return;
        }
        complete = true;
        try (KeyValueIterator<String, ProcurementEvent> some = bySubject.all()) {
            if (some.hasNext()) {
                return;
            }
        }
        try (KeyValueIterator<String, ProcurementEvent> all = events.all()) {
            all.forEachRemaining(entry -> {
                bySubject.put(key(entry.value, entry.key), entry.value);
                count(key(entry.value, entry.key), 1);
            });
        }
    }

    /**
     * Returns whether an event of the same id that was issued later is there already: of two that were, the later one
     * counts, whichever came first. Of two that were issued at one time, the one that came last counts.
     */
    boolean isCorrected(ProcurementEvent event) {
        ProcurementEvent known = events.get(event.getId());
        return known != null && known.getIssuedAt().isAfter(event.getIssuedAt());
    }

    /** Puts an event in the place of the one of its id; null takes that one away. Returns what was there. */
    @Nullable
    ProcurementEvent replace(String id, @Nullable ProcurementEvent event) {
        ProcurementEvent before = events.get(id);
        if (before != null) {
            bySubject.delete(key(before, id));
            count(key(before, id), -1);
        }
        if (event == null) {
            events.delete(id);
        } else {
            events.put(id, event);
            bySubject.put(key(event, id), event);
            count(key(event, id), 1);
        }
        return before;
    }

    private void count(String key, int more) {
        if (key.startsWith(ALL_BY_GLOB)) {
            String beginning = Keys.second(key);
            count(beginnings, beginning, more);
            count(lengths, beginning.length(), more);
        } else if (key.startsWith(ALL_BY_REVOKED)) {
            count(revocations, Keys.second(key), more);
        }
    }

    private static <K> void count(Map<K, Integer> counts, K what, int more) {
        counts.merge(what, more, (one, other) -> one + other == 0 ? null : one + other);
    }

    /** Returns the deployments that an event may concern; for a revocation, those of the event it revokes. */
    Set<String> deployments(ProcurementEvent event) {
        if (event.getType() == ProcurementType.REVOCATION) {
            String revokes = event.getRevokes();
            ProcurementEvent revoked = revokes == null ? null : events.get(revokes);
            // The revocation of a revocation has no meaning, and a chain of them must not be followed.
            return revoked == null || revoked.getType() == ProcurementType.REVOCATION ? Set.of() : deployments(revoked);
        }
        Set<String> found = new HashSet<>();
        if (event.getDeployment() != null) {
            found.add(event.getDeployment());
        } else if (event.getVendor() != null) {
            found.addAll(ofVendor(event.getVendor()));
        } else if (event.getModel() != null) {
            String glob = event.getModel();
            Keys.scan(index, Keys.of(OF_MODEL, Glob.literalPrefix(glob)), (key, deployment) -> {
                if (Glob.matches(glob, Keys.second(key))) {
                    found.add(deployment);
                }
            });
        }
        return found;
    }

    /** Returns the deployments of a vendor. */
    Set<String> ofVendor(String vendor) {
        Set<String> found = new TreeSet<>();
        Keys.scan(index, Keys.of(OF_VENDOR, vendor, ""), (key, deployment) -> found.add(deployment));
        return found;
    }

    /** Returns every event that may concern a deployment, and their revocations. */
    Collection<ProcurementEvent> events(DriftState state) {
        Map<String, ProcurementEvent> found = new LinkedHashMap<>();
        collect(Keys.of(BY_DEPLOYMENT, state.getDeployment(), ""), found);
        if (state.getVendor() != null) {
            collect(Keys.of(BY_VENDOR, state.getVendor(), ""), found);
        }
        Set<String> prefixes = new HashSet<>();
        for (String model : models(state)) {
            for (int length : lengths.headMap(model.length(), true).keySet()) {
                String beginning = model.substring(0, length);
                if (beginnings.containsKey(beginning)) {
                    prefixes.add(beginning);
                }
            }
        }
        prefixes.forEach(prefix -> collect(Keys.of(BY_GLOB, prefix, ""), found));
        for (String id : List.copyOf(found.keySet())) {
            if (revocations.containsKey(id)) {
                collect(Keys.of(BY_REVOKED, id, ""), found);
            }
        }
        return found.values();
    }

    /**
     * Brings the entries of a deployment up to date.
     *
     * @param before keys of those that were known to be there
     * @param after keys of those that are to be there; those of neither stay as they are
     */
    void deployment(String deployment, Set<String> before, Set<String> after) {
        before.stream().filter(key -> !after.contains(key)).forEach(index::delete);
        after.stream().filter(key -> !before.contains(key)).forEach(key -> index.put(key, deployment));
    }

    /** Returns the keys under which a deployment is found for its vendor and the models of its changes. */
    static Set<String> keys(DriftState state) {
        return keys(state, models(state));
    }

    /** Returns the keys under which a deployment is found for its vendor and some models. */
    static Set<String> keys(DriftState state, Set<String> models) {
        Set<String> keys = new HashSet<>();
        if (state.getVendor() != null) {
            keys.add(Keys.of(OF_VENDOR, state.getVendor(), state.getDeployment()));
        }
        models.forEach(model -> keys.add(Keys.of(OF_MODEL, model, state.getDeployment())));
        return keys;
    }

    private static Set<String> models(DriftState state) {
        Set<String> models = new HashSet<>();
        state.getChanges().forEach(tracked -> models.addAll(tracked.getConcerned()));
        return models;
    }

    private static String key(ProcurementEvent event, String id) {
        if (event.getType() == ProcurementType.REVOCATION) {
            return Keys.of(BY_REVOKED, event.getRevokes() == null ? "" : event.getRevokes(), id);
        }
        if (event.getDeployment() != null) {
            return Keys.of(BY_DEPLOYMENT, event.getDeployment(), id);
        }
        if (event.getVendor() != null) {
            return Keys.of(BY_VENDOR, event.getVendor(), id);
        }
        return Keys.of(BY_GLOB, event.getModel() == null ? "" : Glob.literalPrefix(event.getModel()), id);
    }

    private void collect(String prefix, Map<String, ProcurementEvent> into) {
        Keys.scan(bySubject, prefix, (key, event) -> into.put(event.getId(), event));
    }
}
