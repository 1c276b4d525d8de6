package io.modelwatch.alerts.drift;

import static io.modelwatch.alerts.Facts.A;
import static io.modelwatch.alerts.Facts.B;
import static io.modelwatch.alerts.Facts.D;
import static io.modelwatch.alerts.Facts.approval;
import static io.modelwatch.alerts.Facts.change;
import static io.modelwatch.alerts.Facts.day;
import static io.modelwatch.alerts.Facts.mbom;
import static io.modelwatch.alerts.Facts.swap;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.TopologyDriver;
import io.modelwatch.alerts.policy.PolicySet;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.KnownModel;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Tick;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What policies do to alerts, through the topology. */
class DriftPoliciesTest {

    @TempDir
    Path dir;

    private int runs;
    private TopologyDriver driver;
    private TestInputTopic<String, Mbom> mboms;
    private TestInputTopic<String, ProcurementEvent> procurement;
    private TestInputTopic<String, Tick> ticks;
    private TestOutputTopic<String, Alert> alerts;
    private TestOutputTopic<String, ChangeVerdict> verdicts;
    private TestOutputTopic<String, byte[]> ocsf;

    @AfterEach
    void stop() {
        if (driver != null) {
            driver.close();
        }
    }

    @Test
    void anAlertNamesThePolicyBehindItsSeverityWithItsRoutesAndNextStep() {
        start("""
                - {name: mine, version: '4', when: deployment.owner == 'cx-team' && deployment.vendor == 'acme',
                   severity: critical, routes: [soc], nextStep: 'Ask {deployment.owner}'}
                """);
        send(first());

        Alert alert = alerts.readValue();
        assertThat(alert.getSeverity()).isEqualTo(Severity.CRITICAL);
        assertThat(alert.getPolicy()).isEqualTo("mine");
        assertThat(alert.getPolicyVersion()).isEqualTo("4");
        assertThat(alert.getRoutes()).containsExactly("soc");
        assertThat(alert.getNextStep()).isEqualTo("Ask cx-team");
        assertThat(alert.getPolicyFailures()).isEmpty();
        assertThat(new String(ocsf.readValue(), StandardCharsets.UTF_8)).contains("\"routes\":[\"soc\"]");
    }

    @Test
    void ofSeveralChangesTheGravestDecides() {
        start("""
                - {name: licences, when: change.kind == 'LICENSE_CHANGED', severity: critical, routes: [legal]}
                - {name: lineage, when: change.kind == 'LINEAGE_REDECLARED', severity: low, routes: [soc], grace: 7d}
                """);
        var license = change("c2", ChangeKind.LICENSE_CHANGED, "models.primary.license", "mit", "qwen", 3);
        var parents = change("c3", ChangeKind.LINEAGE_REDECLARED, "models.primary.parents", "[]", "[{}]", 3);
        license.setCause("upstream");
        parents.setCause("upstream");
        send(first());
        alerts.readValue();
        send(mbom(2, 3, A, license, parents));

        Alert alert = alerts.readValue();
        assertThat(alert.getPolicy()).isEqualTo("licences");
        assertThat(alert.getRoutes()).containsExactly("legal", "soc");
    }

    @Test
    void whatAPolicyIgnoresRaisesNothingAndHasItsVerdictAllTheSame() {
        start("""
                - {name: quiet, when: change.kind == 'COMPONENT_ADDED', ignore: true}
                """);
        send(first());

        assertThat(alerts.isEmpty()).isTrue();
        assertThat(verdicts.readValue().getAlert()).isNull();
        send(mbom(2, 3, B, swap("c2", A, B, 3)));
        assertThat(alerts.readValue().getKinds()).containsExactly(ChangeKind.MODEL_SWAPPED);
    }

    /** It ends by itself, and what it passed over comes up; an alert that is open when it begins closes. */
    @Test
    void aPolicyForATimeWakesWhatItConcernsWhenItComesAndGoes() {
        start("""
                - {name: freeze, when: 'true', from: 2026-01-05, until: 2026-01-08, ignore: true}
                """);
        send(first());
        assertThat(alerts.readValue().getState()).isEqualTo(AlertState.OPEN);
        tick(3.9);
        assertThat(alerts.isEmpty()).isTrue();
        tick(4);
        Alert closed = alerts.readValue();
        assertThat(closed.getState()).isEqualTo(AlertState.CLOSED);
        assertThat(closed.getCloseReason()).isEqualTo("ignored");
        tick(6.9);
        assertThat(alerts.isEmpty()).isTrue();
        tick(7);
        Alert again = alerts.readValue();
        assertThat(again.getState()).isEqualTo(AlertState.OPEN);
        assertThat(again.getReopened()).isEqualTo(1);
        tick(100);
        assertThat(alerts.isEmpty()).isTrue();
    }

    @Test
    void aGraceOfAPolicyHoldsBackAndARetirementWaitsUntilItIsNear() {
        start("""
                - {name: slow, when: change.kind == 'COMPONENT_ADDED', grace: 2d}
                """);
        send(first());
        tick(2.9);
        assertThat(alerts.isEmpty()).isTrue();
        tick(3);
        assertThat(alerts.readValue().getOpenedAt()).isEqualTo(day(3));

        send(mbom(
                2,
                4,
                A,
                change(
                        "c2",
                        ChangeKind.RETIREMENT_DATED,
                        "models.primary.attributes.deprecation",
                        null,
                        "2026-04-11",
                        4)));
        tick(69.9);
        assertThat(alerts.isEmpty()).isTrue();
        // The twelfth of March.
        tick(70);
        Alert alert = alerts.readValue();
        assertThat(alert.getPolicy()).isEqualTo("retirement-near");
        assertThat(alert.getNextStep()).isEqualTo("Plan the move to another model before 2026-04-11");
    }

    @Test
    void aPolicyMayAcceptTheFirstSightingOfSomeDeployments() {
        start("""
                - {name: known-fleet, when: deployment.vendor == 'acme', baseline: accept}
                """);
        send(first());

        assertThat(alerts.isEmpty()).isTrue();
    }

    @Test
    void aPolicyThatFailsRaisesTheAlertAndSaysSo() {
        start("""
                - {name: broken, when: 1 / (size(change.id) - 2) == 0, ignore: true, severity: low, grace: 30d}
                """);
        send(first());

        Alert alert = alerts.readValue();
        assertThat(alert.getSeverity()).isEqualTo(Severity.MEDIUM);
        assertThat(alert.getPolicyFailures()).containsExactly("policy broken failed: when: / by zero");
        assertThat(new String(ocsf.readValue(), StandardCharsets.UTF_8))
                .contains("\"policy_failures\":[\"policy broken");
        tick(2);
        assertThat(alerts.isEmpty()).isTrue();
        assertThat(metric("failure-total")).isEqualTo(1);
    }

    @Test
    void aPolicyInModeLogIsCountedOnceAVerdict() {
        start("""
                - {name: trial, mode: log, when: 'true', ignore: true}
                """);
        send(first());
        for (int i = 0; i < 10; i++) {
            send(approval("elsewhere" + i, 1).setDeployment("other").build());
            tick(2 + i);
        }

        assertThat(alerts.readValue().getPolicy()).isEqualTo("provenance-changed");
        // Once for the verdict, and not again for looking at the same.
        assertThat(metric("log-match-total")).isEqualTo(1);
    }

    @Test
    void whatPoliciesSeeIsKeptOfWhatRunsAlone() {
        start("");
        Mbom bill = first();
        bill.setType("copilot");
        List<Ancestor> ancestry = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            ancestry.add(Ancestor.newBuilder()
                    .setId("pkg:huggingface/base/" + i)
                    .setDepth(i + 1)
                    .setLicense("mit")
                    .build());
        }
        bill.getComponents().getFirst().setAncestry(ancestry);
        bill.getComponents().getFirst().setRequested("a");
        bill.getComponents().getFirst().setServed("a-2026");
        send(bill);

        assertThat(state().getType()).isEqualTo("copilot");
        assertThat(state().getModels().get(A).getAncestors()).hasSize(32);
        assertThat(state().getComponents()).singleElement().satisfies(component -> {
            assertThat(component.getRequested()).isEqualTo("a");
            assertThat(component.getServed()).isEqualTo("a-2026");
        });
        send(mbom(2, 3, B, swap("c2", A, B, 3)));
        assertThat(state().getModels()).containsOnlyKeys(B);
        assertThat(driver.<KnownModel>store("past-models").all())
                .toIterable()
                .singleElement()
                .satisfies(known -> assertThat(known.value.getAncestors()).isEmpty());
        assertThat(state().getComponents())
                .singleElement()
                .satisfies(component -> assertThat(component.getModel()).isEqualTo(B));
    }

    /** Bills of one deployment keep their order; all else comes in any, and the end is the same. */
    @Test
    void anyOrderOfArrivalEndsInTheSameAlertsUnderPolicies() {
        long seed = 20261125L;
        System.out.println("seed of anyOrderOfArrivalEndsInTheSameAlertsUnderPolicies: " + seed);
        Random random = new Random(seed);
        String policies = """
                - {name: freeze, priority: 800, when: change.kind == 'MODEL_SWAPPED', from: 2026-01-06, until: 2026-01-12, ignore: true}
                - {name: slow, priority: 700, when: "models.exists(m, m.id.endsWith('/b'))", grace: 4d, severity: {expired: low, otherwise: critical}}
                - {name: broken, when: change.before.x == 1, severity: high, routes: [soc]}
                - {name: waits, when: change.kind == 'REVISION_MOVED', graceUntil: change.observedAt + duration('50h')}
                - {name: known, when: 'true', baseline: accept, nextStep: 'See {change.field} after {verdict.name}'}
                """;
        for (int round = 0; round < 8; round++) {
            List<Mbom> bills = new ArrayList<>();
            String was = null;
            for (int i = 0; i < 5; i++) {
                String is = random.nextBoolean() ? A : B;
                double at = 1 + i * 3;
                bills.add(
                        is.equals(was)
                                ? mbom(
                                        i + 1,
                                        at,
                                        is,
                                        change(
                                                "r" + i,
                                                ChangeKind.REVISION_MOVED,
                                                "models.primary.revision",
                                                "" + i,
                                                "" + (i + 1),
                                                at))
                                : mbom(i + 1, at, is, swap("s" + i, was, is, at)));
                was = is;
            }
            List<Runnable> others = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                double from = random.nextInt(15);
                ProcurementEvent event = approval("P" + i, from)
                        .setValidTo(random.nextBoolean() ? day(from + random.nextInt(1, 12)) : null)
                        .build();
                others.add(() -> send(event));
            }
            for (int i = 2; i <= 20; i += 3) {
                double at = i;
                others.add(() -> tick(at));
            }
            Map<String, String> expected = null;
            for (int order = 0; order < 6; order++) {
                stop();
                start(policies);
                List<Runnable> left = new ArrayList<>(others);
                int next = 0;
                while (next < bills.size() || !left.isEmpty()) {
                    if (next < bills.size() && (left.isEmpty() || random.nextInt(3) == 0)) {
                        send(bills.get(next++));
                    } else {
                        left.remove(random.nextInt(left.size())).run();
                    }
                }
                tick(30);
                Map<String, String> outcome = open();
                expected = expected == null ? outcome : expected;
                assertThat(outcome)
                        .as("seed %d, round %d, order %d", seed, round, order)
                        .isEqualTo(expected);
            }
        }
    }

    /** What is open at the end, by all that does not tell of the way there. */
    private Map<String, String> open() {
        Map<String, Alert> last = new HashMap<>();
        alerts.readValuesToList().forEach(alert -> last.put(alert.getId(), alert));
        Map<String, String> open = new TreeMap<>();
        last.values().stream()
                .filter(alert -> alert.getState() == AlertState.OPEN)
                .forEach(alert -> open.put(
                        alert.getId(),
                        String.join(
                                " ",
                                alert.getSeverity().name(),
                                alert.getPolicy(),
                                alert.getRoutes().toString(),
                                alert.getPolicyFailures().toString(),
                                alert.getNextStep(),
                                alert.getChanges().toString())));
        return open;
    }

    private double metric(String name) {
        return driver.driver().metrics().entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(name)
                        && entry.getKey().group().equals("stream-policy-metrics"))
                .mapToDouble(entry -> (double) entry.getValue().metricValue())
                .sum();
    }

    private DriftState state() {
        return driver.<DriftState>store("deployments").get(D);
    }

    private static Mbom first() {
        return mbom(1, 1, A, swap("c1", null, A, 1));
    }

    private void send(Mbom mbom) {
        mboms.pipeInput(mbom.getDeployment(), mbom);
    }

    private void send(ProcurementEvent event) {
        procurement.pipeInput(event.getId(), event);
    }

    private void tick(double at) {
        ticks.pipeInput("tick", new Tick(day(at)));
    }

    private void start(String policies) {
        Path home = dir.resolve("run-" + runs++);
        PolicySet set;
        try {
            Files.createDirectories(home);
            Path file = Files.writeString(
                    home.resolve("mine.yaml"),
                    policies.isEmpty() ? "params: {}\n" : "policies:\n" + policies.indent(2));
            set = PolicySet.of(List.of(file), true, Map.of());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        DriftConfig config = new DriftConfig(DriftConfig.Baseline.DRIFT, Duration.ZERO, set);
        driver = new TopologyDriver(home, serdes -> DriftTopology.build(TopologyDriver.TOPICS, serdes, config));
        mboms = driver.input(Topics.MBOMS);
        ticks = driver.input(Topics.TICKS);
        procurement = driver.input(Topics.PROCUREMENT_EVENTS);
        alerts = driver.output(Topics.ALERTS);
        verdicts = driver.output(Topics.VERDICTS);
        ocsf = driver.bytes(Topics.ALERTS_OCSF);
    }
}
