package io.modelwatch.schemas;

import java.util.Set;

/** Names of sources that are ours: no poller and nobody who pushes may speak under them. */
public final class ReservedSources {

    /** Under this name the inference topology says which parent an undeclared lineage suggests. */
    public static final String INFERENCE = "inference";

    /** Under this name the telemetry topology says which models answer, as spans show it. */
    public static final String TELEMETRY = "telemetry";

    /**
     * With this begins the role of a model that only traffic shows. What follows is the name by which it is asked for.
     */
    public static final String TRAFFIC_ROLE = "traffic:";

    private static final Set<String> ALL = Set.of(INFERENCE, TELEMETRY);

    private ReservedSources() {}

    /** Returns whether a name is ours. */
    public static boolean contains(String source) {
        return ALL.contains(source);
    }
}
