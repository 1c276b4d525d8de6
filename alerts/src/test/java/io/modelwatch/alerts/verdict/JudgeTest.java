package io.modelwatch.alerts.verdict;

import static io.modelwatch.alerts.Facts.A;
import static io.modelwatch.alerts.Facts.B;
import static io.modelwatch.alerts.Facts.D;
import static io.modelwatch.alerts.Facts.allows;
import static io.modelwatch.alerts.Facts.approval;
import static io.modelwatch.alerts.Facts.change;
import static io.modelwatch.alerts.Facts.component;
import static io.modelwatch.alerts.Facts.day;
import static io.modelwatch.alerts.Facts.event;
import static io.modelwatch.alerts.Facts.hosting;
import static io.modelwatch.alerts.Facts.revocation;
import static io.modelwatch.alerts.Facts.swap;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.schemas.Glob;
import io.modelwatch.schemas.avro.Allows;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.DriftState;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.KnownModel;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.TrackedChange;
import io.modelwatch.schemas.avro.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One test or table a sentence of the design's "The verdict, exactly". */
class JudgeTest {

    /** On day 10 the model became B. */
    private static final ProvenanceChange SWAP = swap("c1", A, B, 10);

    @ParameterizedTest(name = "{0} ~ {1}: {2}")
    @CsvSource({
        "pkg:huggingface/acme/*, pkg:huggingface/acme/b, true",
        "pkg:*/b, pkg:huggingface/acme/b, true",
        "*, pkg:huggingface/acme/b, true",
        "pkg:huggingface/acme/b*, pkg:huggingface/acme/b, true",
        "pkg:huggingface/ACME/*, pkg:huggingface/acme/b, false",
        "pkg:huggingface/acme/, pkg:huggingface/acme/b, false",
        "pkg:huggingface/acme/., pkg:huggingface/acme/b, false",
        "*a*b*c, xaybz, false",
        "'', '', true",
        "'', a, false",
    })
    void a_star_is_any_run_and_case_counts(String glob, String text, boolean matches) {
        assertThat(Glob.matches(glob, text)).isEqualTo(matches);
    }

    @Test
    void a_hostile_glob_costs_no_more_than_its_length_times_the_texts() {
        assertThat(Glob.matches("*a".repeat(2_000) + "b", "a".repeat(20_000))).isFalse();
    }

    static Stream<Arguments> subjects() {
        return Stream.of(
                Arguments.of(approval("P", 1).setDeployment(D), true),
                Arguments.of(approval("P", 1).setDeployment("other"), false),
                Arguments.of(approval("P", 1).setDeployment(null).setVendor("acme"), true),
                Arguments.of(approval("P", 1).setDeployment(null).setVendor("Acme"), false),
                Arguments.of(approval("P", 1).setDeployment(null).setModel("*/b"), true),
                Arguments.of(approval("P", 1).setDeployment(null).setModel("*/a"), false),
                Arguments.of(approval("P", 1).setDeployment(null), false));
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void an_event_selects_by_deployment_vendor_or_incoming_model(ProcurementEvent.Builder event, boolean selects) {
        Judgement judgement = judge(20, SWAP, event.build());

        assertThat(judgement.approved()).isEqualTo(selects);
        assertThat(judgement.nearest()).isNull();
    }

    @Test
    void a_removal_is_selected_by_the_outgoing_model_and_held_against_changes_alone() {
        ProvenanceChange removal = swap("c1", A, null, 10);
        Allows nothingElse = allows().setModels(List.of())
                .setLicenses(List.of())
                .setCountries(List.of())
                .build();

        assertThat(judge(
                                20,
                                removal,
                                approval("P", 1)
                                        .setDeployment(null)
                                        .setModel(A)
                                        .setAllows(nothingElse)
                                        .build())
                        .verdict())
                .isEqualTo(Verdict.APPROVED);
        assertThat(judge(
                                20,
                                removal,
                                approval("P", 1)
                                        .setAllows(allows().setChanges(List.of("model_swapped"))
                                                .build())
                                        .build())
                        .verdict())
                .isEqualTo(Verdict.UNAPPROVED);
    }

    static Stream<Arguments> axes() {
        return Stream.of(
                Arguments.of(allows(), null),
                Arguments.of(allows().setModels(List.of("pkg:x/*", B)), null),
                Arguments.of(allows().setModels(List.of(A)), "it does not allow the model " + B),
                Arguments.of(allows().setOrigins(List.of("US", "FR")), null),
                Arguments.of(allows().setOrigins(List.of("US")), "it does not allow origin FR"),
                Arguments.of(allows().setLicenses(List.of("apache-2.0")), null),
                Arguments.of(allows().setLicenses(List.of("mit")), "it does not allow the licence apache-2.0"),
                Arguments.of(allows().setCountries(List.of("NL")), null),
                Arguments.of(allows().setCountries(List.of("DE")), "it does not allow hosting in NL"),
                Arguments.of(allows().setChanges(List.of("model_swapped")), null),
                Arguments.of(
                        allows().setChanges(List.of("revision_moved")),
                        "it does not allow changes of kind model_swapped"),
                Arguments.of(
                        allows().setChanges(List.of("MODEL_SWAPPED")),
                        "it does not allow changes of kind model_swapped"));
    }

    @ParameterizedTest
    @MethodSource("axes")
    void an_event_permits_if_every_axis_that_is_present_holds(Allows.Builder allows, String whyNot) {
        Judgement judgement =
                judge(20, SWAP, approval("P", 1).setAllows(allows.build()).build());

        assertThat(judgement.verdict()).isEqualTo(whyNot == null ? Verdict.APPROVED : Verdict.UNAPPROVED);
        assertThat(judgement.whyNot()).isEqualTo(whyNot);
        assertThat(judgement.nearest()).isEqualTo(whyNot == null ? null : "P");
    }

    @Test
    void what_a_page_names_is_held_against_the_models_that_are_allowed() {
        ProvenanceChange provider = names("[]", "[\"provider:openai\"]");
        DriftState model = state(names("[]", "[\"" + B + "\",\"provider:openai\"]"));
        model.getChanges().getFirst().setConcerned(List.of(B));
        ProcurementEvent any = approval("P", 1).build();
        ProcurementEvent onlyA = approval("P", 1)
                .setAllows(allows().setModels(List.of(A)).build())
                .build();
        ProcurementEvent onlyB = approval("P", 1)
                .setAllows(allows().setModels(List.of(B)).build())
                .build();

        assertThat(mentions(provider, any).verdict()).isEqualTo(Verdict.APPROVED);
        assertThat(mentions(provider, onlyA).whyNot())
                .isEqualTo("it allows some models, and the vendor's page does not say which it means");
        assertThat(judge(20, model, onlyA).whyNot()).isEqualTo("it does not allow the model " + B);
        assertThat(judge(20, model, onlyB).verdict()).isEqualTo(Verdict.APPROVED);
        assertThat(mentions(names("[\"provider:openai\"]", null), onlyA).verdict())
                .isEqualTo(Verdict.APPROVED);
    }

    private static Judgement mentions(ProvenanceChange change, ProcurementEvent event) {
        DriftState state = state(change);
        state.getChanges().getFirst().setConcerned(List.of());
        return judge(20, state, event);
    }

    private static ProvenanceChange names(String before, String after) {
        ProvenanceChange change =
                change("c1", ChangeKind.MENTIONS_CHANGED, "attributes.mentions.acme-page", null, null, 10);
        change.setBefore(before);
        change.setAfter(after);
        return change;
    }

    @Test
    void what_is_unknown_or_unresolved_is_not_allowed() {
        DriftState state = state(SWAP);
        state.setModels(Map.of(B, known(component(B, null, "US", ""))));
        state.getChanges().getFirst().setHosting(List.of(Hosting.newBuilder().build()));

        assertThat(judge(
                                20,
                                state,
                                approval("P", 1)
                                        .setAllows(allows().setLicenses(List.of("mit"))
                                                .build())
                                        .build())
                        .whyNot())
                .contains("is unknown");
        assertThat(judge(
                                20,
                                state,
                                approval("P", 1)
                                        .setAllows(allows().setOrigins(List.of("US"))
                                                .build())
                                        .build())
                        .whyNot())
                .contains("is unresolved");
        assertThat(judge(
                                20,
                                state,
                                approval("P", 1)
                                        .setAllows(allows().setCountries(List.of("NL"))
                                                .build())
                                        .build())
                        .whyNot())
                .contains("none is known");
        state.setModels(Map.of());
        assertThat(judge(
                                20,
                                state,
                                approval("P", 1)
                                        .setAllows(allows().setOrigins(List.of("US"))
                                                .build())
                                        .build())
                        .verdict())
                .isEqualTo(Verdict.UNAPPROVED);
    }

    @Test
    void hosting_is_held_against_every_component_and_the_countries_at_the_time() {
        ProvenanceChange move = change("c1", ChangeKind.HOSTING_MOVED, "hosting", "[]", "[{}]", 10);
        DriftState state = state(move);
        state.getChanges().getFirst().setConcerned(List.of(A, B));
        state.getChanges().getFirst().setHosting(List.of(hosting("NL"), hosting("DE")));

        assertThat(judge(
                                20,
                                state,
                                approval("P", 1)
                                        .setAllows(
                                                allows().setModels(List.of(B)).build())
                                        .build())
                        .verdict())
                .isEqualTo(Verdict.UNAPPROVED);
        assertThat(judge(
                                20,
                                state,
                                approval("P", 1)
                                        .setAllows(allows().setCountries(List.of("NL"))
                                                .build())
                                        .build())
                        .whyNot())
                .isEqualTo("it does not allow hosting in DE");
        assertThat(judge(
                                20,
                                state,
                                approval("P", 1)
                                        .setAllows(allows().setCountries(List.of("NL", "DE"))
                                                .build())
                                        .build())
                        .verdict())
                .isEqualTo(Verdict.APPROVED);
    }

    /** The change took effect on day 10. Empty times are absent. */
    @ParameterizedTest(name = "{0} issued {1}, valid {2} to {3}, revoked {4}, on day {5}: {6}")
    @CsvSource({
        "APPROVAL, 10, , , , 10, APPROVED",
        "APPROVAL, 1, , , , 20, APPROVED",
        "CONTRACT, 1, , , , 20, APPROVED",
        "EXCEPTION, 1, , , , 20, APPROVED",
        "APPROVAL, 11, , , , 20, APPROVED_LATE",
        "APPROVAL, 11, 5, , , 20, APPROVED_LATE",
        "APPROVAL, 1, 11, , , 20, APPROVED_LATE",
        "APPROVAL, 1, 25, , , 20, UNAPPROVED",
        "APPROVAL, 1, 20, , , 20, APPROVED_LATE",
        "APPROVAL, 1, , 20, , 19.9, APPROVED",
        "APPROVAL, 1, , 20, , 20, EXPIRED",
        "APPROVAL, 1, , 9, , 20, EXPIRED",
        "APPROVAL, 1, , , 20, 19.9, APPROVED",
        "APPROVAL, 1, , , 20, 20, REVOKED",
        "APPROVAL, 1, , 15, 18, 20, REVOKED",
        "CHANGE_TICKET, 1, , 11, , 20, APPROVED",
        "CHANGE_TICKET, 1, , 10, , 20, EXPIRED",
        "CHANGE_TICKET, 12, , , , 20, UNAPPROVED",
        "CHANGE_TICKET, 12, 5, , , 20, APPROVED_LATE",
        "CHANGE_TICKET, 1, , 11, 15, 20, REVOKED",
        "CHANGE_TICKET, 1, , 11, 25, 20, APPROVED",
        "UNKNOWN, 1, , , , 20, UNAPPROVED",
    })
    void a_state_is_covered_now_and_an_act_at_its_time(
            ProcurementType type, double issued, Double from, Double to, Double revoked, double now, Verdict verdict) {
        ProcurementEvent event = event("P", type, issued)
                .setValidFrom(from == null ? null : day(from))
                .setValidTo(to == null ? null : day(to))
                .build();
        Judgement judgement = revoked == null
                ? judge(now, SWAP, event)
                : judge(now, SWAP, event, revocation("P", revoked), revocation("other", 1));

        assertThat(judgement.verdict()).isEqualTo(verdict);
        assertThat(judgement.by()).isEqualTo(verdict == Verdict.UNAPPROVED ? null : "P");
    }

    @Test
    void the_verdict_is_the_first_that_any_event_gives() {
        ProcurementEvent expired = approval("A", 1).setValidTo(day(15)).build();
        ProcurementEvent revoked = approval("B", 1).build();
        ProcurementEvent late = approval("C", 12).build();
        ProcurementEvent intime = approval("D", 2).build();
        ProcurementEvent revokes = revocation("B", 14);

        assertThat(judge(20, SWAP, expired).verdict()).isEqualTo(Verdict.EXPIRED);
        assertThat(judge(20, SWAP, expired, revoked, revokes).verdict()).isEqualTo(Verdict.REVOKED);
        assertThat(judge(20, SWAP, expired, revoked, revokes, late).verdict()).isEqualTo(Verdict.APPROVED_LATE);
        assertThat(judge(20, SWAP, expired, revoked, revokes, late, intime).verdict())
                .isEqualTo(Verdict.APPROVED);
    }

    @Test
    void a_one_time_ticket_covers_only_the_earliest_act_that_it_permits() {
        DriftState state = state(swap("c3", A, B, 14), swap("c2", B, A, 12), swap("c1", A, B, 10));
        ProcurementEvent ticket =
                event("P", ProcurementType.CHANGE_TICKET, 11).setOnce(true).build();

        assertThat(verdicts(20, state, ticket))
                .containsExactly(Verdict.UNAPPROVED, Verdict.APPROVED, Verdict.EXHAUSTED);
        ProcurementEvent forB = ProcurementEvent.newBuilder(ticket)
                .setAllows(allows().setModels(List.of(B)).build())
                .build();
        assertThat(verdicts(20, state, forB)).containsExactly(Verdict.UNAPPROVED, Verdict.UNAPPROVED, Verdict.APPROVED);
    }

    @Test
    void a_one_time_approval_stays_with_the_state_that_it_found() {
        ProcurementEvent once = approval("P", 11).setOnce(true).build();
        DriftState gone = state(swap("c0", B, A, 5), swap("c1", A, B, 10));
        DriftState more = state(swap("c0", B, A, 5), swap("c1", A, B, 10), swap("c2", B, A, 15));

        assertThat(judgements(20, gone, once).getLast().verdict()).isEqualTo(Verdict.APPROVED_LATE);
        assertThat(judgements(20, more, once).get(1).verdict()).isEqualTo(Verdict.APPROVED_LATE);
        assertThat(judgements(20, more, once).getLast().verdict()).isEqualTo(Verdict.EXHAUSTED);
    }

    static Stream<Arguments> successors() {
        ProvenanceChange revision = change("c1", ChangeKind.REVISION_MOVED, "models.primary.revision", "1", "2", 10);
        ProvenanceChange attribute =
                change("c1", ChangeKind.RETIREMENT_DATED, "models.primary.attributes.retires.at", null, "2027", 10);
        ProvenanceChange late = swap("c2", B, A, 12);
        late.setLate(true);
        return Stream.of(
                Arguments.of(SWAP, swap("c2", B, "pkg:x/c", 12), false, false),
                Arguments.of(SWAP, swap("c2", B, A, 12), false, true),
                Arguments.of(SWAP, swap("c0", "pkg:x/c", A, 9), true, false),
                Arguments.of(SWAP, swap("c2", B, A, 10), false, true),
                Arguments.of(SWAP, swap("c0", B, A, 10), true, false),
                Arguments.of(SWAP, late, true, false),
                Arguments.of(
                        SWAP,
                        change("c2", ChangeKind.REVISION_MOVED, "models.primary.revision", "1", "2", 12),
                        true,
                        false),
                Arguments.of(SWAP, change("c2", ChangeKind.MODEL_SWAPPED, "models.other.id", A, B, 12), true, false),
                Arguments.of(revision, swap("c2", A, B, 12), false, false),
                Arguments.of(
                        revision,
                        change("c2", ChangeKind.REVISION_MOVED, "models.primary.revision", "2", "1", 12),
                        false,
                        true),
                Arguments.of(attribute, swap("c2", A, B, 12), false, false));
    }

    @ParameterizedTest
    @MethodSource("successors")
    void a_change_lives_until_a_later_one_of_its_field_or_of_its_component(
            ProvenanceChange change, ProvenanceChange other, boolean live, boolean reverted) {
        Judgement judgement = judgements(20, state(other, change)).stream()
                .filter(one -> one.tracked().getChange().equals(change))
                .findFirst()
                .orElseThrow();

        assertThat(judgement.live()).isEqualTo(live);
        assertThat(judgement.reverted()).isEqualTo(reverted);
    }

    @Test
    void a_late_change_is_not_judged() {
        ProvenanceChange late = swap("c1", A, B, 10);
        late.setLate(true);

        assertThat(judgements(20, state(late))).isEmpty();
    }

    @Test
    void time_alone_matters_at_the_bounds_of_what_selects_a_live_change() {
        DriftState state = state(SWAP);
        ProcurementEvent event = approval("P", 1).setValidTo(day(30)).build();
        ProcurementEvent future = approval("Q", 1).setValidFrom(day(40)).build();
        ProcurementEvent ticket =
                event("T", ProcurementType.CHANGE_TICKET, 1).setValidTo(day(22)).build();
        ProcurementEvent other =
                approval("O", 1).setDeployment("other").setValidTo(day(21)).build();

        assertThat(nextBoundary(state, List.of(event, future, ticket, other), day(20)))
                .contains(day(30));
        assertThat(nextBoundary(state, List.of(event, future, ticket, other), day(30)))
                .contains(day(40));
        assertThat(nextBoundary(state, List.of(event, revocation("P", 25)), day(20)))
                .contains(day(25));
        assertThat(nextBoundary(state, List.of(ticket, revocation("T", 26)), day(20)))
                .contains(day(26));
        assertThat(nextBoundary(state, List.of(event, future), day(40))).isEmpty();
    }

    private static Judgement judge(double now, ProvenanceChange change, ProcurementEvent... events) {
        return judge(now, state(change), events);
    }

    private static Judgement judge(double now, DriftState state, ProcurementEvent... events) {
        return judgements(now, state, events).getFirst();
    }

    private static List<Verdict> verdicts(double now, DriftState state, ProcurementEvent... events) {
        return judgements(now, state, events).stream().map(Judgement::verdict).toList();
    }

    private static List<Judgement> judgements(double now, DriftState state, ProcurementEvent... events) {
        return Judge.of(state, List.of(events), List.of(), day(now)).judgements();
    }

    private static Optional<Instant> nextBoundary(DriftState state, List<ProcurementEvent> events, Instant now) {
        return Judge.of(state, events, List.of(), now).nextBoundary(change -> true);
    }

    private static DriftState state(ProvenanceChange... changes) {
        return DriftState.newBuilder()
                .setDeployment(D)
                .setVendor("acme")
                .setChanges(Stream.of(changes)
                        .map(change -> TrackedChange.newBuilder()
                                .setChange(change)
                                .setConcerned(concerned(change))
                                .setHosting(List.of(hosting("NL")))
                                .build())
                        .toList())
                .setModels(Map.of(
                        A, known(component(A, "apache-2.0", "US")), B, known(component(B, "apache-2.0", "US", "FR"))))
                .build();
    }

    private static List<String> concerned(ProvenanceChange change) {
        String json = change.getAfter() == null ? change.getBefore() : change.getAfter();
        return change.getField().endsWith(".id") ? List.of(json.replace("\"", "")) : List.of(A);
    }

    private static KnownModel known(io.modelwatch.schemas.avro.Component component) {
        return KnownModel.newBuilder()
                .setLicense(component.getLicense())
                .setOrigins(component.getOrigins())
                .build();
    }
}
