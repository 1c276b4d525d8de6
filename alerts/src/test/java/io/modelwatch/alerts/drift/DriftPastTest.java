package io.modelwatch.alerts.drift;

import static io.modelwatch.alerts.Facts.A;
import static io.modelwatch.alerts.Facts.B;
import static io.modelwatch.alerts.Facts.D;
import static io.modelwatch.alerts.Facts.allows;
import static io.modelwatch.alerts.Facts.approval;
import static io.modelwatch.alerts.Facts.change;
import static io.modelwatch.alerts.Facts.component;
import static io.modelwatch.alerts.Facts.day;
import static io.modelwatch.alerts.Facts.event;
import static io.modelwatch.alerts.Facts.mbom;
import static io.modelwatch.alerts.Facts.revocation;
import static io.modelwatch.alerts.Facts.swap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.modelwatch.alerts.DriftConfig;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.OneTimeUse;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.TrackedChange;
import io.modelwatch.schemas.avro.Verdict;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is over is kept apart, and what concerns it is judged all the same. */
class DriftPastTest {

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
    void a_change_reads_and_writes_what_is_live_alone() {
        driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));
        driver.send(mbom(2, 2, B, swap("c2", A, B, 2)));
        driver.send(mbom(3, 3, A, swap("c3", B, A, 3)));

        assertThat(ids(state())).containsExactly("c3");
        assertThat(state().getModels()).containsOnlyKeys(A);
        assertThat(state().getPastChanges()).isEqualTo(2);
        assertThat(driver.topology().count("past")).isEqualTo(2);
        assertThat(driver.topology().count("past-models")).isEqualTo(2);
    }

    @Test
    void what_concerns_many_reaches_the_alerts_of_all_before_what_is_over() {
        List<String> deployments = IntStream.range(0, 3).mapToObj(i -> "d" + i).toList();
        for (String deployment : deployments) {
            driver.send(of(deployment, mbom(1, 1, A, swap(deployment + "-over", null, A, 1))));
            driver.send(of(deployment, mbom(2, 2, B, swap(deployment + "-live", A, B, 2))));
        }
        driver.tick(day(3));
        driver.alerts();
        driver.verdicts();

        driver.send(ofVendor(approval("V", 3)));
        assertThat(driver.alerts()).hasSize(3).extracting(Alert::getState).containsOnly(AlertState.CLOSED);
        assertThat(driver.verdicts())
                .extracting(
                        verdict -> verdict.getJudged().getChange().getId(),
                        verdict -> verdict.getJudged().getVerdict())
                .startsWith(
                        tuple("d0-live", Verdict.APPROVED_LATE),
                        tuple("d1-live", Verdict.APPROVED_LATE),
                        tuple("d2-live", Verdict.APPROVED_LATE))
                .endsWith(
                        tuple("d0-over", Verdict.APPROVED_LATE),
                        tuple("d1-over", Verdict.APPROVED_LATE),
                        tuple("d2-over", Verdict.APPROVED_LATE))
                .hasSize(6);

        driver.send(revocation("V", 4));
        driver.tick(day(4));
        assertThat(driver.verdicts())
                .hasSize(6)
                .extracting(ChangeVerdict::getJudged)
                .extracting(JudgedChange::getVerdict)
                .containsOnly(Verdict.REVOKED);
        assertThat(driver.alerts()).extracting(Alert::getState).containsOnly(AlertState.OPEN);
    }

    @Test
    void time_reaches_what_is_over_once() {
        approvedUntilDayTenAndOver();

        driver.tick(day(9));
        assertThat(driver.verdicts()).isEmpty();
        driver.tick(day(10));
        assertThat(driver.verdicts()).singleElement().satisfies(verdict -> {
            assertThat(verdict.getJudged().getChange().getId()).isEqualTo("c1");
            assertThat(verdict.getJudged().getVerdict()).isEqualTo(Verdict.EXPIRED);
            assertThat(verdict.getAt()).isEqualTo(day(10));
        });
        driver.tick(day(11));
        assertThat(driver.verdicts()).isEmpty();
        assertThat(driver.topology().count("due")).isZero();
    }

    @Test
    void a_bill_whose_time_reaches_a_bound_is_as_good_as_a_tick() {
        approvedUntilDayTenAndOver();
        driver.send(mbom(3, 12, B, change("c3", ChangeKind.REVISION_MOVED, "models.primary.revision", "1", "2", 12)));

        assertThat(driver.verdicts())
                .extracting(
                        verdict -> verdict.getJudged().getChange().getId(),
                        verdict -> verdict.getJudged().getVerdict())
                .containsExactly(tuple("c1", Verdict.EXPIRED), tuple("c3", Verdict.UNAPPROVED));
    }

    @Test
    void a_one_time_event_stays_used_by_what_is_over() {
        driver.send(event("T", ProcurementType.EXCEPTION, 0).setOnce(true).build());
        driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));
        driver.send(mbom(2, 2, B, swap("c2", A, B, 2)));
        assertThat(ids(state())).containsExactly("c2");
        assertThat(driver.alerts()).extracting(Alert::getVerdict).containsExactly(Verdict.EXHAUSTED);
        driver.send(mbom(3, 3, A, swap("c3", B, A, 3)));
        driver.verdicts();
        assertThat(driver.alerts().getLast().getVerdict()).isEqualTo(Verdict.EXHAUSTED);

        // A correction that comes later says that it allowed the other model alone.
        driver.send(event("T", ProcurementType.EXCEPTION, 0.5)
                .setOnce(true)
                .setAllows(allows().setModels(List.of(B)).build())
                .build());
        assertThat(driver.verdicts())
                .extracting(
                        verdict -> verdict.getJudged().getChange().getId(),
                        verdict -> verdict.getJudged().getVerdict())
                .containsExactlyInAnyOrder(
                        tuple("c1", Verdict.UNAPPROVED),
                        tuple("c2", Verdict.APPROVED),
                        tuple("c3", Verdict.UNAPPROVED));
    }

    /** Else a deployment with many used tickets would read its whole past at each revision. */
    @Test
    void the_bound_makes_room_for_what_used_one_time_events_up() {
        Past past = new Past(driver.topology().store("past"), driver.topology().store("past-models"));
        DriftState state = DriftStates.empty(D);
        Mbom known = mbom(0, 1, A);
        state.setPastChanges(Past.CHANGES + Past.SLACK + 1);

        assertThat(past.isConcerned(state, known, day(1))).isTrue();
        state.setUses(List.of(new OneTimeUse("T", "c1", day(1))));
        assertThat(past.isConcerned(state, known, day(1))).isFalse();
        state.setPastChanges(state.getPastChanges() + 1);
        assertThat(past.isConcerned(state, known, day(1))).isTrue();
    }

    @Test
    void what_becomes_known_of_a_model_counts_for_what_is_over() {
        driver.send(approval("P", 0)
                .setAllows(allows().setLicenses(List.of("apache-2.0")).build())
                .build());
        Mbom unresolved = mbom(1, 1, A, swap("c1", null, A, 1));
        unresolved.setComponents(List.of(component(A, null)));
        driver.send(unresolved);
        driver.send(mbom(2, 2, B, swap("c2", A, B, 2)));
        driver.verdicts();

        driver.send(mbom(3, 3, A, swap("c3", B, A, 3)));

        assertThat(driver.verdicts())
                .extracting(
                        verdict -> verdict.getJudged().getChange().getId(),
                        verdict -> verdict.getJudged().getVerdict())
                .contains(tuple("c1", Verdict.APPROVED), tuple("c3", Verdict.APPROVED));
    }

    @Test
    void a_change_may_come_into_the_order_before_one_that_is_over() {
        driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));
        driver.send(mbom(2, 5, B, swap("c2", A, B, 5)));
        driver.send(mbom(3, 7, A, swap("c3", B, A, 7)));
        driver.verdicts();
        driver.send(mbom(4, 8, A, swap("between", A, "pkg:x/c", 3)));

        assertThat(driver.verdicts()).singleElement().satisfies(verdict -> {
            assertThat(verdict.getJudged().getChange().getId()).isEqualTo("between");
            assertThat(verdict.getJudged().getLive()).isFalse();
        });
        assertThat(ids(state())).containsExactly("c3");
        assertThat(driver.topology().count("past")).isEqualTo(3);
    }

    @Test
    void changes_of_one_alert_stay_together_while_one_of_them_is_live() {
        ProvenanceChange swap = swap("c1", null, A, 1);
        ProvenanceChange moved = change("c2", ChangeKind.HOSTING_MOVED, "hosting", null, "[1]", 1);
        moved.setCorrelationId(swap.getCorrelationId());
        driver.send(mbom(1, 1, A, swap, moved));
        driver.send(mbom(2, 2, B, swap("c3", A, B, 2)));

        assertThat(ids(state())).containsExactly("c1", "c2", "c3");
        driver.send(mbom(3, 3, null, swap("c4", B, null, 3)));
        assertThat(ids(state())).containsExactly("c4");
        assertThat(driver.topology().count("past")).isEqualTo(3);
    }

    @Test
    void a_later_change_of_a_cause_whose_changes_are_over_is_told_of_with_them() {
        ProvenanceChange one = change("c2", ChangeKind.LICENSE_CHANGED, "models.primary.license", "a", "b", 2);
        ProvenanceChange two = change("c4", ChangeKind.LICENSE_CHANGED, "models.primary.license", "b", "c", 4);
        one.setCause("upstream");
        two.setCause("upstream");
        driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));
        driver.send(mbom(2, 2, A, one));
        driver.send(mbom(3, 3, A, change("c3", ChangeKind.LICENSE_CHANGED, "models.primary.license", "b", "b2", 3)));
        assertThat(ids(state())).containsExactly("c1", "c3");
        driver.alerts();
        driver.send(mbom(4, 4, A, two));

        assertThat(driver.alerts())
                .filteredOn(alert -> alert.getCause().equals("upstream"))
                .singleElement()
                .satisfies(alert -> assertThat(alert.getChanges())
                        .extracting(judged -> judged.getChange().getId())
                        .containsExactly("c2", "c4"));
        assertThat(ids(state())).containsExactly("c1", "c2", "c4");
    }

    /** As states were before there was a store of the past. */
    @Test
    void a_state_that_has_its_past_in_itself_gives_it_away() {
        driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));
        DriftState before = state();
        List<TrackedChange> all = List.of(
                TrackedChange.newBuilder(before.getChanges().getFirst())
                        .setChange(swap("c0", null, B, 0.5))
                        .setConcerned(List.of(B))
                        .build(),
                before.getChanges().getFirst());
        before.setChanges(all);
        before.setLastChange(null);
        before.setLastEffectiveAt(null);
        before.setKnownAt(null);
        driver.topology().<DriftState>store("deployments").put(D, before);
        driver.send(approval("P", 2).build());

        assertThat(ids(state())).containsExactly("c1");
        assertThat(driver.topology().count("past")).isEqualTo(1);
    }

    @Test
    void a_state_that_has_its_events_by_id_alone_is_completed() {
        var byId = driver.topology().<ProcurementEvent>store("procurement");
        byId.put("P", approval("P", 0).build());
        byId.put("G", ofVendor(approval("G", 0)));
        byId.put("revokes-P", revocation("P", 0));
        driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));

        assertThat(driver.topology().count("procurement-by-subject")).isEqualTo(3);
        assertThat(driver.verdicts()).singleElement().satisfies(verdict -> {
            assertThat(verdict.getJudged().getVerdict()).isEqualTo(Verdict.APPROVED);
            assertThat(verdict.getJudged().getBy()).isEqualTo("G");
        });
    }

    /** An approval of A alone covers c1, which is over since c2. */
    private void approvedUntilDayTenAndOver() {
        driver.send(approval("P", 0)
                .setAllows(allows().setModels(List.of(A)).build())
                .setValidTo(day(10))
                .build());
        driver.send(mbom(1, 1, A, swap("c1", null, A, 1)));
        driver.send(mbom(2, 2, B, swap("c2", A, B, 2)));
        driver.verdicts();
    }

    private DriftState state() {
        return driver.topology().<DriftState>store("deployments").get(D);
    }

    private static List<String> ids(DriftState state) {
        return state.getChanges().stream()
                .map(tracked -> tracked.getChange().getId())
                .toList();
    }

    private static Mbom of(String deployment, Mbom mbom) {
        mbom.setDeployment(deployment);
        return mbom;
    }

    private static ProcurementEvent ofVendor(ProcurementEvent.Builder event) {
        return event.setDeployment(null).setVendor("acme").build();
    }
}
