package io.modelwatch.producers.source;

import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a source says about one model. Texts that cannot be stored or are too long are made fit here, whatever source
 * they come from.
 *
 * @param facts the facts
 * @param effectiveAt since when, by the source's own word
 * @param evidence what was read
 */
public record Reading(ModelFacts facts, @Nullable Instant effectiveAt, Evidence evidence) {

    /** Makes the texts fit. */
    public Reading {
        facts = Bounded.facts(facts);
    }
}
