package io.modelwatch.alerts.drift;

import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertGroupMember;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Verdict;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What alerts of many deployments may have in common: a model changed below them, or a procurement event on which they
 * relied is in force no more. What a deployment did by itself concerns it alone. One of the two is null.
 *
 * @param change id of the change of a model
 * @param procurementEvent id of the procurement event
 */
record GroupCause(@Nullable String change, @Nullable String procurementEvent) {

    /** What a deployment does by itself, even where another record than its own field's told of it. */
    private static final Set<ChangeKind> OF_ONE_DEPLOYMENT = EnumSet.of(
            ChangeKind.COMPONENT_ADDED,
            ChangeKind.COMPONENT_REMOVED,
            ChangeKind.MODEL_SWAPPED,
            ChangeKind.HOSTING_MOVED);

    /** Returns the common cause of the gravest drift of an alert, or null where there is none. */
    static @Nullable GroupCause of(Alert alert) {
        JudgedChange worst = alert.getChanges().stream()
                .filter(judged -> judged.getLive() && !Judgement.approved(judged.getVerdict()))
                .max(Alerts.BY_VERDICT_OF_CHANGE)
                .orElse(null);
        if (worst == null) {
            return null;
        }
        if (worst.getBy() != null && (worst.getVerdict() == Verdict.REVOKED || worst.getVerdict() == Verdict.EXPIRED)) {
            return new GroupCause(null, worst.getBy());
        }
        ProvenanceChange change = worst.getChange();
        return change.getCause() == null || OF_ONE_DEPLOYMENT.contains(change.getKind())
                ? null
                : new GroupCause(change.getCause(), null);
    }

    /** Returns the cause that a member of a group names. */
    static GroupCause of(AlertGroupMember member) {
        return new GroupCause(member.getChange(), member.getProcurementEvent());
    }

    /** Returns the id of the group. */
    String id() {
        return procurementEvent == null
                ? Ids.groupOfChange(String.valueOf(change))
                : Ids.groupOfProcurement(procurementEvent);
    }
}
