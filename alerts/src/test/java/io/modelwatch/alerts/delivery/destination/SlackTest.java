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
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.JudgedChange;
import io.modelwatch.schemas.avro.Verdict;
import java.util.Collections;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SlackTest {

    private static final String PATH = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";

    @RegisterExtension
    static final WireMockExtension SERVER = WireMockExtension.newInstance()
            .options(options().dynamicPort().bindAddress("127.0.0.1"))
            .build();

    @Test
    void aMessageIsInBlocksAndMentionsNobody() throws Exception {
        SERVER.stubFor(post(PATH).willReturn(aResponse().withBody("ok")));

        assertThat(slack().send(Samples.message())).isEqualTo("ok");

        // Form: docs.slack.dev, "Sending messages using incoming webhooks" and "Block Kit" (header, section, context).
        SERVER.verify(postRequestedFor(urlEqualTo(PATH))
                .withRequestBody(equalToJson("""
                {"text":"high open: Model swapped in support-copilot: UNAPPROVED",
                 "blocks":[
                  {"type":"header","text":{"type":"plain_text","text":"[HIGH] open: Model swapped in support-copilot"}},
                  {"type":"section","fields":[
                   {"type":"mrkdwn","text":"*Deployment*\\nsupport-copilot"},
                   {"type":"mrkdwn","text":"*Vendor*\\nacme"},
                   {"type":"mrkdwn","text":"*Owner*\\ncx-team"},
                   {"type":"mrkdwn","text":"*Severity*\\nhigh"},
                   {"type":"mrkdwn","text":"*State*\\nopen"},
                   {"type":"mrkdwn","text":"*Verdict*\\nUNAPPROVED"},
                   {"type":"mrkdwn","text":"*Opened*\\n2026-03-01T10:00:00Z"},
                   {"type":"mrkdwn","text":"*Updated*\\n2026-03-01T10:00:00.250Z"},
                   {"type":"mrkdwn","text":"*Nearest procurement*\\nCHG-1042: it does not allow the model"},
                   {"type":"mrkdwn","text":"*Next step*\\nAsk the owner of the deployment for an approval, or take the change back"}]},
                  {"type":"section","text":{"type":"mrkdwn","text":"• models.primary.id: \\"pkg:huggingface/Qwen/Qwen2.5-7B\\" → \\"pkg:huggingface/evil/&lt;!channel&gt;\\" (UNAPPROVED)"}},
                  {"type":"section","text":{"type":"mrkdwn","text":"<https://watch.example.com/alerts/%s|Open the alert>"}},
                  {"type":"context","elements":[{"type":"mrkdwn","text":"alert %s · trace c0ffee · message %s"}]}]}
                """.formatted(Samples.ALERT, Samples.ALERT, Samples.ID))));
    }

    @Test
    void whatIsLongIsCutToWhatSlackTakes() {
        Alert alert = Samples.alert();
        alert.setDeployment("<".repeat(5000));
        JudgedChange judged = Samples.judged(Verdict.UNAPPROVED);
        judged.getChange().setAfter("&".repeat(5000));
        alert.setChanges(Collections.nCopies(100, judged));

        JsonNode payload = JsonMapper.shared()
                .readTree(Slack.payload(Samples.ID, alert, null, false).toString());

        for (JsonNode block : payload.path("blocks")) {
            int max = block.path("type").stringValue().equals("header") ? 150 : 3000;
            assertThat(block.path("text").path("text").asString("")).hasSizeLessThanOrEqualTo(max);
            assertThat(block.path("fields").size()).isLessThanOrEqualTo(10);
            block.path("fields")
                    .forEach(field ->
                            assertThat(field.path("text").stringValue()).hasSizeLessThanOrEqualTo(2000));
        }
    }

    // Errors: api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks. Some are said with status
    // 200.
    @ParameterizedTest
    @CsvSource({
        "200, invalid_payload, false",
        "200, no_service, false",
        "400, invalid_payload, false",
        "403, action_prohibited, false",
        "404, channel_not_found, false",
        "410, channel_is_archived, false",
        "429, rate_limited, true",
        "500, rollup_error, true",
        "200, <html>Sign in to the network</html>, true",
        "200, , true",
    })
    void whatIsNotOkIsNoSuccessWhateverTheStatus(int status, String body, boolean passing) {
        SERVER.stubFor(post(PATH).willReturn(aResponse().withStatus(status).withBody(body == null ? "" : body)));

        assertThatThrownBy(() -> slack().send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(passing, DeliveryException::isPassing)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("XXXXXXXX", "/services"));
    }

    @Test
    void anAddressThatIsNoneIsNotQuoted() {
        Slack slack = new Slack(
                Samples.settings(Slack.OPTIONS, Map.of()),
                Samples.surroundings(Map.of("MODELWATCH_DELIVERIES_SOC_URL", "hooks.slack.com" + PATH)));

        assertThatThrownBy(() -> slack.send(Samples.message()))
                .isInstanceOf(DeliveryException.class)
                .hasMessageContaining("no http or https address")
                .hasMessageNotContaining("XXXX");
    }

    private static Slack slack() {
        return new Slack(
                Samples.settings(Slack.OPTIONS, Map.of("link", "https://watch.example.com/alerts/{id}")),
                Samples.surroundings(Map.of("MODELWATCH_DELIVERIES_SOC_URL", SERVER.baseUrl() + PATH)));
    }
}
