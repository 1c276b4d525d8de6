package io.modelwatch.producers.source;

import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Evidence;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a source says about one subject. Texts that cannot be stored or are too long are made fit here, whatever source
 * they come from.
 */
public sealed interface Reading permits ModelReading, DeploymentReading {

    /** Returns the package URL of the model or the name of the deployment. */
    String subject();

    /** Returns since when it holds, by the source's own word; null where it does not say. */
    @Nullable
    Instant effectiveAt();

    /** Returns what was read. */
    Evidence evidence();

    /** Returns how the source knows: {@code DECLARED} in somebody's words, {@code OBSERVED} where it runs. */
    Confidence confidence();
}
