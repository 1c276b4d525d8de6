package io.modelwatch.producers.source;

import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.DeploymentFacts;
import io.modelwatch.schemas.avro.Evidence;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a source says about one deployment.
 *
 * @param facts the facts
 * @param effectiveAt since when, by the source's own word
 * @param evidence what was read
 * @param confidence {@code DECLARED} where a configuration or a vendor says so, {@code OBSERVED} where the runtime
 *     itself was asked
 */
public record DeploymentReading(
        DeploymentFacts facts, @Nullable Instant effectiveAt, Evidence evidence, Confidence confidence)
        implements Reading {

    /** Makes the texts fit. */
    public DeploymentReading {
        facts = Bounded.facts(facts);
    }

    @Override
    public String subject() {
        return facts.getId();
    }
}
