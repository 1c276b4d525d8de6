package io.modelwatch.producers.ticket;

import io.modelwatch.producers.intake.LineError;
import io.modelwatch.producers.source.Proof;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.ticket.TicketReader.Ticket;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Takes in what another system posts when one of its tickets changes. Thread-safe. */
public final class Webhook {

    /** Longest body, in bytes: an issue with all its comments and its history is below that. */
    public static final int MAX_BYTES = 1 << 20;

    private static final int MAX_DEPTH = 64;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(100)
                            .maxStringLength(MAX_BYTES)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final WebhookConfig config;
    private final UnaryOperator<@Nullable String> environment;
    private final TicketReader reader;

    /** @param environment gives the value of an environment variable, or null */
    public Webhook(WebhookConfig config, UnaryOperator<@Nullable String> environment) {
        this.config = config;
        this.environment = environment;
        this.reader = new TicketReader(config.mapping());
    }

    /**
     * Returns whether whoever sent a body knows the secret. How long that takes tells nothing of it.
     *
     * @param headers gives the value of a header, or null
     * @throws SourceException if there is no secret to hold the proof against: nobody is admitted then
     */
    public boolean admits(UnaryOperator<@Nullable String> headers, byte[] body) throws SourceException {
        String secret = config.secret().read(environment);
        if (secret == null) {
            throw new SourceException("webhook " + config.name() + ": no secret is set; "
                    + config.secret().todo());
        }
        String header = headers.apply(config.header());
        String proof = header == null ? "" : header.strip();
        return switch (config.auth()) {
            case HMAC ->
                MessageDigest.isEqual(
                        Proof.hmac(secret, body), hex(proof.startsWith("sha256=") ? proof.substring(7) : proof));
            case TOKEN ->
                Proof.equal(secret, proof.regionMatches(true, 0, "Bearer ", 0, 7) ? proof.substring(7) : proof);
        };
    }

    /** Reads the ticket of a body whose sender has been admitted. */
    public Ticket read(byte[] body, InstantSource clock) {
        JsonNode node;
        try {
            node = JSON.readTree(body);
        } catch (JacksonException e) {
            // The message of the parser quotes the input, which may be anything.
            String at = e.getLocation() == null
                    ? ""
                    : " (line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ")";
            return new Ticket("", null, null, List.of(new LineError(1, "", "not one whole JSON document" + at)));
        }
        return reader.fromBody(node, clock);
    }

    private static byte[] hex(String text) {
        try {
            return HexFormat.of().parseHex(text);
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }
}
