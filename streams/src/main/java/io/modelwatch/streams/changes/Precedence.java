package io.modelwatch.streams.changes;

import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.SourceClaim;
import java.time.Instant;
import java.util.Comparator;

/**
 * Which of several sources an MBOM shows first: the hub that the package URL names, then verified, observed, declared,
 * inferred, then the newest, then by name.
 */
final class Precedence {

    private Precedence() {}

    /** Returns the order of the claims about one subject, the first to show first. */
    static Comparator<SourceClaim> of(String subject) {
        String hub = subject.startsWith("pkg:") ? subject.substring(4, Math.max(4, subject.indexOf('/'))) : "";
        return Comparator.comparing((SourceClaim claim) -> !claim.getSource().equals(hub))
                .thenComparing(claim -> rank(claim.getConfidence()))
                .thenComparing(Precedence::time, Comparator.reverseOrder())
                .thenComparing(SourceClaim::getSource);
    }

    private static Instant time(SourceClaim claim) {
        Instant effective = claim.getEffectiveAt();
        return effective == null ? claim.getObservedAt() : effective;
    }

    private static int rank(Confidence confidence) {
        return switch (confidence) {
            case VERIFIED -> 0;
            case OBSERVED -> 1;
            case DECLARED -> 2;
            case INFERRED -> 3;
            case UNRESOLVED -> 4;
        };
    }
}
