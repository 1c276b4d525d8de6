package io.modelwatch.alerts.delivery.destination;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where a secret is kept. It is read anew for each message, so that it can be rotated without a restart, and its value
 * appears nowhere.
 *
 * @param literal the value itself, where it is none that must be hidden; null otherwise
 * @param variable environment variable with the value; {@code <variable>_FILE} may name a file instead
 * @param file path of a file with the value, or null; asked before the environment
 */
public record Secret(
        @Nullable String literal, String variable, @Nullable String file) {

    /**
     * Returns the value.
     *
     * @throws DeliveryException if there is none, or it has characters that no secret has; it may be put right while the
     *     program runs, so that passes
     */
    public String read(UnaryOperator<@Nullable String> environment) throws DeliveryException {
        String value = find(environment);
        if (value == null) {
            throw DeliveryException.passing(todo());
        }
        return value;
    }

    /** Returns the value, or null where there is none. */
    public @Nullable String find(UnaryOperator<@Nullable String> environment) throws DeliveryException {
        if (literal != null) {
            return literal;
        }
        if (file != null) {
            return fromFile(file);
        }
        String value = environment.apply(variable);
        if (value != null && !value.isBlank()) {
            return clean(value, "the environment variable " + variable);
        }
        String path = environment.apply(variable + "_FILE");
        return path == null || path.isBlank() ? null : fromFile(path.strip());
    }

    /** Returns whether anybody has said where it is, or set it. */
    public boolean isNamed(UnaryOperator<@Nullable String> environment) {
        return literal != null
                || file != null
                || environment.apply(variable) != null
                || environment.apply(variable + "_FILE") != null;
    }

    /** Returns what to do where the secret is missing. */
    public String todo() {
        return file != null
                ? "nothing is in the file " + file
                : "nothing is set: put it into the environment variable " + variable + ", or into a file that "
                        + variable + "_FILE names";
    }

    private static @Nullable String fromFile(String path) throws DeliveryException {
        try {
            String value = Files.readString(Path.of(path));
            return value.isBlank() ? null : clean(value, "the file " + path);
        } catch (IOException e) {
            throw DeliveryException.passing("the file " + path + " cannot be read");
        }
    }

    private static String clean(String value, String where) throws DeliveryException {
        String clean = value.strip();
        // A line break would end a header, and what follows would be another one.
        if (clean.chars().anyMatch(c -> c < ' ' || c == 127)) {
            throw DeliveryException.passing(where + " must hold one line");
        }
        return clean;
    }

    /** Leaves the value out. */
    @Override
    public String toString() {
        return "Secret[" + (file != null ? "file " + file : variable) + "]";
    }
}
