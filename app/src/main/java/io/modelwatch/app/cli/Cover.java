package io.modelwatch.app.cli;

import io.modelwatch.schemas.Glob;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What of a deployment is covered, by which event, until when, and what is not and why. */
final class Cover {

    static final List<String> COLUMNS = List.of("part", "value", "verdict", "by", "until", "why", "alert");

    private static final String FOR_EVER = "no end";
    private static final String UNKNOWN = "unknown";

    private static final String MODELS = "models.";
    private static final Set<String> APPROVING = Set.of("APPROVED", "APPROVED_LATE");

    private final JsonNode mbom;
    private final List<JsonNode> verdicts;
    private final Map<String, JsonNode> alerts;
    private final Map<String, JsonNode> events;

    /**
     * @param mbom the newest bill
     * @param verdicts of the deployment's changes that hold
     * @param alerts of the deployment, by id
     * @param events the events behind the verdicts, by id, each with the revocations that name it
     */
    Cover(JsonNode mbom, Collection<JsonNode> verdicts, Map<String, JsonNode> alerts, Map<String, JsonNode> events) {
        this.mbom = mbom;
        this.verdicts = List.copyOf(verdicts);
        this.alerts = Map.copyOf(alerts);
        this.events = Map.copyOf(events);
    }

    /** Returns one row for each change that holds, by part: the roles of the bill, hosting, and what else changed. */
    List<JsonNode> rows() {
        Map<String, List<JsonNode>> byPart = new LinkedHashMap<>();
        for (JsonNode component : mbom.path("components")) {
            byPart.put(Text.at(component, "role"), new ArrayList<>());
        }
        if (!mbom.path("hosting").isEmpty()) {
            byPart.put("hosting", new ArrayList<>());
        }
        Map<String, List<JsonNode>> others = new TreeMap<>();
        for (JsonNode verdict : verdicts) {
            String part = part(Text.at(verdict, "field"));
            List<JsonNode> rows = byPart.get(part);
            (rows == null ? others.computeIfAbsent(part, p -> new ArrayList<>()) : rows).add(verdict);
        }
        byPart.putAll(others);
        List<JsonNode> rows = new ArrayList<>();
        byPart.forEach((part, changes) -> {
            if (changes.isEmpty()) {
                rows.add(untold(part));
            }
            changes.forEach(change -> rows.add(row(part, change)));
        });
        return rows;
    }

    private static String part(String field) {
        if (!field.startsWith(MODELS)) {
            return field;
        }
        int end = field.indexOf('.', MODELS.length());
        return end < 0 ? field : field.substring(MODELS.length(), end);
    }

    /** Hosting as it was at the first sighting is no change of its own: it is judged with the components. */
    private ObjectNode untold(String part) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.put("part", part);
        row.put("value", part.equals("hosting") ? hosting() : "");
        row.putNull("covered");
        row.put(
                "why",
                part.equals("hosting")
                        ? "as first seen: judged with the components, by the countries that their events allow"
                        : "not judged yet");
        return row;
    }

    private ObjectNode row(String part, JsonNode change) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        boolean covered = APPROVING.contains(Text.at(change, "verdict"));
        String by = Text.at(change, "by");
        String alert = Text.at(change, "alert");
        row.put("part", part);
        row.put("value", value(part, change));
        row.put("covered", covered);
        row.put("verdict", Text.at(change, "verdict"));
        put(row, "by", by);
        if (covered) {
            Until until = until(by);
            row.put("until", until.text());
            put(row, "why", until.why());
        } else {
            row.put("why", whyNot(alerts.get(alert)));
        }
        row.put("kind", Text.at(change, "kind"));
        row.put("field", Text.at(change, "field"));
        row.put("effectiveAt", Text.at(change, "effectiveAt"));
        put(row, "alert", alert);
        return row;
    }

    private String value(String part, JsonNode change) {
        if (part.equals("hosting")) {
            return hosting();
        }
        for (JsonNode component : mbom.path("components")) {
            if (Text.at(component, "role").equals(part)) {
                String field = Text.at(change, "field");
                String rest = field.substring(Math.min(field.length(), MODELS.length() + part.length() + 1));
                String model = Text.at(component, "model");
                return rest.equals("id") ? model : model + ": " + rest + " " + Text.at(change, "after");
            }
        }
        return Text.at(change, "after");
    }

    private String hosting() {
        List<String> places = new ArrayList<>();
        for (JsonNode place : mbom.path("hosting")) {
            places.add((Text.at(place, "provider") + " " + Text.at(place, "region") + " " + Text.at(place, "country"))
                    .replaceAll(" +", " ")
                    .strip());
        }
        return String.join(", ", places);
    }

    /**
     * When a cover ends, and what is to be said of it.
     *
     * @param text a time, that there is none, or that it is not known
     */
    private record Until(String text, String why) {
        static Until of(@Nullable Instant end, String why) {
            return new Until(end == null ? FOR_EVER : end.toString(), why);
        }
    }

    private Until until(String by) {
        JsonNode event = events.get(by);
        if (event == null) {
            return new Until(UNKNOWN, "the history does not know " + by);
        }
        Instant revoked = null;
        String revocation = "";
        for (JsonNode one : event.path("revocations")) {
            Instant from = time(one, "validFrom");
            from = from == null ? time(one, "issuedAt") : from;
            if (from != null && (revoked == null || from.isBefore(revoked))) {
                revoked = from;
                revocation = Text.at(one, "id");
            }
        }
        boolean ticket = Text.at(event, "type").equals("change-ticket");
        Instant end = ticket ? null : time(event, "validTo");
        if (revoked != null && (end == null || revoked.isBefore(end))) {
            return Until.of(revoked, "revoked by " + revocation);
        }
        return Until.of(end, ticket ? "a change ticket covers the act: it does not end" : wide(event));
    }

    private static String wide(JsonNode event) {
        String glob = Text.at(event, "subject.model");
        return !glob.isEmpty() && Glob.matchesEveryModel(glob)
                ? "its subject '" + glob + "' selects every model there is"
                : "";
    }

    private static String whyNot(@Nullable JsonNode alert) {
        if (alert == null) {
            return "no alert tells why: grace is running, or policies accept it";
        }
        String nearest = Text.at(alert, "nearestProcurement.id");
        if (nearest.isEmpty()) {
            return alert.path("state").asString("").equals("closed")
                    ? "a person closed the alert"
                    : "no procurement event selects it";
        }
        String kinds = alert.path("changes").size() > 1 ? " (the nearest for the alert's worst change)" : "";
        return nearest + ": " + Text.at(alert, "nearestProcurement.whyNot") + kinds;
    }

    /** Returns what is to be said of all of it, in plain words. */
    static String summary(List<JsonNode> rows) {
        long judged =
                rows.stream().filter(row -> row.path("covered").isBoolean()).count();
        long covered = rows.stream()
                .filter(row -> row.path("covered").asBoolean(false))
                .count();
        String earliest = rows.stream()
                .filter(row -> row.path("covered").asBoolean(false))
                .map(row -> Text.at(row, "until"))
                .filter(until -> !until.equals(FOR_EVER) && !until.equals(UNKNOWN))
                .min(Comparator.comparing(Instant::parse))
                .orElse(null);
        return covered + " of " + judged + " covered"
                + (covered == 0
                        ? ""
                        : earliest == null
                                ? ", none of it with an end"
                                : ", the first of it until " + earliest
                                        + " (another event may go on covering it then)");
    }

    private static @Nullable Instant time(JsonNode event, String field) {
        try {
            return Instant.parse(Text.at(event, field));
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static void put(ObjectNode row, String name, String value) {
        if (!value.isEmpty()) {
            row.put(name, value);
        }
    }
}
