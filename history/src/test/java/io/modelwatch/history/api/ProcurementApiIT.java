package io.modelwatch.history.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelwatch.history.ProcurementReview;
import io.modelwatch.history.Recorder;
import io.modelwatch.history.ledger.LedgerKey;
import io.modelwatch.schemas.Ids;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Allows;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.ChangeVerdict;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.Verdict;
import io.modelwatch.schemas.json.JsonForms;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the API says of procurement events and counts in reports, and what is odd about events. */
class ProcurementApiIT {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String A = "pkg:huggingface/acme/a";
    private static final String B = "pkg:huggingface/acme/b";

    private static Recorder recorder;

    private final HttpClient http = HttpClient.newHttpClient();
    private HistoryApi api;

    @BeforeAll
    static void startDatabase() throws IOException {
        recorder = new Recorder();
    }

    @AfterAll
    static void stopDatabase() throws IOException {
        recorder.close();
    }

    @BeforeEach
    void start() throws Exception {
        recorder.clear();
        api = HistoryApi.start(
                ApiConfig.loopback(0),
                recorder.database(),
                LedgerKey.generate(),
                new NothingPushed(),
                new NoLetters(),
                Map::of,
                () -> "");
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static Instant day(int day) {
        return Instant.parse("2026-01-01T00:00:00Z").plusSeconds(86_400L * day);
    }

    private static ProcurementEvent.Builder event(String id, ProcurementType type, int issued) {
        return ProcurementEvent.newBuilder()
                .setId(id)
                .setType(type)
                .setIssuedAt(day(issued))
                .setAllows(new Allows(null, null, null, null, null));
    }

    private static ProcurementEvent.Builder approval(String id, int issued) {
        return event(id, ProcurementType.APPROVAL, issued).setDeployment("d");
    }

    private static ProcurementEvent revocation(String of, int issued) {
        return event("R-" + of, ProcurementType.REVOCATION, issued)
                .setRevokes(of)
                .build();
    }

    private static ChangeVerdict verdict(
            String deployment, String change, int day, boolean live, Verdict verdict, String by) {
        return verdict(deployment, change, day, live, verdict, by, null);
    }

    private static ChangeVerdict verdict(
            String deployment, String change, int day, boolean live, Verdict verdict, String by, String alert) {
        return ChangeVerdict.newBuilder()
                .setId(Ids.verdict(deployment, change))
                .setDeployment(deployment)
                .setJudged(JudgedChange.newBuilder()
                        .setChange(ProvenanceChange.newBuilder()
                                .setId(change)
                                .setKind(ChangeKind.MODEL_SWAPPED)
                                .setField("models.primary.id")
                                .setEffectiveAt(day(day))
                                .setObservedAt(day(day))
                                .setCorrelationId("o")
                                .build())
                        .setVerdict(verdict)
                        .setLive(live)
                        .setBy(by)
                        .build())
                .setAlert(alert)
                .setAt(day(day))
                .build();
    }

    private static Alert alert(String id) {
        return Alert.newBuilder()
                .setId(id)
                .setDeployment("d")
                .setVerdict(Verdict.UNAPPROVED)
                .setSeverity(Severity.HIGH)
                .setState(AlertState.OPEN)
                .setOpenedAt(day(3))
                .setUpdatedAt(day(3))
                .setPolicy("p")
                .setPolicyVersion("1")
                .setCause("c")
                .setCorrelationId("o")
                .build();
    }

    private static Mbom mbom(String deployment, long revision, String owner, boolean removed, Component... components) {
        return Mbom.newBuilder()
                .setDeployment(deployment)
                .setSerialNumber("urn:uuid:0")
                .setRevision(revision)
                .setAt(day(0))
                .setVendor("acme")
                .setOwner(owner)
                .setRemoved(removed)
                .setComponents(List.of(components))
                .setCorrelationId("o")
                .build();
    }

    private static Component component(String role, String model, String... countries) {
        return Component.newBuilder()
                .setRole(role)
                .setModel(model)
                .setOrigins(Arrays.stream(countries)
                        .map(country -> Origin.newBuilder()
                                .setModel(model)
                                .setCountry(country.isEmpty() ? null : country)
                                .build())
                        .toList())
                .build();
    }

    private JsonNode get(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + path))
                .build();
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    /** Returns the items of a list, read in pages of one. */
    private List<String> items(String path) throws Exception {
        List<String> items = new ArrayList<>();
        String after = "";
        do {
            JsonNode page = get(path + (path.contains("?") ? "&" : "?") + "limit=1" + after);
            page.path("items").forEach(item -> items.add(item.toString()));
            after = page.path("next").isNull()
                    ? ""
                    : "&after=" + page.path("next").stringValue();
        } while (!after.isEmpty());
        return items;
    }

    private List<String> ids(String path) throws Exception {
        return items(path).stream()
                .map(item -> JSON.readTree(item).path("id").stringValue())
                .toList();
    }

    @Test
    void shouldListEventsBySubjectTypeAndTime() throws Exception {
        recorder.write(
                approval("A", 1).build(),
                event("B", ProcurementType.CONTRACT, 2).setVendor("acme").build(),
                event("C", ProcurementType.EXCEPTION, 3).setModel("pkg:*").build(),
                revocation("A", 4));

        assertThat(ids("/v1/procurement-events")).containsExactly("A", "B", "C", "R-A");
        assertThat(ids("/v1/procurement-events?deployment=d")).containsExactly("A");
        assertThat(ids("/v1/procurement-events?vendor=acme")).containsExactly("B");
        assertThat(ids("/v1/procurement-events?model=pkg:*")).containsExactly("C");
        assertThat(ids("/v1/procurement-events?type=revocation")).containsExactly("R-A");
        assertThat(ids("/v1/procurement-events?revokes=A")).containsExactly("R-A");
        assertThat(ids("/v1/procurement-events?since=" + day(2) + "&until=" + day(4)))
                .containsExactly("B", "C");
        assertThat(ids("/v1/procurement-events?unmatched=true")).isEmpty();
        recorder.write(revocation("never", 5));
        assertThat(ids("/v1/procurement-events?unmatched=true")).containsExactly("R-never");
        assertThat(ids("/v1/procurement-events?unmatched=false")).containsExactly("A", "B", "C", "R-A");
        String one = get("/v1/procurement-events/A").toString();
        assertThat(one)
                .isEqualTo(JsonForms.procurement(approval("A", 1).build())
                        .toString()
                        .replaceFirst("}$", ",\"revocations\":[" + JsonForms.procurement(revocation("A", 4)) + "]}"));
    }

    @Test
    void shouldCountApprovalsAndHowLongLateOnesTook() throws Exception {
        recorder.write(
                mbom("d", 1, "team", false, component("primary", A)),
                mbom("e", 1, null, false, component("primary", B)),
                approval("P", 1).build(),
                approval("L2", 14).build(),
                approval("L4", 11).setValidFrom(day(16)).build(),
                verdict("d", "c1", 3, true, Verdict.APPROVED, "P"),
                verdict("d", "c2", 12, true, Verdict.APPROVED_LATE, "L2"),
                verdict("d", "c3", 12, true, Verdict.APPROVED_LATE, "L4"),
                verdict("e", "c4", 40, true, Verdict.UNAPPROVED, null),
                verdict("e", "c5", 41, true, Verdict.EXPIRED, "P"));

        assertThat(items("/v1/reports/approvals?by=all"))
                .containsExactly(
                        "{\"all\":\"all\",\"changes\":5,\"approved\":1,\"late\":2,\"unapproved\":2,\"lapsed\":1,"
                                + "\"approvedShare\":0.2,\"lateShare\":0.4,\"unapprovedShare\":0.4,"
                                + "\"meanSecondsToApproval\":259200,\"medianSecondsToApproval\":259200}");
        assertThat(items("/v1/reports/approvals"))
                .extracting(item -> item.substring(0, item.indexOf(",\"late\"")))
                .containsExactly(
                        "{\"month\":\"2026-01\",\"changes\":3,\"approved\":1",
                        "{\"month\":\"2026-02\",\"changes\":2,\"approved\":0");
        assertThat(items("/v1/reports/approvals?by=owner"))
                .extracting(item -> item.substring(0, item.indexOf(",\"approved\"")))
                .containsExactly("{\"owner\":\"(none)\",\"changes\":2", "{\"owner\":\"team\",\"changes\":3");
        assertThat(items("/v1/reports/approvals?by=vendor&since=" + day(12) + "&until=" + day(41)))
                .singleElement()
                .asString()
                .startsWith(
                        "{\"vendor\":\"acme\",\"changes\":3,\"approved\":0,\"late\":2,\"unapproved\":1,\"lapsed\":0");
        assertThat(items("/v1/reports/approvals?since=" + day(400))).isEmpty();
    }

    @Test
    void shouldNotTakeBackWhatWasApprovedWhileItHeld() throws Exception {
        recorder.write(
                verdict("d", "c1", 3, true, Verdict.APPROVED, "P"), verdict("d", "c2", 4, true, Verdict.APPROVED, "P"));
        recorder.write(
                verdict("d", "c1", 3, false, Verdict.EXPIRED, "P"), verdict("d", "c2", 4, true, Verdict.EXPIRED, "P"));

        assertThat(items("/v1/reports/approvals?by=all"))
                .singleElement()
                .asString()
                .startsWith("{\"all\":\"all\",\"changes\":2,\"approved\":1,\"late\":0,\"unapproved\":1,\"lapsed\":1");
    }

    @Test
    void shouldSayWhatEndsSoonAndWhatRestsOnIt() throws Exception {
        recorder.write(
                approval("soon", 1).setValidTo(day(110)).setApprover("Kim").build(),
                approval("sooner", 1).setValidTo(day(105)).build(),
                approval("later", 1).setValidTo(day(131)).build(),
                approval("past", 1).setValidTo(day(99)).build(),
                approval("revoked", 1).setValidTo(day(110)).build(),
                revocation("revoked", 50),
                approval("revokedLater", 1).setValidTo(day(120)).build(),
                revocation("revokedLater", 115),
                event("ticket", ProcurementType.CHANGE_TICKET, 1)
                        .setDeployment("d")
                        .setValidTo(day(110))
                        .build(),
                verdict("d", "c1", 3, true, Verdict.APPROVED, "soon"),
                verdict("d", "c2", 4, true, Verdict.APPROVED_LATE, "soon"),
                verdict("e", "c3", 4, true, Verdict.APPROVED, "soon"),
                verdict("e", "c4", 4, false, Verdict.APPROVED, "soon"));

        assertThat(ids("/v1/reports/expiring?at=" + day(100))).containsExactly("sooner", "soon", "revokedLater");
        assertThat(ids("/v1/reports/expiring?days=9&at=" + day(100))).containsExactly("sooner");
        assertThat(items("/v1/reports/expiring?days=10&at=" + day(100)).getLast())
                .isEqualTo("{\"id\":\"soon\",\"type\":\"approval\",\"validTo\":\"" + day(110)
                        + "\",\"subject\":{\"deployment\":\"d\"},\"approver\":\"Kim\",\"reference\":null,\"changes\":3,"
                        + "\"deployments\":2}");
    }

    @Test
    void shouldSayWhatIsDatedBeforeAChangeAndCameInAfterItsAlert() throws Exception {
        recorder.write(
                approval("inTime", 1).build(),
                verdict("d", "c1", 3, true, Verdict.UNAPPROVED, null, "alert-1"),
                verdict("d", "c2", 4, true, Verdict.UNAPPROVED, null, "alert-1"),
                verdict("d", "c3", 4, true, Verdict.UNAPPROVED, null, "alert-2"),
                verdict("e", "c4", 4, true, Verdict.UNAPPROVED, null, "alert-3"),
                verdict("e", "c5", 4, true, Verdict.APPROVED, "inTime"),
                verdict("e", "c6", 4, false, Verdict.APPROVED, "inTime"),
                alert("alert-1"),
                alert("alert-2"),
                alert("alert-3"));
        recorder.write(
                approval("backdated", 2).setApprover("Kim").build(),
                approval("late", 5).build(),
                approval("gone", 2).build(),
                verdict("d", "c1", 3, true, Verdict.APPROVED, "backdated", "alert-1"),
                verdict("d", "c2", 4, true, Verdict.APPROVED, "backdated", "alert-1"),
                verdict("d", "c3", 4, true, Verdict.APPROVED_LATE, "late", "alert-2"),
                verdict("e", "c4", 4, false, Verdict.APPROVED, "gone", "alert-3"),
                // An alert that came of its end, later.
                verdict("e", "c6", 4, false, Verdict.EXPIRED, "inTime", "alert-4"),
                alert("alert-4"),
                // An alert is about all that drifted, also about what was approved.
                verdict("e", "c5", 4, true, Verdict.APPROVED, "inTime", "alert-3"));

        List<String> backdated = items("/v1/reports/backdated");
        assertThat(backdated).hasSize(2);
        JsonNode one = JSON.readTree(backdated.getFirst());
        Instant received = Instant.parse(one.path("receivedAt").stringValue());
        assertThat(Instant.parse(one.path("alertedAt").stringValue())).isBefore(received);
        assertThat(backdated.getFirst().replaceAll("\"(receivedAt|alertedAt)\":\"[^\"]*\",", ""))
                .isEqualTo("{\"id\":\"backdated\",\"type\":\"approval\",\"issuedAt\":\"" + day(2)
                        + "\",\"subject\":{\"deployment\":\"d\"},\"approver\":\"Kim\",\"reference\":null,"
                        + "\"changes\":2,\"deployments\":1,\"alerts\":1}");
        assertThat(ids("/v1/reports/backdated")).containsExactly("backdated", "gone");
        assertThat(ids("/v1/reports/backdated?since=" + received)).containsExactly("backdated", "gone");
        assertThat(ids("/v1/reports/backdated?until=" + received)).isEmpty();
    }

    @Test
    void shouldCountWhatRunsByOriginAndOwner() throws Exception {
        recorder.write(
                mbom("d", 1, "team", false, component("primary", A, "CN")),
                mbom("d", 2, "team", false, component("primary", A, "US"), component("judge", B, "US", "FR")),
                mbom("e", 1, null, false, component("primary", A, "US"), component("other", "pkg:huggingface/x/y")),
                mbom("f", 1, "team", false, component("primary", B, "")),
                mbom("gone", 1, "team", false, component("primary", B, "CN")),
                mbom("gone", 2, "team", true));

        assertThat(items("/v1/reports/models"))
                .containsExactlyInAnyOrder(
                        "{\"origin\":\"FR\",\"models\":1,\"deployments\":1,\"components\":1}",
                        "{\"origin\":\"US\",\"models\":2,\"deployments\":2,\"components\":3}",
                        "{\"origin\":\"unresolved\",\"models\":2,\"deployments\":2,\"components\":2}");
        assertThat(items("/v1/reports/models?by=owner"))
                .containsExactlyInAnyOrder(
                        "{\"owner\":\"(none)\",\"models\":2,\"deployments\":1,\"components\":2}",
                        "{\"owner\":\"team\",\"models\":2,\"deployments\":2,\"components\":3}");
    }

    @Test
    void shouldRemarkOnWhatIsOddAndLegal() throws Exception {
        recorder.write(
                mbom("d", 1, "team", false, component("primary", A)),
                approval("known", 1).build(),
                revocation("back", 2));
        ProcurementReview review = new ProcurementReview(recorder.database());
        List<ProcurementEvent> given = List.of(
                approval("fine", 3).build(),
                revocation("known", 3),
                revocation("never", 3),
                approval("x", 3).setDeployment("nobody").build(),
                event("v", ProcurementType.CONTRACT, 3).setVendor("acme").build(),
                event("w", ProcurementType.CONTRACT, 3).setVendor("nobody").build(),
                event("all", ProcurementType.EXCEPTION, 3).setModel("pkg:*").build(),
                approval("any", 3)
                        .setAllows(new Allows(List.of("*"), null, null, null, null))
                        .build(),
                approval("back", 3).build(),
                approval("known", 0).build());

        assertThat(review.of(given))
                .extracting(remark -> given.get(remark.event()).getId() + " " + remark.field() + " " + remark.message())
                .satisfiesExactly(
                        one -> assertThat(one).startsWith("R-never revokes no procurement event never is known (yet)"),
                        two -> assertThat(two).startsWith("x subject.deployment no deployment nobody is known (yet)"),
                        three -> assertThat(three).startsWith("w subject.vendor no deployment of a vendor nobody"),
                        four -> assertThat(four)
                                .isEqualTo("all subject.model 'pkg:*' selects every model there is: today 1 models in 1"
                                        + " deployments, and each that comes"),
                        five -> assertThat(five).startsWith("any allows.models '*' allows every model"),
                        six -> assertThat(six).startsWith("back id is revoked by R-back"),
                        seven -> assertThat(seven).startsWith("known id is revoked by R-known"),
                        eight -> assertThat(eight)
                                .startsWith("known issuedAt changes nothing: known is known as issued"));

        // What was published a moment ago is known, though the history does not have it yet.
        review.observed(List.of("nobody"));
        assertThat(review.of(List.of(
                        revocation("x", 4),
                        approval("y", 4).setDeployment("nobody").build())))
                .isEmpty();
    }
}
