package io.modelwatch.producers.ticket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WebhookTest {

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-06-01T00:00:00Z"));
    private static final byte[] BODY = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);

    /** {@code printf '{"a":1}' | openssl dgst -sha256 -hmac s3cret}. */
    private static final String SIGNATURE = "5910e62016ef5034272c926c27071992a465c2335cecf41851bda071577f4f6d";

    static {
        Topics.all();
    }

    private static Webhook webhook(String auth, String secret) {
        WebhookConfig config = WebhookConfig.fromMap(
                Map.of("name", "jira", "mapping", "jira", "auth", auth, "secretEnv", "HOOK_SECRET"));
        return new Webhook(config, name -> name.equals("HOOK_SECRET") ? secret : null);
    }

    private static boolean admits(String auth, String header, String value) throws SourceException {
        return webhook(auth, "s3cret").admits(name -> name.equals(header) ? value : null, BODY);
    }

    @Test
    void shouldAdmitWhoSignedTheBody() throws Exception {
        assertThat(admits("hmac", "X-Hub-Signature", "sha256=" + SIGNATURE)).isTrue();
        assertThat(admits("hmac", "X-Hub-Signature", SIGNATURE.toUpperCase(java.util.Locale.ROOT)))
                .isTrue();
        assertThat(admits("token", "Authorization", "Bearer s3cret")).isTrue();
        assertThat(admits("token", "Authorization", "s3cret")).isTrue();
    }

    @Test
    void shouldAdmitNobodyElse() throws Exception {
        assertThat(admits("hmac", "X-Hub-Signature", "sha256=" + SIGNATURE.replace('a', 'b')))
                .isFalse();
        assertThat(admits("hmac", "X-Hub-Signature", "sha256=" + SIGNATURE.substring(2)))
                .isFalse();
        assertThat(admits("hmac", "X-Hub-Signature", "sha256=zz")).isFalse();
        assertThat(admits("hmac", "X-Hub-Signature", "")).isFalse();
        assertThat(admits("hmac", "Authorization", "s3cret")).isFalse();
        assertThat(admits("token", "Authorization", "s3cre")).isFalse();
        assertThat(admits("token", "X-Hub-Signature", "s3cret")).isFalse();
        assertThatThrownBy(() -> webhook("hmac", null).admits(name -> SIGNATURE, BODY))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("no secret is set; put one into the environment variable HOOK_SECRET");
    }

    @Test
    void shouldReadTheTicketOfABody() {
        Webhook webhook = webhook("hmac", "s3cret");

        String body = "{\"issue\":" + TicketReaderTest.issue("Approved") + "}";
        assertThat(webhook.read(body.getBytes(StandardCharsets.UTF_8), CLOCK).event())
                .extracting("id")
                .isEqualTo("CHG-7");
        assertThat(webhook.read(BODY, CLOCK).errors())
                .singleElement()
                .extracting("message")
                .isEqualTo("holds no ticket at issue");
        assertThat(webhook.read("{\"issue\":".getBytes(StandardCharsets.UTF_8), CLOCK)
                        .errors())
                .singleElement()
                .satisfies(error -> assertThat(error.message()).startsWith("not one whole JSON document"));
        assertThat(webhook.read("[".repeat(10_000).getBytes(StandardCharsets.UTF_8), CLOCK)
                        .errors())
                .hasSize(1);
    }

    @Test
    void shouldSayWhatIsLegal() {
        assertThatThrownBy(() -> WebhookConfig.fromMap(Map.of("name", "jira", "mapping", "jira")))
                .hasMessageContaining("secretEnv or secretFile");
        assertThatThrownBy(() -> WebhookConfig.fromMap(
                        Map.of("name", "jira", "mapping", "jira", "auth", "none", "secretEnv", "X")))
                .hasMessageContaining("'auth' must be hmac or token");
        assertThatThrownBy(() -> WebhookConfig.fromMap(Map.of("name", "a/b", "mapping", "jira", "secretEnv", "X")))
                .hasMessageContaining("webhook name");
    }
}
