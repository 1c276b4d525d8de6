package io.modelwatch.alerts.delivery.destination;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.avro.Verdict;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PagerDutyTest {

    private static final String KEY = "R0UT1NGKEY0123456789ABCDEFGHIJKL";

    // What PagerDuty answers: developer.pagerduty.com, Events API v2, "Response" (202) and "Errors" (400).
    private static final String TAKEN =
            "{\"status\":\"success\",\"message\":\"Event processed\",\"dedup_key\":\"" + Samples.ALERT + "\"}";

    @RegisterExtension
    static final WireMockExtension SERVER = WireMockExtension.newInstance()
            .options(options().dynamicPort().bindAddress("127.0.0.1"))
            .build();

    @Test
    void anOpenAlertTriggers() throws Exception {
        taking("/v2/enqueue");

        assertThat(pagerDuty().send(Samples.message())).isEqualTo("202 success");

        // Form: developer.pagerduty.com, "Send an alert event".
        SERVER.verify(postRequestedFor(urlEqualTo("/v2/enqueue")).withRequestBody(equalToJson("""
                {"routing_key":"%s","event_action":"trigger","dedup_key":"%s",
                 "payload":{"summary":"Model swapped in support-copilot: UNAPPROVED","timestamp":"2026-03-01T10:00:00.250Z",
                  "source":"support-copilot","severity":"error","component":"support-copilot","group":"cx-team","class":"MODEL_SWAPPED",
                  "custom_details":{"Deployment":"support-copilot","Vendor":"acme","Owner":"cx-team","Severity":"high","State":"open",
                   "Verdict":"UNAPPROVED","Opened":"2026-03-01T10:00:00Z","Updated":"2026-03-01T10:00:00.250Z",
                   "Nearest procurement":"CHG-1042: it does not allow the model",
                   "Next step":"Ask the owner of the deployment for an approval, or take the change back",
                   "Policy":"default","Alert":"%s","Trace":"c0ffee",
                   "Changes":["models.primary.id: \\"pkg:huggingface/Qwen/Qwen2.5-7B\\" → \\"pkg:huggingface/evil/<!channel>\\" (UNAPPROVED)"]}},
                 "client":"modelwatch","client_url":"https://watch.example.com/%s",
                 "links":[{"href":"https://watch.example.com/%s","text":"Open the alert"}]}
                """.formatted(
                        KEY, Samples.ALERT, Samples.ALERT, Samples.ALERT, Samples.ALERT))));
    }

    @ParameterizedTest
    @CsvSource({"OPEN, trigger", "ACKNOWLEDGED, acknowledge", "SUPPRESSED, resolve", "CLOSED, resolve"})
    void theIncidentFollowsTheAlert(AlertState state, String action) throws Exception {
        taking("/v2/enqueue");

        pagerDuty().send(Samples.message(Samples.alert(state)));

        SERVER.verify(postRequestedFor(urlEqualTo("/v2/enqueue"))
                .withRequestBody(equalToJson(
                        "{\"routing_key\":\"%s\",\"event_action\":\"%s\",\"dedup_key\":\"%s\"}"
                                .formatted(KEY, action, Samples.ALERT),
                        true,
                        true)));
    }

    @Test
    void anApprovedChangeIsAChangeEvent() throws Exception {
        SERVER.stubFor(post("/v2/change/enqueue")
                .willReturn(aResponse()
                        .withStatus(202)
                        .withBody("{\"status\":\"success\",\"message\":\"Change event processed\"}")));
        PagerDuty pagerDuty = pagerDuty();
        Message approved = Samples.verdict(Verdict.APPROVED, true);

        assertThat(pagerDuty.topics()).containsExactlyInAnyOrder(Topics.ALERTS, Topics.VERDICTS);
        assertThat(pagerDuty.takes(approved)).isTrue();
        assertThat(pagerDuty.needs(approved)).isTrue();
        pagerDuty.send(approved);

        // Form: developer.pagerduty.com, "Send a change event".
        SERVER.verify(
                postRequestedFor(urlEqualTo("/v2/change/enqueue")).withRequestBody(equalToJson("""
                {"routing_key":"%s","payload":{
                 "summary":"Model swapped in support-copilot: models.primary.id: \\"pkg:huggingface/Qwen/Qwen2.5-7B\\" → \\"pkg:huggingface/evil/<!channel>\\" (APPROVED by CHG-7)",
                 "timestamp":"2026-03-01T09:00:00Z","source":"support-copilot",
                 "custom_details":{"Deployment":"support-copilot","Change":"chg1","Field":"models.primary.id","Verdict":"APPROVED",
                  "Procurement event":"CHG-7","Known since":"2026-03-01T10:00:00Z","Trace":"c0ffee"}}}
                """.formatted(KEY))));
    }

    @ParameterizedTest
    @EnumSource(
            value = Verdict.class,
            names = {"UNAPPROVED", "EXPIRED", "REVOKED", "EXHAUSTED", "UNKNOWN"})
    void whatIsNotApprovedIsNoChangeEvent(Verdict verdict) {
        assertThat(pagerDuty().takes(Samples.verdict(verdict, true))).isFalse();
    }

    @Test
    void aChangeThatIsNoLongerLiveIsNoNews() {
        assertThat(pagerDuty().takes(Samples.verdict(Verdict.APPROVED, false))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"OPEN, false", "ACKNOWLEDGED, false", "SUPPRESSED, true", "CLOSED, true"})
    void anEndIsToldWhateverTheSeverity(AlertState state, boolean needed) {
        assertThat(pagerDuty().needs(Samples.message(Samples.alert(state)))).isEqualTo(needed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "400 | {\"status\":\"invalid event\",\"message\":\"Event object is invalid\",\"errors\":[\"Length of 'routing_key' is incorrect\"]} | false",
                "200 | {\"status\":\"invalid event\",\"message\":\"Event object is invalid\"} | false",
                "200 | {\"ok\":true} | true",
                "202 | <html>Sign in</html> | true",
                "429 | {\"status\":\"throttle exceeded\"} | true",
                "500 | | true",
            })
    void whatIsNoSuccessIsNoneWhateverTheStatus(int status, String body, boolean passing) {
        SERVER.stubFor(
                post("/v2/enqueue").willReturn(aResponse().withStatus(status).withBody(body == null ? "" : body)));

        assertThatThrownBy(() -> pagerDuty().send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(passing, DeliveryException::isPassing)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(KEY));
    }

    private static void taking(String path) {
        SERVER.stubFor(post(path).willReturn(aResponse().withStatus(202).withBody(TAKEN)));
    }

    private static PagerDuty pagerDuty() {
        return new PagerDuty(
                Samples.settings(
                        PagerDuty.OPTIONS,
                        Map.of("baseUrl", SERVER.baseUrl(), "link", "https://watch.example.com/{id}")),
                Samples.surroundings(Map.of("MODELWATCH_DELIVERIES_SOC_ROUTING_KEY", KEY)));
    }
}
