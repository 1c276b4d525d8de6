package io.modelwatch.alerts.drift;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.DriftState;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.streams.state.KeyValueStore;

/** Which deployment an alert is of, and which alerts a group has that are not closed: how what people do finds its way. */
final class Owners {

    private final KeyValueStore<String, String> store;

    Owners(KeyValueStore<String, String> store) {
        this.store = store;
    }

    /** Returns the deployment of each alert that an id stands for: its own, or those of a group; none for a stranger's. */
    Map<String, String> of(String id) {
        String deployment = store.get(id);
        if (deployment != null) {
            return Map.of(id, deployment);
        }
        Map<String, String> ofGroup = new TreeMap<>();
        String prefix = Keys.of(id, "");
        Keys.scan(store, prefix, (key, owner) -> ofGroup.put(key.substring(prefix.length()), owner));
        return ofGroup;
    }

    /** Returns the keys under which the alerts of a deployment are found. */
    static Set<String> keys(DriftState state) {
        Set<String> keys = new TreeSet<>();
        for (Alert alert : state.getAlerts()) {
            keys.add(alert.getId());
            if (alert.getGroup() != null && alert.getState() != AlertState.CLOSED) {
                keys.add(Keys.of(alert.getGroup(), alert.getId()));
            }
        }
        return keys;
    }

    /** Brings the entries of a deployment up to date; those before are there. */
    void deployment(DriftState state, Set<String> before) {
        Set<String> after = keys(state);
        before.stream().filter(key -> !after.contains(key)).forEach(store::delete);
        after.stream().filter(key -> !before.contains(key)).forEach(key -> store.put(key, state.getDeployment()));
    }
}
