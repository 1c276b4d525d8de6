package io.modelwatch.alerts.delivery;

import io.modelwatch.alerts.delivery.destination.Callback;
import io.modelwatch.alerts.delivery.destination.DeliveryException;
import io.modelwatch.alerts.delivery.destination.Destination;
import io.modelwatch.alerts.delivery.destination.Option;
import io.modelwatch.alerts.delivery.destination.Settings;
import io.modelwatch.alerts.delivery.destination.Surroundings;
import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One configured delivery.
 *
 * @param name unique name; part of its consumer group, so that a new name begins anew
 * @param type kind of destination
 * @param when CEL expression over an alert: what goes there
 * @param grouped whether alerts of one cause go out as one, with their number, and not each by itself
 * @param onRefusal what becomes of a message that the endpoint refuses for good
 * @param settings settings of the kind
 */
public record DeliveryConfig(
        String name,
        DestinationType type,
        String when,
        boolean grouped,
        OnRefusal onRefusal,
        Map<String, Object> settings) {

    private static final Set<String> KEYS = Set.of("name", "type", "when", "grouped", "onRefusal", "settings");

    /** What becomes of a message that is refused for good. */
    public enum OnRefusal {
        /** It goes to the topic {@code dead-letters} with the reason, and the next one is sent. */
        DEAD_LETTER("dead-letter"),
        /** It is tried again until somebody puts it right; those behind it wait. */
        RETRY("retry");

        private final String title;

        OnRefusal(String title) {
            this.title = title;
        }

        private static OnRefusal of(String title) {
            for (OnRefusal one : values()) {
                if (one.title.equals(title)) {
                    return one;
                }
            }
            throw new IllegalArgumentException("'onRefusal' must be dead-letter or retry, not '" + title + "'");
        }
    }

    /** Validates everything, the kind's settings and the expression too. */
    public DeliveryConfig {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
            throw new IllegalArgumentException(
                    "delivery name '" + name + "': letters, digits, '.', '_' and '-' only, at most 100");
        }
        settings = Map.copyOf(settings);
        var unused = new Settings(name, settings, type.options());
        try {
            var compiled = Route.compile(when);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("delivery " + name + ": " + e.getMessage(), e);
        }
    }

    /**
     * Reads one delivery of the configuration file.
     *
     * @throws IllegalArgumentException if something is unknown or illegal; it names the key and the legal form
     */
    public static DeliveryConfig fromMap(Map<String, Object> map) {
        String where = "delivery " + map.getOrDefault("name", "(without name)");
        for (String key : map.keySet()) {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException(
                        where + ": unknown key '" + key + "'; legal are " + String.join(", ", new TreeSet<>(KEYS)));
            }
        }
        Map<String, Object> settings = new LinkedHashMap<>();
        if (map.get("settings") instanceof Map<?, ?> given) {
            given.forEach((key, value) -> {
                if (value == null) {
                    throw new IllegalArgumentException(where + " settings: '" + key + "' has no value");
                }
                settings.put(String.valueOf(key), value);
            });
        } else if (map.get("settings") != null) {
            throw new IllegalArgumentException(where + ": 'settings' must be a map");
        }
        String name = text(where, map, "name", null);
        DestinationType type;
        OnRefusal onRefusal;
        try {
            type = DestinationType.of(text(where, map, "type", null));
            onRefusal = OnRefusal.of(text(where, map, "onRefusal", OnRefusal.DEAD_LETTER.title));
        } catch (IllegalArgumentException e) {
            String what = String.valueOf(e.getMessage());
            throw new IllegalArgumentException(what.startsWith(where) ? what : where + ": " + what, e);
        }
        if (!(map.getOrDefault("grouped", true) instanceof Boolean grouped)) {
            throw new IllegalArgumentException(where + ": 'grouped' must be true or false");
        }
        return new DeliveryConfig(name, type, text(where, map, "when", type.when()), grouped, onRefusal, settings);
    }

    private static String text(String where, Map<String, Object> map, String key, @Nullable String otherwise) {
        Object value = map.get(key);
        if (value == null && otherwise != null) {
            return otherwise;
        }
        // YAML reads `when: true` as a boolean.
        if (value instanceof Boolean flag && key.equals("when")) {
            return flag.toString();
        }
        if (!(value instanceof String text) || text.isBlank()) {
            throw new IllegalArgumentException(
                    where + ": '" + key + "' " + (value == null ? "is missing" : "must be a text"));
        }
        return text;
    }

    /** Makes the destination. */
    Destination open(Surroundings surroundings) {
        return type.open(new Settings(name, settings, type.options()), surroundings);
    }

    /** Returns the topics that are read for a destination: those that it takes, and the groups of their alerts. */
    Set<Topic<?>> topics(Destination destination) {
        Set<Topic<?>> topics = new LinkedHashSet<>(destination.topics());
        if (grouped && (topics.contains(Topics.ALERTS) || topics.contains(Topics.ALERTS_OCSF))) {
            topics.add(Topics.ALERT_GROUPS);
        }
        return topics;
    }

    /** Returns what understands the tool's answers, or null where it gives none or no secret is named for them. */
    @Nullable
    Callback callback(Surroundings surroundings) {
        return type.callback(new Settings(name, settings, type.options()), surroundings);
    }

    Route route() {
        return Route.compile(when);
    }

    /**
     * Checks that the secrets which it cannot do without are there.
     *
     * @throws IllegalArgumentException if one is missing; the message says where it should be
     */
    void requireSecrets(Surroundings surroundings) {
        Settings typed = new Settings(name, settings, type.options());
        for (Option option : type.options()) {
            if (option.secret() && option.required()) {
                try {
                    var present = typed.secret(option.key()).read(surroundings.environment());
                } catch (DeliveryException e) {
                    throw new IllegalArgumentException(
                            "delivery " + name + ": '" + option.key() + "' (" + option.meaning() + "): "
                                    + e.getMessage(),
                            e);
                }
            }
        }
    }
}
