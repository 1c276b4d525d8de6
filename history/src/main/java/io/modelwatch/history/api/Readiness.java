package io.modelwatch.history.api;

import java.util.Map;

/** What keeps the program from being ready. */
@FunctionalInterface
public interface Readiness {

    /** Returns what is wrong, in words, by part; empty when everything works. */
    Map<String, String> troubles();
}
