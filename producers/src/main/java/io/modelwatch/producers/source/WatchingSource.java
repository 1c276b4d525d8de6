package io.modelwatch.producers.source;

/** A source that is told by its upstream when something changed: a reason to sweep it soon, and never the truth itself. */
public interface WatchingSource extends Source {

    /**
     * Looks out from the next sweep on.
     *
     * @param hint asks for a sweep soon; may be called from any thread, any number of times
     */
    void watch(Runnable hint);

    /** Looks out no more. */
    void unwatch();
}
