package io.modelwatch.producers.http;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server's own words about a request that it refused: they often name the parameter, and what is legal. */
final class Refusal {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MAX_WORDS = 400;
    private static final int MAX_BODY = 1 << 16;

    private Refusal() {}

    /**
     * Returns the words, fit for an error: short, printable, without what the request's headers held; empty if the body
     * has none.
     */
    static String words(byte[] body, Collection<String> secrets) {
        String text = body.length > MAX_BODY ? null : message(body);
        if (text == null) {
            return "";
        }
        for (String header : secrets) {
            for (String secret : header.split(" ", -1)) {
                // A shorter piece ("Bearer", a date) is no secret, and cutting it out would spoil the words.
                text = secret.length() < 8 ? text : text.replace(secret, "***");
            }
        }
        String clean = text.replaceAll("[^\\x20-\\x7e]+", " ").strip();
        return clean.length() <= MAX_WORDS ? clean : clean.substring(0, MAX_WORDS) + "...";
    }

    private static @Nullable String message(byte[] body) {
        JsonNode root;
        try {
            root = JSON.readTree(body);
        } catch (JacksonException e) {
            return null;
        }
        for (JsonNode node : List.of(
                root.path("error").path("message"), root.path("error"), root.path("message"), root.path("detail"))) {
            if (node.isString()) {
                return node.stringValue();
            }
        }
        return null;
    }
}
