package io.modelwatch.app.role;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How an instance is.
 *
 * @param state in one word
 * @param parts what is wrong, or not there yet, in words, by part; empty when it is ready
 */
record Condition(State state, Map<String, String> parts) {

    /** What an instance may be. */
    enum State {
        /** Its parts come up. */
        STARTING,
        /** Stores that were lost, or moved here, are read back from their changelogs; it is alive. */
        RESTORING,
        /** Everything works. */
        READY,
        /** A part does not work just now and tries again by itself. */
        TROUBLED,
        /** It was asked to stop. */
        STOPPING,
        /** A part has ended and does not come back: only another start helps. */
        DEAD;

        /** Returns the word for it. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Keeps the order of the parts. */
    Condition {
        parts = new LinkedHashMap<>(parts);
    }

    /** Returns the state, and what is wrong or not there yet, in one line. */
    String words() {
        return parts.entrySet().stream()
                .map(part -> part.getKey() + ": " + part.getValue())
                .collect(Collectors.joining("; ", state.word() + (parts.isEmpty() ? "" : "; "), ""));
    }

    boolean live() {
        return state != State.DEAD;
    }

    boolean ready() {
        return state == State.READY;
    }
}
