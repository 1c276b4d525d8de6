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
     * Returns the words, fit for an error: short, printable, without what was sent that may be secret; empty if the body
     * has none.
     *
     * @param secrets values of headers and of the query
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

    /** Returns a status in words. */
    static String words(int status) {
        return switch (status) {
            case 204 -> "204 No Content where JSON was expected";
            case 206 -> "206 Partial Content, which was not asked for,";
            case 400 -> "400 Bad Request";
            case 401 -> "401 Unauthorized";
            case 403 -> "403 Forbidden";
            case 404 -> "404 Not Found (gone, private or a wrong address)";
            case 408 -> "408 Request Timeout";
            case 410 -> "410 Gone (the source has been shut down)";
            case 429 -> "429 Too Many Requests";
            case 500 -> "500 Internal Server Error";
            case 502 -> "502 Bad Gateway";
            case 503 -> "503 Service Unavailable";
            case 504 -> "504 Gateway Timeout";
            default -> "status " + status;
        };
    }
}
