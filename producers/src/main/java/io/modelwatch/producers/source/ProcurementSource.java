package io.modelwatch.producers.source;

import io.modelwatch.schemas.avro.ProcurementEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One configured place where procurement events are kept. Used by one thread at a time. */
public interface ProcurementSource {

    /** Takes the pages of a pass. */
    @FunctionalInterface
    interface Events {

        /**
         * Takes one page.
         *
         * @param events what was read; those that were told before are recognised by whoever takes them
         * @param next from where the next pass may go on once this page is published, or null where that is as before
         */
        void page(List<ProcurementEvent> events, @Nullable String next);
    }

    /**
     * Passes once over what is new or may be, handing on page after page.
     *
     * @param from the {@code next} of the last page that was ever published, or null for the beginning
     * @return null if everything was read, else what was left out and why, in words
     * @throws SourceException if reading ended before its time; the pages handed on so far stand
     * @throws InterruptedException if the poller is being stopped
     */
    @Nullable
    String read(@Nullable String from, Events events) throws SourceException, InterruptedException;
}
