package io.modelwatch.alerts.drift;

import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;

/** Severity of a drift where no policy of the user's says otherwise. */
final class DefaultPolicy {

    static final String NAME = "default";
    static final String VERSION = "1";

    private DefaultPolicy() {}

    /** An expired approval says that somebody once looked: one step less than none. */
    static Severity severity(ChangeKind kind, Verdict verdict) {
        Severity full = severity(kind);
        return verdict == Verdict.EXPIRED && full.ordinal() > Severity.LOW.ordinal()
                ? Severity.values()[full.ordinal() - 1]
                : full;
    }

    private static Severity severity(ChangeKind kind) {
        return switch (kind) {
            case NAMESPACE_TAKEN_OVER, ANCESTOR_TAKEN_OVER -> Severity.CRITICAL;
            case MODEL_SWAPPED, HOSTING_MOVED, LINEAGE_REDECLARED, REMOVED, ORIGIN_CHANGED, ANCESTOR_REMOVED ->
                Severity.HIGH;
            case COMPONENT_ADDED,
                    REVISION_MOVED,
                    LICENSE_CHANGED,
                    EXECUTION_CONFIGURATION_CHANGED,
                    ANCESTRY_CHANGED,
                    ANCESTOR_LICENSE_CHANGED -> Severity.MEDIUM;
            default -> Severity.LOW;
        };
    }
}
