package io.modelwatch.producers.source.huggingface;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Tells from the times of a listing, the newest first, when all that changed since a moment has been seen. */
final class Recency {

    private final @Nullable Instant since;
    private final Duration disorder;
    private @Nullable Instant newest;
    private @Nullable Instant oldest;
    private boolean reached;
    private boolean sorted = true;

    /**
     * @param since where to stop, or null for never
     * @param disorder by how much a model may stand below an older one, as an index that lags behind may have it
     */
    Recency(@Nullable Instant since, Duration disorder) {
        this.since = since;
        this.disorder = disorder;
    }

    /** @param lastModified when the next model of the listing was changed, or null where it does not say */
    void see(@Nullable Instant lastModified) {
        if (lastModified == null) {
            sorted = false;
            return;
        }
        // A model that is changed while the pages are turned comes up at the top, never farther down: a listing with
        // a newer one below an older one is not sorted (some mirrors pass over the wish), and must be read to its end.
        sorted &= oldest == null
                // What was at the top is still there, or something newer, or it is another order, or it was deleted.
                ? since == null || !lastModified.isBefore(since)
                : !lastModified.isAfter(oldest.plus(disorder));
        if (oldest == null || lastModified.isBefore(oldest)) {
            oldest = lastModified;
        }
        if (newest == null || lastModified.isAfter(newest)) {
            newest = lastModified;
        }
        reached |= since != null && lastModified.isBefore(since);
    }

    /** Returns whether everything from there on was changed before. */
    boolean reached() {
        return reached && sorted;
    }

    @Nullable
    Instant newest() {
        return newest;
    }
}
