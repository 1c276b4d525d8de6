package io.modelwatch.alerts.blindness;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.TopologyDriver;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertActionKind;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.SourceCondition;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.SweepOutcome;
import io.modelwatch.schemas.avro.Tick;
import io.modelwatch.schemas.avro.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlindnessTopologyTest {

    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final Duration LIMIT = Duration.ofMinutes(30);

    @TempDir
    Path dir;

    private TopologyDriver driver;
    private TestInputTopic<String, SourceHealth> sources;
    private TestInputTopic<String, Tick> ticks;
    private TestInputTopic<String, AlertAction> actions;
    private TestOutputTopic<String, Alert> alerts;
    private TestOutputTopic<String, SourceHealth> told;

    @BeforeEach
    void start() {
        driver = new TopologyDriver(
                dir,
                serdes -> BlindnessTopology.build(
                        TopologyDriver.TOPICS, serdes, DriftConfig.DEFAULT, Duration.ofMinutes(2)),
                START);
        sources = driver.input(Topics.SOURCES);
        ticks = driver.input(Topics.TICKS);
        actions = driver.input(Topics.DRIFT_ACTIONS);
        alerts = driver.output(Topics.ALERTS);
        told = driver.output(Topics.SOURCES);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void shouldAlertOnlyAfterTheSourcesOwnLimitAndCloseWhenItSeesAgain() {
        health(0, SourceState.SEEING, 0, null);
        health(10, SourceState.BLIND, 10, "401 from https://api.example.com/v1/models");
        tick(39);
        health(39, SourceState.BLIND, 10, "503 from https://api.example.com/v1/models");
        assertThat(alerts.isEmpty()).isTrue();

        tick(40);
        Alert open = alerts.readValue();
        assertThat(open.getState()).isEqualTo(AlertState.OPEN);
        assertThat(open.getDeployment()).isEqualTo("source:openai");
        assertThat(open.getKinds()).containsExactly(ChangeKind.SOURCE_BLIND);
        assertThat(open.getVerdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(open.getPolicy()).isEqualTo("source-blind");
        assertThat(open.getSeverity()).isEqualTo(Severity.MEDIUM);
        assertThat(open.getOpenedAt()).isEqualTo(at(40));
        assertThat(open.getNextStep()).contains("openai", "503 from");
        assertThat(open.getChanges().getFirst().getChange().getEffectiveAt()).isEqualTo(at(10));

        // The same blindness, in other words each time, is no news.
        health(50, SourceState.BLIND, 10, "no answer (HttpTimeout)");
        tick(60);
        assertThat(alerts.isEmpty()).isTrue();

        health(61, SourceState.SEEING, 61, null);
        Alert closed = alerts.readValue();
        assertThat(closed.getState()).isEqualTo(AlertState.CLOSED);
        assertThat(closed.getCloseReason()).isEqualTo("recovered");
        assertThat(closed.getClosedAt()).isEqualTo(at(61));
        assertThat(closed.getId()).isEqualTo(open.getId());

        health(70, SourceState.BLIND, 70, "410 from https://api.example.com/v1/models");
        tick(100);
        Alert again = alerts.readValue();
        assertThat(again.getState()).isEqualTo(AlertState.OPEN);
        assertThat(again.getReopened()).isEqualTo(1);
        assertThat(alerts.isEmpty()).isTrue();
    }

    @Test
    void shouldTellOfASourceThatIsNotSweptAnyMore() {
        health(0, SourceState.SEEING, 0, null);
        tick(19);
        assertThat(told.isEmpty()).isTrue();
        // Due at 10, and ten minutes more: what it said last is older than it should be.
        tick(20);
        SourceHealth stale = told.readValue();
        assertThat(stale.getCondition()).isEqualTo(SourceCondition.STALE);
        assertThat(stale.getState()).isEqualTo(SourceState.SEEING);
        sources.pipeInput("openai", stale);
        tick(29);
        assertThat(told.isEmpty()).isTrue();
        tick(30);
        Alert open = alerts.readValue();
        assertThat(open.getNextStep()).contains("not swept since 2026-03-01T00:00:00Z");
        SourceHealth blind = told.readValue();
        assertThat(blind.getState()).isEqualTo(SourceState.BLIND);
        assertThat(blind.getCondition()).isEqualTo(SourceCondition.BLIND);
        assertThat(blind.getSince()).isEqualTo(at(0));
        assertThat(blind.getError()).contains("not swept since");
        // What it says of a source comes back to it.
        sources.pipeInput("openai", blind);
        tick(40);
        assertThat(alerts.isEmpty()).isTrue();
        assertThat(told.isEmpty()).isTrue();

        health(41, SourceState.PARTIAL, 41, "stopped after 50 pages (maxPages)");
        assertThat(alerts.readValue().getCloseReason()).isEqualTo("recovered");
    }

    @Test
    void shouldLetAPersonSettleOneBlindnessAndTellTheNext() {
        health(0, SourceState.BLIND, 0, "401");
        tick(30);
        Alert open = alerts.readValue();
        act(open, AlertActionKind.ACKNOWLEDGE, null);
        assertThat(alerts.readValue().getState()).isEqualTo(AlertState.ACKNOWLEDGED);
        act(open, AlertActionKind.SUPPRESS, at(60));
        assertThat(alerts.readValue().getState()).isEqualTo(AlertState.SUPPRESSED);
        tick(59);
        assertThat(alerts.isEmpty()).isTrue();
        tick(60);
        assertThat(alerts.readValue().getState()).isEqualTo(AlertState.OPEN);
        act(open, AlertActionKind.CLOSE, null);
        Alert closed = alerts.readValue();
        assertThat(closed.getCloseReason()).isEqualTo("closed_by_person");
        assertThat(closed.getReason()).isEqualTo("why");
        health(90, SourceState.BLIND, 0, "401");
        tick(200);
        assertThat(alerts.isEmpty()).isTrue();

        health(201, SourceState.SEEING, 201, null);
        health(210, SourceState.BLIND, 210, "401");
        tick(240);
        assertThat(alerts.readValue().getReopened()).isEqualTo(1);
    }

    @Test
    void shouldTellOfSpansThatDoNotComeAnyMore() {
        SourceHealth.Builder heard = SourceHealth.newBuilder()
                .setSource("telemetry")
                .setType("telemetry")
                .setState(SourceState.SEEING)
                .setSince(at(0))
                .setBlindAfterMs(LIMIT.toMillis());
        sources.pipeInput("telemetry", heard.setAt(at(0)).build());
        tick(29);
        sources.pipeInput("telemetry", heard.setAt(at(29)).build());
        tick(58);
        assertThat(alerts.isEmpty()).isTrue();
        tick(59);
        Alert open = alerts.readValue();
        assertThat(open.getDeployment()).isEqualTo("source:telemetry");
        assertThat(open.getNextStep()).contains("no span has come since 2026-03-01T00:29:00Z");
        assertThat(told.readValue().getState()).isEqualTo(SourceState.BLIND);
        sources.pipeInput("telemetry", heard.setAt(at(70)).build());
        assertThat(alerts.readValue().getCloseReason()).isEqualTo("recovered");
    }

    @Test
    void shouldSayNothingOfASourceThatIsGone() {
        health(0, SourceState.BLIND, 0, "401");
        tick(30);
        alerts.readValue();
        sources.pipeInput(new TestRecord<>("openai", (SourceHealth) null));
        assertThat(alerts.readValue().getCloseReason()).isEqualTo("source_removed");
        tick(500);
        assertThat(alerts.isEmpty()).isTrue();
    }

    @Test
    void shouldTellThatNobodyTicksByTheClockOfTheMachineAlone() {
        health(0, SourceState.SEEING, 0, null);
        tick(1);
        driver.driver().advanceWallClockTime(Duration.ofSeconds(119));
        assertThat(alerts.isEmpty()).isTrue();
        driver.driver().advanceWallClockTime(Duration.ofSeconds(61));
        Alert silence = alerts.readValue();
        assertThat(silence.getDeployment()).isEqualTo("source:the pollers");
        assertThat(silence.getNextStep()).contains("no tick has come for 180 s");
        driver.driver().advanceWallClockTime(Duration.ofHours(1));
        assertThat(alerts.isEmpty()).isTrue();

        tick(2);
        Alert closed = alerts.readValue();
        assertThat(closed.getState()).isEqualTo(AlertState.CLOSED);
        assertThat(closed.getCloseReason()).isEqualTo("recovered");
    }

    private static Instant at(int minute) {
        return START.plus(Duration.ofMinutes(minute));
    }

    private void tick(int minute) {
        ticks.pipeInput(
                new TestRecord<>(null, Tick.newBuilder().setAt(at(minute)).build()));
    }

    private void health(int minute, SourceState state, int since, String error) {
        sources.pipeInput(
                "openai",
                SourceHealth.newBuilder()
                        .setSource("openai")
                        .setType("json-list")
                        .setState(state)
                        .setSince(at(since))
                        .setAt(at(minute))
                        .setOutcome(state == SourceState.BLIND ? SweepOutcome.FAILED : SweepOutcome.COMPLETE)
                        .setError(error)
                        .setNextSweepAt(at(minute + 10))
                        .setBlindAfterMs(LIMIT.toMillis())
                        .build());
    }

    private void act(Alert alert, AlertActionKind kind, Instant until) {
        actions.pipeInput(
                alert.getId(),
                AlertAction.newBuilder()
                        .setAlert(alert.getId())
                        .setAction(kind)
                        .setAuthor("me")
                        .setReason("why")
                        .setUntil(until)
                        .setAt(alert.getUpdatedAt())
                        .build());
    }
}
