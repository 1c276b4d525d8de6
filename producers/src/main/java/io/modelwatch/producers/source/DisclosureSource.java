package io.modelwatch.producers.source;

import io.modelwatch.schemas.avro.Disclosure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One configured place where a vendor says what it runs, and where. Used by one thread at a time. */
public interface DisclosureSource {

    /**
     * What was read.
     *
     * @param disclosures those that could be used
     * @param left what could not be used and why, in words, or null
     */
    record Announced(List<Disclosure> disclosures, @Nullable String left) {}

    /**
     * Reads all that the vendor says; what was told before is recognised by whoever takes it.
     *
     * @throws SourceException if it cannot be read
     * @throws InterruptedException if the poller is being stopped
     */
    Announced read() throws SourceException, InterruptedException;
}
