package io.modelwatch.history.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.modelwatch.history.Recorder;
import io.modelwatch.history.ledger.Ledger;
import io.modelwatch.history.ledger.LedgerKey;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertGroup;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Ancestor;
import io.modelwatch.schemas.avro.Change;
import io.modelwatch.schemas.avro.ChangeKind;
import io.modelwatch.schemas.avro.Lineage;
import io.modelwatch.schemas.avro.LineageCause;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.ParentRef;
import io.modelwatch.schemas.avro.Severity;
import io.modelwatch.schemas.avro.SourceHealth;
import io.modelwatch.schemas.avro.SourceState;
import io.modelwatch.schemas.avro.Verdict;
import io.modelwatch.schemas.json.JsonForms;
import io.modelwatch.schemas.tls.Certificates;
import io.modelwatch.schemas.tls.Pem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API over real HTTP and a real PostgreSQL. */
class HistoryApiIT {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Instant T = Instant.parse("2026-03-01T10:00:00Z");
    private static final Limits LIMITS = new Limits(
            1 << 20,
            4,
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            2,
            4096,
            Duration.ofMillis(20),
            Duration.ofMillis(200));

    private static final LedgerKey KEY = LedgerKey.generate();

    private static Recorder recorder;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, String> troubles = new LinkedHashMap<>();
    private final PushedLines pushed = new PushedLines();
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
                KEY,
                pushed,
                new NoLetters(),
                () -> troubles,
                () -> "up 1\n",
                LIMITS);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void shouldServeDocumentsExactlyAsTheirContractHasThem() throws Exception {
        Change change = change(1)
                .setField("attributes.price")
                .setBefore("0.00000015")
                .setAfter("0.00000030")
                .build();
        recorder.write(change);

        assertThat(get("/v1/changes").body()).isEqualTo("{\"items\":[" + JsonForms.change(change) + "],\"next\":null}");
    }

    @Test
    void shouldPageThroughEverythingOnceWhileRowsAreAppended() throws Exception {
        int rows = 60;
        write(0, rows);
        List<String> seen = new ArrayList<>();
        String after = "";
        int added = rows;
        int there;
        do {
            there = added;
            JsonNode page = json(get("/v1/changes?limit=7" + after));
            page.path("items").forEach(item -> seen.add(item.path("id").stringValue()));
            if (added < rows + 10) {
                write(added, ++added);
            }
            after = page.path("next").isNull()
                    ? ""
                    : "&after=" + page.path("next").stringValue();
        } while (!after.isEmpty());

        assertThat(seen).doesNotHaveDuplicates().hasSize(there).startsWith("c0", "c1", "c2");
    }

    @Test
    void shouldNotHideARowThatIsCommittedLateBehindACursor() throws Exception {
        int each = 40;
        Set<String> seen = new HashSet<>();
        try (ExecutorService writers = Executors.newFixedThreadPool(3)) {
            List<Future<?>> running = new ArrayList<>();
            for (int writer = 0; writer < 3; writer++) {
                int first = writer * each;
                running.add(writers.submit(() -> {
                    for (int i = first; i < first + each; i++) {
                        write(i, i + 1);
                    }
                    return null;
                }));
            }
            Listing.Item last = null;
            Queries queries = new Queries(recorder.database(), Duration.ofSeconds(10));
            boolean done;
            do {
                done = running.stream().allMatch(Future::isDone);
                Listing.Page page;
                do {
                    page = Listing.CHANGES.page(queries, none(), last == null ? null : Listing.CHANGES.cursor(last), 5);
                    page.items()
                            .forEach(item -> assertThat(seen.add(item.key())).isTrue());
                    last = page.items().isEmpty() ? last : page.items().getLast();
                } while (page.more());
            } while (!done);
            for (Future<?> one : running) {
                one.get();
            }
        }
        assertThat(seen).hasSize(3 * each);
    }

    @Test
    void shouldFilterChanges() throws Exception {
        recorder.write(
                change(1).setKind(ChangeKind.APPEARED).build(),
                change(2).setSubject("other").setSource("manual").build(),
                change(3).setObservedAt(T.plusSeconds(60)).build());

        assertThat(ids("/v1/changes?kind=appeared")).containsExactly("c1");
        assertThat(ids("/v1/changes?subject=other")).containsExactly("c2");
        assertThat(ids("/v1/changes?source=manual")).containsExactly("c2");
        assertThat(ids("/v1/changes?subject=%27%20or%20true%20--")).isEmpty();
        assertThat(ids("/v1/changes?source=manual%27%3B%20drop%20table%20changes%3B%20--"))
                .isEmpty();
        assertThat(ids("/v1/changes?since=2026-03-01T10:00:30Z")).containsExactly("c3");
        assertThat(ids("/v1/changes?until=2026-03-01T11:00:30%2B01:00")).containsExactly("c1", "c2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/changes?sort=up",
                "/v1/changes?since=yesterday",
                "/v1/changes?since=-999999-01-01T00:00:00Z",
                "/v1/changes?limit=0",
                "/v1/changes?limit=1001",
                "/v1/changes?limit=1&limit=2",
                "/v1/changes?after=%21%21",
                "/v1/changes?after=bWJvbXM6eA",
                "/v1/changes?kind=EXPLODED",
                "/v1/changes?subject=%00",
                "/v1/alerts?state=broken",
                "/v1/mboms/x?revision=one",
                "/v1/mboms/x?revision=1&asOf=2026-03-01T10:00:00Z"
            })
    void shouldSayWhatIsLegalWhereAParameterIsNot(String path) throws Exception {
        assertProblem(get(path), 400);
    }

    @Test
    void shouldKeepTheNewestStateOfAnAlertAndEveryStateItWentThrough() throws Exception {
        Alert open = alert("a", AlertState.OPEN, T);
        Alert closed = alert("a", AlertState.CLOSED, T.plusSeconds(5));
        long first = recorder.next();
        recorder.write(open, alert("b", AlertState.OPEN, T));
        recorder.write(closed);
        // Read again from the start, as after a lost offset: an older record takes no newer one's place.
        recorder.writeAt(first, open);

        assertThat(states("/v1/alerts")).containsExactly("b open", "a closed");
        assertThat(states("/v1/alerts?state=OPEN")).containsExactly("b open");
        assertThat(states("/v1/alerts?severity=high&verdict=unapproved&deployment=copilot&since=2026-03-01T10:00:01Z"))
                .containsExactly("a closed");
        assertThat(states("/v1/alerts/a/transitions")).containsExactly("a open", "a closed");
        JsonNode one = json(get("/v1/alerts/a"));
        assertThat(one.path("state").stringValue()).isEqualTo("closed");
        assertThat(one.path("transitions")).hasSize(2);
        assertProblem(get("/v1/alerts/zz"), 404);
        assertProblem(get("/v1/alerts/zz/transitions"), 404);
    }

    @Test
    void shouldServeWhatAnExportAsksForByDay() throws Exception {
        Instant next = T.plus(Duration.ofDays(1));
        recorder.write(
                mbom("d", 1, T),
                mbom("d", 2, next),
                alert("a", AlertState.OPEN, T),
                alert("a", AlertState.CLOSED, next),
                lineage("m", "p", T),
                lineage("m", "q", next),
                change(1).build());
        // The same ancestry again, which is no other belief.
        recorder.write(lineage("m", "q", next));
        String first = "since=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z";
        String second = "since=2026-03-02T00:00:00Z&until=2026-03-03T00:00:00Z";

        assertThat(json(get("/v1/mbom-revisions?" + first)).path("items"))
                .extracting(item -> item.path("revision").intValue())
                .containsExactly(1);
        assertThat(json(get("/v1/mbom-revisions?" + second)).path("items"))
                .extracting(item -> item.path("revision").intValue())
                .containsExactly(2);
        assertThat(states("/v1/alert-transitions?" + first)).containsExactly("a open");
        assertThat(states("/v1/alert-transitions?" + second)).containsExactly("a closed");
        JsonNode ancestry = json(get("/v1/lineage/history?" + first)).path("items");
        assertThat(ancestry).hasSize(1);
        assertThat(ancestry.get(0).path("ancestry").get(0).path("id").stringValue())
                .isEqualTo("p");
        assertThat(ancestry.get(0).path("observedAt").stringValue()).isEqualTo("2026-03-01T10:00:00.000Z");
        JsonNode page = json(get("/v1/lineage/history?limit=1"));
        assertThat(json(get("/v1/lineage/history?limit=1&after="
                                + page.path("next").stringValue()))
                        .path("items"))
                .extracting(item -> item.path("ancestry").get(0).path("id").stringValue())
                .containsExactly("q");
        assertThat(json(get("/v1/verdicts?" + first)).path("items")).isEmpty();
        JsonNode since = json(get("/v1/summary")).path("since");
        assertThat(since.path("mboms").stringValue()).startsWith("2026-03-01T10:00:00");
        assertThat(since.path("lineage").stringValue()).startsWith("2026-03-01T10:00:00");
        assertThat(since.has("verdicts")).isFalse();
    }

    @Test
    void shouldListEveryAncestryOfOneMomentOnceAndPageThroughThem() throws Exception {
        Instant day = T.minus(Duration.ofDays(10));
        // Learned at once, though one took effect after the other.
        recorder.write(lineage("m", "p", day, T));
        recorder.write(lineage("m", "q", day.plus(Duration.ofDays(5)), T));
        recorder.write(lineage("a model with blanks", "p", day, T));
        // Takes the place of a part of the first and of the second, and is kept in two pieces itself.
        recorder.write(lineage("m", "r", day.plus(Duration.ofDays(3)), T.plusSeconds(60)));

        List<String> paged = new ArrayList<>();
        JsonNode page = json(get("/v1/lineage/history?limit=1"));
        while (true) {
            assertThat(page.path("items")).hasSize(1);
            paged.add(belief(page.path("items").get(0)));
            if (page.path("next").isNull()) {
                break;
            }
            page = json(
                    get("/v1/lineage/history?limit=1&after=" + page.path("next").stringValue()));
        }

        assertThat(paged)
                .containsExactly(
                        "a model with blanks p 2026-02-19T10:00:00.000Z 2026-03-01T10:00:00.000Z",
                        "m p 2026-02-19T10:00:00.000Z 2026-03-01T10:00:00.000Z",
                        "m q 2026-02-24T10:00:00.000Z 2026-03-01T10:00:00.000Z",
                        "m r 2026-02-22T10:00:00.000Z 2026-03-01T10:01:00.000Z");
        List<String> whole = new ArrayList<>();
        json(get("/v1/lineage/history")).path("items").forEach(item -> whole.add(belief(item)));
        assertThat(whole).isEqualTo(paged);
        assertProblem(get("/v1/lineage/history?after=" + Cursor.of("lineage-history", "m")), 400);
    }

    private static String belief(JsonNode item) {
        return String.join(
                " ",
                item.path("model").stringValue(),
                item.path("ancestry").get(0).path("id").stringValue(),
                item.path("effectiveAt").stringValue(),
                item.path("observedAt").stringValue());
    }

    private static Lineage lineage(String model, String ancestor, Instant at) {
        return lineage(model, ancestor, at, at);
    }

    private static Lineage lineage(String model, String ancestor, Instant effective, Instant observed) {
        return Lineage.newBuilder()
                .setModel(model)
                .setKnown(true)
                .setAncestry(List.of(Ancestor.newBuilder()
                        .setId(ancestor)
                        .setRelation("finetune")
                        .setDepth(1)
                        .setPath(List.of(new ParentRef(ancestor, "finetune")))
                        .build()))
                .setCause(LineageCause.newBuilder()
                        .setChangeId("c" + ancestor)
                        .setCorrelationId("o")
                        .setEffectiveAt(effective)
                        .setObservedAt(observed)
                        .build())
                .build();
    }

    @Test
    void shouldKeepTheNewestStateOfAGroupOfAlerts() throws Exception {
        Alert one =
                Alert.newBuilder(alert("a", AlertState.OPEN, T)).setGroup("g").build();
        recorder.write(one, alert("b", AlertState.OPEN, T), group(1, AlertState.OPEN), group(3, AlertState.OPEN));
        assertThat(states("/v1/alerts?group=g")).containsExactly("a open");
        JsonNode groups = json(get("/v1/alert-groups?state=open"));
        assertThat(groups.path("items")).hasSize(1);
        assertThat(groups.path("items").get(0).path("alerts").intValue()).isEqualTo(3);

        recorder.write(group(0, AlertState.CLOSED));

        assertThat(json(get("/v1/alert-groups?state=open")).path("items")).isEmpty();
        JsonNode ended = json(get("/v1/alert-groups/g"));
        assertThat(ended.path("state").stringValue()).isEqualTo("closed");
        assertThat(ended.path("change").stringValue()).isEqualTo("c");
        assertThat(ended.has("deployment")).isFalse();
        assertProblem(get("/v1/alert-groups/zz"), 404);
    }

    private static AlertGroup group(int alerts, AlertState state) {
        return AlertGroup.newBuilder()
                .setId("g")
                .setChange("c")
                .setAlerts(alerts)
                .setAlert(alert("g", state, T))
                .build();
    }

    @Test
    void shouldServeFindingsAsOcsf() throws Exception {
        recorder.write(finding("a", 1, 1_000_000_000_000L), finding("a", 4, 1_000_000_000_001L));

        assertThat(json(get("/v1/alerts?form=ocsf")).path("items")).hasSize(2);
        assertThat(get("/v1/alerts?form=ocsf&state=closed&severity=high").body())
                .contains(finding("a", 4, 1_000_000_000_001L));
    }

    @Test
    void shouldServeMbomsByRevisionAndAsOfATime() throws Exception {
        recorder.write(mbom("d", 1, T), mbom("d", 2, T.plusSeconds(60)), mbom("e", 1, T));

        assertThat(json(get("/v1/mboms")).path("items"))
                .extracting(item -> item.path("deployment").stringValue() + item.path("revision"))
                .containsExactly("d2", "e1");
        assertThat(json(get("/v1/mboms/d")).path("revision").intValue()).isEqualTo(2);
        assertThat(json(get("/v1/mboms/d?revision=1")).path("revision").intValue())
                .isEqualTo(1);
        assertThat(json(get("/v1/mboms/d?asOf=2026-03-01T10:00:59Z"))
                        .path("revision")
                        .intValue())
                .isEqualTo(1);
        assertProblem(get("/v1/mboms/d?revision=3"), 404);
        assertProblem(get("/v1/mboms/d?asOf=2026-01-01T00:00:00Z"), 404);
        assertProblem(get("/v1/mboms/unknown"), 404);
    }

    @Test
    void shouldServeBillsInTheFormatsOfOthers() throws Exception {
        recorder.write(mbom("d", 1, T), mbom("d", 2, T.plusSeconds(60)));

        HttpResponse<String> bill = get("/v1/mboms/d?revision=1&format=cyclonedx");
        assertThat(json(bill).path("specVersion").stringValue()).isEqualTo("1.6");
        assertThat(json(bill).path("version").intValue()).isEqualTo(1);
        assertThat(bill.headers().firstValue("Content-Type")).hasValue("application/vnd.cyclonedx+json; version=1.6");
        assertThat(get("/v1/mboms/d?revision=1&format=cyclonedx").body()).isEqualTo(bill.body());
        assertThat(json(get("/v1/mboms/d?format=cyclonedx&spec=1.7"))
                        .path("specVersion")
                        .stringValue())
                .isEqualTo("1.7");
        assertThat(json(accepting("application/vnd.cyclonedx+json; version=1.7"))
                        .path("specVersion")
                        .stringValue())
                .isEqualTo("1.7");
        assertThat(json(accepting("application/spdx+json")).has("@graph")).isTrue();
        assertThat(json(accepting("*/*")).has("components")).isTrue();
        assertThat(json(get("/v1/mboms/d?format=g7")).path("elements")).hasSize(50);
        assertProblem(get("/v1/mboms/d?format=spdx&spec=1.7"), 400);
        assertProblem(get("/v1/mboms/d?format=xml"), 400);
        assertProblem(get("/v1/mboms/unknown?format=spdx"), 404);
    }

    @Test
    void shouldProveThatNothingWasAltered() throws Exception {
        recorder.chain(new Ledger(KEY, () -> T));
        recorder.write(mbom("d", 1, T), mbom("d", 2, T.plusSeconds(60)), alert("a", AlertState.OPEN, T));
        recorder.chain(null);

        JsonNode report = json(get("/v1/ledger/verification"));
        assertThat(report.path("holds").booleanValue()).isTrue();
        assertThat(report.path("rows").intValue()).isEqualTo(3);
        String hash = report.at("/newest/hash").stringValue();
        assertThat(report.at("/newest/key").stringValue()).isEqualTo(KEY.fingerprint());
        assertThat(json(get("/v1/ledger/key")).path("publicKey").stringValue()).isEqualTo(KEY.publicPem());
        assertThat(json(get("/v1/ledger/verification?seal=" + hash))
                        .path("broken")
                        .intValue())
                .isZero();
        assertThat(json(get("/v1/ledger/verification?seal=00" + hash))
                        .path("broken")
                        .intValue())
                .isEqualTo(1);
        recorder.write(mbom("d", 3, T));
        assertThat(json(get("/v1/ledger/verification?deployment=d"))
                        .at("/breaks/0/what")
                        .stringValue())
                .startsWith("MBOM revision 3 was inserted");
        assertProblem(get("/v1/ledger/verification?deployment=unknown"), 404);
    }

    private HttpResponse<String> accepting(String type) throws Exception {
        return http.send(request("/v1/mboms/d").header("Accept", type).build(), BodyHandlers.ofString());
    }

    @Test
    void shouldCountAndTrace() throws Exception {
        recorder.write(
                change(1).build(),
                mbom("d", 1, T),
                alert("a", AlertState.OPEN, T),
                source("hub", SourceState.BLIND, T.plusSeconds(1)));
        recorder.write(source("hub", SourceState.SEEING, T));

        JsonNode summary = json(get("/v1/summary"));
        assertThat(summary.path("changes").path("REVISED").intValue()).isEqualTo(1);
        assertThat(summary.path("mboms").toString()).isEqualTo("{\"deployments\":1,\"revisions\":1}");
        assertThat(summary.path("alerts").path(0).toString())
                .isEqualTo("{\"verdict\":\"UNAPPROVED\",\"severity\":\"high\",\"state\":\"open\",\"count\":1}");
        assertThat(summary.path("sources").toString()).isEqualTo("{\"blind\":1}");
        // A source that was taken out of the configuration is none any more.
        recorder.writeTombstone("modelwatch.sources.v1", "hub");
        assertThat(json(get("/v1/summary")).path("sources").toString()).isEqualTo("{}");
        assertThat(json(get("/v1/trace/o1")).path("steps"))
                .extracting(step -> step.path("stage").stringValue())
                .contains("changes", "mbom", "drift", "history");
        assertProblem(get("/v1/trace/none"), 404);
    }

    @Test
    void shouldGoOnWithAStreamWhereTheClientLeftOff() throws Exception {
        recorder.write(alert("a", AlertState.OPEN, T));
        recorder.write(alert("a", AlertState.CLOSED, T.plusSeconds(1)), alert("b", AlertState.OPEN, T));
        String lastId;
        try (Events events = new Events("/v1/alerts", null)) {
            // Of the past the present state, from then on every state.
            await().untilAsserted(() -> assertThat(events.states()).containsExactly("a closed", "b open"));
            recorder.write(alert("b", AlertState.ACKNOWLEDGED, T.plusSeconds(2)));
            await().untilAsserted(() -> assertThat(events.states()).endsWith("b acknowledged"));
            await().untilAsserted(() -> assertThat(events.comments).isNotEmpty());
            lastId = events.ids.getLast();
        }
        recorder.write(alert("b", AlertState.OPEN, T.plusSeconds(3)), alert("b", AlertState.CLOSED, T.plusSeconds(4)));
        try (Events events = new Events("/v1/alerts", lastId)) {
            await().untilAsserted(() -> assertThat(events.states()).containsExactly("b open", "b closed"));
            api.close();
            await().untilAsserted(() -> assertThat(events.ended.getCount()).isZero());
        }
    }

    @Test
    void shouldStreamChangesAndServeNoMoreStreamsThanItCanBear() throws Exception {
        write(0, 1200);
        try (Events one = new Events("/v1/changes?subject=s", null);
                Events two = new Events("/v1/changes?subject=nobody", null)) {
            await().untilAsserted(() -> assertThat(one.data).hasSize(1200));
            assertThat(two.data).isEmpty();
            HttpResponse<String> refused = http.send(
                    request("/v1/changes").header("Accept", "text/event-stream").build(), BodyHandlers.ofString());
            assertProblem(refused, 503);
        }
        HttpRequest foreign = request("/v1/changes")
                .header("Accept", "text/event-stream")
                .header("Last-Event-ID", "??")
                .build();
        // That a client is gone shows at the next heartbeat.
        await().untilAsserted(() -> assertProblem(http.send(foreign, BodyHandlers.ofString()), 400));
    }

    @Test
    void shouldTakeLinesInAndSayWhichFailed() throws Exception {
        HttpResponse<String> fine = post("/v1/observations?wait=true", "{}\n");
        assertThat(fine.statusCode()).isEqualTo(200);
        assertThat(fine.body()).isEqualTo("{\"accepted\":1,\"errors\":[]}");
        assertThat(pushed.lines).containsExactly("observations true {}\n");

        HttpResponse<String> bad = post("/v1/procurement-events", "bad\n");
        assertThat(bad.statusCode()).isEqualTo(422);
        assertThat(bad.body())
                .isEqualTo("{\"accepted\":0,\"errors\":[{\"line\":1,\"field\":\"kind\",\"message\":\"is missing\"}]}");

        HttpResponse<String> away = post("/v1/observations", "away");
        assertProblem(away, 503);
        assertThat(away.headers().firstValue("Retry-After")).isPresent();
        assertProblem(post("/v1/observations", "x".repeat(2 << 20)), 413);
        assertThat(pushed.lines).hasSize(3);
    }

    @Test
    void shouldLetInWhoBearsATokenOfTheRoleThatARouteNeeds() throws Exception {
        List<ApiToken> tokens = new ArrayList<>();
        for (ApiRole role : ApiRole.values()) {
            tokens.add(ApiToken.of(Gate.word(role), role, "the-token-of-the-role-" + Gate.word(role)));
        }
        tokens.add(ApiToken.of(
                "last-year", ApiRole.ADMIN, "the-token-of-last-year", Instant.parse("2026-01-01T00:00:00Z")));
        try (HistoryApi guarded = HistoryApi.start(
                new ApiConfig("127.0.0.1", 0, tokens, 0, null),
                recorder.database(),
                KEY,
                pushed,
                new NoLetters(),
                () -> troubles,
                () -> "",
                LIMITS)) {
            String at = "http://127.0.0.1:" + guarded.port();
            for (Route route : guarded.routes()) {
                String path = route.path().replaceAll("\\{[^}]+}", "x");
                String method = route.method().name();
                for (ApiRole role : ApiRole.values()) {
                    boolean may = route.role() == null || role.grants(route.role());
                    HttpResponse<String> answer = as("the-token-of-the-role-" + Gate.word(role), method, at + path);
                    assertThat(answer.statusCode() == 403)
                            .as(role + " " + method + " " + path)
                            .isNotEqualTo(may);
                }
                for (String none :
                        new String[] {"", "the-token-of-the-role-nobody", "the-token-of-last-year", "x".repeat(5000)}) {
                    HttpResponse<String> answer = as(none, method, at + path);
                    if (route.role() != null) {
                        assertProblem(answer, 401);
                        assertThat(answer.headers().firstValue("WWW-Authenticate"))
                                .get()
                                .asString()
                                .startsWith("Bearer");
                        assertThat(answer.body()).doesNotContain("nobody");
                    } else {
                        assertThat(answer.headers().firstValue("WWW-Authenticate"))
                                .isEmpty();
                    }
                }
            }
            assertThat(as("the-token-of-last-year", "GET", at + "/v1/changes").body())
                    .contains("the token 'last-year' has expired at 2026-01-01T00:00:00Z");
            assertThat(guarded.routes())
                    .filteredOn(route -> route.role() == null)
                    .extracting(Route::path)
                    .containsExactlyInAnyOrder(
                            "/v1/procurement/{webhook}",
                            "/v1/webhooks/{source}",
                            "/v1/callbacks/{delivery}",
                            "/v1/receivers/{receiver}",
                            "/health/live",
                            "/health/ready",
                            "/asyncapi.json",
                            "/openapi.json");
            JsonNode described = json(as("", "GET", at + "/openapi.json")).path("paths");
            assertThat(described
                            .path("/v1/alert-actions")
                            .path("post")
                            .path("security")
                            .toString())
                    .isEqualTo("[{\"token\":[\"triage\"]}]");
        }
        assertThat(pushed.lines).isNotEmpty();
        assertThat(pushed.tokens).containsExactly("triage", "admin");
        post("/v1/alert-actions", "{}\n");
        assertThat(pushed.tokens).as("where nobody needs one").last().isNull();
    }

    @Test
    void shouldSpeakHttpsAloneAndShowANewCertificateWithoutARestart(@TempDir Path dir) throws Exception {
        Certificates first = Certificates.of(dir, "ip:127.0.0.1");
        ApiTls files = new ApiTls(first.authority(), first.key());
        try (HistoryApi api = HistoryApi.start(
                new ApiConfig("127.0.0.1", 0, List.of(), 0, files),
                recorder.database(),
                KEY,
                pushed,
                new NoLetters(),
                () -> troubles,
                () -> "")) {
            int port = api.port();
            SSLContext trustsFirst = Pem.trusting(first.authority());
            assertThat(statusOver("https", port, trustsFirst)).isEqualTo(200);
            assertThatThrownBy(() -> statusOver("http", port, trustsFirst)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> statusOver("https", port, SSLContext.getDefault()))
                    .isInstanceOf(SSLException.class);

            Certificates second = Certificates.of(Files.createDirectory(dir.resolve("second")), "ip:127.0.0.1");
            Files.write(files.certificate(), Files.readAllBytes(second.authority()));
            Files.setLastModifiedTime(
                    files.certificate(), FileTime.from(Instant.now().plusSeconds(2)));
            api.tls().look();
            // The key is still that of the first.
            assertThat(statusOver("https", port, trustsFirst)).isEqualTo(200);

            Files.write(files.key(), Files.readAllBytes(second.key()));
            api.tls().look();
            assertThat(statusOver("https", port, Pem.trusting(second.authority())))
                    .isEqualTo(200);
            assertThatThrownBy(() -> statusOver("https", port, trustsFirst)).isInstanceOf(SSLException.class);
        }
    }

    private static int statusOver(String scheme, int port, SSLContext trust) throws Exception {
        try (HttpClient client = HttpClient.newBuilder().sslContext(trust).build()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(scheme + "://127.0.0.1:" + port + "/health/live"))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    @Test
    void shouldListenToOthersOnlyWithTokensAndServeNobodyTooOften() throws Exception {
        assertThatThrownBy(() -> HistoryApi.start(
                        new ApiConfig("0.0.0.0", 0, List.of(), 0, null),
                        recorder.database(),
                        KEY,
                        pushed,
                        new NoLetters(),
                        () -> troubles,
                        () -> ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("api.tokens");
        try (HistoryApi slow = HistoryApi.start(
                new ApiConfig("127.0.0.1", 0, List.of(), 1, null),
                recorder.database(),
                KEY,
                pushed,
                new NoLetters(),
                () -> troubles,
                () -> "",
                LIMITS)) {
            HttpResponse<String> answer;
            int asked = 0;
            do {
                answer = as("", "GET", "http://127.0.0.1:" + slow.port() + "/v1/sources");
                asked++;
            } while (answer.statusCode() == 200 && asked < 1000);
            assertProblem(answer, 429);
            assertThat(asked).isGreaterThan(2);
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
        }
    }

    private HttpResponse<String> as(String token, String method, String uri) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri))
                .timeout(Duration.ofSeconds(30))
                .method(method, method.equals("GET") ? BodyPublishers.noBody() : BodyPublishers.ofString("{}\n"));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void shouldNotSendWhatTheClientHas() throws Exception {
        recorder.write(mbom("d", 1, T));
        String tag = get("/v1/mboms/d").headers().firstValue("ETag").orElseThrow();
        HttpRequest again = request("/v1/mboms/d")
                .header("If-None-Match", "\"other\", W/" + tag)
                .build();
        HttpResponse<String> same = http.send(again, BodyHandlers.ofString());
        assertThat(same.statusCode()).isEqualTo(304);
        assertThat(same.body()).isEmpty();
        assertThat(same.headers().firstValue("ETag")).hasValue(tag);

        recorder.write(mbom("d", 2, T.plusSeconds(60)));
        HttpResponse<String> newer = http.send(again, BodyHandlers.ofString());
        assertThat(newer.statusCode()).isEqualTo(200);
        assertThat(newer.headers().firstValue("ETag")).isPresent().isNotEqualTo(Optional.of(tag));
        assertThat(get("/v1/mboms").headers().firstValue("ETag")).isPresent();
        assertThat(get("/v1/mboms/none").headers().firstValue("ETag")).isEmpty();
    }

    @Test
    void shouldStreamRevisionsOfMboms() throws Exception {
        recorder.write(mbom("d", 1, T), mbom("d", 2, T.plusSeconds(60)), mbom("e", 1, T));
        try (Events events = new Events("/v1/mboms?deployment=d", null)) {
            await().untilAsserted(() -> assertThat(events.data).hasSize(1));
            recorder.write(mbom("e", 2, T.plusSeconds(60)), mbom("d", 3, T.plusSeconds(90)));
            await().untilAsserted(() -> assertThat(List.copyOf(events.data))
                    .extracting(one -> JSON.readTree(one).path("revision").intValue())
                    .containsExactly(2, 3));
        }
    }

    /** A client that never reads costs a page and a buffer, and takes nothing from those that read. */
    @Test
    void shouldServeThoseWhoReadWhileHalfOfTheClientsDoNot() throws Exception {
        Limits limits = new Limits(
                1 << 20,
                4,
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                Duration.ofSeconds(10),
                CLIENTS,
                4096,
                Duration.ofMillis(50),
                Duration.ofMillis(200));
        List<Socket> silent = new ArrayList<>();
        List<SseReader> readers = new ArrayList<>();
        try (HistoryApi crowded = HistoryApi.start(
                ApiConfig.loopback(0),
                recorder.database(),
                KEY,
                pushed,
                new NoLetters(),
                () -> troubles,
                () -> "",
                limits)) {
            for (int i = 0; i < CLIENTS / 2; i++) {
                silent.add(stream(crowded.port()));
                readers.add(new SseReader(stream(crowded.port())));
            }
            for (SseReader reader : readers) {
                assertThat(reader.nextLine()).startsWith("HTTP/1.1 200");
            }
            try (Socket oneMore = stream(crowded.port())) {
                assertThat(new SseReader(oneMore).nextLine()).startsWith("HTTP/1.1 503");
            }
            String filler = "x".repeat(4000);
            List<Object> changes = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                changes.add(change(i).setAfter(filler).build());
            }
            recorder.write(changes.toArray());
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Integer>> read = new ArrayList<>();
                readers.forEach(reader -> read.add(threads.submit(() -> reader.readEvents(100))));
                for (Future<Integer> one : read) {
                    assertThat(one.get()).isEqualTo(100);
                }
            }
            // Those who do not read are cut, and their places are free again.
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                try (Socket late = stream(crowded.port())) {
                    assertThat(new SseReader(late).nextLine()).startsWith("HTTP/1.1 200");
                }
            });
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
            for (SseReader reader : readers) {
                reader.socket.close();
            }
        }
    }

    /** More with {@code -Dclients=1000}. */
    private static final int CLIENTS = Integer.getInteger("clients", 100);

    private static Socket stream(int port) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(30_000);
        socket.getOutputStream()
                .write("GET /v1/changes HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
                        .getBytes(UTF_8));
        return socket;
    }

    /** Reads a stream off its socket. */
    private static final class SseReader {
        private final Socket socket;
        private final BufferedReader lines;

        SseReader(Socket socket) throws IOException {
            this.socket = socket;
            this.lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        }

        String nextLine() throws IOException {
            return String.valueOf(lines.readLine());
        }

        /** Returns how many came before the stream ended, at most as many as asked for. */
        int readEvents(int number) throws IOException {
            int seen = 0;
            for (String line = ""; seen < number && line != null; line = lines.readLine()) {
                seen += line.startsWith("id: ") ? 1 : 0;
            }
            return seen;
        }
    }

    @Test
    void shouldRedriveOnlyWhatIsNamed() throws Exception {
        assertProblem(post("/v1/dead-letters/redrive", ""), 400);
        assertProblem(post("/v1/dead-letters/redrive?id=0-1&all=true", ""), 400);
        assertThat(post("/v1/dead-letters/redrive?all=true&dryRun=true", "").body())
                .isEqualTo("{\"dryRun\":true,\"redriven\":0,\"topics\":{},\"left\":[],\"more\":false}");
        assertProblem(get("/v1/dead-letters/0-1"), 404);
    }

    @Test
    void shouldTakeATicketInFromWhoKnowsTheSecretAlone() throws Exception {
        HttpRequest.Builder ticket = request("/v1/procurement/jira").POST(BodyPublishers.ofString("{}"));
        HttpResponse<String> taken =
                http.send(ticket.header("X-Hub-Signature", "proof").build(), BodyHandlers.ofString());
        assertThat(taken.statusCode()).isEqualTo(200);
        assertThat(taken.body())
                .isEqualTo("{\"accepted\":1,\"errors\":[],\"warnings\":[{\"line\":1,\"field\":\"id\",\"message\":\"is"
                        + " odd\"}]}");
        assertThat(pushed.lines).containsExactly("jira {}");

        assertProblem(post("/v1/procurement/jira", "{}"), 401);
        assertProblem(post("/v1/procurement/other", "{}"), 404);
        assertProblem(post("/v1/procurement/jira", "x".repeat((1 << 20) + 1)), 413);
    }

    @Test
    void shouldTakeAHintFromWhoKnowsTheSecretAlone() throws Exception {
        HttpRequest.Builder hint = request("/v1/webhooks/hub").POST(BodyPublishers.ofString("{}"));
        HttpResponse<String> taken =
                http.send(hint.header("X-Webhook-Secret", "proof").build(), BodyHandlers.ofString());
        assertThat(taken.statusCode()).isEqualTo(200);
        assertThat(pushed.lines).containsExactly("hub {}");
        assertProblem(post("/v1/webhooks/hub", "{}"), 401);
        assertProblem(post("/v1/webhooks/hub", "x".repeat((1 << 18) + 1)), 413);
    }

    @Test
    void shouldTakeWhatPeopleDoElsewhereFromWhoKnowsTheSecretAlone() throws Exception {
        HttpRequest.Builder button = request("/v1/callbacks/chat").POST(BodyPublishers.ofString("payload=x"));
        button.header("Content-Type", "application/x-www-form-urlencoded");
        HttpResponse<String> taken =
                http.send(button.header("X-Slack-Signature", "proof").build(), BodyHandlers.ofString());
        assertThat(taken.statusCode()).isEqualTo(200);
        assertThat(pushed.lines).containsExactly("chat payload=x");
        assertProblem(post("/v1/callbacks/chat", "payload=x"), 401);
        assertProblem(post("/v1/callbacks/chat", "x".repeat((1 << 18) + 1)), 413);
    }

    @Test
    void shouldTakeABillFromWhoKnowsTheTokenAlone() throws Exception {
        HttpRequest.Builder bill = request("/v1/receivers/aibom").POST(BodyPublishers.ofString("{}"));
        bill.header("Authorization", "Bearer " + "proof").header("X-Aibom-Document-Hash", "sha256:00");
        assertThat(http.send(bill.build(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
        assertThat(pushed.lines).containsExactly("aibom sha256:00 {}");
        assertProblem(post("/v1/receivers/aibom", "{}"), 401);
        assertProblem(post("/v1/receivers/aibom", "x".repeat((4 << 20) + 1)), 413);
    }

    @Test
    void shouldAnswerAPushThatWaitsLongerThanAConnectionMayBeIdle() throws Exception {
        Future<HttpResponse<String>> answer =
                http.sendAsync(postRequest("/v1/observations?wait=true", "slow"), BodyHandlers.ofString());
        await().pollDelay(LIMITS.idle().multipliedBy(2)).until(() -> true);
        assertThat(answer.isDone()).isFalse();
        pushed.slow.countDown();
        assertThat(answer.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }

    @Test
    void shouldEndABodyThatNeverEnds() throws Exception {
        assertThat(raw("POST /v1/observations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{", false))
                .startsWith("HTTP/1.1 408");
        assertThat(pushed.lines).isEmpty();
    }

    @Test
    void shouldRefuseForeignNamesAndPagesOfOtherSites() throws Exception {
        assertThat(raw("GET /v1/changes HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", true))
                .startsWith("HTTP/1.1 421");
        assertThat(raw("GET /v1/changes HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n", true))
                .startsWith("HTTP/1.1 200");
        HttpRequest crossSite = HttpRequest.newBuilder(URI.create(base() + "/v1/observations"))
                .header("Origin", "http://evil.example")
                .POST(BodyPublishers.ofString("{}"))
                .build();
        assertProblem(http.send(crossSite, BodyHandlers.ofString()), 403);
        HttpRequest own = HttpRequest.newBuilder(URI.create(base() + "/v1/observations"))
                .header("Origin", base())
                .POST(BodyPublishers.ofString("{}"))
                .build();
        assertThat(http.send(own, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }

    @Test
    void shouldSayWhatIsMissingNotAllowedOrNotReady() throws Exception {
        assertProblem(get("/v2/changes"), 404);
        HttpResponse<String> delete = http.send(request("/v1/changes").DELETE().build(), BodyHandlers.ofString());
        assertProblem(delete, 405);
        assertThat(delete.headers().firstValue("Allow")).hasValue("GET, HEAD");
        HttpResponse<String> head = http.send(request("/v1/alerts/none").HEAD().build(), BodyHandlers.ofString());
        assertThat(head.statusCode()).isEqualTo(404);
        assertThat(head.body()).isEmpty();

        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        assertThat(get("/health/ready").statusCode()).isEqualTo(200);
        assertThat(get("/metrics").body()).isEqualTo("up 1\n");
        troubles.put("history", "the database is away");
        assertProblem(get("/health/ready"), 503);
        assertThat(get("/health/ready").body()).contains("{\"history\":\"the database is away\"}");
    }

    @Test
    void shouldDescribeEveryRouteAndParameterThatIsServed() throws Exception {
        JsonNode paths = json(get("/openapi.json")).path("paths");
        Set<String> described = new TreeSet<>();
        paths.properties()
                .forEach(path ->
                        path.getValue().propertyNames().forEach(method -> described.add(method + " " + path.getKey())));
        Set<String> registered = new TreeSet<>();
        api.server().unsafe.internalRouter.allHttpHandlers().stream()
                .map(handler -> handler.endpoint)
                .filter(endpoint -> endpoint.method.isHttpMethod()
                        && !endpoint.method.name().equals("HEAD")
                        && !endpoint.path.equals("/openapi.json"))
                .forEach(endpoint -> registered.add(endpoint.method.name().toLowerCase() + " " + endpoint.path));
        assertThat(described).isEqualTo(registered).isNotEmpty();

        for (Map.Entry<String, JsonNode> path : paths.properties()) {
            JsonNode parameters = path.getValue().path("get").path("parameters");
            StringBuilder required = new StringBuilder();
            for (JsonNode parameter : parameters) {
                if (parameter.path("in").stringValue().equals("query")
                        && parameter.path("required").asBoolean(false)) {
                    required.append(parameter.path("name").stringValue()).append("=x&");
                }
            }
            for (JsonNode parameter : parameters) {
                if (parameter.path("in").stringValue().equals("query")
                        && !parameter.path("required").asBoolean(false)) {
                    String called = path.getKey().replaceAll("\\{[^}]+}", "x");
                    String value = legal(
                            called,
                            parameter.path("schema"),
                            parameter.path("name").stringValue());
                    assertThat(get(called + "?" + required
                                            + parameter.path("name").stringValue() + "=" + value)
                                    .statusCode())
                            .as(called + " " + parameter)
                            .isIn(200, 404);
                }
            }
        }
    }

    @Test
    void shouldSayThatAPortIsTaken() {
        assertThatThrownBy(() -> HistoryApi.start(
                        ApiConfig.loopback(api.port()),
                        recorder.database(),
                        KEY,
                        pushed,
                        new NoLetters(),
                        () -> troubles,
                        () -> ""))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("127.0.0.1:" + api.port());
    }

    @Test
    void shouldTellNothingOfItsInsidesWhereTheDatabaseIsAway() throws Exception {
        try (Recorder other = new Recorder();
                HistoryApi orphan = HistoryApi.start(
                        ApiConfig.loopback(0),
                        other.database(),
                        KEY,
                        pushed,
                        new NoLetters(),
                        () -> troubles,
                        () -> "",
                        LIMITS)) {
            other.close();
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + orphan.port() + "/v1/changes"))
                            .build(),
                    BodyHandlers.ofString());
            assertProblem(answer, 503);
            assertThat(answer.body()).doesNotContain("Hikari", "SQL", "Exception");
        }
    }

    private static String legal(String path, JsonNode schema, String name) {
        if (name.equals("after")) {
            return switch (path) {
                case "/v1/lineage/descendants" -> Cursor.of("descendants", "[1,\"m\"]");
                case "/v1/lineage/history" -> Cursor.of("lineage-history", "1 -1 pkg:huggingface/a/m");
                case "/v1/mbom-revisions" -> Cursor.of("revisions", "1");
                case "/v1/alert-transitions" -> Cursor.of("alerts", "1");
                case "/v1/lineage/deployments" -> Cursor.of("lineage-deployments", "[\"d\",\"m\",\"r\"]");
                default -> Cursor.of(path.substring("/v1/".length()), "1");
            };
        }
        if (schema.has("enum")) {
            return schema.path("enum").path(0).stringValue();
        }
        return switch (schema.path("type").stringValue()) {
            case "integer" -> "1";
            case "boolean" -> "true";
            default -> schema.path("format").isMissingNode() ? "x" : "2026-03-01T10:00:00Z";
        };
    }

    private static Arguments none() {
        return Arguments.none();
    }

    private static void write(int from, int to) throws Exception {
        List<Object> changes = new ArrayList<>();
        for (int i = from; i < to; i++) {
            changes.add(change(i).build());
        }
        recorder.write(changes.toArray());
    }

    private static Change.Builder change(int number) {
        return Change.newBuilder()
                .setId("c" + number)
                .setSubject("s")
                .setKind(ChangeKind.REVISED)
                .setSource("hub")
                .setEffectiveAt(T)
                .setObservedAt(T)
                .setCorrelationId("o1");
    }

    private static Alert alert(String id, AlertState state, Instant at) {
        return Alert.newBuilder()
                .setId(id)
                .setDeployment("copilot")
                .setVerdict(Verdict.UNAPPROVED)
                .setSeverity(Severity.HIGH)
                .setState(state)
                .setOpenedAt(T)
                .setUpdatedAt(at)
                .setCorrelationId("o1")
                .build();
    }

    private static Mbom mbom(String deployment, long revision, Instant at) {
        return Mbom.newBuilder()
                .setDeployment(deployment)
                .setSerialNumber("urn:uuid:0")
                .setRevision(revision)
                .setAt(at)
                .setCorrelationId("o1")
                .build();
    }

    private static SourceHealth source(String name, SourceState state, Instant at) {
        return SourceHealth.newBuilder()
                .setSource(name)
                .setType("t")
                .setState(state)
                .setSince(T)
                .setAt(at)
                .build();
    }

    private static String finding(String alert, int status, long time) {
        return "{\"status_id\":" + status + ",\"severity\":\"High\",\"time\":" + time + ",\"finding_info\":{\"uid\":\""
                + alert + "\"},\"resources\":[{\"uid\":\"copilot\"}],\"unmapped\":{\"verdict\":\"UNAPPROVED\"}}";
    }

    private String base() {
        return "http://127.0.0.1:" + api.port();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base() + path)).timeout(Duration.ofSeconds(30));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(request(path).build(), BodyHandlers.ofString());
    }

    private HttpRequest postRequest(String path, String body) {
        return request(path).POST(BodyPublishers.ofString(body)).build();
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return http.send(postRequest(path, body), BodyHandlers.ofString());
    }

    /** Sends bytes as they are and reads the head of the answer. */
    private String raw(String request, boolean end) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(UTF_8));
            out.flush();
            if (end) {
                return new String(socket.getInputStream().readAllBytes(), UTF_8);
            }
            return String.valueOf(new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine());
        }
    }

    private static JsonNode json(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static void assertProblem(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(JSON.readTree(answer.body()).path("detail").stringValue()).isNotBlank();
    }

    private List<String> ids(String path) throws Exception {
        List<String> ids = new ArrayList<>();
        json(get(path)).path("items").forEach(item -> ids.add(item.path("id").stringValue()));
        return ids;
    }

    private List<String> states(String path) throws Exception {
        List<String> states = new ArrayList<>();
        json(get(path)).path("items").forEach(item -> states.add(state(item)));
        return states;
    }

    private static String state(JsonNode alert) {
        return alert.path("id").stringValue() + " " + alert.path("state").stringValue();
    }

    /** Takes lines in as the program would, and keeps them. */
    private static final class PushedLines implements Intake {
        private final List<String> lines = new ArrayList<>();

        /** By which actions came, null for none. */
        private final List<String> tokens = new ArrayList<>();

        private final CountDownLatch slow = new CountDownLatch(1);

        @Override
        public Receipt observations(InputStream in, boolean wait, UnaryOperator<String> headers)
                throws IOException, InterruptedException {
            return take("observations", in, wait);
        }

        @Override
        public Receipt procurementEvents(InputStream in, boolean wait) throws IOException, InterruptedException {
            return take("procurement-events", in, wait);
        }

        @Override
        public Receipt disclosures(InputStream in, boolean wait) throws IOException, InterruptedException {
            return take("disclosures", in, wait);
        }

        @Override
        public Receipt alertActions(InputStream in, boolean wait, String token)
                throws IOException, InterruptedException {
            tokens.add(token);
            return take("alert-actions", in, wait);
        }

        @Override
        public Receipt ticket(String webhook, UnaryOperator<String> headers, byte[] body) {
            if (!webhook.equals("jira")) {
                throw new UnknownException("no webhook " + webhook);
            }
            if (!"proof".equals(headers.apply("X-Hub-Signature"))) {
                throw new RefusedException("not known");
            }
            lines.add(webhook + " " + new String(body, UTF_8));
            return new Receipt(1, List.of(), List.of(new LineError(1, "id", "is odd")));
        }

        @Override
        public Receipt bill(String receiver, UnaryOperator<String> headers, byte[] body) {
            if (!("Bearer " + "proof").equals(headers.apply("Authorization"))) {
                throw new RefusedException("not known");
            }
            lines.add(receiver + " " + headers.apply("X-Aibom-Document-Hash") + " " + new String(body, UTF_8));
            return new Receipt(1, List.of());
        }

        @Override
        public Receipt hint(String source, UnaryOperator<String> headers, byte[] body) {
            if (!"proof".equals(headers.apply("X-Webhook-Secret"))) {
                throw new RefusedException("not known");
            }
            lines.add(source + " " + new String(body, UTF_8));
            return new Receipt(1, List.of());
        }

        @Override
        public Receipt callback(String delivery, UnaryOperator<String> headers, byte[] body) {
            if (!"proof".equals(headers.apply("X-Slack-Signature"))) {
                throw new RefusedException("not known");
            }
            lines.add(delivery + " " + new String(body, UTF_8));
            return new Receipt(1, List.of());
        }

        @Override
        public SpanReceipt spans(byte[] body, boolean json) {
            throw new UnsupportedOperationException("TracesTest has them");
        }

        private Receipt take(String what, InputStream in, boolean wait) throws IOException, InterruptedException {
            String text = new String(in.readAllBytes(), UTF_8);
            lines.add(what + " " + wait + " " + text);
            if (text.equals("away")) {
                throw new UnavailableException("Kafka does not answer", new IOException("secret"));
            }
            if (text.equals("slow")) {
                slow.await();
            }
            return text.startsWith("bad")
                    ? new Receipt(0, List.of(new LineError(1, "kind", "is missing")))
                    : new Receipt(1, List.of());
        }
    }

    /** A client of a live stream. */
    private final class Events implements AutoCloseable {
        private final List<String> data = Collections.synchronizedList(new ArrayList<>());
        private final List<String> ids = Collections.synchronizedList(new ArrayList<>());
        private final ConcurrentLinkedQueue<String> comments = new ConcurrentLinkedQueue<>();
        private final CountDownLatch ended = new CountDownLatch(1);
        private final Stream<String> lines;

        Events(String path, String lastId) throws Exception {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(base() + path)).header("Accept", "text/event-stream");
            if (lastId != null) {
                request.header("Last-Event-ID", lastId);
            }
            HttpResponse<Stream<String>> answer = http.send(request.build(), BodyHandlers.ofLines());
            assertThat(answer.statusCode()).isEqualTo(200);
            lines = answer.body();
            Thread.ofVirtual().start(() -> {
                try {
                    lines.forEach(this::line);
                } catch (UncheckedIOException e) {
                    comments.add("cut");
                } finally {
                    ended.countDown();
                }
            });
        }

        private void line(String line) {
            if (line.startsWith("id: ")) {
                ids.add(line.substring(4));
            } else if (line.startsWith("data: ")) {
                data.add(line.substring(6));
            } else if (line.startsWith(":")) {
                comments.add(line);
            }
        }

        List<String> states() {
            return List.copyOf(data).stream()
                    .map(document -> state(JSON.readTree(document)))
                    .toList();
        }

        @Override
        public void close() {
            lines.close();
        }
    }
}
