package io.modelwatch.producers.source;

import java.util.HashMap;
import java.util.Map;

/** Gives roles in one deployment: each is fit for a dotted path and unique. */
public final class Roles {

    private static final int MAX_LENGTH = 100;

    private final Map<String, Integer> seen = new HashMap<>();

    /** Returns a role for a name; the second of one name is {@code name#2}, in the order asked. */
    public String of(String name) {
        String fit = Bounded.text(name).replaceAll("[.#\\p{Cntrl}]", "_");
        if (fit.length() > MAX_LENGTH) {
            fit = Bounded.text(fit.substring(0, MAX_LENGTH));
        }
        int count = seen.merge(fit, 1, Integer::sum);
        return count == 1 ? fit : fit + "#" + count;
    }
}
