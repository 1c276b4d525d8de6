package io.modelwatch.producers.source;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One configured poller target, read scope by scope. Used by one thread at a time. */
public interface Source {

    /** Returns the parts that are swept one by one, "" standing for a source that has only one. */
    List<String> scopes();

    /**
     * Passes once over a scope, handing on page after page.
     *
     * @param pages takes each page as soon as it is read
     * @return null if everything was seen, else what was left out and why, in words: such a pass removes nothing
     * @throws SourceException if reading ended before its time; the pages handed on so far stand
     * @throws InterruptedException if the poller is being stopped
     */
    @Nullable
    String sweep(String scope, Pages pages) throws SourceException, InterruptedException;
}
