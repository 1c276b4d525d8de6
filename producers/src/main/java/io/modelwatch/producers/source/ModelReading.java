package io.modelwatch.producers.source;

import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a source says about one model.
 *
 * @param facts the facts
 * @param effectiveAt since when, by the source's own word
 * @param evidence what was read
 */
public record ModelReading(ModelFacts facts, @Nullable Instant effectiveAt, Evidence evidence) implements Reading {

    /** Makes the texts fit. */
    public ModelReading {
        facts = Bounded.facts(facts);
    }

    @Override
    public String subject() {
        return facts.getId();
    }

    @Override
    public Confidence confidence() {
        return Confidence.DECLARED;
    }
}
