package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.TraceParent;
import io.modelwatch.schemas.json.JsonForms;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Posts JSON to an address, signed as the specification <a href="https://www.standardwebhooks.com">Standard Webhooks</a>
 * wants it, so that a receiver can check it with a library: {@code webhook-signature} is {@code v1,} and the Base64 of the
 * HMAC-SHA256 of {@code id.timestamp.body}.
 */
public final class Webhook implements Destination {

    /** A receiver's library decodes what follows this mark as Base64. */
    private static final String BASE64_MARK = "whsec_";

    private static final String ALERT = "alert";
    private static final String OCSF = "ocsf";

    /** Settings. */
    public static final List<Option> OPTIONS = List.of(
            Option.secretOrAddress("url", "where it is posted to").must(),
            Option.secret(
                            "secret",
                            "the key that signs: any text, or `whsec_` and Base64 as Standard Webhooks writes it")
                    .must(),
            Option.choice(
                    "form",
                    List.of(ALERT, OCSF),
                    ALERT,
                    "the body: `alert` is the JSON form of an alert, `ocsf` the OCSF Detection Finding"),
            Option.secret("token", "sent as `Authorization: Bearer`, for a gateway that wants one"),
            Settings.AUTHORITIES);

    private final Surroundings surroundings;
    private final Http http;
    private final Secret url;
    private final Secret secret;
    private final Secret token;
    private final String form;

    public Webhook(Settings settings, Surroundings surroundings) {
        this.surroundings = surroundings;
        this.http = new Http(surroundings, settings.trust());
        this.url = settings.secret("url");
        this.secret = settings.secret("secret");
        this.token = settings.secret("token");
        this.form = settings.text("form");
    }

    @Override
    public Set<Topic<?>> topics() {
        return Set.of(form.equals(OCSF) ? Topics.ALERTS_OCSF : Topics.ALERTS);
    }

    @Override
    public String send(Message message) throws DeliveryException, InterruptedException {
        return send(message, null);
    }

    @Override
    public String send(Message message, @Nullable String traceParent) throws DeliveryException, InterruptedException {
        byte[] body =
                switch (message) {
                    case Message.OfAlert alert ->
                        JsonForms.alert(alert.alert()).toString().getBytes(StandardCharsets.UTF_8);
                    case Message.OfFinding finding -> finding.json();
                    case Message.OfVerdict verdict ->
                        JsonForms.verdict(verdict.verdict()).toString().getBytes(StandardCharsets.UTF_8);
                };
        String key = secret.read(surroundings.environment());
        String address = url.read(surroundings.environment());
        String bearer = token.find(surroundings.environment());
        URI uri = Http.uri(address, url);
        Map<String, String> headers = headers(message.id(), key, bearer, body);
        if (traceParent != null) {
            headers.put(TraceParent.NAME, traceParent);
        }
        List<String> hidden = new ArrayList<>(List.of(key));
        if (bearer != null) {
            hidden.add(bearer);
        }
        return Integer.toString(
                http.exchange("POST", uri, headers, body, hidden).status());
    }

    private Map<String, String> headers(String id, String key, @Nullable String bearer, byte[] body) {
        String timestamp = Long.toString(surroundings.clock().instant().getEpochSecond());
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("webhook-id", id);
        headers.put("webhook-timestamp", timestamp);
        headers.put("webhook-signature", "v1," + signature(key, id, timestamp, body));
        headers.put("Idempotency-Key", id);
        if (bearer != null) {
            headers.put("Authorization", "Bearer " + bearer);
        }
        return headers;
    }

    /** Returns the Base64 of the HMAC-SHA256 of {@code id.timestamp.body}. */
    static String signature(String key, String id, String timestamp, byte[] body) {
        byte[] before = (id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(Hmac.of(keyBytes(key), before, body));
    }

    private static byte[] keyBytes(String key) {
        if (key.startsWith(BASE64_MARK)) {
            try {
                return Base64.getDecoder().decode(key.substring(BASE64_MARK.length()));
            } catch (IllegalArgumentException e) {
                // Then it is a text that happens to begin so.
            }
        }
        return key.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Message probe(Probe probe) {
        return form.equals(OCSF) ? probe.finding() : probe.alert();
    }

    @Override
    public void close() {
        http.close();
    }
}
