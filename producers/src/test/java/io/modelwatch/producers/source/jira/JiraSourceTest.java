package io.modelwatch.producers.source.jira;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.ProcurementEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Over real HTTP, with answers in the form that Atlassian documents for {@code /rest/api/3/search/jql}; nothing recorded
 * was at hand.
 */
class JiraSourceTest {

    private static final String PATH = "/rest/api/3/search/jql";

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(limits(), InstantSource.system());
    private final List<String> ids = new ArrayList<>();
    private Instant now = Instant.parse("2026-06-01T00:00:00Z");
    private String cursor;

    @TempDir
    private Path dir;

    static {
        Topics.all();
    }

    private static HttpLimits limits() {
        HttpLimits all = HttpLimits.defaults();
        return new HttpLimits(
                all.connectTimeout(),
                all.requestTimeout(),
                all.overallTimeout(),
                all.maxBodyBytes(),
                2,
                Duration.ofMillis(1),
                Duration.ofMillis(10),
                0);
    }

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        http.close();
        server.stop();
    }

    private static String issue(String key, String status, String updated) {
        return "{\"key\":\"" + key + "\",\"fields\":{\"status\":{\"name\":\"" + status
                + "\"},\"resolutiondate\":\"2026-03-02T10:00:00.000+0200\",\"updated\":\"" + updated
                + "\",\"labels\":[\"deployment=d\"]}}";
    }

    private static String issue(String key) {
        return issue(key, "Approved", "2026-05-31T20:00:00.000-0400");
    }

    private String sweep() throws Exception {
        return sweep(Map.of());
    }

    private String sweep(Map<String, Object> more) throws Exception {
        Path token = Files.writeString(dir.resolve("token"), "s3cret");
        Map<String, Object> settings = new java.util.HashMap<>(Map.of(
                "baseUrl",
                server.baseUrl(),
                "jql",
                "project = CHG",
                "user",
                "bot@acme.com",
                "tokenFile",
                token.toString()));
        settings.putAll(more);
        JiraConfig config = JiraConfig.of(new Settings("test", settings, JiraConfig.KEYS));
        ids.clear();
        return new JiraSource(config, http, () -> now).read(cursor, (events, next) -> {
            events.stream().map(ProcurementEvent::getId).forEach(ids::add);
            cursor = next == null ? cursor : next;
        });
    }

    private List<String> asked(String parameter) {
        return server.getAllServeEvents().reversed().stream()
                .map(event -> event.getRequest())
                .map(LoggedRequest::getQueryParams)
                .map(all -> all.containsKey(parameter) ? all.get(parameter).firstValue() : "")
                .toList();
    }

    @Test
    void shouldReadPageAfterPageAndGoOnFromTheLastUpdate() throws Exception {
        server.stubFor(get(urlPathEqualTo(PATH))
                .withQueryParam("nextPageToken", absent())
                .withHeader("Authorization", equalTo("Basic Ym90QGFjbWUuY29tOnMzY3JldA=="))
                .willReturn(okJson("{\"issues\":[" + issue("A") + "],\"nextPageToken\":\"t/1\"}")));
        server.stubFor(get(urlPathEqualTo(PATH))
                .withQueryParam("nextPageToken", equalTo("t/1"))
                .willReturn(okJson("{\"issues\":[" + issue("B", "Rejected", "2026-05-31T23:30:00.000+0000") + ","
                        + issue("C", "Open", "2026-05-31T23:40:00.000+0000") + "],\"isLast\":true}")));

        assertThat(sweep()).isNull();
        assertThat(ids).containsExactly("A", "B:revocation");
        assertThat(asked("jql").getFirst()).isEqualTo("(project = CHG) ORDER BY updated ASC");
        assertThat(asked("fields").getFirst()).isEqualTo("*all");

        server.resetRequests();
        now = now.plusSeconds(30);
        sweep();
        // An update at midnight UTC, ten minutes of overlap, rounded up: it was the newest.
        assertThat(asked("jql").getFirst()).isEqualTo("(project = CHG) AND updated >= \"-11m\" ORDER BY updated ASC");
    }

    @Test
    void shouldKeepWhatWasReadBeforeAPageFailed() throws Exception {
        server.stubFor(get(urlPathEqualTo(PATH))
                .withQueryParam("nextPageToken", absent())
                .willReturn(okJson("{\"issues\":[" + issue("A") + "],\"nextPageToken\":\"t\"}")));
        server.stubFor(get(urlPathEqualTo(PATH))
                .withQueryParam("nextPageToken", equalTo("t"))
                .willReturn(aResponse().withStatus(503)));

        assertThatThrownBy(this::sweep).isInstanceOf(SourceException.class).hasMessageContaining("503");
        assertThat(ids).containsExactly("A");
        assertThat(cursor).contains("2026-06-01T00:00:00Z");
    }

    @Test
    void shouldSayThatPagesAreCut() throws Exception {
        server.stubFor(
                get(urlPathEqualTo(PATH)).willReturn(okJson("{\"issues\":[" + issue("A") + "],\"isLast\":false}")));
        assertThat(sweep()).contains("no nextPageToken");

        server.stubFor(get(urlPathEqualTo(PATH))
                .willReturn(okJson("{\"issues\":[" + issue("A") + "],\"nextPageToken\":\"t\",\"isLast\":false}")));
        assertThatThrownBy(this::sweep).hasMessageContaining("circle");
        assertThat(sweep(Map.of("maxPages", 1))).startsWith("stopped after 1 pages");
    }

    @Test
    void shouldKeepAnIssueVisibleThatCannotBeReadUntilItIsPutRight() throws Exception {
        String bad = issue("B").replace("deployment=d", "nothing");
        server.stubFor(get(urlPathEqualTo(PATH)).willReturn(okJson("{\"issues\":[" + issue("A") + "," + bad + "]}")));
        assertThat(sweep()).isEqualTo("1 tickets are left out: B: subject: required field is missing");
        assertThat(ids).containsExactly("A");

        server.stubFor(get(urlPathEqualTo(PATH)).willReturn(okJson("{\"issues\":[" + issue("A") + "]}")));
        assertThat(sweep()).startsWith("1 tickets are left out: B");

        server.stubFor(get(urlPathEqualTo(PATH)).willReturn(okJson("{\"issues\":[" + issue("B") + "]}")));
        assertThat(sweep()).isNull();
        assertThat(ids).containsExactly("B");
    }

    @Test
    void shouldReadAllAgainWithAnotherMapping() throws Exception {
        server.stubFor(get(urlPathEqualTo(PATH)).willReturn(okJson("{\"issues\":[" + issue("A") + "]}")));
        sweep();
        Path mapping = Files.writeString(dir.resolve("mapping.yaml"), """
                decision: fields.status.name
                decisions: {approved: exception}
                fields: {id: key, issuedAt: fields.resolutiondate}
                constants: {vendor: acme}
                """);
        server.resetRequests();
        sweep(Map.of("mapping", mapping.toString()));
        assertThat(asked("jql").getFirst()).doesNotContain("updated >=");
    }

    @Test
    void shouldSayThatAFieldWasRenamed() {
        server.stubFor(get(urlPathEqualTo(PATH)).willReturn(okJson("{\"values\":[]}")));
        assertThatThrownBy(this::sweep).hasMessageContaining("no list at 'issues'");

        server.stubFor(get(urlPathEqualTo(PATH))
                .willReturn(okJson("{\"issues\":[" + issue("A").replace("updated", "changed") + "]}")));
        assertThatThrownBy(this::sweep).hasMessageContaining("without a usable 'fields.updated'");

        server.stubFor(get(urlPathEqualTo(PATH))
                .willReturn(okJson("{\"issues\":[" + issue("A").replace("resolutiondate", "resolvedAt") + "]}")));
        assertThatThrownBy(this::sweep)
                .hasMessageContaining("none of the 1 tickets can be read")
                .hasMessageContaining("adapt the mapping");
    }

    @Test
    void shouldNameThePlaceOfATokenThatIsRefusedAndNeverTheToken() {
        server.stubFor(get(urlPathEqualTo(PATH)).willReturn(aResponse().withStatus(401)));
        assertThatThrownBy(this::sweep)
                .hasMessageContaining("401")
                .hasMessageContaining("token in the file")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void shouldHonourTheLimitOfTheSite() {
        server.stubFor(
                get(urlPathEqualTo(PATH)).willReturn(aResponse().withStatus(429).withHeader("Retry-After", "3600")));
        assertThatThrownBy(this::sweep)
                .hasMessageContaining("429")
                .hasMessageContaining("not to be asked again before");
        assertThatThrownBy(this::sweep).hasMessageContaining("not asked before");
        assertThat(server.getAllServeEvents()).hasSize(1);
    }

    @Test
    void shouldRefuseAQueryWithAnOrder() {
        assertThatThrownBy(() -> sweep(Map.of("jql", "project = CHG order by key")))
                .hasMessageContaining("ORDER BY");
    }
}
