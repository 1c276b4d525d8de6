package io.modelwatch.alerts.policy;

import io.modelwatch.alerts.policy.YamlDocument.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that expressions see as {@code params}: lists and limits that a company sets without writing a policy.
 * Each has one type, that of its first value, so that a name or type that is wrong is found at start.
 */
final class Params {

    private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9_]{0,62}");
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,15}");
    private static final int MAX_ELEMENTS = 1000;

    private final Problems problems;
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, Place> setBy = new LinkedHashMap<>();

    Params(Problems problems) {
        this.problems = problems;
    }

    Map<String, Object> values() {
        return values;
    }

    /** Takes the parameters of a file in. They go before those that are shipped, and no other file may set them too. */
    void file(Value section, boolean shipped) {
        section.entries("params").forEach((name, node) -> {
            Object value = value(node, name);
            if (value == null) {
                return;
            }
            Place before = setBy.get(name);
            if (before != null) {
                problems.add(node.place(), "params." + name + " is set in " + before + " too; leave one of them");
            } else if (fits(node.place(), name, value)) {
                values.put(name, value);
                if (!shipped) {
                    setBy.put(name, node.place());
                }
            }
        });
    }

    /** Takes parameters of the configuration in, which go before those of every file; only known ones can be set. */
    void configuration(Map<String, Object> given) {
        Place place = new Place("policies.params", 0, 0);
        given.forEach((name, value) -> {
            if (!values.containsKey(name)) {
                problems.add(
                        place,
                        "no policy file has the parameter '" + name + "'; known are "
                                + values.keySet().stream().sorted().collect(Collectors.joining(", ")));
                return;
            }
            Object normal = normal(value);
            if (normal == null) {
                problems.add(place, name + " must be a text, a number, true, false, or a list of texts");
            } else if (fits(place, name, normal)) {
                values.put(name, normal);
            }
        });
    }

    private boolean fits(Place place, String name, Object value) {
        if (!NAME.matcher(name).matches()) {
            problems.add(place, "params." + name + ": a name is letters, digits and '_', such as allowedOrigins");
            return false;
        }
        Object before = values.get(name);
        if (before != null && !type(before).equals(type(value))) {
            problems.add(place, "params." + name + " must be " + type(before) + ", not " + type(value));
            return false;
        }
        return true;
    }

    private static String type(Object value) {
        return switch (value) {
            case Boolean ignored -> "true or false";
            case Long ignored -> "a whole number";
            case String ignored -> "a text";
            default -> "a list of texts";
        };
    }

    private @Nullable Object value(Value node, String name) {
        if (!node.isList()) {
            String text = node.text("params." + name);
            return text == null ? null : node.isPlain() ? scalar(text) : text;
        }
        List<String> texts = new ArrayList<>();
        for (Value element : node.list("params." + name)) {
            String text = element.text("an element of params." + name);
            if (text != null) {
                texts.add(text);
            }
        }
        if (texts.size() > MAX_ELEMENTS) {
            problems.add(node.place(), "params." + name + " has more than " + MAX_ELEMENTS + " elements");
            return null;
        }
        return List.copyOf(texts);
    }

    private static @Nullable Object normal(Object value) {
        return switch (value) {
            case Boolean truth -> truth;
            case Number number -> scalar(number.toString());
            case String text -> text;
            case List<?> list
            when list.size() <= MAX_ELEMENTS && list.stream().allMatch(String.class::isInstance) -> List.copyOf(list);
            default -> null;
        };
    }

    private static Object scalar(String text) {
        if (text.equals("true") || text.equals("false")) {
            return text.equals("true");
        }
        return NUMBER.matcher(text).matches() ? Long.valueOf(text) : text;
    }
}
