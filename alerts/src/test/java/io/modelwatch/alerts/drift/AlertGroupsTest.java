package io.modelwatch.alerts.drift;

import static io.modelwatch.alerts.Facts.A;
import static io.modelwatch.alerts.Facts.change;
import static io.modelwatch.alerts.Facts.day;
import static io.modelwatch.alerts.Facts.event;
import static io.modelwatch.alerts.Facts.mbom;
import static io.modelwatch.alerts.Facts.revocation;
import static io.modelwatch.alerts.Facts.swap;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.alerts.Facts;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertAction;
import io.modelwatch.schemas.avro.AlertActionKind;
import io.modelwatch.schemas.avro.AlertGroup;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Verdict;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertGroupsTest {

    private static final String P = "P";
    private static final String LICENSE = "models.primary.license";

    @TempDir
    Path dir;

    private DriftTestDriver driver;

    @BeforeEach
    void start() {
        driver = new DriftTestDriver(dir, DriftConfig.DEFAULT);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void oneRevokedApprovalIsOneGroupWithItsBlastRadius() {
        driver.send(vendorApproval());
        IntStream.range(0, 300).forEach(i -> driver.send(first("d" + i)));
        driver.tick(day(3));
        assertThat(driver.alerts()).isEmpty();

        driver.send(revocation(P, 4));
        driver.tick(day(4));
        driver.tick(day(4.1));

        assertThat(driver.alerts()).hasSize(300).allSatisfy(alert -> {
            assertThat(alert.getVerdict()).isEqualTo(Verdict.REVOKED);
            assertThat(alert.getGroup()).isEqualTo(Ids.groupOfProcurement(P));
        });
        List<AlertGroup> groups = driver.groups();
        assertThat(groups).extracting(AlertGroup::getAlerts).containsExactly(1, 300);
        AlertGroup group = groups.getLast();
        assertThat(group.getId()).isEqualTo(Ids.groupOfProcurement(P));
        assertThat(group.getProcurementEvent()).isEqualTo(P);
        assertThat(group.getChange()).isNull();
        assertThat(group.getPeak()).isEqualTo(300);
        assertThat(group.getDeployments()).hasSize(100).isSorted().startsWith("d0", "d1", "d10");
        assertThat(group.getAlert().getDeployment()).isEqualTo("300 deployments: d0, d1, d10, …");
        assertThat(group.getAlert().getId()).isEqualTo(group.getId());
        assertThat(group.getAlert().getVerdict()).isEqualTo(Verdict.REVOKED);
        assertThat(group.getAlert().getVendor()).isEqualTo("acme");
        assertThat(group.getAlert().getState()).isEqualTo(AlertState.OPEN);
    }

    @Test
    void aChangeOfOneModelIsOneGroupThatShrinksAndEndsWithItsLastAlert() {
        approveBaselineAndRelicense("d0", "d1", "d2");
        driver.tick(day(3));
        assertThat(driver.groups()).extracting(AlertGroup::getAlerts).containsExactly(1, 3);

        driver.send(approvalOf("d1", 3));
        driver.tick(day(4));
        driver.send(approvalOf("d0", 4));
        driver.send(approvalOf("d2", 4));
        driver.tick(day(5));
        driver.tick(day(6));

        List<AlertGroup> groups = driver.groups();
        assertThat(groups).extracting(AlertGroup::getAlerts).containsExactly(2, 0);
        assertThat(groups.getFirst().getChange()).isEqualTo("relicensed");
        assertThat(groups.getFirst().getAlert().getDeployment()).isEqualTo("2 deployments: d0, d2");
        assertThat(groups.getFirst().getDeployments()).containsExactly("d0", "d2");
        Alert end = groups.getLast().getAlert();
        assertThat(end.getState()).isEqualTo(AlertState.CLOSED);
        assertThat(end.getCloseReason()).isEqualTo("approved_late");
        assertThat(groups.getLast().getPeak()).isEqualTo(3);
    }

    @Test
    void whatADeploymentDoesByItselfBelongsToNoGroup() {
        driver.send(first("d0"));
        driver.send(first("d1"));
        driver.tick(day(3));

        assertThat(driver.alerts()).extracting(Alert::getGroup).containsExactly(null, null);
        assertThat(driver.groups()).isEmpty();
    }

    @Test
    void whatIsDoneWithAGroupIsDoneWithEachOfItsAlerts() {
        approveBaselineAndRelicense("d0", "d1");
        driver.send(first("other"));
        driver.tick(day(3));
        driver.alerts();
        driver.groups();

        driver.send(AlertAction.newBuilder()
                .setAlert(Ids.groupOfChange("relicensed"))
                .setAction(AlertActionKind.ACKNOWLEDGE)
                .setAuthor("jo")
                .setReason("asked the lab")
                .setAt(day(3))
                .build());
        driver.tick(day(3.1));

        assertThat(driver.alerts())
                .hasSize(2)
                .allSatisfy(alert -> {
                    assertThat(alert.getState()).isEqualTo(AlertState.ACKNOWLEDGED);
                    assertThat(alert.getAuthor()).isEqualTo("jo");
                })
                .extracting(Alert::getDeployment)
                .containsExactlyInAnyOrder("d0", "d1");
        assertThat(driver.groups()).singleElement().satisfies(group -> {
            assertThat(group.getAlert().getState()).isEqualTo(AlertState.ACKNOWLEDGED);
            assertThat(group.getAlert().getReason()).isEqualTo("asked the lab");
        });
    }

    @Test
    void anAlertWhoseCauseBecomesAnotherMovesToItsGroup() {
        approveBaselineAndRelicense("d0", "d1");
        driver.send(approvalOf("d0", 3));
        driver.tick(day(3));
        driver.groups();
        driver.alerts();

        driver.send(revocation("P-d0", 4));
        driver.tick(day(4));

        // What it relied on is gone: both its first sighting and the licence.
        assertThat(driver.alerts())
                .filteredOn(alert -> alert.getState() == AlertState.OPEN)
                .isNotEmpty()
                .allSatisfy(alert -> assertThat(alert.getGroup()).isEqualTo(Ids.groupOfProcurement("P-d0")));
        driver.tick(day(5));
        assertThat(driver.groups())
                .filteredOn(group -> group.getId().equals(Ids.groupOfChange("relicensed")))
                .allSatisfy(group -> assertThat(group.getDeployments()).doesNotContain("d0"));
    }

    private void approveBaselineAndRelicense(String... deployments) {
        driver.send(event("baseline", ProcurementType.CHANGE_TICKET, 0)
                .setDeployment(null)
                .setVendor("acme")
                .setAllows(Facts.allows().setChanges(List.of("component_added")).build())
                .build());
        for (String deployment : deployments) {
            driver.send(first(deployment));
            ProvenanceChange relicensed =
                    change(deployment + "-license", ChangeKind.LICENSE_CHANGED, LICENSE, "mit", "apache-2.0", 2);
            relicensed.setCause("relicensed");
            driver.send(of(deployment, mbom(2, 2, A, relicensed)));
        }
    }

    private static ProcurementEvent vendorApproval() {
        return event(P, ProcurementType.APPROVAL, 0)
                .setDeployment(null)
                .setVendor("acme")
                .build();
    }

    private static ProcurementEvent approvalOf(String deployment, double issued) {
        return event("P-" + deployment, ProcurementType.APPROVAL, issued)
                .setDeployment(deployment)
                .build();
    }

    private static Mbom first(String deployment) {
        return of(deployment, mbom(1, 1, A, swap(deployment + "-first", null, A, 1)));
    }

    private static Mbom of(String deployment, Mbom mbom) {
        mbom.setDeployment(deployment);
        return mbom;
    }
}
