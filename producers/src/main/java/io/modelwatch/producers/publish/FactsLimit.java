package io.modelwatch.producers.publish;

import io.modelwatch.schemas.Canonical;
import java.util.SortedMap;

/** How much one subject's facts may hold, wherever they come from. */
public final class FactsLimit {

    /** Longest canonical facts: a change holds them before and after, and a record has at most 1 MiB. */
    public static final int MAX_CHARACTERS = 256 << 10;

    private FactsLimit() {}

    /**
     * Returns whether facts are small enough.
     *
     * @param fields the canonical fields
     */
    public static boolean holds(SortedMap<String, Object> fields) {
        return Canonical.json(fields).length() <= MAX_CHARACTERS;
    }
}
