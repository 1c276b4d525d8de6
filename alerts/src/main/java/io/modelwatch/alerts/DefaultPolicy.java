package io.modelwatch.alerts;

import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;

/** The built-in policy: how severe an unapproved change is, by what changed and why it is not approved. */
final class DefaultPolicy {

    /** Name and version under which alerts say that this policy judged them. */
    static final String NAME = "default";

    static final String VERSION = "default";

    private DefaultPolicy() {}

    /** Returns the severity of one change; of an approved one it is informational. */
    static Severity severity(ChangeKind kind, Verdict verdict) {
        return switch (verdict) {
            case APPROVED, APPROVED_LATE -> Severity.INFORMATIONAL;
            // Somebody did approve it once: less than what nobody ever saw.
            case EXPIRED -> lower(ofKind(kind));
            case UNAPPROVED, EXHAUSTED, REVOKED, UNKNOWN -> ofKind(kind);
        };
    }

    private static Severity ofKind(ChangeKind kind) {
        return switch (kind) {
            // Another model, another maker or another jurisdiction answers from now on.
            case MODEL_SWAPPED, NAMESPACE_TAKEN_OVER, LINEAGE_REDECLARED, HOSTING_MOVED -> Severity.HIGH;
            case COMPONENT_REMOVED, RETIREMENT_DATED, DATASETS_CHANGED, ACCESS_CHANGED -> Severity.LOW;
            default -> Severity.MEDIUM;
        };
    }

    private static Severity lower(Severity severity) {
        return switch (severity) {
            case CRITICAL -> Severity.HIGH;
            case HIGH -> Severity.MEDIUM;
            case MEDIUM -> Severity.LOW;
            default -> Severity.INFORMATIONAL;
        };
    }
}
