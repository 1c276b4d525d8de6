package io.modelwatch.producers.source;

import org.jspecify.annotations.Nullable;

/**
 * A source that can pass over what changed alone, so that the cost follows the number of changes and not the size of
 * what is listed. Such a pass sees nothing of what is missing: only a whole one counts for removals.
 */
public interface IncrementalSource extends Source {

    /**
     * What a pass came to.
     *
     * @param left what was left out and why, in words, or null
     * @param whole whether it went over everything, rather than over what changed alone
     * @param mark from where the next pass may go on once this one is published, or null where that must be a whole one
     */
    record Pass(
            @Nullable String left, boolean whole, @Nullable String mark) {}

    /**
     * Passes once over a scope, handing on page after page.
     *
     * @param mark the {@link Pass#mark} of the last pass that was published to its end, or null where there is none or
     *     it is lost: the pass is a whole one then
     * @throws SourceException if reading ended before its time; the pages handed on so far stand, and so does the mark
     */
    Pass pass(String scope, @Nullable String mark, Pages pages) throws SourceException, InterruptedException;

    @Override
    default @Nullable String sweep(String scope, Pages pages) throws SourceException, InterruptedException {
        return pass(scope, null, pages).left();
    }
}
