package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.tls.Pem;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The settings of one destination, checked against its options; every complaint names the key and what is legal. */
public final class Settings {

    /** Whose certificates an endpoint must have; read by {@link #trust}. */
    static final Option AUTHORITIES =
            Option.text("caFile", null, "PEM file with the authorities that are trusted instead of Java's own");

    private final String delivery;
    private final Map<String, Object> values;
    private final Map<String, Option> options = new LinkedHashMap<>();

    /**
     * Checks every value.
     *
     * @param delivery name of the delivery
     * @throws IllegalArgumentException if a key is not known, a value is not legal, or a required one is missing
     */
    public Settings(String delivery, Map<String, ?> values, List<Option> options) {
        this.delivery = delivery;
        this.values = Map.copyOf(values);
        Set<String> legal = new TreeSet<>();
        for (Option option : options) {
            this.options.put(option.key(), option);
            legal.addAll(option.keys());
        }
        for (String key : values.keySet()) {
            Option option = this.options.get(key);
            if (option != null && option.kind() == Option.Kind.SECRET) {
                throw new IllegalArgumentException(where() + ": '" + key
                        + "' is a secret: name the environment variable that holds it in '" + key
                        + "Env', or its file in '"
                        + key + "File', or set " + option.variable(delivery));
            }
            if (!legal.contains(key)) {
                throw new IllegalArgumentException(
                        where() + ": unknown key '" + key + "'; legal are " + String.join(", ", legal));
            }
        }
        options.forEach(this::check);
    }

    private void check(Option option) {
        String key = option.key();
        if (option.secret()) {
            for (String one : option.keys()) {
                Object value = values.get(one);
                if (value != null && !(value instanceof String text && !text.isBlank())) {
                    throw new IllegalArgumentException(where() + ": '" + one + "' must be a text");
                }
            }
            if (values.get(key) instanceof String text && !isAddress(text)) {
                throw wrong(option);
            }
            return;
        }
        Object value = values.get(key);
        if (value == null) {
            if (option.required()) {
                throw new IllegalArgumentException(
                        where() + ": '" + key + "' is missing: " + option.legal() + ", " + option.meaning());
            }
            return;
        }
        boolean legal =
                switch (option.kind()) {
                    case TEXT -> value instanceof String text && !text.isBlank();
                    case CHOICE ->
                        value instanceof String text && option.choices().contains(text);
                    case ADDRESS -> value instanceof String text && isAddress(text);
                    case FLAG -> value instanceof Boolean;
                    case NUMBER -> value instanceof Integer number && number >= option.min() && number <= option.max();
                    case TEXTS ->
                        value instanceof List<?> list
                                && (!option.required() || !list.isEmpty())
                                && list.stream().allMatch(one -> one instanceof String text && !text.isBlank());
                    case MAP -> value instanceof Map<?, ?>;
                    case SECRET, SECRET_OR_ADDRESS -> true;
                };
        if (!legal) {
            throw wrong(option);
        }
    }

    /** Returns the name of the delivery. */
    String delivery() {
        return delivery;
    }

    /** Returns a text, or null where there is neither a value nor a default. */
    @Nullable
    String find(String key) {
        Object value = values.get(key);
        return value == null ? option(key).otherwise() : value.toString();
    }

    /**
     * Returns what trusts the {@link #AUTHORITIES} that are set and no others, or null where none are.
     *
     * @throws IllegalArgumentException if their file cannot be used
     */
    @Nullable
    SSLContext trust() {
        String file = find(AUTHORITIES.key());
        try {
            return file == null ? null : Pem.trusting(Path.of(file));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where() + ": '" + AUTHORITIES.key() + "': " + e.getMessage(), e);
        }
    }

    /** Returns a text that is required or has a default. */
    String text(String key) {
        String text = find(key);
        if (text == null) {
            throw new IllegalArgumentException(where() + ": '" + key + "' is missing");
        }
        return text;
    }

    boolean flag(String key) {
        return Boolean.parseBoolean(text(key));
    }

    int number(String key) {
        return Integer.parseInt(text(key));
    }

    /** Returns an address without a slash at its end. */
    String address(String key) {
        return text(key).replaceFirst("/+$", "");
    }

    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        if (values.get(key) instanceof List<?> list) {
            list.forEach(one -> texts.add(String.valueOf(one)));
        }
        return texts;
    }

    Map<String, Object> map(String key) {
        Map<String, Object> map = new LinkedHashMap<>();
        if (values.get(key) instanceof Map<?, ?> given) {
            given.forEach((name, value) -> map.put(String.valueOf(name), value));
        }
        return map;
    }

    /** Returns where a secret is kept. */
    public Secret secret(String key) {
        Option option = option(key);
        Object literal = values.get(key);
        Object variable = values.get(key + "Env");
        Object file = values.get(key + "File");
        return new Secret(
                literal == null ? null : literal.toString(),
                variable == null ? option.variable(delivery) : variable.toString(),
                file == null ? null : file.toString());
    }

    private Option option(String key) {
        Option option = options.get(key);
        if (option == null) {
            throw new IllegalStateException("no option " + key);
        }
        return option;
    }

    private static boolean isAddress(String given) {
        // A link may hold a place for the id of an alert.
        String text = given.replace("{id}", "id");
        try {
            URI uri = URI.create(text);
            return uri.getHost() != null
                    && uri.getUserInfo() == null
                    && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
        } catch (IllegalArgumentException e) {
            // The complaint says what is wanted; the text itself may hold a secret.
            return false;
        }
    }

    private IllegalArgumentException wrong(Option option) {
        return new IllegalArgumentException(where() + ": '" + option.key() + "' must be " + option.legal());
    }

    private String where() {
        return "delivery " + delivery + " settings";
    }
}
