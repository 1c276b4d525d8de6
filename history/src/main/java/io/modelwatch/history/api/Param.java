package io.modelwatch.history.api;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A query parameter: what reads it and what the OpenAPI document says of it.
 *
 * @param values the legal values of a {@link Type#CHOICE}
 * @param required whether a request without it is refused
 */
record Param(String name, Type type, String description, List<String> values, boolean required) {

    static final int MAX_LIMIT = 1000;
    static final int DEFAULT_LIMIT = 100;
    private static final int MAX_TEXT = 2048;

    /** What a value looks like. */
    enum Type {
        TEXT,
        CHOICE,
        TIME,
        LIMIT,
        COUNT,
        FLAG
    }

    static final Param LIMIT = new Param(
            "limit", Type.LIMIT, "items in a page, 1 to " + MAX_LIMIT + "; " + DEFAULT_LIMIT + " if absent", List.of());
    static final Param AFTER =
            new Param("after", Type.TEXT, "the cursor with which the page before ended (`next`)", List.of());

    private Param(String name, Type type, String description, List<String> values) {
        this(name, type, description, values, false);
    }

    static Param text(String name, String description) {
        return new Param(name, Type.TEXT, description, List.of());
    }

    static Param required(String name, String description) {
        return new Param(name, Type.TEXT, description, List.of(), true);
    }

    static Param time(String name, String description) {
        return new Param(name, Type.TIME, description, List.of());
    }

    static Param count(String name, String description) {
        return new Param(name, Type.COUNT, description, List.of());
    }

    static Param flag(String name, String description) {
        return new Param(name, Type.FLAG, description, List.of());
    }

    static Param choice(String name, String description, Enum<?>[] symbols, boolean lower) {
        return new Param(
                name,
                Type.CHOICE,
                description,
                Arrays.stream(symbols)
                        .map(symbol -> lower ? symbol.name().toLowerCase(Locale.ROOT) : symbol.name())
                        .toList());
    }

    static Param choice(String name, String description, String... values) {
        return new Param(name, Type.CHOICE, description, List.of(values));
    }

    /**
     * Reads a value: an {@link Instant}, {@link Long}, {@link Boolean} or {@link String}; a choice as it is spelt in
     * {@code values}.
     *
     * @throws Problem if it is not legal; says what is
     */
    Object read(String text) {
        return switch (type) {
            case TEXT -> {
                if (text.length() > MAX_TEXT || text.indexOf('\0') >= 0) {
                    throw illegal("at most " + MAX_TEXT + " characters, none of them NUL");
                }
                yield text;
            }
            case CHOICE ->
                values.stream()
                        .filter(value -> value.equalsIgnoreCase(text))
                        .findFirst()
                        .orElseThrow(() -> illegal("one of " + String.join(", ", values)));
            case TIME -> time(text);
            case LIMIT -> number(text, 1, MAX_LIMIT);
            case COUNT -> number(text, 1, Integer.MAX_VALUE);
            case FLAG ->
                switch (text) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw illegal("true or false");
                };
        };
    }

    private Instant time(String text) {
        try {
            Instant time = OffsetDateTime.parse(text).toInstant();
            if (time.isAfter(Instant.parse("0001-01-01T00:00:00Z"))
                    && time.isBefore(Instant.parse("9999-12-31T00:00:00Z"))) {
                return time;
            }
        } catch (DateTimeException e) {
            // Said below.
        }
        throw illegal("a time such as 2026-03-01T10:00:00Z (RFC 3339; write + as %2B)");
    }

    private long number(String text, long least, long most) {
        if (text.matches("\\d{1,10}") && Long.parseLong(text) >= least && Long.parseLong(text) <= most) {
            return Long.parseLong(text);
        }
        throw illegal("a whole number from " + least + " to " + most);
    }

    private Problem illegal(String legal) {
        return new Problem(400, name + ": must be " + legal);
    }
}
