package io.modelwatch.alerts.drift;

import io.modelwatch.schemas.Glob;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Which procurement events may concern which deployments, both ways and without reading all of either. A glob is kept
 * under the text before its first star: it can match only models that begin with it.
 */
final class Concerns {

    private static final char SEPARATOR = '\0';
    private static final StringSerializer KEYS = new StringSerializer();

    // First part of an entry's key. Events by subject:
    private static final String BY_DEPLOYMENT = "event-deployment";
    private static final String BY_VENDOR = "event-vendor";
    private static final String BY_GLOB = "event-model";
    private static final String BY_REVOKED = "event-revokes";
    // Deployments:
    private static final String OF_VENDOR = "vendor";
    private static final String OF_MODEL = "model";

    /** Decoded events that are kept at hand: those about one deployment are asked for at each of its changes. */
    private static final int AT_HAND = 2000;

    private final KeyValueStore<String, String> index;
    private final KeyValueStore<String, ProcurementEvent> events;

    /** How many globs begin with a text: few texts do, while a model's name has a beginning of every length. */
    private final Map<String, Integer> beginnings = new HashMap<>();

    private final Map<String, ProcurementEvent> atHand = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ProcurementEvent> eldest) {
            return size() > AT_HAND;
        }
    };

    /** Reads what the stores hold; they must be restored. */
    Concerns(KeyValueStore<String, String> index, KeyValueStore<String, ProcurementEvent> events) {
        this.index = index;
        this.events = events;
        scan(join(BY_GLOB, ""), entry -> beginnings.merge(beginning(entry.key()), 1, Integer::sum));
    }

    private static String beginning(String key) {
        return key.substring(BY_GLOB.length() + 1, key.indexOf(SEPARATOR, BY_GLOB.length() + 1));
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
        atHand.remove(id);
        if (before != null) {
            index.delete(key(before, id));
            count(key(before, id), -1);
        }
        if (event == null) {
            events.delete(id);
        } else {
            events.put(id, event);
            index.put(key(event, id), id);
            count(key(event, id), 1);
        }
        return before;
    }

    private void count(String key, int more) {
        if (key.startsWith(BY_GLOB + SEPARATOR)) {
            String beginning = beginning(key);
            int count = beginnings.getOrDefault(beginning, 0) + more;
            if (count > 0) {
                beginnings.put(beginning, count);
            } else {
                beginnings.remove(beginning);
            }
        }
    }

    private @Nullable ProcurementEvent event(String id) {
        ProcurementEvent event = atHand.get(id);
        if (event == null) {
            event = events.get(id);
            if (event != null) {
                atHand.put(id, event);
            }
        }
        return event;
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
            scan(join(OF_MODEL, Glob.literalPrefix(glob)), entry -> {
                String model =
                        entry.key().substring(OF_MODEL.length() + 1, entry.key().lastIndexOf(SEPARATOR));
                if (Glob.matches(glob, model)) {
                    found.add(entry.value());
                }
            });
        }
        return found;
    }

    /** Returns the deployments of a vendor. */
    Set<String> ofVendor(String vendor) {
        Set<String> found = new TreeSet<>();
        scan(join(OF_VENDOR, vendor, ""), entry -> found.add(entry.value()));
        return found;
    }

    /** Returns every event that may concern a deployment, and their revocations. */
    Collection<ProcurementEvent> events(DriftState state) {
        Map<String, ProcurementEvent> found = new LinkedHashMap<>();
        collect(join(BY_DEPLOYMENT, state.getDeployment(), ""), found);
        if (state.getVendor() != null) {
            collect(join(BY_VENDOR, state.getVendor(), ""), found);
        }
        Set<String> prefixes = new HashSet<>();
        for (String model : models(state)) {
            for (int end = 0; end <= model.length(); end++) {
                String beginning = model.substring(0, end);
                if (beginnings.containsKey(beginning)) {
                    prefixes.add(beginning);
                }
            }
        }
        prefixes.forEach(prefix -> collect(join(BY_GLOB, prefix, ""), found));
        for (String id : List.copyOf(found.keySet())) {
            collect(join(BY_REVOKED, id, ""), found);
        }
        return found.values();
    }

    /** Brings the entries of a deployment up to date. */
    void deployment(Set<String> before, DriftState state) {
        Set<String> after = keys(state);
        before.stream().filter(key -> !after.contains(key)).forEach(index::delete);
        after.stream().filter(key -> !before.contains(key)).forEach(key -> index.put(key, state.getDeployment()));
    }

    /** Returns the keys under which a deployment is found. */
    static Set<String> keys(DriftState state) {
        Set<String> keys = new HashSet<>();
        if (state.getVendor() != null) {
            keys.add(join(OF_VENDOR, state.getVendor(), state.getDeployment()));
        }
        models(state).forEach(model -> keys.add(join(OF_MODEL, model, state.getDeployment())));
        return keys;
    }

    private static Set<String> models(DriftState state) {
        Set<String> models = new HashSet<>();
        state.getChanges().forEach(tracked -> models.addAll(tracked.getConcerned()));
        return models;
    }

    private static String key(ProcurementEvent event, String id) {
        if (event.getType() == ProcurementType.REVOCATION) {
            return join(BY_REVOKED, event.getRevokes() == null ? "" : event.getRevokes(), id);
        }
        if (event.getDeployment() != null) {
            return join(BY_DEPLOYMENT, event.getDeployment(), id);
        }
        if (event.getVendor() != null) {
            return join(BY_VENDOR, event.getVendor(), id);
        }
        return join(BY_GLOB, event.getModel() == null ? "" : Glob.literalPrefix(event.getModel()), id);
    }

    private void collect(String prefix, Map<String, ProcurementEvent> into) {
        scan(prefix, entry -> {
            ProcurementEvent event = event(entry.value());
            if (event != null) {
                into.put(entry.value(), event);
            }
        });
    }

    private record Entry(String key, String value) {}

    private void scan(String prefix, Consumer<Entry> each) {
        List<Entry> found = new ArrayList<>();
        try (KeyValueIterator<String, String> all = index.prefixScan(prefix, KEYS)) {
            all.forEachRemaining(entry -> found.add(new Entry(entry.key, entry.value)));
        }
        found.forEach(each);
    }

    private static String join(String... parts) {
        return String.join(String.valueOf(SEPARATOR), parts);
    }
}
