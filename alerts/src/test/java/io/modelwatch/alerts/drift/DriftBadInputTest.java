package io.modelwatch.alerts.drift;

import static io.modelwatch.alerts.Facts.A;
import static io.modelwatch.alerts.Facts.approval;
import static io.modelwatch.alerts.Facts.day;
import static io.modelwatch.alerts.Facts.mbom;
import static io.modelwatch.alerts.Facts.revocation;
import static io.modelwatch.alerts.Facts.swap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.policy.PolicyException;
import io.modelwatch.alerts.policy.PolicySet;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bad input that issue 5 names, as it comes on the topics, where nobody is asked first. What is read from files and
 * requests is refused or remarked on before (the tests of the intake and of the API), and what a receiver of webhooks may
 * answer is in the tests of the destinations.
 */
class DriftBadInputTest {

    @TempDir
    Path dir;

    @Test
    void an_event_that_ends_before_it_begins_covers_nothing_and_says_so() {
        try (DriftTestDriver driver = new DriftTestDriver(dir, DriftConfig.DEFAULT)) {
            driver.send(approval("P", 0).setValidFrom(day(9)).setValidTo(day(2)).build());
            driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));
            driver.tick(day(5));
            driver.tick(day(10));

            Alert alert = driver.alerts().getLast();
            assertThat(alert.getState()).isEqualTo(AlertState.OPEN);
            assertThat(alert.getVerdict()).isEqualTo(Verdict.EXPIRED);
            assertThat(alert.getNearestProcurement().getWhyNot()).isEqualTo("it expired at " + day(2));
        }
    }

    @Test
    void an_event_about_an_unknown_deployment_waits_for_it() {
        try (DriftTestDriver driver = new DriftTestDriver(dir, DriftConfig.DEFAULT)) {
            driver.send(approval("P", 0).build());
            driver.tick(day(1));
            assertThat(driver.verdicts()).isEmpty();
            driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));

            assertThat(driver.alerts()).isEmpty();
            assertThat(driver.verdicts())
                    .extracting(verdict -> verdict.getJudged().getVerdict())
                    .containsExactly(Verdict.APPROVED);
        }
    }

    @Test
    void what_is_revoked_before_it_ever_existed_is_revoked_when_it_comes() {
        try (DriftTestDriver driver = new DriftTestDriver(dir, DriftConfig.DEFAULT)) {
            driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));
            driver.tick(day(3));
            driver.alerts();
            driver.send(revocation("never-was", 2));
            driver.send(revocation("P", 2));
            assertThat(driver.alerts()).isEmpty();
            driver.send(approval("P", 0).build());

            assertThat(driver.alerts()).extracting(Alert::getVerdict).containsExactly(Verdict.REVOKED);
        }
    }

    @Test
    void a_revocation_of_itself_ends() {
        try (DriftTestDriver driver = new DriftTestDriver(dir, DriftConfig.DEFAULT)) {
            var itself = revocation("P", 2);
            itself.setRevokes(itself.getId());
            driver.send(itself);
            driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));

            assertThat(driver.alerts()).extracting(Alert::getVerdict).containsExactly(Verdict.UNAPPROVED);
        }
    }

    @Test
    void a_glob_that_matches_everything_reaches_every_deployment_and_no_more() {
        try (DriftTestDriver driver = new DriftTestDriver(dir, DriftConfig.DEFAULT)) {
            for (int i = 0; i < 50; i++) {
                var mbom = mbom(1, 1, A, swap("c" + i, null, A, 1));
                mbom.setDeployment("d" + i);
                driver.send(mbom);
            }
            driver.alerts();
            driver.send(approval("P", 0).setDeployment(null).setModel("*").build());

            assertThat(driver.alerts()).hasSize(50).extracting(Alert::getState).containsOnly(AlertState.CLOSED);
        }
    }

    @Test
    void a_policy_that_divides_by_zero_over_notifies_and_says_so() throws IOException {
        overNotifies("1 / (size(deployment.id) - size(deployment.id)) == 0", "by zero");
    }

    @Test
    void a_policy_that_loops_over_huge_lists_is_cut_over_notifies_and_says_so() throws IOException {
        String list = IntStream.range(0, 60).mapToObj(Integer::toString).collect(Collectors.joining(",", "[", "]"));
        overNotifies(list + ".all(a, " + list + ".all(b, " + list + ".all(c, a + b + c >= 0)))", "iteration");
    }

    @Test
    void a_policy_that_does_not_type_check_is_refused_with_its_place_before_anything_starts() throws IOException {
        assertThatThrownBy(() -> policies("change.kind == 1"))
                .isInstanceOf(PolicyException.class)
                .hasMessageContaining("mine.yaml:4:17: ")
                .hasMessageContaining("no matching overload");
    }

    private void overNotifies(String when, String why) throws IOException {
        DriftConfig config = new DriftConfig(DriftConfig.Baseline.DRIFT, Duration.ZERO, policies(when));
        try (DriftTestDriver driver = new DriftTestDriver(dir.resolve("state"), config)) {
            driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));

            assertThat(driver.alerts()).singleElement().satisfies(alert -> {
                assertThat(alert.getState()).isEqualTo(AlertState.OPEN);
                assertThat(alert.getSeverity()).isEqualTo(Severity.MEDIUM);
                assertThat(alert.getPolicyFailures())
                        .singleElement()
                        .asString()
                        .startsWith("policy mine failed: when: ")
                        .containsIgnoringCase(why);
            });
        }
    }

    private PolicySet policies(String when) throws IOException {
        Path file = Files.writeString(
                dir.resolve("mine.yaml"), "policies:\n- name: mine\n  when: >-\n    " + when + "\n  ignore: true\n");
        return PolicySet.of(List.of(file), true, Map.of());
    }
}
