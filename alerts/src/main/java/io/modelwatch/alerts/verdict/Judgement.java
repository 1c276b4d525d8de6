package io.modelwatch.alerts.verdict;

import io.modelwatch.schemas.avro.ProcurementRef;
import io.modelwatch.schemas.avro.TrackedChange;
import io.modelwatch.schemas.avro.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of judging one change.
 *
 * @param disclosed whether the vendor had announced it when it took effect
 * @param live false once a later change took its place
 * @param reverted where it is not live: true if its field went back to what it was before
 * @param by id of the procurement event behind the verdict, null where there is none
 * @param nearest id of the event that comes closest to covering it, null where it is covered or nothing selects it
 * @param whyNot why the nearest event does not cover it, in words
 * @param procurement the event behind the verdict and the nearest one, where there are such
 */
public record Judgement(
        TrackedChange tracked,
        Verdict verdict,
        boolean disclosed,
        boolean live,
        boolean reverted,
        @Nullable String by,
        @Nullable String nearest,
        @Nullable String whyNot,
        List<ProcurementRef> procurement) {

    /** Returns true if the change is approved, late or not. */
    public boolean approved() {
        return approved(verdict);
    }

    /** Returns true if a verdict approves, late or not. */
    public static boolean approved(Verdict verdict) {
        return verdict == Verdict.APPROVED || verdict == Verdict.APPROVED_LATE;
    }
}
