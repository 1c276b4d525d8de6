package io.modelwatch.alerts.drift;

import io.modelwatch.schemas.avro.Disclosure;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** What vendors announced, found by vendor. */
final class Disclosures {

    /** First part of the key of an entry that has a disclosure by vendor and id. */
    private static final String OF_VENDOR = "vendor";
    /** First part of the key of an entry that has it by id alone. */
    private static final String BY_ID = "id";

    private final KeyValueStore<String, Disclosure> store;

    Disclosures(KeyValueStore<String, Disclosure> store) {
        this.store = store;
    }

    /**
     * Takes one in, unless one of its id was observed later; null takes it away.
     *
     * @return the vendors whose deployments it may concern
     */
    Set<String> replace(String id, @Nullable Disclosure disclosure) {
        Disclosure before = store.get(Keys.of(BY_ID, id));
        if (disclosure != null && before != null && before.getObservedAt().isAfter(disclosure.getObservedAt())) {
            return Set.of();
        }
        Set<String> vendors = new TreeSet<>();
        if (before != null) {
            vendors.add(before.getVendor());
            store.delete(Keys.of(OF_VENDOR, before.getVendor(), id));
            store.delete(Keys.of(BY_ID, id));
        }
        if (disclosure != null) {
            vendors.add(disclosure.getVendor());
            store.put(Keys.of(BY_ID, id), disclosure);
            store.put(Keys.of(OF_VENDOR, disclosure.getVendor(), id), disclosure);
        }
        return vendors;
    }

    /** Returns what a vendor announced; nothing where no vendor is known. */
    List<Disclosure> of(@Nullable String vendor) {
        List<Disclosure> found = new ArrayList<>();
        if (vendor != null) {
            Keys.scan(store, Keys.of(OF_VENDOR, vendor, ""), (key, disclosure) -> found.add(disclosure));
        }
        return found;
    }
}
