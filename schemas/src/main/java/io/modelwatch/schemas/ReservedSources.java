package io.modelwatch.schemas;

/** Names of sources that are ours: no poller and nobody who pushes may speak under them. */
public final class ReservedSources {

    /** Under this name the inference topology says which parent an undeclared lineage suggests. */
    public static final String INFERENCE = "inference";

    private ReservedSources() {}
}
