package io.modelwatch.history.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.history.HistoryDatabase;
import io.modelwatch.history.Recorder;
import io.modelwatch.history.ledger.LedgerKey;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Claim;
import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.Confidence;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ProvenanceChange;
import io.modelwatch.schemas.avro.SubjectKind;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What held at a moment, over real HTTP and a real PostgreSQL, and for those who come with SQL. */
class AsOfApiIT {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String ODD = "d'1/\"x\" \uD83D\uDE80";

    private static Recorder recorder;
    private static HistoryApi api;

    private final HttpClient http = HttpClient.newHttpClient();

    /** Model a from day 1, b from day 10; on day 12 we hear that on day 5 it was c. Another runs a from day 3. */
    @BeforeAll
    static void start() throws Exception {
        recorder = new Recorder();
        api = HistoryApi.start(
                ApiConfig.loopback(0),
                recorder.database(),
                LedgerKey.generate(),
                new NothingPushed(),
                new NoLetters(),
                Map::of,
                () -> "");
        recorder.writeArrived(
                day(1), mbom(ODD, 1, 1, "pkg:h/x/a", "US", "v"), mbom("other", 1, 3, "pkg:h/x/a", "US", null));
        recorder.writeArrived(day(10), mbom(ODD, 2, 10, "pkg:h/x/b", "CN", "v"));
        recorder.writeArrived(
                day(12),
                Change.newBuilder()
                        .setId("late")
                        .setSubject(ODD)
                        .setSubjectKind(SubjectKind.DEPLOYMENT)
                        .setKind(ChangeKind.MODEL_SWAPPED)
                        .setField("models.primary.id")
                        .setAfter("\"pkg:h/x/c\"")
                        .setSource("push")
                        .setEffectiveAt(day(5))
                        .setObservedAt(day(12))
                        .setLate(true)
                        .setCorrelationId("o")
                        .build());
    }

    @AfterAll
    static void stop() throws Exception {
        api.close();
        recorder.close();
    }

    @Test
    void shouldTellTheFleetOfAMomentByWhatWasKnownAtAnother() throws Exception {
        assertThat(models("asOf=2026-03-06T00:00:00Z")).containsExactly(ODD + " pkg:h/x/c", "other pkg:h/x/a");
        assertThat(models("asOf=2026-03-06T00:00:00Z&knownAt=2026-03-11T00:00:00Z"))
                .containsExactly(ODD + " pkg:h/x/a", "other pkg:h/x/a");
        assertThat(models("")).containsExactly(ODD + " pkg:h/x/b", "other pkg:h/x/a");
        // Before anything was known, and of a time of which nothing is known.
        assertThat(models("asOf=2026-03-06T00:00:00Z&knownAt=2026-02-01T00:00:00Z"))
                .isEmpty();
        assertThat(models("asOf=1999-01-01T00:00:00Z")).isEmpty();
    }

    @Test
    void shouldCountByOriginVendorModelAndLicense() throws Exception {
        assertThat(counts("origin"))
                .containsExactly(
                        "{\"origin\":\"CN\",\"models\":1,\"deployments\":1,\"components\":1}",
                        "{\"origin\":\"US\",\"models\":1,\"deployments\":1,\"components\":1}");
        assertThat(counts("vendor"))
                .containsExactly(
                        "{\"vendor\":\"(none)\",\"models\":1,\"deployments\":1,\"components\":1}",
                        "{\"vendor\":\"v\",\"models\":1,\"deployments\":1,\"components\":1}");
        assertThat(counts("model")).hasSize(2);
        assertThat(counts("license"))
                .containsExactly("{\"license\":\"unresolved\",\"models\":2,\"deployments\":2,\"components\":2}");
    }

    @Test
    void shouldPageAndRefuseTheCursorOfAnotherQuestion() throws Exception {
        JsonNode page = json(get("/v1/fleet?limit=1"));
        assertThat(page.path("items")).hasSize(1);
        String next = page.path("next").asString();
        JsonNode second = json(get("/v1/fleet?limit=1&after=" + next));
        assertThat(second.path("items").path(0).path("deployment").asString()).isEqualTo("other");
        assertThat(second.path("next").isNull()).isTrue();
        assertThat(get("/v1/fleet?by=origin&after=" + next).statusCode()).isEqualTo(400);
    }

    @Test
    void shouldPutABillTogetherFromWhatHeld() throws Exception {
        String path =
                "/v1/mboms/" + URLEncoder.encode(ODD, StandardCharsets.UTF_8).replace("+", "%20");
        JsonNode late = json(get(path + "?asOf=2026-03-06T00:00:00Z&knownAt=2026-03-13T00:00:00Z"));
        assertThat(late.path("components").path(0).path("model").asString()).isEqualTo("pkg:h/x/c");
        assertThat(late.path("hosting").toString()).isEqualTo("[{\"country\":\"NL\"}]");
        assertThat(late.path("claims").path(0).toString())
                .isEqualTo(
                        "{\"field\":\"models.primary.id\",\"value\":\"pkg:h/x/c\",\"confidence\":\"declared\",\"source\":"
                                + "\"push\",\"observedAt\":\"2026-03-12T00:00:00Z\"}");
        assertThat(late.has("revision")).isFalse();
        JsonNode then = json(get(path + "?asOf=2026-03-06T00:00:00Z&knownAt=2026-03-11T00:00:00Z"));
        assertThat(then.path("components").path(0).path("model").asString()).isEqualTo("pkg:h/x/a");
        // A revision, as before.
        assertThat(json(get(path + "?asOf=2026-03-06T00:00:00Z"))
                        .path("revision")
                        .asInt())
                .isEqualTo(1);
        assertThat(get(path + "?asOf=2026-02-06T00:00:00Z&knownAt=2026-03-11T00:00:00Z")
                        .statusCode())
                .isEqualTo(404);
        assertThat(get(path + "?knownAt=2026-03-11T00:00:00Z").statusCode()).isEqualTo(400);
        assertThat(get("/v1/mboms/nobody?asOf=2026-03-06T00:00:00Z&knownAt=2026-03-11T00:00:00Z")
                        .body())
                .contains("no deployment nobody");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "asOf=9990-01-01T00:00:00Z",
                "knownAt=9990-01-01T00:00:00Z",
                "asOf=2016-12-31T23:59:60Z",
                "asOf=2026-03-01T00:00:00Mars",
                "asOf=yesterday",
                "by=owner"
            })
    void shouldRefuseWhatNobodyCanAnswer(String query) throws Exception {
        HttpResponse<String> answer = get("/v1/fleet?" + query);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).path("detail").asString()).startsWith(query.substring(0, query.indexOf('=')) + ": ");
    }

    @Test
    void shouldLetReadersReadTheViewsAndNothingElse() throws Exception {
        try (Connection connection = recorder.database().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set role " + HistoryDatabase.READER);
            try (ResultSet rows = statement.executeQuery("select (select count(*) from modelwatch.fleet_as_of(now())),"
                    + " (select count(*) from modelwatch.mbom_as_of('other', now())),"
                    + " (select count(*) from modelwatch.lineage_as_of('m', now())),"
                    + " (select count(*) from modelwatch.changes_between('2026-01-01', '2027-01-01'))")) {
                rows.next();
                assertThat(rows.getInt(1)).isEqualTo(2);
                assertThat(rows.getInt(2)).isEqualTo(1);
                assertThat(rows.getInt(4)).isEqualTo(1);
            }
            for (String write : List.of(
                    "delete from modelwatch.changes",
                    "update modelwatch.mbom_revisions set revision = 7",
                    "insert into modelwatch.changes (id) values ('x')",
                    "select * from public.changes",
                    "select * from bitemporal.claims",
                    "create table public.mine (x int)",
                    "select changes_months(array[now()])")) {
                assertThatThrownBy(() -> statement.execute(write)).as(write).hasMessageContaining("permission denied");
            }
            statement.execute("reset role");
        }
    }

    private static Mbom mbom(String name, long revision, int day, String model, String country, String vendor) {
        return Mbom.newBuilder()
                .setDeployment(name)
                .setSerialNumber("urn:uuid:0")
                .setRevision(revision)
                .setAt(day(day))
                .setEffectiveAt(day(day))
                .setVendor(vendor)
                .setComponents(List.of(Component.newBuilder()
                        .setRole("primary")
                        .setModel(model)
                        .setOrigins(List.of(new Origin(model, null, country)))
                        .build()))
                .setHosting(List.of(new Hosting(null, null, "NL")))
                .setClaims(List.of(Claim.newBuilder()
                        .setField("models.primary.id")
                        .setValue('"' + model + '"')
                        .setConfidence(Confidence.DECLARED)
                        .setSource("push")
                        .setObservedAt(day(day))
                        .build()))
                .setChanges(List.of(ProvenanceChange.newBuilder()
                        .setId(name + day)
                        .setKind(ChangeKind.MODEL_SWAPPED)
                        .setField("models.primary.id")
                        .setEffectiveAt(day(day))
                        .setObservedAt(day(day))
                        .setCorrelationId("o")
                        .build()))
                .setCorrelationId("o")
                .build();
    }

    private List<String> models(String query) throws Exception {
        List<String> models = new ArrayList<>();
        for (JsonNode one : json(get("/v1/fleet?" + query)).path("items")) {
            models.add(
                    one.path("deployment").asString() + " " + one.path("model").asString());
        }
        return models;
    }

    private List<String> counts(String by) throws Exception {
        List<String> counts = new ArrayList<>();
        json(get("/v1/fleet?by=" + by)).path("items").forEach(one -> counts.add(one.toString()));
        return counts;
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + path))
                        .build(),
                BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return JSON.readTree(answer.body());
    }

    private static Instant day(int day) {
        return Instant.parse("2026-03-%02dT00:00:00Z".formatted(day));
    }
}
