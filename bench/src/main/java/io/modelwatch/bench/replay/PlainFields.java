package io.modelwatch.bench.replay;

import com.dashjoin.jsonata.Jsonata;
import io.modelwatch.producers.source.jsonlist.Descriptor;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** What a descriptor says of an entry, read from its page in the documentation a second time. */
final class PlainFields {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Levels of objects below an entry that are looked at. */
    private static final int MAX_NESTING = 5;

    private static final int MAX_TEXT = 2048;
    private static final int MAX_LIST = 500;

    private final Descriptor descriptor;

    PlainFields(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** Returns the compared fields by path, as {@link Told#text} writes them. */
    SortedMap<String, String> of(JsonNode entry) {
        SortedMap<String, String> fields = new TreeMap<>();
        entry.properties().forEach(field -> {
            if (!field.getKey().equals(descriptor.id())) {
                walk(fields, field.getKey(), field.getValue(), 1);
            }
        });
        Object plain = JSON.convertValue(entry, Object.class);
        descriptor.attributes().forEach((name, text) -> put(fields, name, evaluate(text, plain)));
        descriptor.facts().forEach((name, text) -> {
            JsonNode value = evaluate(text, plain);
            if (value.isValueNode() && !value.isNull() && !value.asString("").isBlank()) {
                fields.put(name, JSON.valueToTree(cut(value.asString(""))).toString());
            }
        });
        return fields;
    }

    private static JsonNode evaluate(String expression, @Nullable Object entry) {
        return JSON.valueToTree(Jsonata.jsonata(expression).evaluate(entry));
    }

    private void walk(Map<String, String> fields, String path, JsonNode value, int depth) {
        if (descriptor.ignore().contains(path) || depth > MAX_NESTING) {
            return;
        }
        if (value.isObject()) {
            value.properties().forEach(field -> walk(fields, path + "." + field.getKey(), field.getValue(), depth + 1));
        } else {
            put(fields, descriptor.names().getOrDefault(path, path), value);
        }
    }

    private static void put(Map<String, String> fields, String name, JsonNode value) {
        String path = "attributes." + name;
        if (value.isArray()) {
            TreeSet<String> texts = new TreeSet<>();
            for (JsonNode one : value) {
                if (one.isValueNode() && !one.isNull()) {
                    texts.add(one.isNumber() ? one.numberValue().toString() : one.asString(""));
                }
            }
            if (!texts.isEmpty()) {
                ArrayNode list = JSON.createArrayNode();
                texts.stream().limit(MAX_LIST).forEach(text -> list.add(cut(text)));
                fields.put(path, Told.text(list));
            }
        } else if (value.isIntegralNumber()
                && name.endsWith("_date")
                && String.valueOf(value.longValue()).length() == 10) {
            fields.put(path, "\"" + Instant.ofEpochSecond(value.longValue()) + "\"");
        } else if (value.isNumber() || value.isBoolean()) {
            fields.put(path, Told.text(value));
        } else if (value.isString() && !value.asString("").isBlank()) {
            fields.put(path, JSON.valueToTree(cut(value.asString(""))).toString());
        }
    }

    private static String cut(String text) {
        if (text.length() <= MAX_TEXT) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(MAX_TEXT - 1)) ? MAX_TEXT - 1 : MAX_TEXT);
    }
}
