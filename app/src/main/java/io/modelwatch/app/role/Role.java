package io.modelwatch.app.role;

import java.util.Locale;

/** What an instance of the program does. */
public enum Role {
    /** Sweeps the sources and ticks. */
    POLLERS,
    /** Turns observations into changes and MBOMs. */
    STREAMS,
    /** Holds MBOM changes against procurement and raises alerts. */
    ALERTS,
    /** Writes the history and serves the HTTP API. */
    HISTORY;

    /** Returns the name by which it is chosen. */
    public String title() {
        return name().toLowerCase(Locale.ROOT);
    }
}
