package io.modelwatch.alerts.policy;

import io.modelwatch.alerts.verdict.Judgement;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.TrackedChange;

/**
 * What a policy is asked about: one change with its verdict, and what is known of its deployment by now.
 *
 * @param state the deployment
 * @param judgement the change
 */
record Subject(DriftState state, Judgement judgement) {

    TrackedChange tracked() {
        return judgement.tracked();
    }

    ProvenanceChange change() {
        return tracked().getChange();
    }
}
