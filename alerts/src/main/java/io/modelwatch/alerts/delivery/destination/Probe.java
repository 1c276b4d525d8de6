package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.alerts.drift.Ocsf;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/**
 * The test message of {@code deliveries check}: about a deployment that does not exist, informational, and said to be a
 * test wherever a person reads it.
 *
 * @param at the time of the check; each check has an id of its own
 */
public record Probe(Instant at) {

    /** Times on topics have milliseconds. */
    public Probe {
        at = at.truncatedTo(ChronoUnit.MILLIS);
    }

    /** Name of the deployment in test messages. */
    public static final String DEPLOYMENT = "modelwatch-delivery-check";

    private static final String WORDS = "test message of modelwatch deliveries check: nothing to do";

    /** Returns an open alert. */
    public Message.OfAlert alert() {
        Alert alert = Alert.newBuilder()
                .setId(Ids.digest("delivery-check", at.toString()))
                .setDeployment(DEPLOYMENT)
                .setKinds(List.of(ChangeKind.MODEL_SWAPPED))
                .setVerdict(Verdict.UNAPPROVED)
                .setSeverity(Severity.INFORMATIONAL)
                .setState(AlertState.OPEN)
                .setOpenedAt(at)
                .setUpdatedAt(at)
                .setReason(WORDS)
                .setNextStep(WORDS)
                .setPolicy("check")
                .setCorrelationId(Ids.digest("delivery-check-cause", at.toString()))
                .build();
        return new Message.OfAlert(Ids.digest("delivery-check-record", at.toString()), alert);
    }

    /** Returns an approved change. */
    public Message.OfVerdict verdict() {
        ProvenanceChange change = ProvenanceChange.newBuilder()
                .setId(Ids.digest("delivery-check-change", at.toString()))
                .setKind(ChangeKind.MODEL_SWAPPED)
                .setField("models.primary.id")
                .setAfter("\"" + WORDS + "\"")
                .setEffectiveAt(at)
                .setObservedAt(at)
                .setCorrelationId(Ids.digest("delivery-check-cause", at.toString()))
                .build();
        ChangeVerdict verdict = ChangeVerdict.newBuilder()
                .setId(Ids.digest("delivery-check-verdict", at.toString()))
                .setDeployment(DEPLOYMENT)
                .setJudged(JudgedChange.newBuilder()
                        .setChange(change)
                        .setVerdict(Verdict.APPROVED)
                        .setLive(true)
                        .setBy("check")
                        .build())
                .setAt(at)
                .build();
        return new Message.OfVerdict(Ids.digest("delivery-check-record", at.toString()), verdict);
    }

    /** Returns the open alert as a finding. */
    public Message.OfFinding finding() {
        Message.OfAlert open = alert();
        byte[] json = Ocsf.finding(open.alert(), true, open.id());
        return new Message.OfFinding(open.id(), json, JsonMapper.shared().readTree(json));
    }
}
