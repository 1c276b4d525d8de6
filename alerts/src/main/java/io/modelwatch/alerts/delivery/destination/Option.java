package io.modelwatch.alerts.delivery.destination;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One setting of a kind of destination; validation, errors and the reference page come from here.
 *
 * @param key its name under {@code settings}
 * @param kind what its value is
 * @param otherwise default, as it is written in the file; null where there is none
 * @param required whether it must be given
 * @param choices legal values of a {@link Kind#CHOICE}; empty otherwise
 * @param min least legal {@link Kind#NUMBER}
 * @param max greatest legal {@link Kind#NUMBER}
 * @param meaning what it does, in words
 */
public record Option(
        String key,
        Kind kind,
        @Nullable String otherwise,
        boolean required,
        List<String> choices,
        int min,
        int max,
        String meaning) {

    /** What a value is. */
    public enum Kind {
        TEXT,
        TEXTS,
        CHOICE,
        FLAG,
        NUMBER,
        /** An http or https address that holds no secret. */
        ADDRESS,
        /** A map whose values go out as they are. */
        MAP,
        /** Kept in the environment or a file; never in the configuration. */
        SECRET,
        /** An address that may be a secret: kept in the environment or a file, or in the configuration if it is none. */
        SECRET_OR_ADDRESS
    }

    static Option text(String key, @Nullable String otherwise, String meaning) {
        return new Option(key, Kind.TEXT, otherwise, false, List.of(), 0, 0, meaning);
    }

    static Option texts(String key, String meaning) {
        return new Option(key, Kind.TEXTS, null, false, List.of(), 0, 0, meaning);
    }

    static Option choice(String key, List<String> choices, String otherwise, String meaning) {
        return new Option(key, Kind.CHOICE, otherwise, false, choices, 0, 0, meaning);
    }

    static Option flag(String key, boolean otherwise, String meaning) {
        return new Option(key, Kind.FLAG, Boolean.toString(otherwise), false, List.of(), 0, 0, meaning);
    }

    static Option number(String key, int otherwise, int min, int max, String meaning) {
        return new Option(key, Kind.NUMBER, Integer.toString(otherwise), false, List.of(), min, max, meaning);
    }

    static Option address(String key, @Nullable String otherwise, String meaning) {
        return new Option(key, Kind.ADDRESS, otherwise, false, List.of(), 0, 0, meaning);
    }

    static Option map(String key, String meaning) {
        return new Option(key, Kind.MAP, null, false, List.of(), 0, 0, meaning);
    }

    static Option secret(String key, String meaning) {
        return new Option(key, Kind.SECRET, null, false, List.of(), 0, 0, meaning);
    }

    static Option secretOrAddress(String key, String meaning) {
        return new Option(key, Kind.SECRET_OR_ADDRESS, null, false, List.of(), 0, 0, meaning);
    }

    /** Returns the same as one that must be given. */
    Option must() {
        return new Option(key, kind, otherwise, true, choices, min, max, meaning);
    }

    /** Returns whether it is kept outside of the configuration. */
    public boolean secret() {
        return kind == Kind.SECRET || kind == Kind.SECRET_OR_ADDRESS;
    }

    /** Returns the keys under which it may be given. */
    public List<String> keys() {
        return switch (kind) {
            case SECRET -> List.of(key + "Env", key + "File");
            case SECRET_OR_ADDRESS -> List.of(key, key + "Env", key + "File");
            default -> List.of(key);
        };
    }

    /** Returns the environment variable that is asked where no other place is named. */
    public String variable(String delivery) {
        return ("MODELWATCH_DELIVERIES_" + delivery + "_" + key.replaceAll("([a-z])([A-Z])", "$1_$2"))
                .replaceAll("[^A-Za-z0-9]", "_")
                .toUpperCase(Locale.ROOT);
    }

    /** Returns what is legal, in words. */
    public String legal() {
        return switch (kind) {
            case TEXT, SECRET -> "a text";
            case TEXTS -> "a list of texts";
            case CHOICE -> "one of " + String.join(", ", choices);
            case FLAG -> "true or false";
            case NUMBER -> "a whole number from " + min + " to " + max;
            case ADDRESS, SECRET_OR_ADDRESS ->
                "an http or https address without user and password, for example https://hooks.example.com/in";
            case MAP -> "a map";
        };
    }
}
