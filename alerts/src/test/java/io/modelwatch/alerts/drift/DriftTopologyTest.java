package io.modelwatch.alerts.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.TopologyDriver;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertActionKind;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Allows;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Tick;
import io.modelwatch.schemas.avro.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriftTopologyTest {

    private static final String QWEN = "pkg:huggingface/Qwen/Qwen2.5-7B";
    private static final String LLAMA = "pkg:huggingface/meta-llama/Llama-3.1-8B";

    @TempDir
    Path stateDir;

    private TopologyDriver driver;
    private TestInputTopic<String, Mbom> mboms;
    private TestInputTopic<String, ProcurementEvent> procurement;
    private TestInputTopic<String, Tick> ticks;
    private TestInputTopic<String, AlertAction> actions;
    private TestOutputTopic<String, Alert> alerts;
    private TestOutputTopic<String, ChangeVerdict> verdicts;

    @BeforeEach
    void start() {
        start(DriftConfig.DEFAULT);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void shouldRaiseOneAlertForAFirstSightThatNobodyApproved() {
        List<Alert> raised = send(mbom(1, 10, "a", null, QWEN));
        assertThat(raised).singleElement().satisfies(alert -> {
            assertThat(alert.getState()).isEqualTo(AlertState.OPEN);
            assertThat(alert.getVerdict()).isEqualTo(Verdict.UNAPPROVED);
            assertThat(alert.getKinds()).containsExactly(ChangeKind.COMPONENT_ADDED);
            assertThat(alert.getOpenedAt()).isEqualTo(at(10));
        });
        assertThat(send(tick(11))).isEmpty();
        assertThat(send(tick(5000))).isEmpty();
    }

    @Test
    void shouldSayTheVerdictOfEveryChangeAndAgainOnlyWhenItDiffers() {
        send(approval("P", 1, 100));
        assertThat(send(mbom(1, 10, "a", null, QWEN))).isEmpty();
        assertThat(verdicts.readValuesToList()).singleElement().satisfies(verdict -> {
            assertThat(verdict.getJudged().getVerdict()).isEqualTo(Verdict.APPROVED);
            assertThat(verdict.getJudged().getBy()).isEqualTo("P");
            assertThat(verdict.getJudged().getLive()).isTrue();
            assertThat(verdict.getAlert()).isNull();
            assertThat(verdict.getAt()).isEqualTo(at(10));
        });
        send(tick(50));
        assertThat(verdicts.isEmpty()).isTrue();

        Alert expired = send(tick(100)).getFirst();
        assertThat(verdicts.readValuesToList()).singleElement().satisfies(verdict -> {
            assertThat(verdict.getJudged().getVerdict()).isEqualTo(Verdict.EXPIRED);
            assertThat(verdict.getAlert()).isEqualTo(expired.getId());
            assertThat(verdict.getAt()).isEqualTo(at(100));
        });

        send(mbom(2, 200, "b", QWEN, LLAMA));
        assertThat(verdicts.readValuesToList())
                .as("the swap, and that the first change holds no longer")
                .extracting(verdict -> verdict.getJudged().getLive())
                .containsExactlyInAnyOrder(true, false);
    }

    @Test
    void shouldAcknowledgeAndStayAcknowledged() {
        String id = send(mbom(1, 10, "a", null, QWEN)).getFirst().getId();

        assertThat(send(action(id, AlertActionKind.ACKNOWLEDGE, null)))
                .singleElement()
                .satisfies(alert -> {
                    assertThat(alert.getState()).isEqualTo(AlertState.ACKNOWLEDGED);
                    assertThat(alert.getAuthor()).isEqualTo("ada");
                    assertThat(alert.getReason()).isEqualTo("because");
                });
        assertThat(send(action(id, AlertActionKind.ACKNOWLEDGE, null)))
                .as("said again")
                .isEmpty();
        assertThat(send(tick(500))).isEmpty();
        assertThat(send(action("unknown", AlertActionKind.CLOSE, null))).isEmpty();
        assertThat(send(approval("P", 15, null))).singleElement().satisfies(alert -> {
            assertThat(alert.getState()).isEqualTo(AlertState.CLOSED);
            assertThat(alert.getCloseReason()).isEqualTo("approved_late");
            assertThat(alert.getAuthor()).isNull();
        });
        assertThat(send(action(id, AlertActionKind.ACKNOWLEDGE, null)))
                .as("closed")
                .isEmpty();
    }

    @Test
    void shouldEndASuppressionByItself() {
        String id = send(mbom(1, 10, "a", null, QWEN)).getFirst().getId();
        send(tick(20));

        assertThat(send(action(id, AlertActionKind.SUPPRESS, 15))).as("past").isEmpty();
        assertThat(send(action(id, AlertActionKind.SUPPRESS, 100)))
                .singleElement()
                .satisfies(alert -> {
                    assertThat(alert.getState()).isEqualTo(AlertState.SUPPRESSED);
                    assertThat(alert.getSuppressedUntil()).isEqualTo(at(100));
                });
        assertThat(send(tick(99))).isEmpty();
        assertThat(send(tick(100))).singleElement().satisfies(alert -> {
            assertThat(alert.getState()).isEqualTo(AlertState.OPEN);
            assertThat(alert.getSuppressedUntil()).isNull();
            assertThat(alert.getReason()).isNull();
            assertThat(alert.getReopened()).isZero();
        });
        assertThat(send(tick(200))).isEmpty();
    }

    @Test
    void shouldKeepClosedWhatAPersonClosedUntilAnApprovalOfItIsLost() {
        String id = send(mbom(1, 10, "a", null, QWEN)).getFirst().getId();

        assertThat(send(action(id, AlertActionKind.CLOSE, null)))
                .singleElement()
                .satisfies(alert -> {
                    assertThat(alert.getState()).isEqualTo(AlertState.CLOSED);
                    assertThat(alert.getCloseReason()).isEqualTo("closed_by_person");
                });
        assertThat(send(tick(50))).isEmpty();
        assertThat(send(approval("P", 15, 100))).isEmpty();
        assertThat(send(tick(100))).singleElement().satisfies(alert -> {
            assertThat(alert.getState()).isEqualTo(AlertState.OPEN);
            assertThat(alert.getVerdict()).isEqualTo(Verdict.EXPIRED);
            assertThat(alert.getReopened()).isOne();
        });
    }

    @Test
    void shouldStaySilentWhereTheChangeWasApprovedInTime() {
        send(approval("P", 1, null));
        assertThat(send(mbom(1, 10, "a", null, QWEN))).isEmpty();
    }

    @Test
    void shouldCloseOnALateApproval() {
        String id = send(mbom(1, 10, "a", null, QWEN)).getFirst().getId();
        send(tick(20));
        assertThat(send(approval("P", 15, null))).singleElement().satisfies(alert -> {
            assertThat(alert.getId()).isEqualTo(id);
            assertThat(alert.getState()).isEqualTo(AlertState.CLOSED);
            assertThat(alert.getVerdict()).isEqualTo(Verdict.APPROVED_LATE);
            assertThat(alert.getCloseReason()).isEqualTo("approved_late");
        });
    }

    @Test
    void shouldOpenWhenTheApprovalExpiresByTheClockAndReopenOnRevocation() {
        send(approval("P", 1, 100));
        assertThat(send(mbom(1, 10, "a", null, QWEN))).isEmpty();
        assertThat(send(tick(99))).isEmpty();
        Alert expired = send(tick(100)).getFirst();
        assertThat(expired.getVerdict()).isEqualTo(Verdict.EXPIRED);
        assertThat(expired.getNearestProcurement().getId()).isEqualTo("P");

        Alert closed = send(approval("Q", 50, null)).getFirst();
        assertThat(closed.getState()).isEqualTo(AlertState.CLOSED);

        ProcurementEvent revocation = ProcurementEvent.newBuilder(approval("R", 110, null))
                .setType(ProcurementType.REVOCATION)
                .setDeployment(null)
                .setRevokes("Q")
                .build();
        send(revocation);
        Alert reopened = send(tick(110)).getFirst();
        assertThat(reopened.getState()).isEqualTo(AlertState.OPEN);
        assertThat(reopened.getVerdict()).isEqualTo(Verdict.REVOKED);
        assertThat(reopened.getId()).isEqualTo(expired.getId());
        assertThat(reopened.getReopened()).isEqualTo(1);
    }

    @Test
    void shouldCloseASwapThatWasRevertedAndSupersedeOneThatWasNot() {
        send(approval("P", 1, null, QWEN));
        send(mbom(1, 10, "a", null, QWEN));
        Alert swap = send(mbom(2, 20, "b", QWEN, LLAMA)).getFirst();
        assertThat(swap.getState()).isEqualTo(AlertState.OPEN);
        assertThat(swap.getNearestProcurement().getWhyNot()).contains("does not allow the model");

        List<Alert> after = send(mbom(3, 30, "c", LLAMA, QWEN));
        assertThat(after).singleElement().satisfies(alert -> {
            assertThat(alert.getId()).isEqualTo(swap.getId());
            assertThat(alert.getCloseReason()).isEqualTo("reverted");
        });
    }

    @Test
    void shouldHoldBackDuringTheGraceAndThenOpen() {
        stop();
        start(new DriftConfig(DriftConfig.Baseline.DRIFT, Duration.ofSeconds(50)));
        assertThat(send(mbom(1, 10, "a", null, QWEN))).isEmpty();
        assertThat(send(tick(59))).isEmpty();
        assertThat(send(tick(60))).hasSize(1);
    }

    @Test
    void shouldAcceptAFirstSightWhereTheBaselineSaysSo() {
        stop();
        start(new DriftConfig(DriftConfig.Baseline.ACCEPT, Duration.ZERO));
        assertThat(send(mbom(1, 10, "a", null, QWEN))).isEmpty();
        assertThat(send(mbom(2, 20, "b", QWEN, LLAMA))).hasSize(1);
    }

    @Test
    void shouldEndInTheSameAlertsWhateverTheOrderOfProcurementAndTime() throws IOException {
        long seed = 20261124;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<SpecificRecord> revisions =
                List.of(mbom(1, 10, "a", null, QWEN), mbom(2, 20, "b", QWEN, LLAMA), mbom(3, 30, "c", LLAMA, QWEN));
        List<SpecificRecord> others = List.of(
                approval("P", 1, 25, QWEN), approval("Q", 12, null, LLAMA), approval("S", 40, 90, QWEN), tick(35));
        Map<String, String> expected = null;
        for (int run = 0; run < 40; run++) {
            stop();
            Utils.delete(stateDir.toFile());
            start();
            // The revisions of one deployment come in their order; all else comes when it likes.
            List<SpecificRecord> facts = new ArrayList<>(others);
            Collections.shuffle(facts, random);
            for (SpecificRecord revision : revisions) {
                facts.add(random.nextInt(facts.size() + 1), revision);
            }
            List<SpecificRecord> inOrder = facts.stream()
                    .filter(Mbom.class::isInstance)
                    .sorted((a, b) -> Long.compare(((Mbom) a).getRevision(), ((Mbom) b).getRevision()))
                    .toList();
            int next = 0;
            for (int i = 0; i < facts.size(); i++) {
                if (facts.get(i) instanceof Mbom) {
                    facts.set(i, inOrder.get(next++));
                }
            }
            Map<String, String> open = new HashMap<>();
            facts.add(tick(200));
            for (SpecificRecord fact : facts) {
                for (Alert alert : send(fact)) {
                    if (alert.getState() == AlertState.OPEN) {
                        open.put(alert.getId(), alert.getVerdict() + " " + alert.getSeverity());
                    } else {
                        open.remove(alert.getId());
                    }
                }
            }
            expected = expected == null ? open : expected;
            assertThat(open).as("run %d", run).isEqualTo(expected);
        }
        assertThat(expected).hasSize(1);
    }

    private void start(DriftConfig config) {
        driver = new TopologyDriver(stateDir, serdes -> DriftTopology.build(TopologyDriver.TOPICS, serdes, config));
        mboms = driver.input(Topics.MBOMS);
        procurement = driver.input(Topics.PROCUREMENT_EVENTS);
        ticks = driver.input(Topics.TICKS);
        alerts = driver.output(Topics.ALERTS);
        actions = driver.input(Topics.ALERT_ACTIONS);
        verdicts = driver.output(Topics.VERDICTS);
    }

    private List<Alert> send(SpecificRecord fact) {
        switch (fact) {
            case Mbom mbom -> mboms.pipeInput(mbom.getDeployment(), mbom);
            case ProcurementEvent event -> procurement.pipeInput(event.getId(), event);
            case Tick tick -> ticks.pipeInput("tick", tick);
            case AlertAction action -> actions.pipeInput(action.getAlert(), action);
            default -> throw new IllegalArgumentException(fact.toString());
        }
        return alerts.readValuesToList();
    }

    private static AlertAction action(String alert, AlertActionKind kind, Integer until) {
        return AlertAction.newBuilder()
                .setAlert(alert)
                .setAction(kind)
                .setAuthor("ada")
                .setReason("because")
                .setUntil(until == null ? null : at(until))
                .setAt(at(0))
                .build();
    }

    private static Mbom mbom(long revision, int second, String cause, String before, String after) {
        return Mbom.newBuilder()
                .setDeployment("copilot")
                .setSerialNumber(Ids.serialNumber("copilot"))
                .setRevision(revision)
                .setAt(at(second))
                .setVendor("acme")
                .setComponents(List.of(Component.newBuilder()
                        .setRole("primary")
                        .setModel(after)
                        .setLicense("apache-2.0")
                        .setOrigins(List.of(new Origin(after, "org", after.equals(QWEN) ? "CN" : "US")))
                        .setKnown(true)
                        .build()))
                .setHosting(List.of(new Hosting("azure", "westeurope", "NL")))
                .setChanges(List.of(ProvenanceChange.newBuilder()
                        .setId("change-" + cause)
                        .setKind(before == null ? ChangeKind.COMPONENT_ADDED : ChangeKind.MODEL_SWAPPED)
                        .setField("models.primary.id")
                        .setBefore(before == null ? null : "\"" + before + "\"")
                        .setAfter("\"" + after + "\"")
                        .setEffectiveAt(at(second))
                        .setObservedAt(at(second))
                        .setCorrelationId(cause)
                        .build()))
                .setCorrelationId(cause)
                .build();
    }

    private static ProcurementEvent approval(String id, int issued, Integer validTo, String... models) {
        return ProcurementEvent.newBuilder()
                .setId(id)
                .setType(ProcurementType.APPROVAL)
                .setIssuedAt(at(issued))
                .setDeployment("copilot")
                .setAllows(Allows.newBuilder()
                        .setModels(models.length == 0 ? null : List.of(models))
                        .build())
                .setValidTo(validTo == null ? null : at(validTo))
                .build();
    }

    private static Tick tick(int second) {
        return new Tick(at(second));
    }

    private static Instant at(int second) {
        return Instant.parse("2026-03-01T10:00:00Z").plusSeconds(second);
    }
}
