package io.modelwatch.producers.source;

import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Typed reading of a map from YAML; every complaint names the key and the legal form. */
public final class Settings {

    private final String where;
    private final Map<String, Object> values;

    /**
     * @param where what the map belongs to, for errors
     * @throws IllegalArgumentException if it has a key that is not legal
     */
    public Settings(String where, Map<String, ?> values, Set<String> legal) {
        this.where = where;
        this.values = Map.copyOf(values);
        for (String key : values.keySet()) {
            if (!legal.contains(key)) {
                throw new IllegalArgumentException(
                        where + ": unknown key '" + key + "'; legal are " + String.join(", ", new TreeSet<>(legal)));
            }
        }
    }

    /** Returns a text, or null where it is not set. */
    public @Nullable String text(String key) {
        Object value = values.get(key);
        if (value == null) {
            return null;
        }
        if (!(value instanceof String text) || text.isBlank()) {
            throw wrong(key, "a text");
        }
        return text;
    }

    /** Returns a text that must be there. */
    public String required(String key) {
        String text = text(key);
        if (text == null) {
            throw new IllegalArgumentException(where + ": '" + key + "' is missing");
        }
        return text;
    }

    /** Returns a list of texts; empty where it is not set. */
    public List<String> texts(String key) {
        Object value = values.getOrDefault(key, List.of());
        List<String> texts = new ArrayList<>();
        if (!(value instanceof List<?> list)) {
            throw wrong(key, "a list of texts");
        }
        for (Object one : list) {
            if (!(one instanceof String text)) {
                throw wrong(key, "a list of texts");
            }
            texts.add(text);
        }
        return texts;
    }

    /** Returns a map of texts; empty where it is not set. */
    public Map<String, String> map(String key) {
        Map<String, String> texts = new java.util.LinkedHashMap<>();
        if (!(values.getOrDefault(key, Map.of()) instanceof Map<?, ?> map)) {
            throw wrong(key, "a map of texts");
        }
        map.forEach((k, v) -> texts.put(String.valueOf(k), String.valueOf(v)));
        return texts;
    }

    /** Returns a map of maps of texts; empty where it is not set. */
    public Map<String, Map<String, String>> maps(String key) {
        Map<String, Map<String, String>> maps = new java.util.LinkedHashMap<>();
        if (!(values.getOrDefault(key, Map.of()) instanceof Map<?, ?> map)) {
            throw wrong(key, "a map of maps of texts");
        }
        map.forEach((k, v) -> {
            if (!(v instanceof Map<?, ?> inner)) {
                throw wrong(key, "a map of maps of texts");
            }
            Map<String, String> texts = new java.util.LinkedHashMap<>();
            inner.forEach((from, to) -> texts.put(String.valueOf(from), String.valueOf(to)));
            maps.put(String.valueOf(k), texts);
        });
        return maps;
    }

    /**
     * Returns the settings of each entry of a map of maps, by name, in the order given; empty where it is not set.
     *
     * @param legal the keys that an entry may have
     */
    public Map<String, Settings> each(String key, Set<String> legal) {
        Map<String, Settings> all = new java.util.LinkedHashMap<>();
        maps(key).forEach((name, inner) -> all.put(name, new Settings(where + ": " + key + "." + name, inner, legal)));
        return all;
    }

    /** Returns true or false. */
    public boolean flag(String key, boolean otherwise) {
        Object value = values.getOrDefault(key, otherwise);
        if (!(value instanceof Boolean flag)) {
            throw wrong(key, "true or false");
        }
        return flag;
    }

    /** Returns a whole number within bounds. */
    public int number(String key, int otherwise, int min, int max) {
        Object value = values.getOrDefault(key, otherwise);
        if (!(value instanceof Integer number) || number < min || number > max) {
            throw wrong(key, "a whole number from " + min + " to " + max);
        }
        return number;
    }

    /** Returns a time such as {@code 30s}, {@code 10m}, {@code 6h} or {@code 1d}, or null where it is not set. */
    public @Nullable Duration duration(String key) {
        String text = text(key);
        if (text == null) {
            return null;
        }
        try {
            String upper = text.strip().toUpperCase(Locale.ROOT);
            Duration duration =
                    Duration.parse(upper.startsWith("P") ? upper : upper.endsWith("D") ? "P" + upper : "PT" + upper);
            if (!duration.isNegative()) {
                return duration;
            }
        } catch (DateTimeException e) {
            // The complaint below says what is wanted.
        }
        throw wrong(key, "a time such as 30s, 10m, 6h or 1d");
    }

    /** Returns a time. */
    public Duration duration(String key, Duration otherwise) {
        Duration given = duration(key);
        return given == null ? otherwise : given;
    }

    /** Returns an http or https address without a slash at its end. */
    public String url(String key, String otherwise) {
        String text = text(key);
        String url = text == null ? otherwise : text;
        try {
            URI uri = URI.create(url);
            if (uri.getHost() != null
                    && uri.getUserInfo() == null
                    && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return url.replaceFirst("/+$", "");
            }
        } catch (IllegalArgumentException e) {
            // The complaint below says what is wanted; the text itself may hold a secret.
        }
        throw new IllegalArgumentException(where + ": '" + key
                + "' must be an http or https address without user and password, for example https://huggingface.co");
    }

    /** Returns where the token is kept. */
    public Token token(@Nullable String envOtherwise) {
        String env = text("tokenEnv");
        return new Token(env == null ? envOtherwise : env, text("tokenFile"));
    }

    /** Returns where the secret of those who post hints is kept, or null where nobody may. */
    public @Nullable Token webhookSecret() {
        String env = text("webhookSecretEnv");
        String file = text("webhookSecretFile");
        return env == null && file == null ? null : new Token(env, file);
    }

    private IllegalArgumentException wrong(String key, String legal) {
        return new IllegalArgumentException(where + ": '" + key + "' must be " + legal);
    }
}
