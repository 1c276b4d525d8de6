package io.modelwatch.producers.source.servicenow;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.ProcurementEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over real HTTP, with answers in the form that ServiceNow documents for its Table API; nothing recorded was at hand. */
class ServiceNowSourceTest {

    private static final String PATH = "/api/now/table/change_request";

    private final WireMockServer server = new WireMockServer(options().dynamicPort());
    private final HttpFetcher http = new HttpFetcher(HttpLimits.defaults(), InstantSource.system());
    private final List<String> ids = new ArrayList<>();
    private Instant now = Instant.parse("2026-06-01T00:00:00Z");
    private String cursor;

    @TempDir
    private Path dir;

    static {
        Topics.all();
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

    private static String record(String number, String approval, String updated) {
        return "{\"sys_id\":\"s-" + number + "\",\"number\":\"" + number + "\",\"approval\":\"" + approval
                + "\",\"approval_set\":\"2026-03-02 08:00:00\",\"sys_updated_on\":\"" + updated
                + "\",\"u_modelwatch_deployment\":\"d\"}";
    }

    private static String record(String number) {
        return record(number, "approved", "2026-05-31 23:00:00");
    }

    private static ResponseDefinitionBuilder result(String... records) {
        return okJson("{\"result\":[" + String.join(",", records) + "]}");
    }

    private void serve(int offset, ResponseDefinitionBuilder answer) {
        server.stubFor(get(urlPathEqualTo(PATH))
                .withQueryParam("sysparm_offset", equalTo(Integer.toString(offset)))
                .willReturn(answer));
    }

    private String sweep() throws Exception {
        return sweep(Map.of());
    }

    private String sweep(Map<String, Object> more) throws Exception {
        Path token = Files.writeString(dir.resolve("token"), "s3cret");
        Map<String, Object> settings = new HashMap<>(
                Map.of("baseUrl", server.baseUrl(), "tokenFile", token.toString(), "user", "bot", "pageSize", 3));
        settings.putAll(more);
        ServiceNowConfig config = ServiceNowConfig.of(new Settings("test", settings, ServiceNowConfig.KEYS));
        ids.clear();
        return new ServiceNowSource(config, http, () -> now).read(cursor, (events, next) -> {
            events.stream().map(ProcurementEvent::getId).forEach(ids::add);
            cursor = next == null ? cursor : next;
        });
    }

    private List<String> asked(String parameter) {
        return server.getAllServeEvents().reversed().stream()
                .map(event -> event.getRequest().queryParameter(parameter).firstValue())
                .toList();
    }

    @Test
    void shouldReadPageAfterPageAndGoOnFromTheLastUpdate() throws Exception {
        serve(0, result(record("A"), record("B", "requested", "2026-05-31 23:00:00"), record("C")));
        serve(2, result(record("C"), record("D", "rejected", "2026-05-31 23:30:00")));

        assertThat(sweep(Map.of("query", "type=normal"))).isNull();
        assertThat(ids).containsExactly("A", "C", "D:revocation");
        assertThat(asked("sysparm_query").getFirst()).isEqualTo("type=normal^ORDERBYsys_updated_on^ORDERBYsys_id");
        assertThat(asked("sysparm_display_value")).containsOnly("false");

        server.resetRequests();
        sweep(Map.of("query", "type=normal"));
        assertThat(asked("sysparm_query").getFirst())
                .isEqualTo("type=normal^sys_updated_onRELATIVEGE@minute@ago@41^ORDERBYsys_updated_on^ORDERBYsys_id");
    }

    @Test
    void shouldNotPassOverARecordWhenPagesShift() throws Exception {
        // A was updated meanwhile and is the last now: B would have been passed over.
        serve(0, result(record("A"), record("B"), record("C")));
        serve(2, result(record("D"), record("A", "approved", "2026-05-31 23:59:00")));

        assertThat(sweep()).contains("updated while the pages were turned");
        assertThat(ids).containsExactly("A", "B", "C");
        assertThat(cursor).contains("2026-05-31T23:00:00Z");
    }

    @Test
    void shouldReadOnPastRecordsThatAreHidden() throws Exception {
        serve(0, result(record("A")).withHeader("Link", "<http://x/y?sysparm_offset=3>;rel=\"next\""));
        serve(3, result(record("B")));

        assertThat(sweep()).isNull();
        assertThat(ids).containsExactly("A", "B");
    }

    @Test
    void shouldSayWhatWentWrong() throws Exception {
        serve(0, okJson("{\"results\":[]}"));
        assertThatThrownBy(this::sweep).hasMessageContaining("no list at 'result'");

        serve(0, result(record("A").replace("sys_updated_on", "updated")));
        assertThatThrownBy(this::sweep).hasMessageContaining("sys_updated_on");

        serve(0, result(record("A").replace("approval_set", "approved_at")));
        assertThatThrownBy(this::sweep).hasMessageContaining("adapt the mapping");

        serve(0, aResponse().withStatus(401));
        assertThatThrownBy(this::sweep)
                .hasMessageContaining("401")
                .hasMessageContaining("in the file")
                .hasMessageNotContaining("s3cret");

        serve(0, aResponse().withStatus(429).withHeader("Retry-After", "3600"));
        assertThatThrownBy(this::sweep).hasMessageContaining("not to be asked again before");
    }

    @Test
    void shouldStopAtItsBound() throws Exception {
        serve(0, result(record("A"), record("B"), record("C")));
        assertThat(sweep(Map.of("maxPages", 1))).startsWith("stopped after 1 pages of 3");
        assertThatThrownBy(() -> sweep(Map.of("query", "active=true^ORDERBYnumber")))
                .hasMessageContaining("leave ORDERBY");
        assertThatThrownBy(() -> sweep(Map.of("table", "../x"))).hasMessageContaining("the name of a table");
    }
}
