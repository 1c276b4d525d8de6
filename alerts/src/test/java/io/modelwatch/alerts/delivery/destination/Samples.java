package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.NearestProcurement;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** What the tests of destinations send, and with what. */
public final class Samples {

    static {
        // Lets Avro make the classes of the contract, as whatever runs does first.
        var unused = Topics.all();
    }

    public static final Instant NOW = Instant.parse("2026-03-05T12:00:00Z");

    public static final String ID = "0123456789abcdef0123456789abcdef";

    public static final String ALERT = "a1e27a1e27a1e27a1e27a1e27a1e27a1";

    private Samples() {}

    /** Tries that end soon: a test that waits for one must not wait long. */
    public static Limits limits() {
        return new Limits(
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                Duration.ofSeconds(3),
                64 << 10,
                Duration.ofMillis(10),
                Duration.ofMillis(40),
                Duration.ofMinutes(10),
                Duration.ofMillis(500));
    }

    public static Surroundings surroundings(Map<String, String> environment) {
        return new Surroundings(limits(), environment::get, InstantSource.fixed(NOW));
    }

    public static Message.OfAlert message() {
        return message(alert());
    }

    public static Message.OfAlert message(Alert alert) {
        return new Message.OfAlert(ID, alert);
    }

    public static Alert alert() {
        return alert(AlertState.OPEN);
    }

    public static Alert alert(AlertState state) {
        return Alert.newBuilder()
                .setId(ALERT)
                .setDeployment("support-copilot")
                .setVendor("acme")
                .setOwner("cx-team")
                .setKinds(List.of(ChangeKind.MODEL_SWAPPED))
                .setVerdict(state == AlertState.CLOSED ? Verdict.APPROVED_LATE : Verdict.UNAPPROVED)
                .setSeverity(Severity.HIGH)
                .setState(state)
                .setOpenedAt(Instant.parse("2026-03-01T10:00:00Z"))
                .setUpdatedAt(Instant.parse("2026-03-01T10:00:00.250Z"))
                .setClosedAt(state == AlertState.CLOSED ? Instant.parse("2026-03-01T10:00:00.250Z") : null)
                .setCloseReason(state == AlertState.CLOSED ? "approved_late" : null)
                .setChanges(List.of(judged(Verdict.UNAPPROVED)))
                .setNearestProcurement(new NearestProcurement("CHG-1042", "it does not allow the model"))
                .setNextStep("Ask the owner of the deployment for an approval, or take the change back")
                .setPolicy("default")
                .setCorrelationId("c0ffee")
                .build();
    }

    public static JudgedChange judged(Verdict verdict) {
        return JudgedChange.newBuilder()
                .setChange(ProvenanceChange.newBuilder()
                        .setId("chg1")
                        .setKind(ChangeKind.MODEL_SWAPPED)
                        .setField("models.primary.id")
                        .setBefore("\"pkg:huggingface/Qwen/Qwen2.5-7B\"")
                        .setAfter("\"pkg:huggingface/evil/<!channel>\"")
                        .setEffectiveAt(Instant.parse("2026-03-01T09:00:00Z"))
                        .setObservedAt(Instant.parse("2026-03-01T10:00:00Z"))
                        .setCorrelationId("c0ffee")
                        .build())
                .setVerdict(verdict)
                .setLive(true)
                .setBy(verdict == Verdict.APPROVED ? "CHG-7" : null)
                .build();
    }

    public static Message.OfVerdict verdict(Verdict verdict, boolean live) {
        JudgedChange judged = judged(verdict);
        judged.setLive(live);
        return new Message.OfVerdict(
                ID,
                ChangeVerdict.newBuilder()
                        .setId("v1")
                        .setDeployment("support-copilot")
                        .setJudged(judged)
                        .setAt(NOW)
                        .build());
    }

    static Settings settings(List<Option> options, Map<String, ?> values) {
        return new Settings("soc", values, options);
    }
}
