package io.modelwatch.app.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the demo's {@code recorded/*.jsonl.gz} from a long list of catalogue events (one JSON object a line with {@code
 * ts}, {@code source}, {@code op}, {@code model}, {@code value} and {@code fields}). Run it with the events file and the
 * directory to write to; what it does to the data is told in the README beside its output.
 */
public final class RecordingCompactor {

    /** Source of the events and name of the vendor's file. */
    private static final Map<String, String> VENDORS = new TreeMap<>(Map.of(
            "openai.v1-models", "openai",
            "anthropic.v1-models", "anthropic",
            "mistral.v1-models", "mistral",
            "openrouter.v1-models", "openrouter"));

    private static final String FIRST_DAY = "2025-05-05";
    private static final String LAST_DAY = "2025-09-24";

    /** Prose: it would be most of the size, and no descriptor compares it. */
    private static final Set<String> DROPPED = Set.of("description", "benchmarks", "permission");

    /** The recorder's mask for one of its secrets, whose value was the word "test": "latest" came out maimed. */
    private static final String MASK = "<GPUSTACK_API_KEY>";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private RecordingCompactor() {}

    /** Reads the first argument, writes into the second. */
    public static void main(String[] args) throws IOException {
        Map<String, List<JsonNode>> events = new TreeMap<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(Path.of(args[0]))), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode event = JSON.readTree(line);
                String vendor = VENDORS.get(event.path("source").asString(""));
                if (vendor != null) {
                    events.computeIfAbsent(vendor, v -> new ArrayList<>()).add(event);
                }
            }
        }
        for (Map.Entry<String, List<JsonNode>> vendor : events.entrySet()) {
            Path file = Path.of(args[1], vendor.getKey() + ".jsonl.gz");
            try (Writer out = new OutputStreamWriter(new GZIPOutputStream(Files.newOutputStream(file)), UTF_8)) {
                for (ObjectNode line : compact(vendor.getValue())) {
                    out.write(line + "\n");
                }
            }
        }
    }

    /** Returns what differs from one day's end to the next, a line a model. */
    static List<ObjectNode> compact(List<JsonNode> events) {
        List<ObjectNode> lines = new ArrayList<>();
        Map<String, ObjectNode> served = new LinkedHashMap<>();
        Map<String, ObjectNode> state = new LinkedHashMap<>();
        String day = FIRST_DAY;
        for (JsonNode event : events) {
            String on = event.path("ts").asString("").substring(0, 10);
            if (on.compareTo(LAST_DAY) > 0) {
                break;
            }
            if (on.compareTo(day) > 0) {
                lines.addAll(differences(day, served, state));
                day = on;
            }
            apply(event, state);
        }
        lines.addAll(differences(day, served, state));
        return lines;
    }

    private static void apply(JsonNode event, Map<String, ObjectNode> state) {
        String id = event.path("model").asString("");
        if (id.startsWith("ft:")) {
            return; // Somebody's own fine-tune: what only their key sees is not the vendor's list.
        }
        switch (event.path("op").asString("")) {
            case "baseline", "added" -> state.put(id, without(event.path("value")));
            case "removed" -> state.remove(id);
            case "changed" -> {
                ObjectNode known = state.get(id);
                for (Map.Entry<String, JsonNode> field : event.path("fields").properties()) {
                    if (known == null || DROPPED.contains(field.getKey())) {
                        continue;
                    }
                    if (field.getValue().has("after")) {
                        known.set(field.getKey(), field.getValue().get("after"));
                    } else {
                        known.remove(field.getKey());
                    }
                }
            }
            default -> throw new IllegalArgumentException("unknown op in " + event);
        }
    }

    private static ObjectNode without(JsonNode value) {
        ObjectNode kept = ((ObjectNode) value).deepCopy();
        kept.remove(DROPPED);
        return kept;
    }

    private static List<ObjectNode> differences(
            String day, Map<String, ObjectNode> served, Map<String, ObjectNode> recorded) {
        // Only now: in the events the maimed name comes before the whole one goes.
        Map<String, ObjectNode> state = new LinkedHashMap<>();
        recorded.forEach((id, value) -> state.put(id.replace(MASK, "test"), (ObjectNode)
                JSON.readTree(value.toString().replace(MASK, "test"))));
        List<ObjectNode> lines = new ArrayList<>();
        for (String id : List.copyOf(served.keySet())) {
            if (!state.containsKey(id)) {
                lines.add(line(day, id).put("gone", true));
                served.remove(id);
            }
        }
        state.forEach((id, now) -> {
            ObjectNode before = served.get(id);
            ObjectNode set = JSON.createObjectNode();
            for (Map.Entry<String, JsonNode> field : now.properties()) {
                if (before == null || !field.getValue().equals(before.get(field.getKey()))) {
                    set.set(field.getKey(), field.getValue());
                }
            }
            List<String> unset = new ArrayList<>();
            if (before != null) {
                before.propertyNames().stream().filter(name -> !now.has(name)).forEach(unset::add);
            }
            if (!set.isEmpty() || !unset.isEmpty()) {
                ObjectNode line = line(day, id);
                line.set("set", set);
                if (!unset.isEmpty()) {
                    unset.forEach(line.putArray("unset")::add);
                }
                lines.add(line);
                served.put(id, now.deepCopy());
            }
        });
        return lines;
    }

    private static ObjectNode line(String day, String id) {
        return JSON.createObjectNode().put("day", day).put("id", id);
    }
}
