package io.modelwatch.producers;

import io.modelwatch.producers.publish.Published;
import io.modelwatch.schemas.avro.SweepOutcome;
import org.jspecify.annotations.Nullable;

/**
 * What one pass over a source came to.
 *
 * @param source the source
 * @param outcome COMPLETE only if every scope was seen in full; PARTIAL without an error where what changed was read
 * @param subjects subjects seen
 * @param error what went wrong, in words, or null
 * @param published offsets of everything that the pass wrote
 */
public record SweepReport(
        String source,
        SweepOutcome outcome,
        long subjects,
        @Nullable String error,
        Published published) {}
