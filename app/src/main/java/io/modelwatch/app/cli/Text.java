package io.modelwatch.app.cli;

import tools.jackson.databind.JsonNode;

/** Turns data from outside into text that is safe to show. */
final class Text {
    private Text() {}

    /** Drops control and format characters: escape sequences and direction marks in data must not drive a terminal. */
    static String plain(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            switch (Character.getType(point)) {
                case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> {
                    if (point == '\n' || point == '\t' || point == '\r') {
                        plain.append(' ');
                    }
                }
                case Character.FORMAT, Character.SURROGATE -> {}
                default -> plain.appendCodePoint(point);
            }
        });
        return plain.toString();
    }

    /** The value at a dotted path: strings bare, lists of plain values joined, anything else as JSON, absent as "". */
    static String at(JsonNode item, String path) {
        JsonNode node = item;
        for (String part : path.split("\\.", -1)) {
            node = node.path(part);
        }
        return value(node);
    }

    static String value(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return "";
        }
        if (node.isString()) {
            return node.stringValue();
        }
        if (node.isArray()) {
            StringBuilder joined = new StringBuilder();
            for (JsonNode element : node) {
                joined.append(joined.isEmpty() ? "" : ",").append(value(element));
            }
            return joined.toString();
        }
        return node.toString();
    }
}
