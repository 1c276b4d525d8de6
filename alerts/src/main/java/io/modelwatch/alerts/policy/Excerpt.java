package io.modelwatch.alerts.policy;

import org.snakeyaml.engine.v2.common.ScalarStyle;

/**
 * A text of a policy file that knows where each of its characters stands there, however the file spells it: plain, quoted
 * or as a block.
 */
final class Excerpt {

    private final String text;
    private final Place start;
    private final ScalarStyle style;
    /** The file from the start of the text to its end, as it is written. */
    private final String raw;
    /** What of the text as a whole comes before. */
    private final String before;

    /**
     * @param text what the file says
     * @param start where it begins
     * @param style how it is written
     * @param raw how it is written, from the first character that belongs to it to the last
     */
    Excerpt(String text, Place start, ScalarStyle style, String raw) {
        this.text = text;
        this.start = start;
        this.style = style;
        this.raw = raw;
        this.before = "";
    }

    private Excerpt(Excerpt whole, int from, int to) {
        this.text = whole.text.substring(from, to);
        this.start = whole.start;
        this.style = whole.style;
        this.raw = whole.raw;
        this.before = whole.before + whole.text.substring(0, from);
    }

    String text() {
        return text;
    }

    Place start() {
        return start;
    }

    /** Returns a part of the text, which knows its places too. */
    Excerpt part(int from, int to) {
        return new Excerpt(this, from, to);
    }

    /**
     * Returns where a character stands in the file.
     *
     * @param line line of the text, counted from one
     * @param column character of that line, counted from zero
     */
    Place at(int line, int column) {
        int offset = 0;
        for (int i = 1; i < line; i++) {
            int end = text.indexOf('\n', offset);
            if (end < 0) {
                break;
            }
            offset = end + 1;
        }
        int left = text.codePointCount(offset, text.length());
        return at(text.offsetByCodePoints(offset, Math.min(Math.max(column, 0), left)));
    }

    /**
     * Returns where the character at an offset of the text stands. Folding and indenting change white space only, so all
     * other characters are counted.
     */
    Place at(int offset) {
        if (style == ScalarStyle.DOUBLE_QUOTED && raw.indexOf('\\') >= 0) {
            // An escape may stand for any character: the beginning has to do.
            return start;
        }
        long earlier = (before + text.substring(0, offset))
                .codePoints()
                .filter(point -> !Character.isWhitespace(point))
                .count();
        int at = first();
        long seen = 0;
        while (at < raw.length()) {
            int point = raw.codePointAt(at);
            boolean doubled = style == ScalarStyle.SINGLE_QUOTED && raw.startsWith("''", at);
            if (!Character.isWhitespace(point)) {
                if (seen == earlier) {
                    break;
                }
                seen++;
            }
            at += doubled ? 2 : Character.charCount(point);
        }
        String skipped = raw.substring(0, Math.min(at, raw.length()));
        int newline = skipped.lastIndexOf('\n');
        int lines = (int) skipped.chars().filter(c -> c == '\n').count();
        int column = skipped.codePointCount(newline + 1, skipped.length()) + (lines == 0 ? start.column() : 1);
        return new Place(start.file(), start.line() + lines, column);
    }

    /** Where the text itself begins: after the quote, or in the line after a block's head. */
    private int first() {
        return switch (style) {
            case SINGLE_QUOTED, DOUBLE_QUOTED -> 1;
            case LITERAL, FOLDED -> raw.indexOf('\n') + 1;
            default -> 0;
        };
    }
}
