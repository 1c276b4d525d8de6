package io.modelwatch.producers.source.huggingface;

import io.modelwatch.producers.source.Hints;
import io.modelwatch.producers.source.Proof;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.Token;
import java.time.Instant;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Webhooks of the Hub. They carry the secret itself, in {@code X-Webhook-Secret}; there is no signature (Hub
 * documentation, docs/hub/webhooks.md).
 *
 * @param secret where the secret is kept
 */
public record HuggingFaceHints(Token secret) implements Hints {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Returns the hints that the settings allow, or null for none. */
    public static @Nullable HuggingFaceHints of(Settings settings) {
        Token secret = settings.webhookSecret();
        return secret == null ? null : new HuggingFaceHints(secret);
    }

    @Override
    public boolean admits(UnaryOperator<@Nullable String> headers, byte[] body, Instant now) throws SourceException {
        String given = headers.apply("X-Webhook-Secret");
        return Proof.equal(Hints.secret(secret), given == null ? "" : given);
    }

    @Override
    public boolean matters(byte[] body) {
        try {
            JsonNode root = JSON.readTree(body);
            String type = root.path("repo").path("type").asString("model");
            String scope = root.path("event").path("scope").asString("repo");
            return type.equals("model") && !scope.startsWith("discussion");
        } catch (JacksonException e) {
            return true;
        }
    }
}
