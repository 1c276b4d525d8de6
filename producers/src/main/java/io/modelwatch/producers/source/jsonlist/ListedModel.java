package io.modelwatch.producers.source.jsonlist;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.ModelIds;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.schemas.avro.Evidence;
import io.modelwatch.schemas.avro.ModelFacts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Turns an entry of a vendor's list into facts: what the descriptor maps, and every other scalar as it is. */
final class ListedModel {

    /** Bounds of one expression: milliseconds and depth. */
    private static final long MAX_MILLIS = 1000;

    private static final int MAX_DEPTH = 50;
    private static final int MAX_NESTING = 5;
    private static final int MAX_ATTRIBUTES = 4096;
    private static final int MAX_LIST = 500;

    /** Vendors tell a date as a text or as epoch seconds; in an attribute of such a name both are a text. */
    private static final String DATE = "_date";

    private static final long MIN_EPOCH_SECONDS = 1_000_000_000;
    private static final long MAX_EPOCH_SECONDS = 9_999_999_999L;

    private final Descriptor descriptor;
    private final String namespace;
    private final Map<String, Jsonata> facts = new TreeMap<>();
    private final Map<String, Jsonata> attributes = new TreeMap<>();

    /** @param namespace of the package URLs */
    ListedModel(Descriptor descriptor, String namespace) {
        this.descriptor = descriptor;
        this.namespace = namespace;
        descriptor.facts().forEach((name, text) -> facts.put(name, compile(name, text)));
        descriptor.attributes().forEach((name, text) -> attributes.put(name, compile(name, text)));
    }

    private static Jsonata compile(String name, String text) {
        try {
            return Jsonata.jsonata(text);
        } catch (JException e) {
            throw new IllegalArgumentException("'" + name + "' is no JSONata expression: " + e.getMessage(), e);
        }
    }

    /**
     * Returns the reading.
     *
     * @throws SourceException if the entry must be left out; the message says why
     */
    ModelReading reading(JsonNode item, Evidence evidence) throws SourceException {
        String id = Json.text(item, descriptor.id());
        if (id != null && id.startsWith(descriptor.idPrefix())) {
            id = id.substring(descriptor.idPrefix().length());
        }
        String purl = id == null ? null : ModelIds.of("generic", namespace + "/" + id);
        if (purl == null) {
            throw new SourceException("no usable '" + descriptor.id() + "'");
        }
        Map<String, Object> found = new TreeMap<>();
        for (Map.Entry<String, JsonNode> field : item.properties()) {
            if (!field.getKey().equals(descriptor.id())) {
                flatten(found, field.getKey(), field.getValue(), 1);
            }
        }
        Object plain = Json.plain(item);
        for (Map.Entry<String, Jsonata> one : attributes.entrySet()) {
            put(found, one.getKey(), evaluate(one.getKey(), one.getValue(), plain));
        }
        if (found.size() > MAX_ATTRIBUTES) {
            // Cutting some off would invent a change each time that another one comes or goes.
            throw new SourceException("more than " + MAX_ATTRIBUTES + " attributes");
        }
        return new ModelReading(
                ModelFacts.newBuilder()
                        .setId(purl)
                        .setRevision(fact("revision", plain))
                        .setAuthor(fact("author", plain))
                        .setLicense(fact("license", plain))
                        .setParents(List.of())
                        .setDatasets(List.of())
                        .setAttributes(new HashMap<>(found))
                        .build(),
                null,
                evidence);
    }

    private @Nullable String fact(String name, @Nullable Object item) throws SourceException {
        Jsonata expression = facts.get(name);
        Object value = expression == null ? null : evaluate(name, expression, item);
        return value == null || value.toString().isBlank() || value instanceof Map || value instanceof List
                ? null
                : value.toString();
    }

    private static @Nullable Object evaluate(String name, Jsonata expression, @Nullable Object item)
            throws SourceException {
        try {
            Jsonata.Frame frame = expression.createFrame();
            frame.setRuntimeBounds(MAX_MILLIS, MAX_DEPTH);
            return expression.evaluate(item, frame);
        } catch (RuntimeException e) {
            throw new SourceException("the descriptor's expression for '" + name + "' fails on it", e);
        }
    }

    private void flatten(Map<String, Object> found, String path, JsonNode node, int depth) {
        if (descriptor.ignore().contains(path) || depth > MAX_NESTING) {
            return;
        }
        if (node.isObject()) {
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                flatten(found, path + "." + field.getKey(), field.getValue(), depth + 1);
            }
        } else {
            put(found, descriptor.names().getOrDefault(path, path), Json.plain(node));
        }
    }

    private static void put(Map<String, Object> found, String name, @Nullable Object given) {
        Object value = attribute(given);
        if (value instanceof Long seconds
                && name.endsWith(DATE)
                && seconds >= MIN_EPOCH_SECONDS
                && seconds <= MAX_EPOCH_SECONDS) {
            value = Instant.ofEpochSecond(seconds).toString();
        }
        if (value != null) {
            found.put(name, value);
        }
    }

    /** The order inside a list means nothing in any vendor's list; lists of objects are no scalars and stay out. */
    private static @Nullable Object attribute(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case String text -> text.isBlank() ? null : text;
            case Boolean flag -> flag;
            case Number number -> Json.number(number);
            case List<?> list -> {
                List<String> texts = new ArrayList<>();
                for (Object one : list) {
                    if (one instanceof Number number
                            ? Json.number(number) != null
                            : one instanceof String || one instanceof Boolean) {
                        texts.add(one.toString());
                    }
                }
                yield texts.isEmpty()
                        ? null
                        : new ArrayList<>(texts.stream()
                                .sorted()
                                .distinct()
                                .limit(MAX_LIST)
                                .toList());
            }
            default -> null;
        };
    }
}
