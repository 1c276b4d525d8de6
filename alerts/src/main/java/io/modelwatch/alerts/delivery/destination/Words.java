package io.modelwatch.alerts.delivery.destination;

import java.util.Collection;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** An endpoint's own words, made fit for an error: short, printable, on one line and without what is secret. */
final class Words {

    private static final int MAX = 300;

    /** A shorter piece of a secret would also be a piece of a sentence, and cutting it out would spoil the words. */
    private static final int SHORTEST_SECRET = 8;

    private Words() {}

    /** Returns the words of an HTTP body, in brackets; empty where it has none for people. */
    static String of(Answer answer, Collection<String> secrets) {
        String text = answer.text();
        if (text.startsWith("<")) {
            return " (it answers with a page)";
        }
        String said = clean(message(answer.json(), text), secrets);
        return said.isEmpty() ? "" : " (it says: " + said + ")";
    }

    /** Returns a text without line breaks, secrets and excess. */
    static String clean(String text, Collection<String> secrets) {
        String clean = text;
        for (String secret : secrets) {
            if (secret.length() >= SHORTEST_SECRET) {
                clean = clean.replace(secret, "***");
            }
        }
        clean = clean.replaceAll("\\p{Cntrl}+", " ").strip();
        return clean.length() <= MAX ? clean : clean.substring(0, MAX) + "…";
    }

    private static String message(JsonNode root, String otherwise) {
        for (JsonNode node : List.of(
                root.path("error").path("message"),
                root.path("error"),
                root.path("errorMessages").path(0),
                root.path("message"),
                root.path("detail"))) {
            if (node.isString() && !node.stringValue().isBlank()) {
                JsonNode errors = root.path("errors");
                return node.stringValue() + (errors.isEmpty() ? "" : " " + errors);
            }
        }
        return root.path("errors").isEmpty() ? otherwise : root.path("errors").toString();
    }
}
