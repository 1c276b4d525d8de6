package io.modelwatch.alerts.delivery.destination;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.put;
import static com.github.tomakehurst.wiremock.client.WireMock.putRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.modelwatch.schemas.avro.AlertState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * One issue an alert. Forms: developer.atlassian.com, REST API v2: "Create issue", "Search for issues using JQL", "Add
 * comment", "Get transitions", "Transition issue", "Issue properties".
 */
class JiraTest {

    private static final String TOKEN = "ATATT3xFfGF0geheim";
    private static final String ISSUE = "/rest/api/2/issue/SEC-12";

    @RegisterExtension
    static final WireMockExtension SERVER = WireMockExtension.newInstance()
            .options(options().dynamicPort().bindAddress("127.0.0.1"))
            .build();

    @BeforeEach
    void jira() {
        found("{\"issues\":[],\"isLast\":true}");
        SERVER.stubFor(post("/rest/api/2/issue")
                .willReturn(aResponse().withStatus(201).withBody("{\"id\":\"10000\",\"key\":\"SEC-12\"}")));
        SERVER.stubFor(
                post(ISSUE + "/comment").willReturn(aResponse().withStatus(201).withBody("{\"id\":\"1\"}")));
        SERVER.stubFor(get(ISSUE + "/transitions")
                .willReturn(okJson(
                        "{\"transitions\":[{\"id\":\"11\",\"name\":\"Start\"},{\"id\":\"31\",\"name\":\"Done\"}]}")));
        SERVER.stubFor(post(ISSUE + "/transitions").willReturn(aResponse().withStatus(204)));
        SERVER.stubFor(
                get(ISSUE + "/properties").willReturn(okJson("{\"keys\":[{\"key\":\"modelwatch\",\"self\":\"x\"}]}")));
        SERVER.stubFor(get(ISSUE + "/properties/modelwatch")
                .willReturn(okJson("{\"key\":\"modelwatch\",\"value\":{\"last\":\"another\"}}")));
        SERVER.stubFor(
                put(ISSUE + "/properties/modelwatch").willReturn(aResponse().withStatus(200)));
    }

    @Test
    void aNewAlertMakesAnIssue() throws Exception {
        assertThat(jira(Map.of(
                                "labels", List.of("ai"),
                                "fields", Map.of("priority", Map.of("name", "High"))))
                        .send(Samples.message()))
                .isEqualTo("created SEC-12");

        SERVER.verify(getRequestedFor(urlPathEqualTo("/rest/api/2/search/jql"))
                .withQueryParam(
                        "jql",
                        equalTo("project = \"SEC\" AND labels = \"modelwatch-" + Samples.ALERT
                                + "\" ORDER BY created ASC"))
                .withBasicAuth(new com.github.tomakehurst.wiremock.client.BasicCredentials("bot@example.com", TOKEN)));
        SERVER.verify(postRequestedFor(urlEqualTo("/rest/api/2/issue"))
                .withRequestBody(equalToJson("""
                {"fields":{"priority":{"name":"High"},"project":{"key":"SEC"},"issuetype":{"name":"Task"},
                  "summary":"Model swapped in support-copilot",
                  "labels":["modelwatch","modelwatch-%s","ai"],
                  "description":"Deployment: support-copilot\\nVendor: acme\\nOwner: cx-team\\nSeverity: high\\nState: open\\nVerdict: UNAPPROVED\\nOpened: 2026-03-01T10:00:00Z\\nUpdated: 2026-03-01T10:00:00.250Z\\nNearest procurement: CHG-1042: it does not allow the model\\nNext step: Ask the owner of the deployment for an approval, or take the change back\\nPolicy: default\\nAlert: %s\\nTrace: c0ffee\\n\\nChanges:\\n- models.primary.id: \\"pkg:huggingface/Qwen/Qwen2.5-7B\\" → \\"pkg:huggingface/evil/<\\\\!channel>\\" (UNAPPROVED)"},
                 "properties":[{"key":"modelwatch","value":{"last":"%s"}}]}
                """.formatted(Samples.ALERT, Samples.ALERT, Samples.ID))));
    }

    @Test
    void aRepeatedMessageMakesNoSecondIssueAndSaysNothingTwice() throws Exception {
        found(issue("indeterminate"));
        SERVER.stubFor(get(ISSUE + "/properties/modelwatch")
                .willReturn(okJson("{\"key\":\"modelwatch\",\"value\":{\"last\":\"" + Samples.ID + "\"}}")));

        assertThat(jira(Map.of("comments", "changes")).send(Samples.message())).isEqualTo("told before on SEC-12");

        SERVER.verify(0, postRequestedFor(anyUrl()));
    }

    @Test
    void aClosedAlertCommentsAndEndsTheIssue() throws Exception {
        found(issue("indeterminate"));

        assertThat(jira(Map.of("closeTransition", "done")).send(Samples.message(Samples.alert(AlertState.CLOSED))))
                .isEqualTo("updated SEC-12");

        SERVER.verify(postRequestedFor(urlEqualTo(ISSUE + "/comment"))
                .withRequestBody(
                        containing("modelwatch: high closed (approved_late): Model swapped in support-copilot")));
        SERVER.verify(postRequestedFor(urlEqualTo(ISSUE + "/transitions"))
                .withRequestBody(equalToJson("{\"transition\":{\"id\":\"31\"}}")));
        SERVER.verify(putRequestedFor(urlEqualTo(ISSUE + "/properties/modelwatch"))
                .withRequestBody(equalToJson("{\"last\":\"" + Samples.ID + "\"}")));
    }

    @Test
    void aReopenedAlertTakesTheIssueUpAgain() throws Exception {
        found(issue("done"));

        jira(Map.of("reopenTransition", "Start")).send(Samples.message());

        SERVER.verify(postRequestedFor(urlEqualTo(ISSUE + "/comment")));
        SERVER.verify(postRequestedFor(urlEqualTo(ISSUE + "/transitions"))
                .withRequestBody(equalToJson("{\"transition\":{\"id\":\"11\"}}")));
    }

    @Test
    void aClosedAlertWithoutAnIssueNeedsNone() throws Exception {
        assertThat(jira(Map.of()).send(Samples.message(Samples.alert(AlertState.CLOSED))))
                .isEqualTo("no issue to change");
    }

    @Test
    void aTransitionThatIsNotThereIsRefusedWithThoseThatAre() {
        found(issue("new"));

        assertThatThrownBy(() -> jira(Map.of("closeTransition", "Finish"))
                        .send(Samples.message(Samples.alert(AlertState.CLOSED))))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(false, DeliveryException::isPassing)
                .satisfies(e -> assertThat(e.getMessage())
                        .isEqualTo("issue SEC-12 has no transition 'Finish' now; it has [Start, Done]"));
    }

    @Test
    void aDataCenterIsAskedInItsOwnWay() throws Exception {
        SERVER.stubFor(get(urlPathEqualTo("/rest/api/2/search")).willReturn(okJson("{\"issues\":[],\"total\":0}")));

        jira(Map.of("flavour", "data-center")).send(Samples.message());

        SERVER.verify(getRequestedFor(urlPathEqualTo("/rest/api/2/search"))
                .withHeader("Authorization", equalTo("Bearer " + TOKEN)));
    }

    @Test
    void whatJiraMissesIsSaidInItsWords() {
        SERVER.stubFor(post("/rest/api/2/issue")
                .willReturn(aResponse()
                        .withStatus(400)
                        .withBody("{\"errorMessages\":[],\"errors\":{\"customfield_10010\":\"Team is required. " + TOKEN
                                + "\"}}")));

        assertThatThrownBy(() -> jira(Map.of()).send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(false, DeliveryException::isPassing)
                .satisfies(e ->
                        assertThat(e.getMessage()).contains("Team is required").doesNotContain("geheim"));
    }

    @Test
    void aSignInPageIsNoAnswer() {
        SERVER.stubFor(get(urlPathEqualTo("/rest/api/2/search/jql"))
                .willReturn(aResponse().withBody("<html>Log in</html>")));

        assertThatThrownBy(() -> jira(Map.of()).send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(true, DeliveryException::isPassing)
                .satisfies(e ->
                        assertThat(e.getMessage()).isEqualTo("Jira answers 200 but no JSON (it answers with a page)"));
    }

    private static void found(String issues) {
        SERVER.stubFor(get(urlPathEqualTo("/rest/api/2/search/jql")).willReturn(okJson(issues)));
    }

    private static String issue(String category) {
        return "{\"issues\":[{\"key\":\"SEC-12\",\"fields\":{\"status\":{\"statusCategory\":{\"key\":\"" + category
                + "\"}}}}],\"isLast\":true}";
    }

    private static Jira jira(Map<String, ?> more) {
        Map<String, Object> values = new HashMap<>(more);
        values.put("baseUrl", SERVER.baseUrl() + "/");
        values.put("user", "bot@example.com");
        values.put("project", "SEC");
        return new Jira(
                Samples.settings(Jira.OPTIONS, values),
                Samples.surroundings(Map.of("MODELWATCH_DELIVERIES_SOC_TOKEN", TOKEN)));
    }
}
