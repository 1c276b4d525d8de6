package io.modelwatch.producers.ticket;

import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import java.util.Map;
import java.util.Set;

/**
 * One way in for tickets of another system.
 *
 * @param name last part of its path, {@code /v1/procurement/<name>}
 * @param mapping how a ticket is read
 * @param auth how a sender proves to know the secret
 * @param header which header carries the proof
 * @param secret where the secret is kept
 */
public record WebhookConfig(String name, Mapping mapping, Auth auth, String header, Token secret) {

    private static final Set<String> KEYS = Set.of("name", "mapping", "auth", "header", "secretEnv", "secretFile");

    /** How a sender proves to know the secret. */
    public enum Auth {
        /** HMAC-SHA256 of the body, in hex, after {@code sha256=} or alone. */
        HMAC,
        /** The secret itself, after {@code Bearer} or alone. */
        TOKEN
    }

    /** Checks the names, and that the mapping's expressions are legal. */
    public WebhookConfig {
        if (!name.matches("[a-z0-9][a-z0-9-]{0,63}")) {
            throw new IllegalArgumentException(
                    "webhook name '" + name + "': lower-case letters, digits and '-' only, at most 64");
        }
        if (!header.matches("[A-Za-z0-9-]{1,100}")) {
            throw new IllegalArgumentException("webhook " + name + ": 'header' must be the name of a header");
        }
        if (secret.env() == null && secret.file() == null) {
            throw new IllegalArgumentException(
                    "webhook " + name + ": name where its secret is kept, in secretEnv or secretFile");
        }
    }

    /**
     * Reads one webhook of the configuration file.
     *
     * @throws IllegalArgumentException if something is unknown or illegal; it names the key and the legal form
     */
    public static WebhookConfig fromMap(Map<String, Object> map) {
        String where = "webhook " + map.getOrDefault("name", "(without name)");
        Settings values = new Settings(where, map, KEYS);
        String given = values.text("auth");
        Auth auth =
                switch (given == null ? "hmac" : given) {
                    case "hmac" -> Auth.HMAC;
                    case "token" -> Auth.TOKEN;
                    default -> throw new IllegalArgumentException(where + ": 'auth' must be hmac or token");
                };
        String header = values.text("header");
        Mapping mapping = Mapping.load(values.required("mapping"));
        // Its expressions are compiled once more where they are used: what is wrong with them is said at the start.
        TicketReader.check(mapping);
        return new WebhookConfig(
                values.required("name"),
                mapping,
                auth,
                header != null ? header : auth == Auth.HMAC ? "X-Hub-Signature" : "Authorization",
                new Token(values.text("secretEnv"), values.text("secretFile")));
    }
}
