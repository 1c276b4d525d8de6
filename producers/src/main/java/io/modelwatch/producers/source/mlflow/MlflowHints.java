package io.modelwatch.producers.source.mlflow;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelwatch.producers.source.Hints;
import io.modelwatch.producers.source.Proof;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.Token;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Webhooks of MLflow 3, signed as {@code v1,base64(HMAC-SHA256(secret, "id.timestamp.payload"))}
 * (mlflow/webhooks/delivery.py). Those of Databricks differ.
 *
 * @param secret where the secret is kept
 */
public record MlflowHints(Token secret) implements Hints {

    /** How old, or how far ahead of our clock, what was signed may be: whoever overheard it may not use it for longer. */
    static final Duration WINDOW = Duration.ofMinutes(5);

    /** Returns the hints that the settings allow, or null for none. */
    public static @Nullable MlflowHints of(Settings settings) {
        Token secret = settings.webhookSecret();
        return secret == null ? null : new MlflowHints(secret);
    }

    @Override
    public boolean admits(UnaryOperator<@Nullable String> headers, byte[] body, Instant now) throws SourceException {
        String known = Hints.secret(secret);
        String id = headers.apply("X-MLflow-Delivery-Id");
        String timestamp = headers.apply("X-MLflow-Timestamp");
        String signature = headers.apply("X-MLflow-Signature");
        if (id == null || signature == null || timestamp == null || !timestamp.matches("\\d{1,12}")) {
            return false;
        }
        Instant signed = Instant.ofEpochSecond(Long.parseLong(timestamp));
        if (Duration.between(signed, now).abs().compareTo(WINDOW) > 0) {
            return false;
        }
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.writeBytes((id + "." + timestamp + ".").getBytes(UTF_8));
        text.writeBytes(body);
        byte[] wanted =
                ("v1," + Base64.getEncoder().encodeToString(Proof.hmac(known, text.toByteArray()))).getBytes(UTF_8);
        return MessageDigest.isEqual(wanted, signature.strip().getBytes(UTF_8));
    }

    @Override
    public boolean matters(byte[] body) {
        return true;
    }
}
