package io.modelwatch.alerts.drift;

import io.modelwatch.schemas.avro.DriftState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** When time alone may change a verdict of a deployment: found by time, so that a tick costs what is due by it. */
final class DueTimes {

    private final KeyValueStore<String, String> store;

    DueTimes(KeyValueStore<String, String> store) {
        this.store = store;
    }

    /** Returns the deployments that are due at a time or were before. */
    List<String> due(Instant at) {
        List<String> ripe = new ArrayList<>();
        try (KeyValueIterator<String, String> all = store.range("", key(at.plusMillis(1), ""))) {
            all.forEachRemaining(entry -> ripe.add(entry.value));
        }
        return ripe;
    }

    /** Notes when a deployment is due next; null for not by time alone. */
    void set(DriftState state, @Nullable Instant next) {
        Instant before = state.getDueAt();
        if (Objects.equals(before, next)) {
            return;
        }
        if (before != null) {
            store.delete(key(before, state.getDeployment()));
        }
        state.setDueAt(next);
        if (next != null) {
            store.put(key(next, state.getDeployment()), state.getDeployment());
        }
    }

    /** Sorts by time: as many digits as a long has. */
    private static String key(Instant at, String deployment) {
        return Keys.of(String.format(Locale.ROOT, "%019d", at.toEpochMilli()), deployment);
    }
}
