package io.modelwatch.app.demo;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A vendor's list of models as it was recorded: what was recorded on a day is what is listed from that day on. */
final class Recording {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final NavigableMap<LocalDate, List<JsonNode>> states;

    private Recording(NavigableMap<LocalDate, List<JsonNode>> states) {
        this.states = states;
    }

    /** Loads the recording of a vendor, for example {@code openai}. */
    static Recording of(String vendor) {
        NavigableMap<LocalDate, List<JsonNode>> states = new TreeMap<>();
        Map<String, ObjectNode> models = new LinkedHashMap<>();
        LocalDate day = null;
        for (String text : Resources.lines("recorded/" + vendor + ".jsonl.gz")) {
            JsonNode line = JSON.readTree(text);
            LocalDate on = LocalDate.parse(line.path("day").asString(""));
            if (day != null && on.isAfter(day)) {
                states.put(day, new ArrayList<>(models.values()));
            }
            day = on;
            apply(line, models);
        }
        if (day != null) {
            states.put(day, new ArrayList<>(models.values()));
        }
        return new Recording(states);
    }

    private static void apply(JsonNode line, Map<String, ObjectNode> models) {
        String id = line.path("id").asString("");
        if (line.path("gone").asBoolean(false)) {
            models.remove(id);
            return;
        }
        ObjectNode before = models.get(id);
        // A copy: the states of earlier days share the one before.
        ObjectNode after = before == null ? JSON.createObjectNode() : before.deepCopy();
        for (Map.Entry<String, JsonNode> field : line.path("set").properties()) {
            after.set(field.getKey(), field.getValue());
        }
        for (JsonNode field : line.path("unset")) {
            after.remove(field.asString(""));
        }
        models.put(id, after);
    }

    /** Returns the entries that are listed on a day; empty before the first that was recorded. */
    List<JsonNode> on(LocalDate day) {
        Map.Entry<LocalDate, List<JsonNode>> state = states.floorEntry(day);
        return state == null ? List.of() : state.getValue();
    }

    /** Returns the days on which the list was recorded and differed. */
    List<LocalDate> days() {
        return List.copyOf(states.keySet());
    }
}
